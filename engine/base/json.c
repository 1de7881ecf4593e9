/*
 * json - a reader of RFC 8259 that keeps no state between values.
 *
 * Used by learn/ for lines of other nodes and by cmd/ for what the database
 * and the daemon say.  skip_value() passes over one value of any depth with a
 * small stack of its own instead of recursion, so hostile nesting costs
 * nothing; json_each() is that, with a call per value of the outermost level.
 *
 * Stricter than many: no comments, no trailing commas, no control characters
 * in strings, numbers exactly as the grammar has them.  Bytes that are not
 * UTF-8 are let through: who prints them must know how (buf_add_json does).
 */
#include "config.h"

#include "base/json.h"

#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"

static int
peek(const struct slice *s)
{
	return s->n > 0 ? (unsigned char)s->p[0] : -1;
}

static void
advance(struct slice *s, size_t n)
{
	s->p += n;
	s->n -= n;
}

static void
skip_space(struct slice *s)
{
	while (s->n > 0 && strchr(" \t\r\n", s->p[0]) != NULL &&
	    s->p[0] != '\0') {
		advance(s, 1);
	}
}

static bool
skip_char(struct slice *s, char c)
{
	if (peek(s) != c) {
		return false;
	}
	advance(s, 1);
	return true;
}

/* ---- one token each ---- */

static bool
skip_escape(struct slice *s)
{
	int c = peek(s);

	if (c <= 0 || strchr("\"\\/bfnrtu", c) == NULL) {
		return false;
	}
	advance(s, 1);
	for (int i = 0; c == 'u' && i < 4; i++) {
		if (s->n == 0 || ascii_hex((unsigned char)s->p[0]) < 0) {
			return false;
		}
		advance(s, 1);
	}
	return true;
}

static bool
skip_string(struct slice *s)
{
	if (!skip_char(s, '"')) {
		return false;
	}
	while (s->n > 0 && s->p[0] != '"') {
		if ((unsigned char)s->p[0] < 0x20) {
			return false;
		}
		if (!skip_char(s, '\\')) {
			advance(s, 1);
		} else if (!skip_escape(s)) {
			return false;
		}
	}
	return skip_char(s, '"');
}

static bool
skip_digits(struct slice *s)
{
	size_t before = s->n;

	while (s->n > 0 && ascii_isdigit((unsigned char)s->p[0])) {
		advance(s, 1);
	}
	return s->n < before;
}

static bool
skip_number(struct slice *s)
{
	skip_char(s, '-');
	if (!skip_char(s, '0') && !skip_digits(s)) {
		return false;
	}
	if (skip_char(s, '.') && !skip_digits(s)) {
		return false;
	}
	if (skip_char(s, 'e') || skip_char(s, 'E')) {
		if (!skip_char(s, '+')) {
			skip_char(s, '-');
		}
		return skip_digits(s);
	}
	return true;
}

static bool
skip_word(struct slice *s, struct slice word)
{
	if (!slice_starts(*s, word)) {
		return false;
	}
	advance(s, word.n);
	return true;
}

static bool
skip_scalar(struct slice *s, enum json_kind *kind_r)
{
	switch (peek(s)) {
	case '"':
		*kind_r = JSON_STRING;
		return skip_string(s);
	case 't':
		*kind_r = JSON_BOOL;
		return skip_word(s, SLICE("true"));
	case 'f':
		*kind_r = JSON_BOOL;
		return skip_word(s, SLICE("false"));
	case 'n':
		*kind_r = JSON_NULL;
		return skip_word(s, SLICE("null"));
	default:
		*kind_r = JSON_NUMBER;
		return skip_number(s);
	}
}

/* "key" : */
static bool
skip_key(struct slice *s, struct slice *key_r)
{
	const char *from = s->p;

	if (!skip_string(s)) {
		return false;
	}
	*key_r = slice_make(from + 1, (size_t)(s->p - from) - 2);
	skip_space(s);
	if (!skip_char(s, ':')) {
		return false;
	}
	skip_space(s);
	return true;
}

/* ---- a value of any depth ---- */

/*
 * One bit a level: is it an object?  After a value either a comma follows, or
 * levels end, and when the last one has ended the value is over.
 */
struct levels {
	uint32_t object;
	unsigned n;
};
_Static_assert(LIMIT_JSON_DEPTH <= 32, "a bit per level");

static bool
is_object(const struct levels *l)
{
	return (l->object >> (l->n - 1) & 1) != 0;
}

/* Stands before a value: go into containers until there is a scalar, or an
 * empty container. */
