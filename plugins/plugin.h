/*
 * plugin.h - the contract between tare and a plugin; the only header a plugin
 * includes (installed as <tare/plugin.h>).
 *
 * A plugin is a shared object that exports one constant, made by TARE_PLUGIN.
 * It offers evals (functions that rules name: `body X eval:f('a')`), settings
 * and directives (lines of .cf files that it understands).
 *
 * The life of a plugin
 *
 *   load     once, in the master, before rules are read and before any fork:
 *            no descriptors, no threads.  Returns a context pointer.  An
 *            optional plugin: when a loadplugin line names it, or never.
 *   directive / prepare
 *            while rules are read: each line whose first word is in
 *            `directives`; then, when all lines are known, prepare for each
 *            rule that uses one of the evals.  A plugin parses arguments here
 *            (compile a regex, open a zone), never per message.
 *   start    in every worker after the fork, with rights dropped.
 *   stop, unload   the reverse.
 *
 * One normal message
 *
 *   The engine parsed the mail and calls run() of an eval rule.  run reads the
 *   message through the tare_… functions, all of which are lazy and cached,
 *   and returns TARE_HIT or TARE_MISS at once.  Memory comes from tare_alloc
 *   and goes with the message.  Per-message state shared by the plugin's
 *   rules is tare_state: msg_size zeroed bytes.
 *
 * One waiting message
 *
 *   Evals of rules with `tflags net` run first, before the regexes, so that
 *   DNS works while the CPU does.  run calls tare_list_ask (or tare_ask) with a
 *   callback and returns TARE_WAIT.  The engine runs the rest of the message
 *   and then serves other messages.  When the answer is there the callback is
 *   called (never before the asking function returned) and calls
 *   tare_settle(msg, rule, TARE_HIT or …) for the rules it decides.  What
 *   is not settled when the message's DNS deadline is over becomes
 *   TARE_UNKNOWN by itself, and no callback comes after that.
 *   A hit that rests on a list zone is settled with tare_settle_zone: the
 *   engine weighs it with the zone's health and confirms it with a control
 *   question before it may count.  A plugin never judges a zone itself.
 *
 * A plugin cannot set a score (but see tare_endings_set), block, fork, open a
 * socket per message, or see another plugin's state.  Nothing in a message may
 * make it abort.
 */
#ifndef TARE_PLUGIN_H
#define TARE_PLUGIN_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TARE_ABI 1

/* Bytes with a length, not NUL-terminated. */
struct tare_slice {
	const char *p;
	size_t n;
};

enum tare_answer { TARE_MISS, TARE_HIT, TARE_UNKNOWN, TARE_WAIT };

struct tare_msg;		/* one message being scanned */
struct tare_setup;		/* the rule set being built (load, prepare) */
struct tare_zone;		/* a DNS list */
struct tare_regex;

struct tare_err {
	char text[480];
};

/* The views an eval reads, for the engine's plan; OR of these. */
enum tare_view {
	TARE_HEADERS = 1, TARE_BODY = 2, TARE_RAWBODY = 4, TARE_FULL = 8,
	TARE_HTML = 16, TARE_URIS = 32, TARE_RELAYS = 64, TARE_MIME = 128,
	TARE_DNS = 256,		/* asks DNS: needs tflags net to be early */
	TARE_EDITS = 512,	/* calls tare_body_replace: runs between the
				 * two, before the regexes */
};

/* What run() is told about the rule it decides. */
struct tare_call {
	unsigned rule;			/* id for tare_settle */
	const char *rule_name;
	enum { TARE_ON_HEADER, TARE_ON_BODY, TARE_ON_RAWBODY, TARE_ON_FULL,
	    TARE_ON_URI } on;		/* how the rule was declared */
	uint32_t tflags;		/* enum tare_tflag */
	size_t nargs;
	const char *const *args;
	void *plugin;			/* what load returned */
	void *prepared;			/* what prepare returned */
};

