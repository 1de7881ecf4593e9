/*
 * idn - ASCII forms of names in other scripts.
 *
 * Called by domain.c, which has lower-cased the name.  Punycode is RFC 3492;
 * the names in the code are those of its section 6.  No check of IDNA 2008's
 * tables is made: a name that a registry would refuse still gets a form that
 * lists can be asked for.
 *
 * Limits: labels of more than 63 characters cannot have a form, so the
 * quadratic part runs over at most 63.
 */
#include "config.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "view/idn.h"

#define LABEL_MAX 63

enum { BASE = 36, TMIN = 1, TMAX = 26, SKEW = 38, DAMP = 700,
	INITIAL_BIAS = 72, INITIAL_N = 128 };

static char
digit(uint32_t d)
{
	return (char)(d < 26 ? 'a' + d : '0' + d - 26);
}

/* 6.1 */
static uint32_t
adapt(uint32_t delta, uint32_t points, bool first)
{
	uint32_t k = 0;

	delta = first ? delta / DAMP : delta / 2;
	delta += delta / points;
	while (delta > ((BASE - TMIN) * TMAX) / 2) {
		delta /= BASE - TMIN;
		k += BASE;
	}
	return k + (BASE - TMIN + 1) * delta / (delta + SKEW);
}

/* A number in the variable-length form of 6.3. */
static void
add_delta(struct buf *b, uint32_t q, uint32_t bias)
{
	for (uint32_t k = BASE;; k += BASE) {
		uint32_t t = k <= bias ? TMIN : k - bias > TMAX ? TMAX :
		    k - bias;

		if (q < t) {
			break;
		}
		buf_addc(b, digit(t + (q - t) % (BASE - t)));
		q = (q - t) / (BASE - t);
	}
	buf_addc(b, digit(q));
}

static uint32_t
smallest_from(const uint32_t *cp, size_t n, uint32_t from)
{
	uint32_t m = UINT32_MAX;

	for (size_t i = 0; i < n; i++) {
		if (cp[i] >= from && cp[i] < m) {
			m = cp[i];
		}
	}
	return m;
}

/* 6.3; at most 63 characters below 0x110000, so delta cannot overflow. */
static void
punycode(struct buf *b, const uint32_t *cp, size_t count)
{
	uint32_t n = INITIAL_N, delta = 0, bias = INITIAL_BIAS;
	uint32_t done = 0, basic;

	for (size_t i = 0; i < count; i++) {
		if (cp[i] < 128) {
			buf_addc(b, (char)cp[i]);
			done++;
		}
	}
	basic = done;
	if (basic > 0) {
		buf_addc(b, '-');
	}
	while (done < count) {
		uint32_t m = smallest_from(cp, count, n);

		delta += (m - n) * (done + 1);
		n = m;
		for (size_t i = 0; i < count; i++) {
			delta += cp[i] < n;
			if (cp[i] == n) {
				add_delta(b, delta, bias);
				bias = adapt(delta, done + 1, done == basic);
				delta = 0;
				done++;
			}
		}
		delta++;
		n++;
	}
}

static bool
add_label(struct buf *b, struct slice label)
{
	uint32_t cp[LABEL_MAX];
	size_t n = 0, start = b->n;

	if (utf8_is_ascii(label)) {
		buf_add_slice(b, label);
		return true;
	}
	if (!utf8_valid(label)) {
		return false;
	}
	while (label.n > 0) {
		if (n == LABEL_MAX) {
			return false;
		}
		label = slice_sub(label, utf8_decode(label, &cp[n]), label.n);
		n++;
	}
	buf_adds(b, "xn--");
	punycode(b, cp, n);
	return b->n - start <= LABEL_MAX;
}

bool
idn_to_ace(struct arena *a, struct slice host, struct slice *ace_r)
{
	struct buf b;

	buf_init(&b, a);
	for (;;) {
		ptrdiff_t dot = slice_chr(host, '.', 0);
		size_t n = dot < 0 ? host.n : (size_t)dot;

		if (!add_label(&b, slice_sub(host, 0, n))) {
			return false;
		}
		if (dot < 0) {
			break;
		}
		buf_addc(&b, '.');
		host = slice_sub(host, n + 1, host.n);
	}
	*ace_r = buf_slice(&b);
	return true;
}

struct slice
idn_normalise_dots(struct arena *a, struct slice host)
{
	static const uint32_t dots[] = { 0x2024, 0x3002, 0xfe52, 0xff0e,
		0xff61 };
	struct buf b;

	buf_init(&b, a);
	while (host.n > 0) {
		uint32_t cp;
		size_t n = utf8_decode(host, &cp);
		bool dot = false;

		for (size_t i = 0; i < sizeof(dots) / sizeof(dots[0]); i++) {
			dot = dot || cp == dots[i];
		}
		if (dot) {
			buf_addc(&b, '.');
		} else {
			buf_add(&b, host.p, n);
		}
		host = slice_sub(host, n, host.n);
	}
	return buf_slice(&b);
}
