/*
 * warm.c - a matcher to bytes and back (warm.h).
 *
 * The bytes: the rules' rows, the texts of their whys, then for each group in
 * order its number of filtered rules and of its always tried ones, and the
 * filters it has.  Nothing points anywhere, so that the file is used where it
 * is mapped; only Hyperscan makes a copy.
 *
 * Called by build.c.  What does not fit is reported, never repaired: build.c
 * works everything out again.
 */
#include "config.h"

#include "match/warm.h"

#include <string.h>

enum { HAS_PREFILTER = 1, HAS_SIEVE = 2, HAS_AUTOMATON = 4 };
enum { WHYS_MOST = 200 };	/* there are about ten */

struct warm {
	struct unpack u;
	const struct warm_rule *rules;
	size_t n_rules;
	const char **whys;
	size_t n_whys;
};

/* ---- the key ---- */

static void
add_slice(struct cache_key *key, struct slice s)
{
	cache_key_add(key, s.p != NULL ? s.p : "", s.n);
}

static void
add_rule(struct cache_key *key, const struct rule *r)
{
	const unsigned facts[] = { r->kind, r->exists, r->negate, r->always,
		r->needs_tags, r->has_captures, r->has_if_unset,
		r->first_part, r->last_part, r->concat, r->regex.flags };

	cache_key_add(key, facts, sizeof(facts));
	add_slice(key, r->header);
	add_slice(key, r->if_unset);
	add_slice(key, r->regex.text);
	add_slice(key, r->regex.defines);
}

bool
warm_key(struct warm_rules rules, struct cache_key *key_r)
{
	struct arena *a = arena_new();
	struct buf b;
	bool good;

	memset(key_r, 0, sizeof(*key_r));
	good = cache_key_program(key_r);
	buf_init(&b, a);
	regex_identity(&b);
	prefilter_identity(&b);
	add_slice(key_r, buf_slice(&b));
	for (size_t i = 0; i < rules.n; i++)
		add_rule(key_r, rules.v[i]);
	arena_free(&a);
	return good;
}

/* ---- reading ---- */

static void
read_whys(struct warm *w, struct arena *a)
{
	w->n_whys = unpack_count(&w->u, WHYS_MOST);
	w->whys = arena_alloc_array(a, w->n_whys, sizeof(*w->whys));
	for (size_t i = 0; i < w->n_whys; i++) {
		struct slice s;

		s.p = unpack_array(&w->u, 1, &s.n);
		w->whys[i] = w->u.bad ? "" : arena_str(a, s);
	}
}

struct warm *
warm_load(struct arena *a, const char *dir, const struct cache_key *key,
    size_t n)
{
	struct warm *w = arena_alloc(a, sizeof(*w));

	if (!cache_load(a, dir, key, &w->u.bytes))
		return NULL;
	w->n_rules = n;
	w->rules = unpack_exactly(&w->u, n, sizeof(*w->rules));
	read_whys(w, a);
	for (size_t i = 0; i < n && !w->u.bad; i++)
		w->u.bad = w->rules[i].why > w->n_whys;
	return w->u.bad ? NULL : w;
}

const struct warm_rule *
warm_rule(const struct warm *w, size_t i)
{
	return &w->rules[i];
}

const char *
warm_why(const struct warm *w, const struct warm_rule *r)
{
	return r->why > 0 ? w->whys[r->why - 1] : NULL;
}

static void
read_automaton(struct unpack *u, struct arena *a, struct match_group *g)
{
	size_t n;
	const unsigned *ids = unpack_array(u, sizeof(*ids), &n);

	u->bad |= n == 0 || n > AUTOMATON_RULES;
	for (size_t i = 0; i < n; i++)
		u->bad |= ids[i] >= g->filtered.n;
	if (u->bad)
		return;
	g->automaton_ids = arena_copy(a, ids, n * sizeof(*ids));
	g->automaton = automaton_unpack(a, u, n);
}

