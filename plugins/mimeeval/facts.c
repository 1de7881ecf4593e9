/*
 * facts - one pass over the MIME parts of a message, for all the evals.
 *
 * Every node counts for what its header says, leaves also for their raw
 * lines (undecoded, long ones broken as reference trap 13 tells).  Where the
 * sums are odd, rules depend on it: the ratio of plain to HTML counts only
 * what comes after the first multipart/alternative; the number of
 * quoted-printable parts becomes that of needlessly encoded characters as
 * soon as one part is encoded so.
 *
 * Linear in the message.
 */
#include "config.h"

#include "plugins/locales.h"
#include "plugins/mimeeval/mimeeval.h"

/* RFC 5322 2.1.1: 78 characters, and the newline. */
#define QP_LINE_MAX 79

/* What is summed up while the parts go by. */
struct sums {
	struct tare_msg *msg;
	struct mime_facts *f;
	size_t qp_bytes, normal, entities;
	double qp_count;	/* may fall below 0: more blanks than counted */
	/* Raw bytes of the last leaf of each type; -1: there is none. */
	double plain, html;
};

/* ---- headers ---- */

static void
add_charset(struct sums *s, struct tare_slice charset)
{
	double *is = s->f->is;
	struct tare_slice word, rest = charset;
	bool letter = false;

	if (mime_charset_is_bad_iso(charset))
		is[BAD_ISO_CHARSET] = 1;
	for (size_t i = 0; i < charset.n; i++)
		letter = letter || text_is_letter(charset.p[i]);
	if (!letter)
		return;
	while (text_word(&rest, &word)) {
		if (mime_charset_has_capitals(word))
			s->f->capitals = true;
	}
	if (!locales_all(s->msg) && !locales_charset_ok(s->msg, charset))
		is[FARAWAY_CHARSET] = 1;
}

static void
add_head(struct sums *s, const struct mime_head *h)
{
	double *is = s->f->is;
	bool base64 = eval_find(h->cte, "base64") >= 0;
	bool text = text_starts(h->type, text_of("text"));

	if (eval_equals(h->type, "multipart/alternative"))
		is[ALTERNATIVE] = 1;
	if (eval_equals(h->type, "text/html"))
		is[HTML_COUNT]++;
	else if (text)
		is[TEXT_COUNT]++;
	if (base64)
		is[BASE64_COUNT]++;
	else if (eval_find(h->cte, "quoted-printable") >= 0)
		is[QP_COUNT]++;
	if (eval_find(h->disposition, "attachment") >= 0)
		is[ATTACHMENT]++;
	if (text && base64 && (h->charset.n == 0 ||
	    eval_equals(h->charset, "0") ||
	    mime_charset_has_ascii(h->charset)) &&
	    !text_starts(h->disposition, text_of("attachment")) &&
	    !text_starts(h->disposition, text_of("inline")))
		is[BASE64_TEXT] = 1;
	add_charset(s, h->charset);
}

/* ---- lines ---- */

/* "=09", "=20" … "=7E" but for "=3D": a character that needs no code. */
static bool
is_needless_code(const char *p)
{
	bool hex = text_is_digit(p[2]) || (p[2] >= 'A' && p[2] <= 'F');

	switch (p[1]) {
	case '0':
		return p[2] == '9';
	case '2': case '4': case '5': case '6':
		return hex;
	case '3':
		return hex && p[2] != 'D';
	case '7':
		return hex && p[2] != 'F';
	default:
		return false;
	}
}

/* A coded blank or tab at the end of the line has a reason. */
static size_t
trailing_codes(struct tare_slice line)
{
	size_t n = 0;

	while (line.n > 0 && text_is_space(line.p[line.n - 1]))
		line.n--;
	for (; line.n >= 3; line.n -= 3, n++) {
		const char *p = line.p + line.n - 3;

		if (memcmp(p, "=20", 3) != 0 && memcmp(p, "=09", 3) != 0)
			break;
	}
	return n;
}

