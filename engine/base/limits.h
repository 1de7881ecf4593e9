/*
 * limits - every cap in one place, each with its reason.
 *
 * A capped input sets a defect flag (mail/mail.h) that rules can score; it
 * is never an error.  All loops over mail bytes are linear in these.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/* Message: larger ones are refused by the daemon with 69 before they are
 * held in memory; spamc's own largest -s is 256 MB. */
#define LIMIT_MESSAGE_BYTES	(256u * 1024 * 1024)

/* Header: SpamAssassin cuts names at 256, values at 8192, all at 65536
 * bytes (reference/sa-compat 5.1); rules rely on these. */
#define LIMIT_FIELD_NAME	256
#define LIMIT_FIELD_VALUE	8192
#define LIMIT_HEADER_BYTES	65536
/* Fields kept per header block; beyond, they stay in `full` only. */
#define LIMIT_FIELDS		10000

/* MIME: SpamAssassin's depth 20 and 1000 parts. */
#define LIMIT_MIME_DEPTH	20
#define LIMIT_MIME_PARTS	1000
/* Part lines are broken at this length in multiparts (SpamAssassin). */
#define LIMIT_PART_LINE		2048
/* message/rfc822 nesting counts against the same depth. */

/* Lines of body text (its amount is the setting body_part_scan_size). */
#define LIMIT_BODY_LINE		2048

/* HTML: tags per part, attributes of one. */
#define LIMIT_HTML_TAGS		200000
#define LIMIT_HTML_ATTRS	100

/* URIs: canonical variants per message; longest one (SpamAssassin). */
#define LIMIT_URIS		10000
#define LIMIT_URI_BYTES		8192

/* A redirector's target may itself be one, this often (a bomb otherwise). */
#define LIMIT_REDIRECTS		20

/* Received lines looked at; mail loops end far earlier. */
#define LIMIT_RECEIVED		200

/* Regex: per match attempt, and CPU for all of a message's rules. */
#define LIMIT_REGEX_MATCH	500000
#define LIMIT_REGEX_DEPTH	5000
#define LIMIT_REGEX_HEAP_KB	20000
#define LIMIT_REGEX_BUDGET_SEC	10.0
#define LIMIT_REGEX_LOOK_SEC	0.01	/* between looks at the CPU clock */
#define LIMIT_MULTIPLE_HITS	1000

/* DNS: questions per message and in flight per worker. */
#define LIMIT_QUESTIONS		200
#define LIMIT_QUESTIONS_INFLIGHT 4096
/* Of probe rounds that can wait.  A socket takes a kilobyte for a question,
 * and the usual receive buffer of a resolver is 208 KB. */
#define LIMIT_PROBES_INFLIGHT	64
#define LIMIT_DNS_NAME		253
#define LIMIT_DNS_LABEL		63
/* Answers that a process keeps itself until their time is over, a minute for
 * most: those of 1000 questions a second, 150 bytes each. */
#define LIMIT_ANSWERS_KNOWN	65536
#define LIMIT_ANSWER_ADDRS	8	/* more A records: not a DNS list */
#define LIMIT_ANSWER_TXT	1024
#define LIMIT_ANSWER_NAMES	32	/* servers of a zone; some have 26 */

/* Rule files. */
#define LIMIT_RULE_NAME		100
#define LIMIT_RULE_FILE_BYTES	(64u * 1024 * 1024)
#define LIMIT_RULE_LINE		1000000
#define LIMIT_INCLUDE_DEPTH	10
#define LIMIT_IF_DEPTH		100
#define LIMIT_META_TOKENS	10000
#define LIMIT_META_DEPTH	200

/* The cache of matchers: SpamAssassin's rules take about 5 MB; one file for
 * each set of rules and settings, and each step of a scan. */
#define LIMIT_CACHE_BYTES	(256u * 1024 * 1024)
#define LIMIT_CACHE_FILES	16

/* Wire: spamd's own 256 header lines, the blank one among them; spamc reads
 * lines up to 8 KB. */
#define LIMIT_WIRE_HEADERS	256
#define LIMIT_WIRE_LINE		8192
#define LIMIT_INFLATE_RATIO	200	/* zlib output/input, above 1 MB */
/* To our clients: a rewritten message is larger than what was sent, but not by
 * this. */
#define LIMIT_REPLY_BYTES	(LIMIT_MESSAGE_BYTES + 16u * 1024 * 1024)
#define LIMIT_REPORT_BYTES	32000	/* Exim's reply buffer is 32.6 kB */

/* One added header before folding: readers refuse headers of 64 kB, and the
 * names of all hits, each a thousand times, would be more. */
#define LIMIT_ADDED_HEADER	32000

/* Subject, From and To fields that rewrite_header changes: no message has
 * more than one of each, and each change adds a line. */
#define LIMIT_REWRITTEN		1000

/* JSON that others wrote; ours nests three deep. */
#define LIMIT_JSON_DEPTH	16

/* A fleet: nodes of one site; a line of theirs has two names, an answer and a
 * dozen numbers. */
#define LIMIT_PEERS		64
#define LIMIT_PEER_LINE		4096

/* A request on the control socket: a line of a peer has about 900. */
#define LIMIT_CONTROL_LINE	2048

/* What OpenSMTPD says at once: its own lines of mail end at 64 kB. */
#define LIMIT_SMTPD_LINE	(1024u * 1024)

/* Scans under way in one worker: each waits for DNS most of its time, and
 * 1000 messages/s whose lists take half a second are 500. */
#define LIMIT_SCANS_INFLIGHT	1024

/* Shared memory. */
#define LIMIT_ZONES		256
#define LIMIT_ZONE_NAME		128
#define LIMIT_WORKERS		64

#endif
