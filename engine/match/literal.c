/*
 * literal.c - a set of literals one of which every match of a regex must
 * contain.
 *
 * Called by match/build.c for each rule; the set feeds the prefilter, so a
 * literal that is wrong loses hits and one that is missing only costs time.
 * parse.c reads the regex, literal_set.c does the algebra; here the
 * result is judged and copied out of the scratch arena.
 */
#include "config.h"

#include <string.h>

#include "match/literal-priv.h"
#include "match/match.h"
#include "match/parse.h"

/* ---- the algebra, as parse.c calls it ---- */

static void
alg_empty(void *work, void *piece)
{
	lit_info_empty(work, piece);
}

static void
alg_begin(void *work, void *piece, bool multiline)
{
	lit_info_empty(work, piece);
}

static void
alg_any(void *work, void *piece)
{
	lit_info_any(work, piece);
}

static void
alg_byte(void *work, void *piece, unsigned char c, bool fold)
{
	lit_info_byte(work, piece, c, fold);
}

static void
alg_class(void *work, void *piece, const bool member[256])
{
	lit_info_class(work, piece, member);
}

static void
alg_copy(void *work, void *to, const void *from)
{
	lit_info_copy(work, to, from);
}

static void
alg_concat(void *work, void *acc, const void *next)
{
	lit_info_concat(work, acc, next);
}

static void
alg_alt(void *work, void *acc, const void *next)
{
	lit_info_alt(work, acc, next);
}

static void
alg_repeat(void *work, void *piece, unsigned min, unsigned max)
{
	lit_info_repeat(work, piece, min, max);
}

static const struct algebra literal_algebra = {
	sizeof(struct lit_info), alg_empty, alg_any, alg_begin,
	alg_empty, alg_byte,
	alg_class, alg_copy, alg_concat, alg_alt, alg_repeat,
};

/* ---- the result ---- */

/* Of what contains a shorter member of the set, the member is enough. */
static bool
lit_covers(const struct lit *small, const struct lit *big)
{
	struct slice in = { big->b, big->n };
	struct slice what = { small->b, small->n };

	if (small->nocase)
		return slice_find_nocase(in, what, 0) >= 0;
	return !big->nocase && slice_find(in, what, 0) >= 0;
}

static bool
is_redundant(const struct lit_set *s, size_t i)
{
	for (size_t j = 0; j < s->n; j++) {
		if (j == i || !lit_covers(&s->v[j], &s->v[i]))
			continue;
		/* of two that cover each other the first stays */
		if (j < i || !lit_covers(&s->v[i], &s->v[j]))
			return true;
	}
	return false;
}

/* The longest run of l without white space. */
static struct lit
longest_word(const struct lit *l)
{
	struct lit word = { .nocase = l->nocase };
	size_t from = 0;

	for (size_t i = 0; i <= l->n; i++) {
		if (i < l->n && !ascii_isspace((unsigned char)l->b[i]))
			continue;
		if (i - from > word.n) {
			word.n = (uint8_t)(i - from);
			memcpy(word.b, l->b + from, word.n);
		}
		from = i + 1;
	}
	return word;
}

/*
 * \s multiplies a set by six: "final\snotice" is as well looked for by its
 * longest word.
 */
static const struct lit_set *
prefer_words(struct lit_work *w, const struct lit_set *s)
{
	struct lit_set *words = arena_alloc(w->arena, sizeof(*words));

	for (size_t i = 0; i < s->n; i++) {
		struct lit word = longest_word(&s->v[i]);

		lit_set_add(w, words, &word);
	}
	return lit_set_weight(w, words) < lit_set_weight(w, s) ? words : s;
}

static const char *
judge(const struct lit_work *w, const struct lit_set *s)
{
	for (size_t i = 0; i < s->n; i++) {
		if (s->v[i].n == 0)
			return "no literal that every match contains";
		if (s->v[i].n < LIT_USEFUL)
			return "only a literal of one byte";
	}
	if (lit_set_weight(w, s) >= 1)
		return "only literals that every text contains";
	return NULL;
}

static void
copy_out(struct arena *a, const struct lit_set *s, struct literal_set *set_r)
{
	set_r->v = arena_alloc_array(a, s->n, sizeof(*set_r->v));
	set_r->nocase = arena_alloc_array(a, s->n, sizeof(*set_r->nocase));
	for (size_t i = 0; i < s->n; i++) {
		if (is_redundant(s, i))
			continue;
		set_r->v[set_r->n] = arena_slice(a,
		    (struct slice){ s->v[i].b, s->v[i].n });
		set_r->nocase[set_r->n++] = s->v[i].nocase;
	}
}

void
literal_analyse(struct arena *a, const struct rule_regex *re,
    struct slice common, struct literal_set *set_r)
{
	struct lit_work work = { .arena = arena_new(), .common = common };
	struct lit_info info = { 0 };
	const struct lit_set *best;

	memset(set_r, 0, sizeof(*set_r));
	set_r->why = parse_regex(&literal_algebra, &work, re, &info);
	if (set_r->why == NULL) {
		best = prefer_words(&work, lit_info_best(&work, &info));
		set_r->why = judge(&work, best);
		set_r->weight = lit_set_weight(&work, best);
		if (set_r->why == NULL)
			copy_out(a, best, set_r);
	}
	arena_free(&work.arena);
}
