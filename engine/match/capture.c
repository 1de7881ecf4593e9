/*
 * capture.c - tags from named groups, and regexes made of tags
 * (reference/sa-compat 2.7).
 *
 * A rule whose regex has a group (?<NAME>…) sets the tag NAME to every
 * distinct text it captured; a rule whose regex contains %{NAME} has that
 * replaced by (?:value|value…), each value quoted, before it runs.
 *
 * Called by build.c, for what is certain whatever the values are, and by run.c.
 * These come from mail, so the made regex is capped in
 * length, compiled without JIT and kept per rule for as long as the
 * values stay the same.
 */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "match/match-priv.h"

enum {
	TAG_VALUES = 100,	/* alternatives one tag may bring */
	TEMPLATE_BYTES = 65536,	/* of a made regex: PCRE2's code limit */
};

/* ---- captures ---- */

/* [A-Z][A-Z0-9]*(_[A-Z0-9]+)* at the start of s: its length, or 0. */
static size_t
tag_name_length(struct slice s)
{
	size_t n = 0;

	while (n < s.n && ((s.p[n] >= 'A' && s.p[n] <= 'Z') ||
	    (n > 0 && (ascii_isdigit((unsigned char)s.p[n]) ||
	    (s.p[n] == '_' && s.p[n - 1] != '_')))))
		n++;
	return n > 0 && s.p[n - 1] == '_' ? n - 1 : n;
}

static bool
tag_has(struct view *v, struct slice name, struct slice value)
{
	size_t n;
	const struct slice *values = view_tag(v, name, &n);

	for (size_t i = 0; i < n; i++) {
		if (slice_eq(values[i], value))
			return true;
	}
	return n >= TAG_VALUES;
}

void
capture_save(struct view *v, const struct regex *re, struct slice subject,
    const struct regex_span *spans, size_t n)
{
	const char *group;
	unsigned number;

	for (size_t i = 0; (group = regex_group_name(re, i, &number)) != NULL;
	    i++) {
		struct slice name = slice_cstr(group), value;

		if (number >= n || spans[number].start == SIZE_MAX ||
		    tag_name_length(name) != name.n)
			continue;
		value = slice_sub(subject, spans[number].start,
		    spans[number].end);
		if (value.n > 0 && !tag_has(v, name, value))
			view_tag_add(v, name,
			    arena_slice(view_arena(v), value));
	}
}

/* ---- templates ---- */

static void
add_quoted(struct buf *b, struct slice value)
{
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];

		if (c < 0x80 && !ascii_isword(c))
			buf_addc(b, '\\');
		buf_addc(b, (char)c);
	}
}

/* (?:value|value…); false: the tag has none. */
static bool
add_values(struct buf *b, struct view *v, struct slice name)
{
	size_t n, added = 0;
	const struct slice *values = view_tag(v, name, &n);

	for (size_t i = 0; i < n && added < TAG_VALUES; i++) {
		if (values[i].n == 0)
			continue;
		buf_adds(b, added++ > 0 ? "|" : "(?:");
		add_quoted(b, values[i]);
	}
	if (added > 0)
		buf_addc(b, ')');
	return added > 0;
}

/*
 * %{NAME}, %{NAME(argument)} or the same with escaped braces at s: its
 * length and the name with its argument; 0: none.
 */
static size_t
template_at(struct slice s, struct slice *name_r)
{
	bool escaped = slice_starts(s, SLICE("%\\{"));
	struct slice close = escaped ? SLICE("\\}") : SLICE("}");
	size_t open = escaped ? 3 : 2, n;
	ptrdiff_t end;

	if (!escaped && !slice_starts(s, SLICE("%{")))
		return 0;
	s = slice_sub(s, open, s.n);
	n = tag_name_length(s);
	if (n > 0 && n < s.n && s.p[n] == '(') {
		end = slice_chr(s, ')', n);
		n = end < 0 ? 0 : (size_t)end + 1;
	}
	if (n == 0 || !slice_starts(slice_sub(s, n, s.n), close))
		return 0;
	*name_r = slice_sub(s, 0, n);
	return open + n + close.n;
}

/* v NULL: each tag becomes what `instead` says. */
static int
expand(struct buf *b, struct slice text, struct view *v, const char *instead)
{
	for (size_t i = 0; i < text.n;) {
		struct slice name;
		size_t n = 0;

		if (text.p[i] == '\\' && i + 1 < text.n) {
			buf_add(b, text.p + i, 2);
			i += 2;
			continue;
		}
		if (text.p[i] == '%')
			n = template_at(slice_sub(text, i, text.n), &name);
		if (n == 0)
			buf_addc(b, text.p[i++]);
		else if (v == NULL)
			buf_adds(b, instead);
		else if (!add_values(b, v, name))
			return TEMPLATE_UNSET;
		i += n;
		if (b->n > TEMPLATE_BYTES)
			return TEMPLATE_BAD;
	}
	return TEMPLATE_READY;
}

int
template_check(const struct rule_regex *re, struct err *e)
{
	struct arena *a = arena_new();
	struct rule_regex made = *re;
	struct buf b;
	int rc = -1;

	buf_init(&b, a);
	if (expand(&b, re->text, NULL, "(?:x)") != TEMPLATE_READY) {
		err_set(e, ERR_CONFIG, "the regex is longer than %d bytes",
		    TEMPLATE_BYTES);
	} else {
		made.text = buf_slice(&b);
		rc = regex_compile_once(a, &made, e) != NULL ? 0 : -1;
	}
	arena_free(&a);
	return rc;
}

/* Inside a class or \Q…\E "any text" would be some bytes of its own: then all
 * is. */
struct rule_regex
template_any(struct arena *a, const struct rule_regex *re)
{
	struct rule_regex made = *re;
	struct buf b;

	buf_init(&b, a);
	if (slice_chr(re->text, '[', 0) >= 0 ||
	    slice_find(re->text, SLICE("\\Q"), 0) >= 0 ||
	    expand(&b, re->text, NULL, "(?s:.*)") != TEMPLATE_READY)
		made.text = SLICE("(?s:.*)");
	else
		made.text = buf_slice(&b);
	return made;
}

int
template_regex(struct template *t, const struct rule_regex *re,
    struct view *v, const struct regex **re_r)
{
	struct rule_regex made = *re;
	struct buf b;
	int rc;

	buf_init(&b, view_arena(v));
	rc = expand(&b, re->text, v, NULL);
	if (rc != TEMPLATE_READY)
		return rc;
	if (t->arena == NULL || !slice_eq(t->text, buf_slice(&b))) {
		if (t->arena == NULL)
			t->arena = arena_new();
		else
			arena_reset(t->arena);
		t->text = made.text = arena_slice(t->arena, buf_slice(&b));
		t->re = regex_compile_once(t->arena, &made, NULL);
	}
	*re_r = t->re;
	return t->re != NULL ? TEMPLATE_READY : TEMPLATE_BAD;
}

void
template_free(struct template *t)
{
	arena_free(&t->arena);
	t->re = NULL;
}
