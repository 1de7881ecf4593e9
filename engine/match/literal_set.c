/*
 * literal_set.c - the algebra of literal analysis: sets of strings, and what
 * a concatenation, an alternative or a repetition of two known pieces knows.
 *
 * Called through parse.c for every atom of every regex, so the common
 * case (append one byte to a few strings) is done in place.
 *
 * Invariants: sets are never empty; every operation may weaken what is
 * known (cut a string, fall back to {""}) but never claims too much.
 * Costs are bounded by LIT_CROSS * LIT_BYTES for a concatenation and by
 * LIT_SET for an alternative, whatever the regex.
 */
#include "config.h"

#include "match/literal-priv.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/vec.h"
#include "match/literal-class.h"

enum {
	CLASS_MEMBERS = 16,	/* larger classes are "any byte" */
	REPEAT_COPIES = 8,	/* x{500}: eight copies say enough */
};

/* A literal rarer than this is no better, but each makes the filter larger. */
#define LITERAL_COST 0x1p-18

static const struct lit lit_nothing;

/* ---- sets ---- */

struct words {
	uint64_t w[4];
};
_Static_assert(sizeof(struct words) == sizeof(struct lit), "all of it");

static struct words
words_of(const struct lit *l)
{
	struct words x;

	memcpy(&x, l, sizeof(x));
	return x;
}

/* Its bit of seen. */
static unsigned
lit_bit(const struct lit *l)
{
	struct words x = words_of(l);
	uint64_t h = x.w[0] ^ x.w[1] * 3 ^ x.w[2] * 5 ^ x.w[3] * 7;

	return (unsigned)(h * 0x9e3779b97f4a7c15u >> 56);
}

static void
set_push(struct lit_work *w, struct lit_set *s, const struct lit *l)
{
	unsigned bit = lit_bit(l);

	s->seen[bit / 64] |= (uint64_t)1 << (bit % 64);
	*VEC_PUSH(w->arena, s) = *l;
}

static void
set_clear(struct lit_set *s)
{
	s->n = 0;
	memset(s->seen, 0, sizeof(s->seen));
}

void
lit_set_only(struct lit_work *w, struct lit_set *s, const struct lit *l)
{
	set_clear(s);
	set_push(w, s, l);
}

static void
set_any(struct lit_work *w, struct lit_set *s)
{
	lit_set_only(w, s, &lit_nothing);
}

static bool
is_any(const struct lit_set *s)
{
	return s->n == 1 && s->v[0].n == 0;
}

static bool
set_has(const struct lit_set *s, const struct lit *l)
{
	unsigned bit = lit_bit(l);

	if (!(s->seen[bit / 64] >> (bit % 64) & 1))
		return false;
	for (size_t i = 0; i < s->n; i++) {
		if (memcmp(&s->v[i], l, sizeof(*l)) == 0)
			return true;
	}
	return false;
}

void
lit_set_add(struct lit_work *w, struct lit_set *s, const struct lit *l)
{
	if (!set_has(s, l))
		set_push(w, s, l);
}

static void
set_copy(struct lit_work *w, struct lit_set *to, const struct lit_set *from)
{
	set_clear(to);
	for (size_t i = 0; i < from->n; i++)
		set_push(w, to, &from->v[i]);
}

/* False, and to is spoilt, if there would be too many. */
static bool
set_union(struct lit_work *w, struct lit_set *to, const struct lit_set *from)
{
	for (size_t i = 0; i < from->n; i++) {
		lit_set_add(w, to, &from->v[i]);
		if (to->n > LIT_SET)
			return false;
	}
	return true;
}

static void
set_union_or_any(struct lit_work *w, struct lit_set *to,
    const struct lit_set *from)
{
	if (is_any(to))
		return;
	if (is_any(from) || !set_union(w, to, from))
		set_any(w, to);
}

/* The same strings, cut to n bytes. */
static void
set_shorten(struct lit_work *w, struct lit_set *s, uint8_t n)
{
	size_t had = s->n;

	set_clear(s);
	for (size_t i = 0; i < had; i++) {
		struct lit l = s->v[i];

		if (l.n > n) {
			memset(l.b + n, 0, l.n - n);
			l.n = n;
		}
		/* no further than where it was */
		lit_set_add(w, s, &l);
	}
}

/* As set_union_or_any for what need only occur: shorter before nothing. */
static void
set_union_best(struct lit_work *w, struct lit_set *to,
    const struct lit_set *from)
{
	if (!is_any(to) && !is_any(from) && to->n + from->n > LIT_SET) {
		set_copy(w, &w->tmp, from);
		set_shorten(w, &w->tmp, LIT_SHORT);
		set_shorten(w, to, LIT_SHORT);
		from = &w->tmp;
	}
	set_union_or_any(w, to, from);
}

/* ---- how rare a set is ---- */

