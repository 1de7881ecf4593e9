/*
 * lines - what rule files say: which domains are free, which senders are not.
 *
 * Plain domains go into a set, those with * or ? into one regex, and so do the
 * senders that the site welcomes and asks us to import.
 */
#include "config.h"

#include <stdio.h>

#include "plugins/address.h"
#include "plugins/freemail/freemail.h"
#include "plugins/text.h"

/* ---- lines ---- */

static bool
is_domain(struct tare_slice s, bool *wild_r)
{
	*wild_r = false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '*' || c == '?')
			*wild_r = true;
		else if (!text_is_letter(c) && !text_is_digit(c) &&
		    c != '.' && c != '-')
			return false;
	}
	return true;
}

/* Good words of a line count even if another is bad. */
int
freemail_on_domains(struct tare_setup *setup, void *ctx,
    struct tare_slice value, struct tare_err *e)
{
	struct freemail_context *c = ctx;
	struct freemail_wildcard *w;
	struct tare_slice word;
	int rc = 0;

	while (text_word(&value, &word)) {
		bool wild;

		if (!is_domain(word, &wild)) {
			tare_fail(e, "'%.*s' is no domain, * and ? are "
			    "allowed in it; the others are taken",
			    (int)word.n, word.p);
			rc = -1;
		} else if (wild) {
			w = tare_setup_alloc(setup, sizeof(*w));
			w->text = tare_setup_strdup(setup, word);
			w->next = c->wildcards;
			c->wildcards = w;
		} else {
			names_put(setup, c->domains, word, c);
		}
	}
	return rc;
}

/* x.y or x@y somewhere in it */
static bool
is_welcome_word(struct tare_slice s)
{
	for (size_t i = 1; i + 1 < s.n; i++) {
		if ((s.p[i] == '.' || s.p[i] == '@') &&
		    text_is_word(s.p[i - 1]) && text_is_word(s.p[i + 1]))
			return true;
	}
	return false;
}

int
freemail_on_welcome(struct tare_setup *setup, void *ctx,
    struct tare_slice value, struct tare_err *e)
{
	struct freemail_context *c = ctx;
	struct tare_slice word;
	int rc = 0;

	while (text_word(&value, &word)) {
		if (is_welcome_word(word)) {
			names_put(setup, c->welcome, word, c);
			continue;
		}
		tare_fail(e, "'%.*s' is neither an address nor a domain; the "
		    "others are taken", (int)word.n, word.p);
		rc = -1;
	}
	return rc;
}

/* ---- patterns to regexes ---- */

/* What * and ? become, and what they stand for in which list. */
struct globs {
	const char *star, *question;
};

static size_t
add_glob(char *dst, const char *text, const struct globs *g)
{
	size_t n = 0;

	for (; *text != '\0'; text++) {
		const char *put = *text == '*' ? g->star :
		    *text == '?' ? g->question : NULL;

		if (put != NULL) {
			memcpy(dst + n, put, strlen(put));
			n += strlen(put);
			continue;
		}
		if (!text_is_word(*text) && (unsigned char)*text < 0x80)
			dst[n++] = '\\';
		dst[n++] = text_lower(*text);
	}
	return n;
}

/* No byte of a pattern becomes more than this. */
#define GLOB_BYTES 5

static const struct tare_regex *
domain_globs(struct tare_setup *setup, const struct freemail_context *c,
    struct tare_err *e)
{
	static const struct globs g = { "[^.]*", "." };
	size_t n = 0, size = sizeof("m{@(?:)$}");
	char *text;

	for (struct freemail_wildcard *w = c->wildcards; w; w = w->next)
		size += GLOB_BYTES * strlen(w->text) + 1;
	text = tare_setup_alloc(setup, size);
	n += (size_t)sprintf(text, "m{@(?:");
	for (struct freemail_wildcard *w = c->wildcards; w; w = w->next) {
		n += add_glob(text + n, w->text, &g);
		text[n++] = w->next != NULL ? '|' : ')';
	}
	strcpy(text + n, "$}");
	return tare_regex_new(setup, text, e);
}

/* Senders that the site welcomes anyway; both lists, as far as imported. */
static int
import_senders(struct tare_setup *setup, struct freemail_context *c,
    struct tare_err *e)
{
	static const struct globs g = { ".*", "." };
	static const char *const lists[] = { "welcomelist_auth",
		"def_welcomelist_auth" };
	static const char *const wanted[] = {
		"freemail_import_welcomelist_auth",
		"freemail_import_def_welcomelist_auth" };
	size_t n = 0, size = sizeof("m{^(?:)$}i");
	const struct tare_slice *v[2];
	size_t count[2] = { 0, 0 };
	char *text;

	for (int k = 0; k < 2; k++) {
		if (tare_setup_num(setup, wanted[k]) == 0)
			continue;
		v[k] = tare_setup_list(setup, lists[k], &count[k]);
		for (size_t i = 0; i < count[k]; i++)
			size += GLOB_BYTES * v[k][i].n + 1;
	}
	if (count[0] + count[1] == 0)
		return 0;
	text = tare_setup_alloc(setup, size);
	n += (size_t)sprintf(text, "m{^(?:");
	for (int k = 0; k < 2; k++) {
		for (size_t i = 0; i < count[k]; i++) {
			n += add_glob(text + n, tare_setup_strdup(setup,
			    v[k][i]), &g);
			text[n++] = '|';
		}
	}
	strcpy(text + n - 1, ")$}i");
	c->authenticated = tare_regex_new(setup, text, e);
	return c->authenticated != NULL ? 0 : -1;
}

int
freemail_ready(struct tare_setup *setup, void *ctx, struct tare_err *e)
{
	struct freemail_context *c = ctx;

	if (c->wildcards != NULL) {
		c->wildcard = domain_globs(setup, c, e);
		if (c->wildcard == NULL)
			return -1;
	}
	return import_senders(setup, c, e);
}

int
freemail_load(struct tare_setup *setup, void **ctx_r, struct tare_err *e)
{
	struct freemail_context *c = tare_setup_alloc(setup, sizeof(*c));

	c->domains = names_new(setup);
	c->welcome = names_new(setup);
	c->role = tare_regex_new(setup, ADDRESS_ROLES, e);
	/* The range from _ to t is SpamAssassin's. */
	c->bulk = tare_regex_new(setup, "/^(?:(?:domain|host|post)master|"
	    "double-bounce|(?:owner|return|sentto|(?:gr)?bounced?)-.+)@|"
	    "(?:-(?:admin|bounces?|owner|request)|"
	    "\\b(?:do[._-t]?)?no[._-t]?repl(?:ies|y)|.+=.+)@/i", e);
	*ctx_r = c;
	return c->role != NULL && c->bulk != NULL ? 0 : -1;
}
