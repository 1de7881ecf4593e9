/*
 * lines - what rule files say beside rules: words to ignore, domains that are
 * the same, domains of an access list, the shape of an address; and the
 * options in a rule's argument.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "plugins/address.h"
#include "plugins/hashbl/hashbl.h"
#include "plugins/text.h"

#define MAX_DEFAULT 10
#define ACL_NAME_MAX 32

/* What a name in a set of ours stands for; a line may take one out again. */
static const char in[] = "in", out[] = "out";

bool
hashbl_has(const struct names *set, struct tare_slice name)
{
	return names_get(set, name) == in;
}

/* ---- options ---- */

static const struct {
	const char *name;
	enum hashbl_option option;
} options[] = {
	{ "sha256", HASHBL_SHA256 }, { "sha1", HASHBL_SHA1 },
	{ "md5", HASHBL_MD5 }, { "raw", HASHBL_RAW }, { "max", HASHBL_MAX },
	{ "shuffle", HASHBL_SHUFFLE }, { "case", HASHBL_CASE },
	{ "num", HASHBL_NUM }, { "nodot", HASHBL_NODOT },
	{ "notag", HASHBL_NOTAG }, { "host", HASHBL_HOST },
	{ "domain", HASHBL_DOMAIN }, { "user", HASHBL_USER },
	{ "nouri", HASHBL_NOURI }, { "noquote", HASHBL_NOQUOTE },
	{ "ip", HASHBL_IP }, { "ipv4", HASHBL_IPV4 },
	{ "ipv6", HASHBL_IPV6 }, { "revip", HASHBL_REVIP },
	{ "fqdn", HASHBL_FQDN }, { "tld", HASHBL_TLD },
	{ "trim", HASHBL_TRIM }, { "minsize", HASHBL_MINSIZE },
	{ "maxsize", HASHBL_MAXSIZE },
};

/* name, or name=number; others have no effect, as in SpamAssassin. */
static void
read_option(struct tare_slice s, double opt[HASHBL_OPTIONS])
{
	size_t equals = text_find(s, '=');
	struct tare_slice name = text_sub(s, 0, equals);
	char number[32];

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (!text_same_nocase(name, text_of(options[i].name)))
			continue;
		opt[options[i].option] = 1;
		if (equals < s.n && s.n - equals <= sizeof(number)) {
			memcpy(number, s.p + equals + 1, s.n - equals - 1);
			number[s.n - equals - 1] = '\0';
			opt[options[i].option] = strtod(number, NULL);
		}
	}
}

void
hashbl_read_options(const char *text, double opt[HASHBL_OPTIONS])
{
	struct tare_slice rest = text_of(text);

	memset(opt, 0, HASHBL_OPTIONS * sizeof(*opt));
	while (rest.n > 0) {
		size_t slash = text_find(rest, '/');

		read_option(text_trim(text_sub(rest, 0, slash)), opt);
		rest = text_sub(rest, slash < rest.n ? slash + 1 : slash,
		    rest.n);
	}
	if (opt[HASHBL_TRIM] != 0)
		opt[HASHBL_FQDN] = opt[HASHBL_TLD] = 1;
	if (opt[HASHBL_MAX] <= 0)
		opt[HASHBL_MAX] = MAX_DEFAULT;
}

/* ---- lines ---- */

int
hashbl_on_ignore(struct tare_setup *setup, void *ctx, struct tare_slice value,
    struct tare_err *e)
{
	struct hashbl_context *c = ctx;
	struct tare_slice word;

	if (value.n == 0) {
		tare_fail(e, "values or hashes are wanted");
		return -1;
	}
	while (text_word(&value, &word))
		names_put(setup, c->ignore, word, in);
	return 0;
}

int
hashbl_on_alias(struct tare_setup *setup, void *ctx, struct tare_slice value,
    struct tare_err *e)
{
	struct hashbl_context *c = ctx;
	struct tare_slice domain, alias;
	char *main;

	if (text_find(value, '@') < value.n || !text_word(&value, &domain) ||
	    text_trim(value).n == 0) {
		tare_fail(e, "DOMAIN ALIAS… is wanted");
		return -1;
	}
	main = tare_setup_strdup(setup, domain);
	for (char *p = main; *p != '\0'; p++)
		*p = text_lower(*p);
	while (text_word(&value, &alias))
		names_put(setup, c->aliases, alias, main);
	return 0;
}

