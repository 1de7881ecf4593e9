/*
 * html_prepare - mend the source before it is cut into tags.
 *
 * SpamAssassin changes three things because its parser, unlike mail readers,
 * trips over them; every offset and every event follows from the result.
 *
 * Called by html.c.  Each step goes over the source once; a source that needs
 * none is not copied.
 */
#include "config.h"

#include "view/html-priv.h"

/* s with every `&nbsp;` as a space. */
static struct slice
without_nbsp(struct arena *a, struct slice s)
{
	ptrdiff_t amp = slice_chr(s, '&', 0);
	size_t done = 0;
	struct buf b;

	if (amp < 0) {
		return s;
	}
	buf_init(&b, a);
	buf_reserve(&b, s.n);
	for (; amp >= 0; amp = slice_chr(s, '&', (size_t)amp + 1)) {
		struct slice rest = slice_sub(s, (size_t)amp, s.n);

		if (slice_starts(rest, SLICE("&nbsp;"))) {
			buf_add_slice(&b, slice_sub(s, done, (size_t)amp));
			buf_addc(&b, ' ');
			done = (size_t)amp + 6;
		}
	}
	buf_add_slice(&b, slice_sub(s, done, s.n));
	return buf_slice(&b);
}

/*
 * Length of an empty-element tag without attributes at s: `<br/>`, `<br />`.
 * *name_r: of its `<br`.  0: none.
 */
static size_t
empty_tag(struct slice s, size_t *name_r)
{
	size_t i = 1;

	while (i < s.n && (ascii_isword((unsigned char)s.p[i]) ||
	    (unsigned char)s.p[i] >= 0x80)) {
		i++;
	}
	*name_r = i;
	while (i < s.n && ascii_isspace((unsigned char)s.p[i])) {
		i++;
	}
	return *name_r > 1 && slice_starts(slice_sub(s, i, s.n), SLICE("/>")) ?
	    i + 2 : 0;
}

/* A typographic quote at s: U+201C or U+201D. */
static bool
is_quote(struct slice s)
{
	return slice_starts(s, SLICE("\xe2\x80\x9c")) ||
	    slice_starts(s, SLICE("\xe2\x80\x9d"));
}

/*
 * Where, from i on, something may have to be mended: a tag or a quote.
 * next remembers where the next of each may start, so that a text of many of
 * one and none of the other is searched once; it begins as 0.
 */
static size_t
next_place(struct slice s, size_t i, size_t next[2])
{
	static const char starts[2] = { '<', '\xe2' };

	for (unsigned k = 0; k < 2; k++) {
		ptrdiff_t hit;

		if (next[k] >= i && i > 0) {
			continue;
		}
		hit = slice_chr(s, starts[k], i);
		next[k] = hit < 0 ? s.n : (size_t)hit;
	}
	return next[0] < next[1] ? next[0] : next[1];
}

/*
 * The source as SpamAssassin gives it to the parser: `<br/>` as `<br>`,
 * typographic quotes as `"` because they break up attributes.
 */
struct slice
html_prepare(struct arena *a, struct slice s)
{
	size_t done = 0, next[2] = { 0 };
	struct buf b;

	s = without_nbsp(a, s);
	buf_init(&b, a);
	for (size_t i = next_place(s, 0, next); i < s.n;
	    i = next_place(s, i + 1, next)) {
		size_t len = 0, kept = 0;

		if (s.p[i] == '<') {
			len = empty_tag(slice_sub(s, i, s.n), &kept);
		} else if (is_quote(slice_sub(s, i, s.n))) {
			len = 3;
		}
		if (len == 0) {
			continue;
		}
		buf_reserve(&b, s.n - done);
		buf_add_slice(&b, slice_sub(s, done, i + kept));
		buf_addc(&b, kept > 0 ? '>' : '"');
		done = i + len;
		i = done - 1;
	}
	if (done == 0) {
		return s;
	}
	buf_add_slice(&b, slice_sub(s, done, s.n));
	return buf_slice(&b);
}