static bool
descend(struct slice *s, struct levels *l)
{
	enum json_kind kind;
	struct slice key;

	while (peek(s) == '{' || peek(s) == '[') {
		bool object = peek(s) == '{';

		if (l->n == LIMIT_JSON_DEPTH) {
			return false;
		}
		l->object &= ~(1u << l->n);
		l->object |= (uint32_t)object << l->n;
		l->n++;
		advance(s, 1);
		skip_space(s);
		if (peek(s) == (object ? '}' : ']')) {
			return true;
		}
		if (object && !skip_key(s, &key)) {
			return false;
		}
	}
	return skip_scalar(s, &kind);
}

/* Stands after a value: leave containers until there is another value; true
 * with l->n 0 when the outermost one has ended. */
static bool
ascend(struct slice *s, struct levels *l)
{
	struct slice key;

	while (l->n > 0) {
		skip_space(s);
		if (skip_char(s, ',')) {
			skip_space(s);
			return !is_object(l) || skip_key(s, &key);
		}
		if (!skip_char(s, is_object(l) ? '}' : ']')) {
			return false;
		}
		l->n--;
	}
	return true;
}

static bool
skip_value(struct slice *s, struct json_value *v_r)
{
	struct slice from = *s;
	struct levels l = { 0, 0 };

	switch (peek(s)) {
	case '{':
		v_r->kind = JSON_OBJECT;
		break;
	case '[':
		v_r->kind = JSON_ARRAY;
		break;
	default:
		v_r->raw = from;
		if (!skip_scalar(s, &v_r->kind)) {
			return false;
		}
		v_r->raw.n -= s->n;
		return true;
	}
	do {
		if (!descend(s, &l) || !ascend(s, &l)) {
			return false;
		}
	} while (l.n > 0);
	v_r->raw = slice_make(from.p, from.n - s->n);
	return true;
}

/* ---- the interface ---- */

int
json_each(struct slice text, json_fn *fn, void *arg)
{
	struct slice s = slice_trim(text);
	bool object = peek(&s) == '{';
	char end = object ? '}' : ']';
	struct json_value v = { JSON_NULL, { NULL, 0 } };

	if (!object && peek(&s) != '[') {
		return -1;
	}
	advance(&s, 1);
	skip_space(&s);
	if (skip_char(&s, end)) {
		return s.n == 0 ? 0 : -1;
	}
	do {
		struct slice key = { NULL, 0 };

		skip_space(&s);
		if ((object && !skip_key(&s, &key)) || !skip_value(&s, &v) ||
		    !fn(key, &v, arg)) {
			return -1;
		}
		skip_space(&s);
	} while (skip_char(&s, ','));
	return skip_char(&s, end) && s.n == 0 ? 0 : -1;
}

static uint32_t
hex4(const char *p)
{
	uint32_t x = 0;

	for (int i = 0; i < 4; i++) {
		x = x << 4 | (uint32_t)ascii_hex((unsigned char)p[i]);
	}
	return x;
}

/* Stands behind "\u"; surrogate pairs take both halves (RFC 8259, 7). */
static void
add_unicode(struct buf *b, struct slice *s)
{
	uint32_t cp = hex4(s->p), low;

	advance(s, 4);
	if (cp >= 0xd800 && cp < 0xdc00 && s->n >= 6 &&
	    s->p[0] == '\\' && s->p[1] == 'u') {
		low = hex4(s->p + 2);
		if (low >= 0xdc00 && low < 0xe000) {
			cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
			advance(s, 6);
		}
	}
	buf_add_utf8(b, cp >= 0xd800 && cp < 0xe000 ? 0xfffd : cp);
}

int
json_string(struct arena *a, const struct json_value *v,
    struct slice *text_r)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	struct slice s = v->raw;
	struct buf b;

	if (v->kind != JSON_STRING) {
		return -1;
	}
	s = slice_make(s.p + 1, s.n - 2);
	buf_init(&b, a);
	while (s.n > 0) {
		const char *at;
		char c;

		if (!skip_char(&s, '\\')) {
			buf_addc(&b, s.p[0]);
			advance(&s, 1);
			continue;
		}
		c = s.p[0];
		advance(&s, 1);
		at = strchr(from, c);
		if (c == 'u') {
			add_unicode(&b, &s);
		} else {
			buf_addc(&b, at != NULL ? to[at - from] : c);
		}
	}
	*text_r = buf_slice(&b);
	return 0;
}

int
json_number(const struct json_value *v, double *number_r)
{
	return v->kind == JSON_NUMBER &&
	    slice_to_double(v->raw, number_r) == 0 &&
	    isfinite(*number_r) ? 0 : -1;
}