/* A rule behind a gate that no filter opens would never hit. */
static bool
gates_open(const struct match_group *g)
{
	unsigned there = (g->prefilter != NULL ? GATE_LITERAL : 0) |
	    (g->sieve != NULL ? GATE_CHAIN : 0) |
	    (g->automaton != NULL ? GATE_AUTOMATON : 0);

	for (size_t i = 0; i < g->filtered.n; i++) {
		if (g->filtered.v[i]->gates & ~there)
			return false;
	}
	return true;
}

int
warm_group(struct warm *w, struct arena *a, struct match_group *g)
{
	struct unpack *u = &w->u;
	size_t filtered = unpack_count(u, w->n_rules);
	size_t always = unpack_count(u, w->n_rules);
	uint64_t has = unpack_number(u);

	u->bad |= filtered != g->filtered.n || always != g->always.n;
	if (!u->bad && (has & HAS_PREFILTER))
		g->prefilter = prefilter_unpack(a, u, g->filtered.n);
	if (!u->bad && (has & HAS_SIEVE))
		g->sieve = sieve_unpack(a, u, g->filtered.n);
	if (!u->bad && (has & HAS_AUTOMATON))
		read_automaton(u, a, g);
	return u->bad || !gates_open(g) ? -1 : 0;
}

/* ---- writing ---- */

struct whys {
	const char *v[WHYS_MOST];
	size_t n;
};

static uint32_t
why_number(struct whys *w, const char *why)
{
	size_t i = 0;

	if (why == NULL)
		return 0;
	while (i < w->n && strcmp(w->v[i], why) != 0)
		i++;
	if (i == WHYS_MOST)
		return 0;
	if (i == w->n)
		w->v[w->n++] = why;
	return (uint32_t)i + 1;
}

static void
pack_rules(struct buf *b, struct warm_rules rules, const struct matcher *m)
{
	struct arena *a = arena_new();
	struct warm_rule *rows = arena_alloc_array(a, rules.n,
	    sizeof(*rows));
	struct whys whys = { .n = 0 };

	for (size_t i = 0; i < rules.n; i++) {
		const struct match_rule *mr = m->by_id[rules.v[i]->id];

		rows[i].broken = mr == NULL;
		if (mr == NULL)
			continue;
		rows[i].gates = mr->gates;
		rows[i].n_literals = (uint32_t)mr->n_literals;
		rows[i].n_chains = (uint32_t)mr->n_chains;
		rows[i].why = why_number(&whys, mr->why);
	}
	pack_array(b, rows, rules.n, sizeof(*rows));
	pack_number(b, whys.n);
	for (size_t i = 0; i < whys.n; i++)
		pack_array(b, whys.v[i], strlen(whys.v[i]), 1);
	arena_free(&a);
}

static size_t
automaton_rules(const struct match_group *g)
{
	size_t n = 0;

	for (size_t i = 0; i < g->filtered.n; i++)
		n += (g->filtered.v[i]->gates & GATE_AUTOMATON) != 0;
	return n;
}

static bool
pack_group(struct buf *b, const struct match_group *g)
{
	bool good = true;

	pack_number(b, g->filtered.n);
	pack_number(b, g->always.n);
	pack_number(b, (g->prefilter != NULL ? HAS_PREFILTER : 0) |
	    (g->sieve != NULL ? HAS_SIEVE : 0) |
	    (g->automaton != NULL ? HAS_AUTOMATON : 0));
	if (g->prefilter != NULL)
		good = prefilter_pack(g->prefilter, b);
	if (g->sieve != NULL)
		sieve_pack(g->sieve, b);
	if (g->automaton != NULL) {
		pack_array(b, g->automaton_ids, automaton_rules(g),
		    sizeof(*g->automaton_ids));
		automaton_pack(g->automaton, b);
	}
	return good;
}

void
warm_save(const char *dir, const struct cache_key *key,
    struct warm_rules rules, const struct matcher *m)
{
	struct buf b;
	bool good = true;

	buf_init(&b, NULL);
	pack_rules(&b, rules, m);
	for (size_t i = 0; i < m->groups.n && good; i++)
		good = pack_group(&b, m->groups.v[i]);
	if (good)
		cache_save(dir, key, buf_slice(&b));
	buf_free(&b);
}