enum tare_tflag {
	TARE_TF_NET = 1u << 0, TARE_TF_NICE = 1u << 1,
	TARE_TF_NOTRIM = 1u << 7, TARE_TF_DOMAINS_ONLY = 1u << 8,
	TARE_TF_IPS_ONLY = 1u << 9, TARE_TF_A = 1u << 10,
	TARE_TF_NS = 1u << 11,
};

struct tare_eval {
	const char *name;
	const char *args;	/* for lint and help: "min max [minlines]" */
	unsigned views;		/* enum tare_view */
	/* NULL: known by name, not available; help says what it needs. */
	enum tare_answer (*run)(struct tare_msg *, const struct tare_call *);
	/* May be NULL.  0 and *prepared_r, or -1 with err. */
	int (*prepare)(struct tare_setup *, const struct tare_call *,
	    void **prepared_r, struct tare_err *);
	const char *help;	/* one sentence */
};

enum tare_setting_type { TARE_BOOL, TARE_INT, TARE_NUM, TARE_TIME, TARE_TEXT,
	TARE_LIST, TARE_NETS, TARE_ADDRS, TARE_TEMPLATE, TARE_ALIAS,
	TARE_IGNORED };

struct tare_setting {
	const char *name;
	enum tare_setting_type type;
	const char *def;
	double min, max;
	const char *help;
};

/*
 * A line of a .cf file that the plugin reads itself: `urirhssub R zone A 2`.
 * Several plugins may read the same line.  A name that ends in '*' stands for
 * all that begin so; what stood for the star is then the value's first word.
 */
struct tare_directive {
	const char *name;
	/* value: the rest of the line, trimmed, until the function returns.
	 * 0, or -1 with err (the line has no effect and lint shows file:line
	 * with the text). */
	int (*line)(struct tare_setup *, void *plugin,
	    struct tare_slice value, struct tare_err *);
	const char *help;
};

struct tare_plugin {
	uint32_t abi;			/* TARE_ABI */
	uint32_t size;			/* sizeof(struct tare_plugin) */
	const char *name, *version, *summary;
	/* SpamAssassin plugins this one stands for (short names,
	 * "DNSEval"), NULL-terminated: loadplugin, ifplugin resolve. */
	const char *const *stands_for;
	/* Only there after a loadplugin line that names one of stands_for:
	 * load is called then, and before it ifplugin is false and evals,
	 * settings and directives are unknown.  For what SpamAssassin does
	 * not load by default: rule sets are scored without it. */
	bool optional;
	/* can()/has() names that are true with it: "URIDNSBL::has_tflags…" */
	const char *const *can;
	const struct tare_setting *settings;	/* end: name NULL; or NULL */
	const struct tare_directive *directives;
	const struct tare_eval *evals;
	size_t msg_size;
	int (*load)(struct tare_setup *, void **plugin_r, struct tare_err *);
	int (*ready)(struct tare_setup *, void *plugin, struct tare_err *);
					/* all rules are read and prepared */
	int (*start)(void *plugin, struct tare_err *);
	void (*stop)(void *plugin);
	void (*unload)(void *plugin);
	/* Once per message, before its evals: for lookups that are not tied
	 * to one rule. May be NULL. */
	void (*message)(struct tare_msg *, void *plugin);
};

#define TARE_EXPORT __attribute__((visibility("default")))
#define TARE_PLUGIN(p) \
	TARE_EXPORT const struct tare_plugin *const tare_plugin = &(p)

