/*
 * hashbl - what the files of this plugin share: hashbl.c (rules and answers),
 * lines.c (what rule files say), collect.c and emails.c (what a rule asks
 * about), digest.c (hashes).
 */
#ifndef PLUGINS_HASHBL_H
#define PLUGINS_HASHBL_H

#include "plugins/names.h"
#include "plugins/questions.h"

/* Distinct values of one rule and message; more are not looked at. */
#define HASHBL_VALUES_MAX 256

/* ---- options: 'sha1/max=10/shuffle' ---- */
enum hashbl_option {
	/* the hash; none: the value itself */
	HASHBL_SHA256, HASHBL_SHA1, HASHBL_MD5, HASHBL_RAW,
	HASHBL_MAX, HASHBL_SHUFFLE, HASHBL_CASE,
	HASHBL_NUM,			/* digits only */
	/* of addresses */
	HASHBL_NODOT, HASHBL_NOTAG, HASHBL_HOST, HASHBL_DOMAIN, HASHBL_USER,
	HASHBL_NOURI, HASHBL_NOQUOTE,
	/* of tags */
	HASHBL_IP, HASHBL_IPV4, HASHBL_IPV6, HASHBL_REVIP, HASHBL_FQDN,
	HASHBL_TLD, HASHBL_TRIM,
	/* of attachments */
	HASHBL_MINSIZE, HASHBL_MAXSIZE,
	HASHBL_OPTIONS
};

/* Distinct values in the order in which they were found. */
struct hashbl_values {
	size_t n;
	struct tare_slice v[HASHBL_VALUES_MAX];
};

struct hashbl_context {
	struct names *ignore;		/* values and hashes */
	struct names *aliases;		/* domain -> char * */
	struct names *skip;		/* domains; uridnsbl_skip_domain */
	struct names *acls;		/* name -> struct names of domains */
	const struct tare_regex *email;	/* of the site; or NULL */
	const struct tare_regex *welcome;
};

struct hashbl_rule;
typedef void hashbl_collect(struct tare_msg *, const struct hashbl_rule *,
    struct hashbl_values *);

struct hashbl_rule {
	const struct hashbl_context *context;
	unsigned id;
	int on;				/* what text: TARE_ON_… */
	struct tare_zone *zone;
	const struct tare_subtest *subtest;
	double opt[HASHBL_OPTIONS];
	hashbl_collect *collect;
	bool hashed;			/* collect gives hashes already */
	const struct tare_regex *regex;	/* check_hashbl_bodyre */
	const char *tag;		/* check_hashbl_tag */
	const char *from;		/* check_hashbl_emails */
	bool with_acl;
	const struct names *acl;	/* NULL: all domains */
};

/* ---- lines.c ---- */
typedef int hashbl_line(struct tare_setup *, void *ctx, struct tare_slice,
    struct tare_err *);
hashbl_line hashbl_on_ignore, hashbl_on_alias, hashbl_on_acl, hashbl_on_skip;
hashbl_line hashbl_on_clear_skip;
int hashbl_load(struct tare_setup *, void **ctx_r, struct tare_err *);
int hashbl_ready(struct tare_setup *, void *ctx, struct tare_err *);
/* A name that a line put in. */
bool hashbl_has(const struct names *, struct tare_slice);
/* A regex as arguments and settings have it, without delimiters. */
const struct tare_regex *hashbl_regex(struct tare_setup *,
    struct tare_slice text, struct tare_err *);
void hashbl_read_options(const char *text, double opt[HASHBL_OPTIONS]);

/* ---- collect.c, emails.c ---- */
hashbl_collect hashbl_uris, hashbl_matches, hashbl_tag, hashbl_attachments;
hashbl_collect hashbl_emails;
/* No empty ones, none twice. */
void hashbl_add(struct hashbl_values *, struct tare_slice);
/* In lower case unless the rule has option `case`. */
struct tare_slice hashbl_fold(struct tare_msg *, const struct hashbl_rule *,
    struct tare_slice);
/* The domain or its registered domain is one that nobody asks about. */
bool hashbl_skipped(struct tare_msg *, const struct hashbl_rule *,
    struct tare_slice host);

/* ---- digest.c ---- */
/* Room for the longest hash, or a name. */
#define HASHBL_KEY_BYTES 254
/* The hash that the options name, as text, or the value itself; false if it
 * is too long for a name. */
bool hashbl_digest(const double opt[HASHBL_OPTIONS], struct tare_slice value,
    char dst[HASHBL_KEY_BYTES]);

#endif