static void
add_qp_line(struct sums *s, struct tare_slice line)
{
	size_t n = 0;

	if (text_starts(line, text_of("SPAM: ")))
		return;
	if (line.n > QP_LINE_MAX)
		s->f->is[QP_LONG_LINE] = 1;
	s->qp_bytes += line.n;
	for (size_t i = 0; i + 2 < line.n; i++) {
		if (line.p[i] == '=' && is_needless_code(line.p + i)) {
			n++;
			i += 2;
		}
	}
	if (n > 0)
		s->qp_count += (double)n - (double)trailing_codes(line);
}

static bool
has_illegal(struct tare_slice line)
{
	for (size_t i = 0; i < line.n; i++) {
		unsigned char c = (unsigned char)line.p[i];

		if (c == '\0' || c == '\r' || c >= 0x80)
			return true;
	}
	return false;
}

/* "&#xHHHH;" with capitals, where nothing will make a character of it. */
static void
add_entities(struct sums *s, struct tare_slice line)
{
	size_t n = 0, i = 0;

	while (i + 8 <= line.n) {
		size_t k = 3;

		if (memcmp(line.p + i, "&#x", 3) == 0) {
			while (k < 7 && (text_is_digit(line.p[i + k]) ||
			    (line.p[i + k] >= 'A' && line.p[i + k] <= 'F')))
				k++;
		}
		if (k < 7 || line.p[i + 7] != ';') {
			i++;
			continue;
		}
		n++;
		i += 8;
	}
	s->entities += n;
	s->normal += line.n - 8 * n;
}

static void
add_leaf(struct sums *s, const struct tare_part *p, const struct mime_head *h)
{
	double *is = s->f->is, *bytes = NULL;
	bool plain = eval_equals(h->type, "text/plain");
	bool qp = eval_equals(h->cte, "quoted-printable");
	bool base64 = eval_equals(h->cte, "base64") &&
	    !eval_equals(h->type, "application/ics");
	bool ascii = plain && (!h->has_charset ||
	    eval_equals(h->charset, "us-ascii"));
	bool literal = plain && (h->cte.n == 0 ||
	    eval_equals(h->cte, "7bit") || eval_equals(h->cte, "8bit"));
	struct tare_slice rest = p->raw, line;

	if (eval_find(h->disposition, "attachment") < 0)
		bytes = plain ? &s->plain :
		    eval_equals(h->type, "text/html") ? &s->html : NULL;
	if (bytes != NULL)
		*bytes = is[ALTERNATIVE] != 0 ? (double)p->raw.n : 0;
	while (eval_line(&rest, &line)) {
		if (qp)
			add_qp_line(s, line);
		if (base64 && line.n > s->f->base64_length)
			s->f->base64_length = line.n;
		if (ascii && has_illegal(line))
			is[ASCII_ILLEGAL]++;
		if (literal)
			add_entities(s, line);
	}
}

static void
finish(struct sums *s)
{
	double *is = s->f->is;

	if (s->qp_bytes > 0) {
		is[QP_RATIO] = s->qp_count / (double)s->qp_bytes;
		is[QP_COUNT] = s->qp_count;
		is[QP_BYTES] = (double)s->qp_bytes;
	}
	if (s->normal > 0)
		is[UNICODE_RATIO] = (double)s->entities / (double)s->normal;
	if (is[ALTERNATIVE] != 0 && s->plain >= 0 && s->html > 0)
		is[RATIO] = s->plain / s->html;
}

const struct mime_facts *
mime_facts_get(struct tare_msg *m)
{
	struct mime_facts *f = mime_state(m);
	struct sums s = { .msg = m, .f = f, .plain = -1, .html = -1 };
	struct mime_head head;
	size_t n;
	const struct tare_part *parts;

	if (f->done)
		return f;
	f->done = true;
	f->is[RATIO] = 1;
	parts = tare_parts(m, &n);
	for (size_t i = 0; i < n; i++) {
		/* A part whose type has no letter left is overlooked. */
		if (parts[i].type.n == 0)
			continue;
		mime_head_read(m, &parts[i], &head);
		add_head(&s, &head);
		if (parts[i].leaf)
			add_leaf(&s, &parts[i], &head);
	}
	finish(&s);
	return f;
}