/* ---- while rules are read ---- */
TARE_EXPORT void tare_fail(struct tare_err *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Zeroed memory that lives as long as the rule set. */
TARE_EXPORT void *tare_setup_alloc(struct tare_setup *, size_t);
TARE_EXPORT char *tare_setup_strdup(struct tare_setup *, struct tare_slice);
/* Settings: valid from prepare on, and per message through tare_conf. */
TARE_EXPORT double tare_setup_num(struct tare_setup *, const char *name);
TARE_EXPORT struct tare_slice tare_setup_text(struct tare_setup *,
    const char *name);
TARE_EXPORT const struct tare_slice *tare_setup_list(struct tare_setup *,
    const char *name, size_t *n_r);
/* /re/flags as in rules (Perl semantics); NULL and err. */
TARE_EXPORT struct tare_regex *tare_regex_new(struct tare_setup *,
    const char *text, struct tare_err *);
/* A finding for lint that does not make the rule unusable. */
TARE_EXPORT void tare_warn(struct tare_setup *, unsigned rule,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The id of a rule by name, or -1; its tflags; whether it can add points. */
TARE_EXPORT int tare_rule_id(struct tare_setup *, const char *name);
TARE_EXPORT uint32_t tare_rule_tflags(struct tare_setup *, unsigned rule);
TARE_EXPORT bool tare_rule_needed(struct tare_setup *, unsigned rule);
/* Score of the rule in the set in force (network on). */
TARE_EXPORT double tare_rule_score(struct tare_setup *, unsigned rule);
/* A rule that exists only through a directive of this plugin (askdns).
 * run is called for it like an eval. -1 if the name is bad. */
TARE_EXPORT int tare_rule_define(struct tare_setup *, struct tare_slice name,
    const struct tare_eval *eval, void *prepared);

/* ---- rules that end a scan ---- */
/*
 * A hit of the rule ends the scan of a message: what comes later in the order
 * of priorities and kinds does not run.  From a directive; the last call for a
 * rule counts.  HAM and SPAM bring priority -200 to a rule that has none, and
 * the flags noautolearn and, HAM, nice.  0, or -1 with err: a bad name.
 */
enum tare_ending { TARE_ENDS_NOT, TARE_ENDS_BY_SCORE, TARE_ENDS_HAM,
	TARE_ENDS_SPAM };
TARE_EXPORT int tare_rule_ends(struct tare_setup *, struct tare_slice rule,
    enum tare_ending, struct tare_err *);
/*
 * What such an end adds: rule `mark` (of this plugin) is a hit with so many
 * points, the one case in which a plugin sets a score.  From ready; without it
 * nothing ends a scan.
 */
struct tare_endings {
	unsigned mark;
	double ham, spam;
	/* bounded: so does a sum of points below or above */
	bool bounded;
	double below, above;
};
TARE_EXPORT void tare_endings_set(struct tare_setup *,
    const struct tare_endings *);

/* ---- DNS lists ---- */
enum tare_zone_kind { TARE_ZONE_IP, TARE_ZONE_DOMAIN, TARE_ZONE_HASH };
/* The zone, shared by all rules and plugins that name it. */
TARE_EXPORT struct tare_zone *tare_zone_open(struct tare_setup *,
    struct tare_slice name, enum tare_zone_kind kind);
TARE_EXPORT const char *tare_zone_name(const struct tare_zone *);
/*
 * A sub-test as SpamAssassin writes it (reference 7.3): none, bit mask,
 * range, value/mask, dotted quad, /regex/.  Registers the codes it names as
 * mapped for the zone.  rule: for the rule's direction (allow list or not).
 */
enum tare_subtest_form { TARE_SUBTEST_RBL, TARE_SUBTEST_URIBL,
	TARE_SUBTEST_ASKDNS };
struct tare_subtest;
TARE_EXPORT struct tare_subtest *tare_subtest_new(struct tare_setup *,
    struct tare_zone *, unsigned rule, enum tare_subtest_form form,
    const char *text, struct tare_err *);

enum tare_list_class { TARE_LIST_CLEAN, TARE_LIST_LISTED, TARE_LIST_UNMAPPED,
	TARE_LIST_BOGUS, TARE_LIST_BLOCKED, TARE_LIST_UNKNOWN };

struct tare_listing {			/* valid during the callback */
	enum tare_list_class cls;
	unsigned n_addr;
	const struct in_addr *addr;
	const uint8_t *addr_cls;	/* enum tare_list_class each */
	unsigned n_txt;
	const struct tare_slice *txt;
	const char *qname;
	int rcode;			/* -1: timeout */
};
typedef void tare_list_fn(struct tare_msg *, const struct tare_listing *,
    void *arg);
/*
 * Ask zone for key ("4.3.2.1", "example.com").  The same question of this
 * message is asked once.  False: not asked (zone quarantined or down, network
 * off, limits) and no callback comes: the rule is TARE_UNKNOWN.
 */
TARE_EXPORT bool tare_list_ask(struct tare_msg *, struct tare_zone *,
    const char *key, int type, tare_list_fn *, void *arg);
/* Does the listing satisfy the sub-test?  code_r (may be NULL) gets the
 * address that did; only LISTED addresses, and block codes for rules that
 * name one exactly, are considered. */
TARE_EXPORT bool tare_subtest_match(const struct tare_subtest *,
    const struct tare_listing *, struct in_addr *code_r);
/* The list name of an address: "4.3.2.1" (RFC 5782). False if no IP. */
TARE_EXPORT bool tare_ip_reverse(struct tare_slice ip, char dst[72]);
/* Not a list: any name. Callback gets addresses, names or texts in txt. */
TARE_EXPORT bool tare_ask(struct tare_msg *, const char *name, int type,
    tare_list_fn *, void *arg);
/* Decide a waiting rule. value: hit count (1 for plain hits). */
TARE_EXPORT void tare_settle(struct tare_msg *, unsigned rule,
    enum tare_answer, double value);
/* A hit that rests on a zone: weighed and confirmed by the engine. */
TARE_EXPORT void tare_settle_zone(struct tare_msg *, unsigned rule,
    struct tare_zone *, struct in_addr code, const char *qname);
/* Immediate result with a number (an eval that returns more than 1). */
TARE_EXPORT void tare_set_value(struct tare_msg *, unsigned rule, double);
/* Is the network on for this message? */
TARE_EXPORT bool tare_net(struct tare_msg *);

/* ---- reading the message ---- */
TARE_EXPORT void *tare_alloc(struct tare_msg *, size_t);
TARE_EXPORT void *tare_state(struct tare_msg *, const struct tare_plugin *);
/* "Subject", "From:addr", "ALL", "EnvelopeFrom"…: joined value as header
 * rules see it, with its final newline (":addr" joins all addresses and has
 * none); false when absent. */
TARE_EXPORT bool tare_header(struct tare_msg *, const char *request,
    struct tare_slice *value_r);
/* Each value separately (decoded, or :raw, :addr, :name), no newline. */
TARE_EXPORT const struct tare_slice *tare_header_all(struct tare_msg *,
    const char *request, size_t *n_r);
TARE_EXPORT const struct tare_slice *tare_body(struct tare_msg *, size_t *n_r);
/* Line i of tare_body is text from now on (of the message, or tare_alloc'd):
 * for regexes, too, if the eval has TARE_EDITS. */
TARE_EXPORT void tare_body_replace(struct tare_msg *, size_t i,
    struct tare_slice text);
TARE_EXPORT const struct tare_slice *tare_rawbody(struct tare_msg *,
    size_t *n_r);
TARE_EXPORT struct tare_slice tare_full(struct tare_msg *);
TARE_EXPORT struct tare_slice tare_pristine_header(struct tare_msg *);
TARE_EXPORT struct tare_slice tare_pristine_body(struct tare_msg *);
/* Parser defects by name ("mime-depth", "no-separator"). */
TARE_EXPORT bool tare_defect(struct tare_msg *, const char *name);

struct tare_part {
	unsigned id, depth;
	bool leaf;
	struct tare_slice type, effective_type, charset, cte, name,
	    disposition, raw, boundary;
	int parent;			/* index in the array, -1 root */
};
TARE_EXPORT const struct tare_part *tare_parts(struct tare_msg *, size_t *n_r);
TARE_EXPORT struct tare_slice tare_part_decoded(struct tare_msg *, unsigned);
TARE_EXPORT struct tare_slice tare_part_text(struct tare_msg *, unsigned);
TARE_EXPORT bool tare_part_header(struct tare_msg *, unsigned part,
    const char *name, bool raw, struct tare_slice *value_r);
/* The part's last Content-Type as it says, parsed: type in lower case, name
 * from name= or filename=.  Absent: text/plain.  False: no such part. */
struct tare_content_type {
	struct tare_slice type, boundary, charset, name;
};
TARE_EXPORT bool tare_part_content_type(struct tare_msg *, unsigned part,
    struct tare_content_type *type_r);

struct tare_uri {
	struct tare_slice raw;
	unsigned types;			/* enum tare_uri_type */
	const struct tare_slice *cleaned;
	size_t n_cleaned;
	const struct tare_slice *hosts, *domains;
	size_t n_hosts;
	const struct tare_slice *anchor_text;
	size_t n_anchor_text;
};
enum tare_uri_type {
	TARE_URI_PARSED = 1, TARE_URI_SCHEMELESS = 2, TARE_URI_UNLINKED = 4,
	TARE_URI_A = 8, TARE_URI_IMG = 16, TARE_URI_FORM = 32,
	TARE_URI_OTHER_TAG = 64, TARE_URI_DOMAINKEYS = 128,
	TARE_URI_IFRAME = 256, TARE_URI_LINK = 512,
};
TARE_EXPORT const struct tare_uri *tare_uris(struct tare_msg *, size_t *n_r);
/* Registered domain (public suffix list, util_rb tables); empty if none. */
TARE_EXPORT struct tare_slice tare_registered_domain(struct tare_msg *,
    struct tare_slice host);
TARE_EXPORT bool tare_domain_valid(struct tare_msg *, struct tare_slice host);

struct tare_relay {
	struct tare_slice ip, rdns, helo, by, ident, envfrom, id, auth;
	bool trusted, internal, msa, no_reverse_dns, ip_private;
};
TARE_EXPORT const struct tare_relay *tare_relays(struct tare_msg *,
    size_t *n_r, size_t *n_trusted_r, size_t *n_internal_r,
    size_t *n_unparseable_r);
TARE_EXPORT bool tare_trusted_ip(struct tare_msg *, struct tare_slice ip);
TARE_EXPORT const struct tare_slice *tare_all_from(struct tare_msg *,
    size_t *n_r);
TARE_EXPORT const struct tare_slice *tare_all_to(struct tare_msg *,
    size_t *n_r);
/* HTML metrics by SpamAssassin's names, over part `html` (0…n-1). */
TARE_EXPORT size_t tare_html_count(struct tare_msg *);
TARE_EXPORT bool tare_html_metric(struct tare_msg *, size_t html,
    const char *name, double *value_r);
/* The part's links, also those that were not resolved (types 0: only their
 * anchor text is of interest); raw, types and anchor_text are filled. */
TARE_EXPORT const struct tare_uri *tare_html_uris(struct tare_msg *,
    size_t html, size_t *n_r);
/* Lists: anchor title comment script charsets. */
TARE_EXPORT const struct tare_slice *tare_html_list(struct tare_msg *,
    size_t html, const char *name, size_t *n_r);
/* Open counter of a tag; -1 if the tag was never seen. */
TARE_EXPORT int tare_html_inside(struct tare_msg *, size_t html,
    const char *tag);
TARE_EXPORT const struct tare_slice *tare_tag(struct tare_msg *,
    const char *name, size_t *n_r);
TARE_EXPORT void tare_tag_add(struct tare_msg *, const char *name,
    struct tare_slice);
/* spans: 2*n numbers start,end; true on a match at or after from. */
TARE_EXPORT bool tare_regex_match(struct tare_msg *, const struct tare_regex *,
    struct tare_slice, size_t from, size_t *spans, size_t n_spans);
/* Unix time of the scan. */
TARE_EXPORT double tare_now(struct tare_msg *);
/* IDN to ACE, lower case; the input if it cannot be. */
TARE_EXPORT struct tare_slice tare_domain_ascii(struct tare_msg *,
    struct tare_slice host);
/* RFC 822 date anywhere in text. */
TARE_EXPORT bool tare_date(struct tare_slice text, long long *unix_r);
TARE_EXPORT double tare_conf_num(struct tare_msg *, const char *name);
TARE_EXPORT struct tare_slice tare_conf_text(struct tare_msg *,
    const char *name);
TARE_EXPORT const struct tare_slice *tare_conf_list(struct tare_msg *,
    const char *name, size_t *n_r);

#endif