/* Bits of surprise of one byte of mail text, read off a letter count: what is
 * less than that of a byte that is not here, in halves. */
enum { HALF_BITS = 14 };
static const uint8_t half_bits_less[256] = {
	['a'] = 6, ['b' ... 'd'] = 3, ['e'] = 6, ['f' ... 'g'] = 3,
	['h' ... 'i'] = 6, ['j' ... 'k'] = 3, ['l'] = 6, ['m'] = 3,
	['n' ... 'o'] = 6, ['p' ... 'q'] = 3, ['r' ... 't'] = 6,
	['u' ... 'z'] = 3, [' '] = 6,
	['\n'] = 4, ['.'] = 4, [','] = 4, ['-'] = 4, ['/'] = 4,
	[':'] = 4, ['<'] = 4, ['>'] = 4, ['='] = 4, ['"'] = 4,
	['0' ... '9'] = 4,
};

static bool
is_common(const struct lit_work *w, const struct lit *l)
{
	return w->common.n > 0 && slice_find_nocase(w->common,
	    (struct slice){ l->b, l->n }, 0) >= 0;
}

double
lit_set_weight(const struct lit_work *w, const struct lit_set *s)
{
	double sum = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct lit *l = &s->v[i];
		unsigned halves = l->n * HALF_BITS;

		if (is_common(w, l))
			return 1;
		for (size_t j = 0; j < l->n; j++)
			halves -= half_bits_less[(unsigned char)l->b[j]];
		sum += exp2(-0.5 * halves) + LITERAL_COST;
	}
	return sum;
}

/* ---- joining strings ---- */

enum cut { CUT_FORBIDDEN, CUT_KEEP_HEAD, CUT_KEEP_TAIL };

static void
lit_fold(struct lit *l)
{
	l->nocase = true;
	for (size_t i = 0; i < l->n; i++)
		l->b[i] = (char)ascii_lower((unsigned char)l->b[i]);
}

/* False if ab is too long and must not be cut. */
static bool
lit_join(const struct lit *a, const struct lit *b, enum cut cut,
    struct lit *r)
{
	char both[2 * LIT_BYTES];
	size_t n = (size_t)a->n + b->n;
	size_t skip = 0;

	memcpy(both, a->b, a->n);
	memcpy(both + a->n, b->b, b->n);
	if (n > LIT_BYTES) {
		if (cut == CUT_FORBIDDEN)
			return false;
		if (cut == CUT_KEEP_TAIL)
			skip = n - LIT_BYTES;
		n = LIT_BYTES;
	}
	memset(r, 0, sizeof(*r));
	r->n = (uint8_t)n;
	memcpy(r->b, both + skip, n);
	if (a->nocase || b->nocase)
		lit_fold(r);
	return true;
}

/* to = to x next; false (to unchanged) if that is too many or too long. */
static bool
set_cross(struct lit_work *w, struct lit_set *to, const struct lit_set *next,
    enum cut cut)
{
	struct lit_set *tmp = &w->tmp, swap;
	struct lit l;

	if (to->n > 1 && next->n > 1 && to->n * next->n > LIT_CROSS)
		return false;
	set_clear(tmp);
	for (size_t i = 0; i < to->n; i++) {
		for (size_t j = 0; j < next->n; j++) {
			if (!lit_join(&to->v[i], &next->v[j], cut, &l))
				return false;
			/* else a duplicate is rare, and harmless */
			if (next->n > 1 || cut != CUT_FORBIDDEN)
				lit_set_add(w, tmp, &l);
			else
				set_push(w, tmp, &l);
		}
	}
	swap = *to;
	*to = *tmp;
	*tmp = swap;
	return true;
}

/* ---- infos ---- */

void
lit_info_empty(struct lit_work *w, struct lit_info *i)
{
	i->exact = true;
	set_any(w, &i->head);
}

void
lit_info_any(struct lit_work *w, struct lit_info *i)
{
	i->exact = false;
	set_any(w, &i->head);
	set_any(w, &i->tail);
	set_any(w, &i->best);
}

void
lit_info_copy(struct lit_work *w, struct lit_info *to,
    const struct lit_info *from)
{
	to->exact = from->exact;
	set_copy(w, &to->head, &from->head);
	if (from->exact)
		return;
	set_copy(w, &to->tail, &from->tail);
	set_copy(w, &to->best, &from->best);
}

static void
add_byte(struct lit_work *w, struct lit_set *s, unsigned char c, bool nocase)
{
	struct lit l = { .n = 1, .nocase = nocase, .b = { (char)c } };

	set_push(w, s, &l);
}

