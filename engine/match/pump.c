/*
 * pump.c - find a text that makes a regex backtrack without end.
 *
 * Called by lint.c.  The shape names the suspects: repetitions of something
 * that repeats itself or has alternatives, over bytes that more than one of
 * its parts accepts.  For each suspect texts are made: what leads up to it,
 * a word of its body many times over, and an end that does not fit.  PCRE2
 * itself, with the limits of a scan, says whether a text is bad; so nothing
 * is claimed that does not happen, and what none of the texts shows is not
 * found.
 *
 * Work is bounded: SUSPECTS repetitions, a fixed number of texts for each,
 * and PCRE2's match limit for each text.
 */
#include "config.h"

#include "match/pump.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"

enum {
	SUSPECTS = 40,		/* repetitions looked at */
	MANY = 8,		/* {0,8} and more is a repetition */
	TIMES = 60,		/* 2^60 ways, if there are two for each */
	WORD_MAX = 24,		/* bytes of one word */
	AROUND_MAX = 2000,	/* bytes before and after */
	LETTERS = 6,		/* bytes tried in one suspect */
	CHOICES = 3,		/* alternatives tried */
	PROBE = 256,		/* bytes of the cheap trial of pump_drags */
};
/*
 * Seconds.  What takes less on PROBE bytes is not tried on more: most regexes
 * are linear, and one that is quadratic costs some 100 ms to try.
 */
#define PROBE_SLOW 0.00003

/* Bytes to make words of, the most telling first. */
static const char letters[] = "a0 x-A.=<\n_/\xa0";

struct sample {
	struct buf *b;
	unsigned char letter;	/* taken wherever it fits */
	size_t choice;		/* which alternative */
	bool once;		/* what may repeat is there at least once */
	size_t most;
};

/* ---- texts that fit ---- */

static int
byte_of(const bool member[256], unsigned char wish)
{
	if (member[wish])
		return wish;
	for (size_t i = 0; i < sizeof(letters) - 1; i++) {
		if (member[(unsigned char)letters[i]])
			return (unsigned char)letters[i];
	}
	for (int c = 0; c < 256; c++) {
		if (member[c])
			return c;
	}
	return -1;
}

/* A text that x reads; depth is that of the shape, which is limited. */
static void
sample_add(struct sample *s, const struct shape *x)
{
	unsigned times;
	int c;

	if (s->b->n >= s->most)
		return;
	switch (x->kind) {
	case SHAPE_SET:
		c = byte_of(x->member, s->letter);
		if (c >= 0)
			buf_addc(s->b, (char)c);
		break;
	case SHAPE_SEQUENCE:
		for (size_t i = 0; i < x->kids.n; i++)
			sample_add(s, x->kids.v[i]);
		break;
	case SHAPE_CHOICE:
	case SHAPE_CONDITION:
		sample_add(s, x->kids.v[s->choice % x->kids.n]);
		break;
	case SHAPE_REPEAT:
		times = x->min;
		if (times == 0 && s->once && x->max >= MANY)
			times = 1;
		while (times-- > 0 && s->b->n < s->most)
			sample_add(s, x->kids.v[0]);
		break;
	default:
		break;
	}
}

/* What a text has before it gets to x; behind it. */
static void
sample_before(struct sample *s, const struct shape *x)
{
	const struct shape *up = x->parent;

	if (up == NULL)
		return;
	sample_before(s, up);
	for (size_t i = 0; up->kind == SHAPE_SEQUENCE && i < x->index; i++)
		sample_add(s, up->kids.v[i]);
}

static void
sample_after(struct sample *s, const struct shape *x)
{
	for (const struct shape *up = x->parent; up != NULL;
	    x = up, up = up->parent) {
		for (size_t i = x->index + 1; up->kind == SHAPE_SEQUENCE &&
		    i < up->kids.n; i++)
			sample_add(s, up->kids.v[i]);
	}
}

/* ---- suspects ---- */

struct suspects {
	const struct shape *v[SUSPECTS];
	size_t n;
};

