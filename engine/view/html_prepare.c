/*
 * html_prepare - mend the source before it is cut into tags.
 *
 * SpamAssassin changes three things because its parser, unlike mail readers,
 * trips over them; every offset and every event follows from the result.
 *
 * Called by html.c.  Each step goes over the source once.
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

/*
 * The source as SpamAssassin gives it to the parser: `<br/>` as `<br>`,
 * typographic quotes as `"` because they break up attributes.
 */
struct slice
html_prepare(struct arena *a, struct slice s)
{
	struct buf b;

	s = without_nbsp(a, s);
	buf_init(&b, a);
	buf_reserve(&b, s.n);
	for (size_t i = 0; i < s.n;) {
		struct slice rest = slice_sub(s, i, s.n);
		size_t name, len;

		if (s.p[i] == '<' && (len = empty_tag(rest, &name)) > 0) {
			buf_add_slice(&b, slice_sub(rest, 0, name));
			buf_addc(&b, '>');
			i += len;
		} else if (slice_starts(rest, SLICE("\xe2\x80\x9c")) ||
		    slice_starts(rest, SLICE("\xe2\x80\x9d"))) {
			buf_addc(&b, '"');
			i += 3;
		} else {
			buf_addc(&b, s.p[i++]);
		}
	}
	return buf_slice(&b);
}
