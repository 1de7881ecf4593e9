/*
 * alternative - do the two sides of a multipart/alternative say the same?
 *
 * Words are what stands between white space and has a word character in it.
 * Those of all HTML parts below the alternative are on one side, those of all
 * other texts on the other; a word of the HTML is found if the text has it at
 * least as often.  An HTML side without any word but with an image has one
 * word that nothing can match.
 *
 * The words are sorted, not hashed: no choice of words makes it slow.
 */
#include "config.h"

#include "plugins/bodyeval/bodyeval.h"

struct words {
	struct tare_slice *v;
	size_t n;
};

/* A word and how often it is there. */
struct counted {
	struct tare_slice word;
	size_t times;
};

/* ---- words of one text ---- */

/* Latin-1 bytes as UTF-8, so that words of both kinds of text compare. */
static struct tare_slice
to_utf8(struct tare_msg *m, struct tare_slice s)
{
	char *p = tare_alloc(m, 2 * s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x80) {
			p[n++] = (char)c;
		} else {
			p[n++] = (char)(0xc0 | c >> 6);
			p[n++] = (char)(0x80 | (c & 0x3f));
		}
	}
	return (struct tare_slice){ p, n };
}

/* wide: characters above ASCII can be spaces and parts of words. */
static bool
next_word(struct tare_slice *rest, bool wide, struct tare_slice *word_r)
{
	size_t start = 0, i = 0;
	bool found = false;

	while (i < rest->n) {
		size_t at = i;
		int32_t c = eval_utf8(*rest, &i);
		bool space = c < 0x80 ? text_is_space((char)c) :
		    wide && eval_is_wide_space(c);

		if (space && found) {
			*word_r = text_sub(*rest, start, at);
			*rest = text_sub(*rest, i, rest->n);
			return true;
		}
		if (space)
			start = i;
		else if (c < 0x80 || wide)
			found = found || word_is_char(c);
	}
	*word_r = text_sub(*rest, start, rest->n);
	rest->n = 0;
	return found;
}

static void
add_words(struct tare_msg *m, struct words *w, struct tare_slice text)
{
	bool wide = eval_is_wide(text);
	struct tare_slice utf8 = wide ? text : to_utf8(m, text);
	struct tare_slice rest = utf8, word, *v;
	size_t n = w->n;

	while (next_word(&rest, wide, &word))
		n++;
	if (n == w->n)
		return;
	v = tare_alloc(m, n * sizeof(*v));
	if (w->n > 0)
		memcpy(v, w->v, w->n * sizeof(*v));
	w->v = v;
	rest = utf8;
	while (next_word(&rest, wide, &word))
		v[w->n++] = word;
}

/* ---- two sides ---- */

static int
compare_words(const void *a, const void *b)
{
	const struct tare_slice *x = a, *y = b;

	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	return memcmp(x->p, y->p, x->n);
}

/* Distinct words, sorted. */
static size_t
count_words(struct tare_msg *m, struct words *w, struct counted **v_r)
{
	struct counted *v = tare_alloc(m, (w->n + 1) * sizeof(*v));
	size_t n = 0;

	if (w->n > 0)
		qsort(w->v, w->n, sizeof(*w->v), compare_words);
	for (size_t i = 0; i < w->n; i++) {
		if (n == 0 || compare_words(&v[n - 1].word, &w->v[i]) != 0)
			v[n++].word = w->v[i];
		v[n - 1].times++;
	}
	*v_r = v;
	return n;
}

/* Words of html that text does not have, or not as often. */
static size_t
count_left(const struct counted *html, size_t n_html,
    const struct counted *text, size_t n_text)
{
	size_t left = 0, k = 0;

	for (size_t i = 0; i < n_html; i++) {
		int order = 1;

		while (k < n_text && (order = compare_words(&text[k].word,
		    &html[i].word)) < 0)
			k++;
		if (k == n_text || order != 0 ||
		    html[i].times > text[k].times)
			left++;
	}
	return left;
}

/* ---- parts ---- */

/* The word `text`, and no letter behind it. */
static bool
has_type(const struct tare_part *p, const char *text)
{
	size_t n = strlen(text);

	return text_starts(p->type, text_of(text)) &&
	    (p->type.n == n || !text_is_word(p->type.p[n]));
}

static bool
is_html(const struct tare_part *p)
{
	return p->leaf && eval_equals(p->effective_type, "text/html");
}

/* Its number among the rendered HTML parts: empty ones have none. */
static bool
has_image(struct tare_msg *m, const struct tare_part *parts, size_t at)
{
	size_t html = 0;

	if (tare_part_decoded(m, parts[at].id).n == 0)
		return false;
	for (size_t i = 0; i < at; i++)
		html += is_html(&parts[i]) &&
		    tare_part_decoded(m, parts[i].id).n > 0;
	return tare_html_inside(m, html, "img") >= 0;
}

static void
compare_node(struct tare_msg *m, const struct tare_part *parts, size_t n,
    size_t node, struct alternative *a)
{
	struct words html = { 0 }, text = { 0 };
	struct tare_slice image = text_of("\n");
	struct counted *h, *t;
	size_t n_html, n_text;
	double difference;

	/* What is below it follows it, until something hangs higher up. */
	for (size_t i = node + 1; i < n && parts[i].parent >= (int)node;
	    i++) {
		bool plain = eval_equals(parts[i].effective_type,
		    "text/plain");

		if (!has_type(&parts[i], "text") ||
		    (!plain && !is_html(&parts[i])))
			continue;
		add_words(m, plain ? &text : &html,
		    tare_part_text(m, parts[i].id));
		if (!plain && html.n == 0 && has_image(m, parts, i))
			html = (struct words){ .v = &image, .n = 1 };
	}
	if (html.n == 0)
		return;
	n_html = count_words(m, &html, &h);
	n_text = count_words(m, &text, &t);
	difference = (double)count_left(h, n_html, t, n_text) /
	    (double)n_html * 100;
	a->html = n_html;
	a->text = n_text;
	if (difference > a->difference)
		a->difference = difference;
}

/* An invitation as Exchange sends it: HTML and a calendar, no text. */
static bool
is_invitation(const struct tare_part *p, size_t n)
{
	return n == 3 && eval_equals(p[0].type, "multipart/alternative") &&
	    eval_equals(p[1].type, "text/html") &&
	    eval_equals(p[2].type, "text/calendar");
}

struct alternative
alternative_compare(struct tare_msg *m)
{
	struct alternative a = { 0 };
	size_t n;
	const struct tare_part *p = tare_parts(m, &n);

	for (size_t i = 0; i < n && !is_invitation(p, n); i++) {
		if (has_type(&p[i], "multipart/alternative"))
			compare_node(m, p, n, i, &a);
	}
	return a;
}