static bool
repeats(const struct shape *x)
{
	return x->kind == SHAPE_REPEAT && x->max >= MANY && !x->possessive;
}

/* Is there more than one way to read a text below x? */
static bool
has_ways(const struct shape *x)
{
	if ((x->kind == SHAPE_REPEAT && x->max > x->min) ||
	    (x->kind == SHAPE_CHOICE && x->kids.n > 1))
		return true;
	for (size_t i = 0; i < x->kids.n; i++) {
		if (has_ways(x->kids.v[i]))
			return true;
	}
	return false;
}

static void
find_suspects(const struct shape *x, bool nested, struct suspects *s)
{
	if (repeats(x) && s->n < SUSPECTS &&
	    (!nested || has_ways(x->kids.v[0])))
		s->v[s->n++] = x;
	for (size_t i = 0; i < x->kids.n; i++)
		find_suspects(x->kids.v[i], nested, s);
}

/* How many sets below x have each byte. */
static void
count_bytes(const struct shape *x, unsigned count[256])
{
	for (int c = 0; x->kind == SHAPE_SET && c < 256; c++)
		count[c] += x->member[c];
	for (size_t i = 0; i < x->kids.n; i++)
		count_bytes(x->kids.v[i], count);
}

/* Bytes that many sets have, then others; returns how many. */
static size_t
pick_letters(const unsigned count[256], unsigned char out[LETTERS])
{
	bool taken[256] = { false };
	size_t n = 0;

	while (n < LETTERS) {
		int best = -1;

		for (size_t i = 0; i < sizeof(letters) - 1; i++) {
			unsigned char c = (unsigned char)letters[i];

			if (!taken[c] && count[c] > 0 &&
			    (best < 0 || count[c] > count[best]))
				best = c;
		}
		for (int c = 0; best < 0 && c < 256; c++) {
			if (!taken[c] && count[c] > 0)
				best = c;
		}
		if (best < 0)
			break;
		taken[best] = true;
		out[n++] = (unsigned char)best;
	}
	return n;
}

/* A byte that nothing below the suspect reads, if possible nothing at all;
 * or -1. */
static int
misfit(const unsigned below[256], const unsigned all[256])
{
	static const char tries[] = "!\n\x01~#Q\xff";
	int second = -1;

	for (size_t i = 0; i < sizeof(tries) - 1; i++) {
		unsigned char c = (unsigned char)tries[i];

		if (all[c] == 0)
			return c;
		if (second < 0 && below[c] == 0)
			second = c;
	}
	return second;
}

/* ---- trials ---- */

struct trial {
	struct arena *arena;
	const struct regex *re;
	const struct shape *where;
	const unsigned *all;		/* count_bytes of the whole regex */
	int wrong;			/* the misfit, or -1 */
	struct buf text;
	struct slice word;
	size_t times;
	struct pump *out;
};

static bool
try_text(struct trial *t)
{
	struct slice text = buf_slice(&t->text);

	*t->out = (struct pump){ t->where, text, t->word, t->times };
	return regex_search(t->re, text, 0, NULL, 0) == REGEX_LIMIT;
}

/*
 * PCRE2 looks for bytes that every match must have before it tries, so most
 * ends have what follows the suspect, but where it does not fit.
 */
enum ending { END_MISFIT, END_REST, END_MORE, END_REVERSED, END_NOTHING,
	ENDINGS };

static void
reverse(char *p, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		char c = p[i];

		p[i] = p[n - 1 - i];
		p[n - 1 - i] = c;
	}
}

static void
add_end(struct trial *t, struct sample *s, enum ending end)
{
	size_t from;

	if ((end == END_MISFIT || end == END_REST) && t->wrong >= 0)
		buf_addc(&t->text, (char)t->wrong);
	from = t->text.n;
	s->most = from + AROUND_MAX;
	if (end == END_REST || end == END_MORE || end == END_REVERSED)
		sample_after(s, t->where);
	if (end == END_MORE)
		buf_addc(&t->text, t->wrong >= 0 ? (char)t->wrong : '!');
	if (end == END_REVERSED)
		reverse(t->text.p + from, t->text.n - from);
}

