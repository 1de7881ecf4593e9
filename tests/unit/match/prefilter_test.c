/*
 * prefilter_test - the prefilter reports exactly the ids whose literals
 * occur, compared with a plain search, whichever implementation is built.
 */
#include "config.h"

#include "match/prefilter.h"

#include "tests/tap/tap.h"

enum { IDS = 64 };

struct seen {
	bool id[IDS];
};

static void
note(unsigned id, void *arg)
{
	struct seen *s = arg;

	s->id[id] = true;
}

static void
expect(const struct prefilter_literal *v, size_t n, struct slice text,
    struct seen *want)
{
	memset(want, 0, sizeof(*want));
	for (size_t i = 0; i < n; i++) {
		if ((v[i].nocase ? slice_find_nocase(text, v[i].text, 0) :
		    slice_find(text, v[i].text, 0)) >= 0)
			want->id[v[i].id] = true;
	}
}

static bool
agrees(struct prefilter *p, struct prefilter_scratch *s,
    const struct prefilter_literal *v, size_t n, struct slice text)
{
	struct seen got = { { false } }, want;

	expect(v, n, text, &want);
	if (prefilter_scan(p, s, text, note, &got) == 0 &&
	    memcmp(&got, &want, sizeof(got)) == 0)
		return true;
	tap_show("text", text.p, text.n);
	return false;
}

static const struct prefilter_literal literals[] = {
	{ { "viagra", 6 }, true, 0 },
	{ { "VIAGRA", 6 }, false, 1 },
	{ { "agr", 3 }, false, 2 },
	{ { "gra pills cheap today", 21 }, true, 3 },
	{ { "gra pills", 9 }, false, 3 },
	{ { "he", 2 }, false, 4 },
	{ { "she", 3 }, false, 5 },
	{ { "hers", 4 }, false, 6 },
	{ { "\xc3\xa9t", 3 }, true, 7 },
	{ { "a\0b", 3 }, false, 8 },
	{ { "aaaa", 4 }, false, 9 },
	{ { "aaab", 4 }, true, 10 },
	{ { "\xff\xfe", 2 }, false, 11 },
};
#define N_LITERALS (sizeof(literals) / sizeof(literals[0]))

static void
test_cases(void)
{
	static const struct slice texts[] = {
		{ NULL, 0 },
		{ "x", 1 },
		{ "buy ViAgRa now", 14 },
		{ "VIAGRA", 6 },
		{ "viagra pills", 12 },
		{ "Gra Pills Cheap Today", 21 },
		{ "gra pills cheap toda", 20 },
		{ "ushers", 6 },
		{ "sh e", 4 },
		{ "\xc3\xa9T", 3 },
		{ "\xe3\xa9t", 3 },
		{ "xa\0bx", 5 },
		{ "aaaaaab", 7 },
		{ "aaAB", 4 },
		{ "\xff\xff\xfe", 3 },
	};
	struct arena *a = arena_new();
	struct prefilter_scratch *s = NULL;
	struct prefilter *p = prefilter_new(a, literals, N_LITERALS, NULL);

	ok(p != NULL && prefilter_scratch_fit(&s, p) == 0, "builds");
	ok(prefilter_size(p) > 0, "has a size");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ok(agrees(p, s, literals, N_LITERALS, texts[i]),
		    "text %zu", i);
	prefilter_scratch_free(&s);
	prefilter_scratch_free(&s);
	arena_free(&a);
}

static unsigned
pick(uint64_t *state, unsigned n)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*state >> 33) % n;
}

static struct slice
random_text(uint64_t *state, char *p, size_t least, size_t most)
{
	static const char bytes[] = "abcABC\xe9\n";
	size_t n = least + pick(state, (unsigned)(most - least));

	for (size_t i = 0; i < n; i++)
		p[i] = bytes[pick(state, sizeof(bytes) - 1)];
	return slice_make(p, n);
}

static unsigned
random_round(uint64_t *state)
{
	struct arena *a = arena_new();
	struct prefilter_scratch *s = NULL;
	struct prefilter_literal v[IDS];
	struct prefilter *p;
	char bytes[IDS][12], text[64];
	size_t n = 1 + pick(state, IDS - 1);
	unsigned wrong = 0;

	for (size_t i = 0; i < n; i++) {
		v[i].text = random_text(state, bytes[i], 2, 12);
		v[i].nocase = pick(state, 2);
		v[i].id = pick(state, IDS);
		if (v[i].nocase)
			v[i].text = arena_lower(a, v[i].text);
	}
	p = prefilter_new(a, v, n, NULL);
	if (p == NULL || prefilter_scratch_fit(&s, p) != 0)
		wrong++;
	for (unsigned i = 0; wrong == 0 && i < 50; i++) {
		if (!agrees(p, s, v, n, random_text(state, text, 0, 64)))
			wrong++;
	}
	prefilter_scratch_free(&s);
	arena_free(&a);
	return wrong;
}

static void
test_random(void)
{
	uint64_t state = 4711;
	unsigned wrong = 0;

	for (unsigned i = 0; i < 100; i++)
		wrong += random_round(&state);
	is_int(wrong, 0, "random sets agree with a plain search");
}

int
main(void)
{
	test_cases();
	test_random();
	return tap_done();
}