static bool
is_acl_name(struct tare_slice name)
{
	for (size_t i = 0; i < name.n; i++) {
		if (!text_is_letter(name.p[i]) && !text_is_digit(name.p[i]))
			return false;
	}
	return name.n >= 1 && name.n <= ACL_NAME_MAX;
}

/* NAME DOMAIN… !DOMAIN…: an exception counts whatever comes after it. */
int
hashbl_on_acl(struct tare_setup *setup, void *ctx, struct tare_slice value,
    struct tare_err *e)
{
	struct hashbl_context *c = ctx;
	struct tare_slice name, word;
	struct names *acl;

	if (!text_word(&value, &name) || !is_acl_name(name)) {
		tare_fail(e, "the name of an access list has letters and "
		    "digits, at most %d", ACL_NAME_MAX);
		return -1;
	}
	acl = (struct names *)(uintptr_t)names_get(c->acls, name);
	if (acl == NULL) {
		acl = names_new(setup);
		names_put(setup, c->acls, name, acl);
	}
	while (text_word(&value, &word)) {
		bool except = word.n > 1 && word.p[0] == '!';

		if (except)
			word = text_sub(word, 1, word.n);
		if (except || names_get(acl, word) == NULL)
			names_put(setup, acl, word, except ? out : in);
	}
	return 0;
}

int
hashbl_on_skip(struct tare_setup *setup, void *ctx, struct tare_slice value,
    struct tare_err *e)
{
	struct hashbl_context *c = ctx;
	struct tare_slice word;

	while (text_word(&value, &word))
		names_put(setup, c->skip, word, in);
	return 0;
}

int
hashbl_on_clear_skip(struct tare_setup *setup, void *ctx,
    struct tare_slice value, struct tare_err *e)
{
	struct hashbl_context *c = ctx;
	struct tare_slice word;

	if (value.n == 0)
		c->skip = names_new(setup);
	while (text_word(&value, &word))
		names_put(setup, c->skip, word, out);
	return 0;
}

/* ---- regexes ---- */

const struct tare_regex *
hashbl_regex(struct tare_setup *setup, struct tare_slice text,
    struct tare_err *e)
{
	char *whole = tare_setup_alloc(setup, text.n + sizeof("m{}"));

	sprintf(whole, "m{%.*s}", (int)text.n, text.p);
	return tare_regex_new(setup, whole, e);
}

/*
 * _TLDS_ stands for all public ones: here for any last label; whether it is
 * one of them is looked up when an address was found.
 */
static struct tare_slice
with_tlds(struct tare_setup *setup, struct tare_slice text)
{
	static const char word[] = "_TLDS_";
	static const char label[] = "(?<![a-zA-Z0-9-])[a-zA-Z][a-zA-Z0-9-]*"
	    "(?!(?:[a-zA-Z0-9-]|\\.[a-zA-Z0-9]))";
	const char *at = text.n == 0 ? NULL :
	    memmem(text.p, text.n, word, strlen(word));
	size_t before = at != NULL ? (size_t)(at - text.p) : 0;
	char *whole;

	if (at == NULL)
		return text;
	whole = tare_setup_alloc(setup, text.n + sizeof(label));
	sprintf(whole, "%.*s%s%.*s", (int)before, text.p, label,
	    (int)(text.n - before - strlen(word)), at + strlen(word));
	return text_of(whole);
}

int
hashbl_ready(struct tare_setup *setup, void *ctx, struct tare_err *e)
{
	struct hashbl_context *c = ctx;
	struct tare_slice email = tare_setup_text(setup, "hashbl_email_regex");
	struct tare_slice welcome = tare_setup_text(setup,
	    "hashbl_email_welcomelist");

	if (email.n > 0) {
		c->email = hashbl_regex(setup, with_tlds(setup, email), e);
		if (c->email == NULL)
			return -1;
	}
	c->welcome = welcome.n > 0 ? hashbl_regex(setup,
	    with_tlds(setup, welcome), e) :
	    tare_regex_new(setup, ADDRESS_ROLES, e);
	return c->welcome != NULL ? 0 : -1;
}

int
hashbl_load(struct tare_setup *setup, void **ctx_r, struct tare_err *e)
{
	struct hashbl_context *c = tare_setup_alloc(setup, sizeof(*c));

	c->ignore = names_new(setup);
	c->aliases = names_new(setup);
	c->skip = names_new(setup);
	c->acls = names_new(setup);
	*ctx_r = c;
	return 0;
}