void
lit_info_byte(struct lit_work *w, struct lit_info *i, unsigned char c,
    bool fold)
{
	unsigned char other = fold ? literal_other_case(c) : c;

	i->exact = true;
	set_clear(&i->head);
	if (other != c && ascii_isalpha(c)) {
		add_byte(w, &i->head, (unsigned char)ascii_lower(c), true);
		return;
	}
	/* The prefilters fold ASCII only: name both cases. */
	add_byte(w, &i->head, c, false);
	if (other != c)
		add_byte(w, &i->head, other, false);
}

void
lit_info_class(struct lit_work *w, struct lit_info *i, const bool member[256])
{
	unsigned n = 0;

	i->exact = true;
	set_clear(&i->head);
	for (unsigned c = 0; c < 256; c++) {
		bool pair = ascii_isalpha((unsigned char)c) &&
		    member[c ^ 0x20];

		if (!member[c] || (pair && c < 'a'))
			continue;
		if (++n > CLASS_MEMBERS)
			break;
		add_byte(w, &i->head, (unsigned char)c, pair);
	}
	/* A class without members cannot match; say nothing. */
	if (n == 0 || n > CLASS_MEMBERS)
		lit_info_any(w, i);
}

/* Keep s as the best set if it is rarer. */
static void
consider(struct lit_work *w, struct lit_info *i, const struct lit_set *s)
{
	if (!is_any(s) && lit_set_weight(w, s) <
	    lit_set_weight(w, &i->best))
		set_copy(w, &i->best, s);
}

static void
make_inexact(struct lit_work *w, struct lit_info *i)
{
	if (!i->exact)
		return;
	i->exact = false;
	set_copy(w, &i->tail, &i->head);
	set_any(w, &i->best);
}

/* acc (inexact) followed by one of the strings in next. */
static void
concat_exact(struct lit_work *w, struct lit_info *acc,
    const struct lit_set *next)
{
	if (set_cross(w, &acc->tail, next, CUT_KEEP_TAIL))
		return;
	consider(w, acc, &acc->tail);
	set_copy(w, &acc->tail, next);
}

/* acc (inexact) followed by an inexact next. */
static void
concat_inexact(struct lit_work *w, struct lit_info *acc,
    const struct lit_info *next)
{
	if (set_cross(w, &acc->tail, &next->head, CUT_KEEP_TAIL)) {
		consider(w, acc, &acc->tail);
	} else {
		consider(w, acc, &acc->tail);
		consider(w, acc, &next->head);
	}
	consider(w, acc, &next->best);
	set_copy(w, &acc->tail, &next->tail);
}

void
lit_info_concat(struct lit_work *w, struct lit_info *acc,
    const struct lit_info *next)
{
	if (acc->exact && next->exact &&
	    set_cross(w, &acc->head, &next->head, CUT_FORBIDDEN))
		return;
	if (acc->exact) {
		make_inexact(w, acc);
		/* the head may still grow, by what certainly follows */
		(void)set_cross(w, &acc->head, &next->head, CUT_KEEP_HEAD);
	}
	if (next->exact)
		concat_exact(w, acc, &next->head);
	else
		concat_inexact(w, acc, next);
}

void
lit_info_alt(struct lit_work *w, struct lit_info *acc,
    const struct lit_info *next)
{
	const struct lit_set *best;

	if (acc->exact && next->exact &&
	    acc->head.n + next->head.n <= LIT_SET) {
		(void)set_union(w, &acc->head, &next->head);
		return;
	}
	best = lit_info_best(w, acc);
	make_inexact(w, acc);
	if (best != &acc->best)
		set_copy(w, &acc->best, best);
	set_union_best(w, &acc->best, lit_info_best(w, next));
	set_union_or_any(w, &acc->head, &next->head);
	set_union_or_any(w, &acc->tail,
	    next->exact ? &next->head : &next->tail);
}

static void
repeat_optional(struct lit_work *w, struct lit_info *i, unsigned max)
{
	if (max == 0)
		lit_info_empty(w, i);
	else if (max == 1 && i->exact && i->head.n < LIT_SET)
		lit_set_add(w, &i->head, &lit_nothing);
	else
		lit_info_any(w, i);
}

void
lit_info_repeat(struct lit_work *w, struct lit_info *i, unsigned min,
    unsigned max)
{
	unsigned copies = min > REPEAT_COPIES ? REPEAT_COPIES : min;

	if (min == 0) {
		repeat_optional(w, i, max);
		return;
	}
	lit_info_copy(w, &w->repeat, i);
	for (unsigned k = 1; k < copies; k++)
		lit_info_concat(w, i, &w->repeat);
	if (max > copies)
		make_inexact(w, i);
}

const struct lit_set *
lit_info_best(const struct lit_work *w, const struct lit_info *i)
{
	const struct lit_set *best = &i->head;

	if (i->exact)
		return best;
	if (lit_set_weight(w, &i->tail) < lit_set_weight(w, best))
		best = &i->tail;
	if (lit_set_weight(w, &i->best) < lit_set_weight(w, best))
		best = &i->best;
	return best;
}