/* before, word × times, and one of the ends. */
static void
build(struct trial *t, struct sample *s, enum ending end)
{
	buf_init(&t->text, t->arena);
	s->b = &t->text;
	s->once = false;
	s->most = AROUND_MAX;
	sample_before(s, t->where);
	for (size_t i = 0; i < t->times; i++)
		buf_add_slice(&t->text, t->word);
	add_end(t, s, end);
}

static struct slice
make_word(struct arena *a, const struct shape *where, struct sample *s)
{
	struct buf b;

	buf_init(&b, a);
	s->b = &b;
	s->once = true;
	s->most = WORD_MAX;
	sample_add(s, where->kids.v[0]);
	return buf_slice(&b);
}

/* All texts for one word, until one is bad. */
static bool
try_word(struct trial *t, struct sample *s)
{
	for (enum ending end = END_MISFIT; end < ENDINGS; end++) {
		struct arena_mark mark = arena_mark(t->arena);

		build(t, s, end);
		if (try_text(t))
			return true;
		arena_rewind(t->arena, mark);
	}
	return false;
}

static bool
try_suspect(struct trial *t)
{
	unsigned count[256] = { 0 };
	unsigned char tries[LETTERS];
	size_t n;

	count_bytes(t->where, count);
	t->wrong = misfit(count, t->all);
	n = pick_letters(count, tries);
	for (size_t i = 0; i < n; i++) {
		for (size_t c = 0; c < CHOICES; c++) {
			struct sample s = { .letter = tries[i], .choice = c };

			t->word = make_word(t->arena, t->where, &s);
			if (t->word.n > 0 && try_word(t, &s))
				return true;
		}
	}
	return false;
}

bool
pump_explodes(struct arena *a, const struct regex *re, const struct shape *x,
    struct pump *p_r)
{
	struct suspects s = { .n = 0 };
	unsigned all[256] = { 0 };
	struct trial t = { .arena = a, .re = re, .all = all, .times = TIMES,
		.out = p_r };

	find_suspects(x, true, &s);
	count_bytes(x, all);
	for (size_t i = 0; i < s.n; i++) {
		t.where = s.v[i];
		if (try_suspect(&t))
			return true;
	}
	return false;
}

/* ---- long texts ---- */

/* Is it worth to try this end on a long text? */
static bool
probe(struct trial *t, struct sample *s, enum ending end)
{
	double began;

	t->times = PROBE / t->word.n;
	build(t, s, end);
	began = clock_cpu();
	return try_text(t) || clock_cpu() - began >= PROBE_SLOW;
}

static bool
drags(struct trial *t, struct sample *s, size_t bytes)
{
	for (enum ending end = END_MISFIT; end < END_NOTHING; end++) {
		if (!probe(t, s, end))
			continue;
		t->times = (bytes - bytes / 8) / t->word.n;
		build(t, s, end);
		if (t->text.n <= bytes && try_text(t))
			return true;
	}
	return false;
}

bool
pump_drags(struct arena *a, const struct regex *re, const struct shape *x,
    size_t bytes, struct pump *p_r)
{
	struct suspects s = { .n = 0 };
	unsigned all[256] = { 0 };
	struct trial t = { .arena = a, .re = re, .all = all, .out = p_r };
	unsigned char tries[LETTERS];
	size_t n;

	find_suspects(x, false, &s);
	count_bytes(x, all);
	for (size_t i = 0; i < s.n && s.n > 1; i++) {
		unsigned own[256] = { 0 };

		t.where = s.v[i];
		count_bytes(t.where, own);
		t.wrong = misfit(own, all);
		n = pick_letters(own, tries);
		for (size_t k = 0; k < n && k < 2; k++) {
			struct sample sm = { .letter = tries[k] };

			t.word = make_word(a, t.where, &sm);
			if (t.word.n > 0 && drags(&t, &sm, bytes))
				return true;
		}
	}
	return false;
}
