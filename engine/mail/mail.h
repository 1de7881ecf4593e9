/*
 * mail - bytes to message.
 *
 * mail_parse never fails: whatever is wrong becomes a defect flag.  The
 * parse follows SpamAssassin 4.0.1 (reference/sa-compat.md 5.1) because
 * rules depend on where it draws its lines; comments name the traps.
 *
 * Slices point into the caller's bytes where they can, else into the arena;
 * both must outlive the mail.
 */
#ifndef MAIL_MAIL_H
#define MAIL_MAIL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"
#include "base/vec.h"

/* Defects; names for reports come from mail_defect_name(). */
enum mail_defect {
	DEFECT_EMPTY		= 1u << 0,	/* no bytes at all */
	DEFECT_NUL		= 1u << 1,	/* a NUL byte anywhere */
	/* missing_head_body_separator */
	DEFECT_NO_SEPARATOR	= 1u << 2,
	DEFECT_HEADER_CUT	= 1u << 3,	/* truncated_header */
	DEFECT_TOO_MANY_FIELDS	= 1u << 4,
	DEFECT_MIME_HEADERS	= 1u << 5,	/* missing_mime_headers */
	/* missing_mime_head_body_separator */
	DEFECT_MIME_SEPARATOR	= 1u << 6,
	DEFECT_MIME_EPILOGUE	= 1u << 7,	/* mime_epilogue_exists */
	DEFECT_MIME_DEPTH	= 1u << 8,	/* over LIMIT_MIME_DEPTH */
	DEFECT_MIME_PARTS	= 1u << 9,	/* over LIMIT_MIME_PARTS */
	DEFECT_NO_BOUNDARY	= 1u << 10,	/* multipart without boundary */
	DEFECT_BASE64		= 1u << 11,	/* damaged base64 */
	DEFECT_QP		= 1u << 12,	/* damaged quoted-printable */
	DEFECT_CHARSET		= 1u << 13,	/* unknown or wrong charset */
	DEFECT_LONE_CR		= 1u << 14,
	DEFECT_MIXED_EOL	= 1u << 15,	/* both CRLF and bare LF */
	DEFECT_BODY_CUT		= 1u << 16,	/* text longer than scanned */
	DEFECT_URI_CUT		= 1u << 17,	/* uri_truncated */
	DEFECT_TOO_MANY_URIS	= 1u << 18,
	DEFECT_HTML_CUT		= 1u << 19,	/* HTML over its limits */
	DEFECT_REGEX_LIMIT	= 1u << 20,	/* a rule hit a regex limit */
	DEFECT_TIME		= 1u << 21,	/* its time budget is spent */
	DEFECT_DNS_CUT		= 1u << 22,	/* too many questions */
	DEFECT_NO_FINAL_EOL	= 1u << 23,
	DEFECT_OVERSIZE		= 1u << 24,	/* only a part was scanned */
};

/* Short lower-case name of one bit ("nul", "mime-depth"), NULL if unknown. */
const char *mail_defect_name(unsigned bit);

struct mail_field {
	struct slice name;	/* without colon, trailing blanks cut */
	struct slice raw;	/* after the colon: folds and final \n kept */
	size_t offset;		/* of the name, in mail->raw */
	size_t length;		/* of the whole field there */
};

struct mail_header {
	VEC_OF(struct mail_field) fields;
};

struct mail_part {
	unsigned id;		/* 1 = the message; tree order */
	unsigned depth;
	struct mail_part *parent, *child, *next;
	struct mail_part *last_child;
	struct mail_header header;
	bool leaf;		/* not multipart/…, not message/rfc822 parsed */
	bool is_message;	/* a message/rfc822 whose child is a message */
	struct slice type;	/* "text/plain": as SpamAssassin reads it */
	struct slice effective_type;	/* text/html by a name in .htm… */
	struct slice charset;	/* as written, or empty */
	struct slice boundary;
	struct slice name;	/* attachment name, decoded, or empty */
	struct slice cte;	/* lower-cased value, trimmed, or empty */
	struct slice disposition;	/* raw value of the last such field */
	size_t header_offset;	/* byte offsets in mail->raw */
	size_t body_offset;
	size_t body_length;
	struct slice raw;	/* undecoded body, LF line ends, long lines
				 * broken in multiparts (traps 13, 14) */
	struct slice decoded;	/* mail_part_decoded() fills it */
	bool decoded_done;
};

struct mail {
	struct slice raw;	/* everything, as received */
	size_t envelope_length;	/* of a leading mbox "From " line, or 0 */
	size_t header_length;	/* of the header block, in raw, after that */
	size_t body_offset;	/* in raw, after the blank line */
	struct slice pristine_header;
	struct slice pristine_body;
	bool crlf;		/* CRLF mode (reference 5.1 point 2) */
	struct mail_part *root;
	VEC_OF(struct mail_part *) parts;	/* tree order, root first */
	uint32_t defects;
	uint64_t fingerprint;	/* of raw: boundaries come from it */
	struct arena *arena;
};

struct mail *mail_parse(struct arena *a, struct slice raw);

/* Fields by name, ASCII case folded. n counts from 0. NULL: no such field. */
const struct mail_field *mail_field_nth(const struct mail_header *h,
    struct slice name, size_t n);
const struct mail_field *mail_field_last(const struct mail_header *h,
    struct slice name);

/*
 * Decoded value: unfolded, trimmed, RFC 2047 words decoded to UTF-8 except in
 * the fields that SpamAssassin leaves alone (reference 5.2); without a
 * final newline.  Cached per field by the view, not here.
 */
struct slice mail_field_decoded(struct arena *a, const struct mail_field *f);
/* RFC 2047 words in any text. */
struct slice mail_words_decode(struct arena *a, struct slice text);

/* The part's bytes after its transfer encoding (5.1 point 13); sets defects
 * on the mail. Idempotent. */
struct slice mail_part_decoded(struct mail *m, struct mail_part *p);
/* Decoders, also used by plugins; each is linear and never fails. */
struct slice mail_decode_base64(struct arena *a, struct slice in, bool *bad_r);
struct slice mail_decode_qp(struct arena *a, struct slice in, bool *bad_r);
/* First uuencoded block in text: its name, its bytes, and where in the text it
 * ends, for the next call; false if none. */
bool mail_decode_uu(struct arena *a, struct slice in, struct slice *name_r,
    struct slice *bytes_r, size_t *end_r);

/*
 * Charset to UTF-8 with SpamAssassin's procedure (5.4 step 2, `_normalize`).
 * *unicode_r: the text is to be treated as characters (5.4 step 2a: false for
 * pure ASCII).  Never fails; *bad_r when the declared charset was unknown or
 * did not fit.  iconv descriptors are cached per process.
 */
struct slice mail_to_utf8(struct arena *a, struct slice in,
    struct slice charset, bool *unicode_r, bool *bad_r);

/* Content-Type parameters (5.1 point 8). */
struct mail_ctype {
	struct slice type;	/* lower-cased type/subtype */
	struct slice boundary, charset, name;
	bool missing;		/* empty: type is the default */
};
void mail_ctype_parse(struct arena *a, struct slice value,
    struct mail_ctype *ct_r);

/* Addresses of header values (5.3). */
struct mail_addr {
	struct slice addr;	/* user@host, may be empty */
	struct slice phrase;	/* display name, undecoded */
};
void mail_addrs_parse(struct arena *a, struct slice value,
    struct mail_addr **addrs_r, size_t *n_r);

/* RFC 822 date anywhere in the text (5.9). 0 and *time_r, or -1. */
int mail_date_parse(struct slice text, long long *unix_time_r);

#endif
