/*
 * fuzz_regex - the analyses of any bytes as a regex; when PCRE2 takes it and it
 * matches the rest of the input, a literal and a chain must occur there, and an
 * automaton accept it.
 * Input: flags byte, length byte, regex, subject.
 */
#include "config.h"

#include "base/mem.h"
#include "match/match-priv.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static bool
has_literal(const struct literal_set *set, struct slice s)
{
	bool has = set->n == 0;

	for (size_t i = 0; i < set->n; i++)
		has = has || (set->nocase[i] ?
		    slice_find_nocase(s, set->v[i], 0) :
		    slice_find(s, set->v[i], 0)) >= 0;
	return has;
}

static void
note_chain(unsigned id, void *arg)
{
	bool *seen = arg;

	*seen = true;
}

static bool
has_chain(struct arena *a, const struct chain_set *set, struct slice s)
{
	struct sieve_chain v[CHAIN_SET];
	bool seen = set->n == 0;

	for (size_t i = 0; i < set->n; i++)
		v[i] = (struct sieve_chain){ set->v[i], 0, false };
	if (set->n > 0)
		sieve_scan(sieve_new(a, v, set->n), s, NULL,
		    note_chain, &seen);
	return seen;
}

static bool
accepts(struct arena *a, const struct rule_regex *re, struct slice s)
{
	const char *why;
	const struct program *p = program_read(a, re, &why);
	struct automaton_states *states;
	uint64_t seen;

	if (p == NULL || p->shortest < AUTOMATON_SHORTEST)
		return true;
	states = automaton_states_new(automaton_new(a, &p, 1));
	automaton_scan(states, &s, 1, &seen);
	automaton_states_free(&states);
	return seen != 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena *a = arena_new();
	struct slice in = slice_make((const char *)p, n);
	size_t length = n > 1 ? p[1] : 0;
	struct rule_regex re = { .text = slice_sub(in, 2, 2 + length),
		.flags = n > 0 ? p[0] & (RE_I | RE_M | RE_S | RE_X) : 0 };
	struct slice subject = slice_sub(in, 2 + length, n);
	struct literal_set set;
	struct chain_set chains;
	struct regex *r;

	literal_analyse(a, &re, (struct slice){ NULL, 0 }, &set);
	chain_analyse(a, &re, &chains);
	r = regex_compile_once(a, &re, NULL);
	if (r != NULL && regex_search(r, subject, 0, NULL, 0) == REGEX_HIT &&
	    (!has_literal(&set, subject) || !has_chain(a, &chains, subject) ||
	    !accepts(a, &re, subject)))
		DIE("the prefilter would lose a hit");
	arena_free(&a);
	return 0;
}
