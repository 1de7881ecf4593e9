/*
 * query - from a template such as _AUTHORDOMAIN_.list.example.org to names.
 *
 * A tag is written in capitals between underscores; tags are facts about the
 * message (sa-compat 7.2), HEADER(field) is the field itself.  A tag with
 * several values makes several names, each combination once.
 */
#include "config.h"

#include "plugins/askdns/askdns.h"
#include "plugins/hostname.h"

/* ---- templates ---- */

static bool
is_tag_char(char c)
{
	return text_is_upper(c) || text_is_digit(c);
}

/* Behind "A1_B2" at i; i if there is no name of a tag. */
static size_t
tag_name_end(struct tare_slice s, size_t i)
{
	if (i >= s.n || !text_is_upper(s.p[i]))
		return i;
	while (i < s.n && (is_tag_char(s.p[i]) || (s.p[i] == '_' &&
	    i + 1 < s.n && is_tag_char(s.p[i + 1]))))
		i++;
	return i;
}

/* A whole tag at i, where an underscore is: its end, or 0. */
static size_t
read_tag(struct tare_setup *setup, struct tare_slice s, size_t i,
    struct askdns_tag *tag_r)
{
	size_t from = i + 1, to = tag_name_end(s, from), end = to, close;

	tag_r->field = NULL;
	if (to > from && to < s.n && s.p[to] == '(') {
		close = to + text_find(text_sub(s, to, s.n), ')');
		if (close < s.n) {
			tag_r->field = tare_setup_strdup(setup,
			    text_sub(s, to + 1, close));
			end = close + 1;
		}
	}
	if (end >= s.n || s.p[end] != '_') {
		/* "_A_B.example.org" is the tag A and more text. */
		to = end = text_behind_last(text_sub(s, 0, to), '_') - 1;
		tag_r->field = NULL;
	}
	if (to <= from)
		return 0;
	tag_r->name = tare_setup_strdup(setup, text_sub(s, from, to));
	tag_r->from = i;
	tag_r->to = end + 1;
	return end + 1;
}

int
askdns_template_read(struct tare_setup *setup, struct tare_slice text,
    struct askdns_template *t)
{
	t->text = text_of(tare_setup_strdup(setup, text));
	t->n = 0;
	for (size_t i = 0; i < t->text.n; i++) {
		struct askdns_tag tag;
		size_t end = t->text.p[i] == '_' ?
		    read_tag(setup, t->text, i, &tag) : 0;

		if (end == 0)
			continue;
		if (t->n == ASKDNS_TAGS_MAX)
			return -1;
		t->tags[t->n++] = tag;
		i = end - 1;
	}
	return 0;
}

struct tare_slice
askdns_template_zone(const struct askdns_template *t)
{
	struct tare_slice none = { NULL, 0 }, rest;

	if (t->n == 0)
		return none;
	rest = text_sub(t->text, t->tags[t->n - 1].to, t->text.n);
	/* A single label is a top-level domain, no list. */
	if (rest.n < 2 || rest.p[0] != '.')
		return none;
	rest = text_sub(rest, 1, rest.n);
	return text_find(rest, '.') + 1 < rest.n ? rest : none;
}

/* ---- names ---- */

/* In lower case, without the dots at its end; only valid and new ones. */
static void
add_name(struct askdns_names *names, const char *text, size_t n)
{
	char *dst = names->name[names->n];

	while (n > 0 && text[n - 1] == '.')
		n--;
	if (!hostname_valid((struct tare_slice){ text, n }))
		return;
	for (size_t i = 0; i < n; i++)
		dst[i] = text_lower(text[i]);
	dst[n] = '\0';
	for (size_t i = 0; i < names->n; i++) {
		if (strcmp(names->name[i], dst) == 0)
			return;
	}
	names->n++;
}

/* The values of one tag. */
struct values {
	const struct tare_slice *v;
	size_t n;
};

static struct values
tag_values(struct tare_msg *m, const struct askdns_tag *tag)
{
	struct values all = { NULL, 0 };

	if (tag->field == NULL) {
		all.v = tare_tag(m, tag->name, &all.n);
	} else if (strcmp(tag->name, "HEADER") == 0) {
		all.v = tare_header_all(m, tag->field, &all.n);
		all.n = all.n > 0 && all.v[0].n > 0;
	}
	return all;
}

/* The template with value choice[i] of tag i; 0: it is too long. */
static size_t
fill(const struct askdns_template *t, const struct values *values,
    const size_t *choice, char dst[2 * ASKDNS_NAME_BYTES])
{
	size_t n = 0, at = 0;

	for (unsigned i = 0; i <= t->n; i++) {
		struct tare_slice part[2] = { text_sub(t->text, at,
		    i < t->n ? t->tags[i].from : t->text.n), { NULL, 0 } };

		if (i < t->n) {
			part[1] = values[i].v[choice[i]];
			at = t->tags[i].to;
		}
		for (int k = 0; k < 2; k++) {
			if (part[k].n >= 2 * ASKDNS_NAME_BYTES - n)
				return 0;
			if (part[k].n > 0)
				memcpy(dst + n, part[k].p, part[k].n);
			n += part[k].n;
		}
	}
	return n;
}

/* A tag that stands twice has the same value in both places. */
static unsigned
first_of(const struct askdns_template *t, unsigned i)
{
	for (unsigned k = 0; k < i; k++) {
		const char *a = t->tags[k].field, *b = t->tags[i].field;

		if (strcmp(t->tags[k].name, t->tags[i].name) == 0 &&
		    (a == NULL) == (b == NULL) &&
		    (a == NULL || strcmp(a, b) == 0))
			return k;
	}
	return i;
}

/* Count on, the last tag fastest; false after the last combination. */
static bool
advance(const struct askdns_template *t, const struct values *values,
    size_t *choice)
{
	unsigned i = t->n;

	while (i-- > 0) {
		if (first_of(t, i) != i)
			continue;
		if (++choice[i] < values[i].n)
			break;
		choice[i] = 0;
		if (i == 0)
			return false;
	}
	for (unsigned k = 0; k < t->n; k++)
		choice[k] = choice[first_of(t, k)];
	return t->n > 0;
}

void
askdns_names(struct tare_msg *m, const struct askdns_template *t,
    struct askdns_names *names)
{
	struct values values[ASKDNS_TAGS_MAX];
	size_t choice[ASKDNS_TAGS_MAX] = { 0 };

	names->n = 0;
	for (unsigned i = 0; i < t->n; i++) {
		values[i] = tag_values(m, &t->tags[i]);
		if (values[i].n == 0)
			return;
	}
	do {
		char text[2 * ASKDNS_NAME_BYTES];
		size_t n = fill(t, values, choice, text);

		add_name(names, text, n);
	} while (names->n < ASKDNS_NAMES_MAX && advance(t, values, choice));
}
