/*
 * ac.c - the prefilter without Hyperscan: Aho-Corasick over folded text.
 *
 * The automaton holds the first KEY_BYTES bytes of each literal, lower case,
 * as a complete table (state x byte class), so a text byte costs one
 * lookup; where a key ends, its literals are compared with the text in
 * full.  Bytes that no key contains share class 0.
 *
 * Used by build.c and run.c through prefilter.h.  Memory: at most
 * KEY_BYTES * literals * classes * 4 bytes.
 */
#include "config.h"

#ifndef HAVE_HYPERSCAN

#include <limits.h>
#include <string.h>

#include "base/vec.h"
#include "match/prefilter.h"

enum { KEY_BYTES = 8, ROOT = 0 };
#define NONE UINT_MAX

/* Where hits go. */
struct sink {
	prefilter_hit *hit;
	void *arg;
};

struct state {
	unsigned fail;
	unsigned first;		/* literal whose key ends here, or NONE */
	unsigned suffix;	/* nearest fail state with a literal, or ROOT */
};

struct literal {
	struct prefilter_literal lit;
	unsigned key;		/* length of it */
	unsigned next;		/* with the same key, or NONE */
};

struct prefilter {
	uint8_t class[256];
	unsigned n_classes;
	VEC_OF(struct state) states;
	VEC_OF(unsigned) go;	/* states.n rows of n_classes */
	struct literal *literals;
	size_t n_literals;
};

static unsigned
key_length(const struct prefilter_literal *l)
{
	return l->text.n < KEY_BYTES ? (unsigned)l->text.n : KEY_BYTES;
}

static unsigned char
key_byte(const struct prefilter_literal *l, size_t i)
{
	return (unsigned char)ascii_lower((unsigned char)l->text.p[i]);
}

static void
find_classes(struct prefilter *p, const struct prefilter_literal *v, size_t n)
{
	p->n_classes = 1;
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < key_length(&v[i]); j++) {
			unsigned char c = key_byte(&v[i], j);

			if (p->class[c] == 0)
				p->class[c] = (uint8_t)p->n_classes++;
		}
	}
	for (unsigned c = 'A'; c <= 'Z'; c++)
		p->class[c] = p->class[c + 0x20];
}

static unsigned
add_state(struct arena *a, struct prefilter *p)
{
	struct state *s = VEC_PUSH(a, &p->states);

	s->first = NONE;
	for (unsigned c = 0; c < p->n_classes; c++)
		*VEC_PUSH(a, &p->go) = NONE;
	return (unsigned)p->states.n - 1;
}

static void
add_literal(struct arena *a, struct prefilter *p, unsigned index)
{
	struct literal *l = &p->literals[index];
	unsigned at = ROOT;

	l->key = key_length(&l->lit);
	for (size_t i = 0; i < l->key; i++) {
		unsigned c = p->class[key_byte(&l->lit, i)];
		unsigned next = p->go.v[at * p->n_classes + c];

		if (next == NONE) {
			next = add_state(a, p);
			p->go.v[at * p->n_classes + c] = next;
		}
		at = next;
	}
	l->next = p->states.v[at].first;
	p->states.v[at].first = index;
}

/* One new edge from s: its target's links come from where s fails to. */
static void
link_edge(struct prefilter *p, unsigned s, unsigned c, unsigned *next)
{
	unsigned other = s == ROOT ? ROOT :
	    p->go.v[p->states.v[s].fail * p->n_classes + c];
	struct state *t;

	if (*next == NONE) {
		*next = other;
		return;
	}
	t = &p->states.v[*next];
	t->fail = other;
	t->suffix = p->states.v[other].first != NONE ? other :
	    p->states.v[other].suffix;
}

/* Breadth first, so that a state's fail row is complete before its own. */
static void
link_states(struct arena *scratch, struct prefilter *p)
{
	unsigned *queue = arena_alloc_array(scratch, p->states.n,
	    sizeof(*queue));
	size_t head = 0, tail = 0;

	queue[tail++] = ROOT;
	while (head < tail) {
		unsigned s = queue[head++];

		for (unsigned c = 0; c < p->n_classes; c++) {
			unsigned *next = &p->go.v[s * p->n_classes + c];
			bool child = *next != NONE;

			link_edge(p, s, c, next);
			if (child)
				queue[tail++] = *next;
		}
	}
}

struct prefilter *
prefilter_new(struct arena *a, const struct prefilter_literal *v, size_t n,
    struct err *e)
{
	struct prefilter *p = arena_alloc(a, sizeof(*p));
	struct arena *scratch = arena_new();

	find_classes(p, v, n);
	p->literals = arena_alloc_array(a, n, sizeof(*p->literals));
	p->n_literals = n;
	(void)add_state(scratch, p);
	for (size_t i = 0; i < n; i++) {
		p->literals[i].lit = v[i];
		p->literals[i].lit.text = arena_slice(a, v[i].text);
		add_literal(scratch, p, (unsigned)i);
	}
	link_states(scratch, p);
	p->states.v = arena_copy(a, p->states.v,
	    p->states.n * sizeof(*p->states.v));
	p->go.v = arena_copy(a, p->go.v, p->go.n * sizeof(*p->go.v));
	arena_free(&scratch);
	return p;
}

size_t
prefilter_size(const struct prefilter *p)
{
	return p->states.n * sizeof(*p->states.v) +
	    p->go.n * sizeof(*p->go.v) +
	    p->n_literals * sizeof(*p->literals);
}

void
prefilter_identity(struct buf *b)
{
	buf_adds(b, "aho-corasick");
}

bool
prefilter_pack(const struct prefilter *p, struct buf *b)
{
	pack_array(b, p->class, sizeof(p->class), 1);
	pack_number(b, p->n_classes);
	pack_array(b, p->states.v, p->states.n, sizeof(*p->states.v));
	pack_array(b, p->go.v, p->go.n, sizeof(*p->go.v));
	pack_number(b, p->n_literals);
	for (size_t i = 0; i < p->n_literals; i++) {
		const struct literal *l = &p->literals[i];

		pack_array(b, l->lit.text.p, l->lit.text.n, 1);
		pack_number(b, l->lit.nocase);
		pack_number(b, l->lit.id);
		pack_number(b, l->next);
	}
	return true;
}

static void
unpack_literal(struct unpack *u, size_t n_ids, size_t index,
    struct literal *l)
{
	l->lit.text.p = unpack_array(u, 1, &l->lit.text.n);
	l->lit.nocase = unpack_count(u, 1) != 0;
	l->lit.id = (unsigned)unpack_count(u, UINT_MAX);
	l->next = (unsigned)unpack_count(u, UINT_MAX);
	l->key = key_length(&l->lit);
	/* a chain goes back to earlier literals, and so ends */
	u->bad |= l->lit.text.n == 0 || l->lit.id >= n_ids ||
	    (l->next != NONE && l->next >= index);
}

/* Every number in range; no state is its own suffix. */
static bool
states_are_sound(const struct prefilter *p)
{
	for (size_t i = 0; i < 256; i++) {
		if (p->class[i] >= p->n_classes)
			return false;
	}
	for (size_t i = 0; i < p->go.n; i++) {
		if (p->go.v[i] >= p->states.n)
			return false;
	}
	for (size_t i = 0; i < p->states.n; i++) {
		const struct state *s = &p->states.v[i];

		if ((s->first != NONE && s->first >= p->n_literals) ||
		    s->suffix >= p->states.n ||
		    (s->suffix != ROOT && s->suffix == i))
			return false;
	}
	return true;
}

struct prefilter *
prefilter_unpack(struct arena *a, struct unpack *u, size_t n_ids)
{
	struct prefilter *p = arena_alloc(a, sizeof(*p));
	const void *class = unpack_exactly(u, sizeof(p->class), 1);
	const void *v;

	if (!u->bad)
		memcpy(p->class, class, sizeof(p->class));
	p->n_classes = (unsigned)unpack_count(u, 256);
	v = unpack_array(u, sizeof(*p->states.v), &p->states.n);
	p->states.v = arena_copy(a, v, p->states.n * sizeof(*p->states.v));
	v = unpack_exactly(u, p->states.n * p->n_classes,
	    sizeof(*p->go.v));
	p->go.n = u->bad ? 0 : p->states.n * p->n_classes;
	p->go.v = arena_copy(a, v, p->go.n * sizeof(*p->go.v));
	p->n_literals = unpack_count(u, u->bytes.n);
	p->literals = arena_alloc_array(a, p->n_literals,
	    sizeof(*p->literals));
	for (size_t i = 0; i < p->n_literals && !u->bad; i++)
		unpack_literal(u, n_ids, i, &p->literals[i]);
	u->bad |= p->states.n == 0 || !states_are_sound(p);
	return p;
}

int
prefilter_scratch_fit(struct prefilter_scratch **s, const struct prefilter *p)
{
	return 0;		/* the automaton needs none */
}

void
prefilter_scratch_free(struct prefilter_scratch **s)
{
}

/* Literals whose key ends before `end` in text. */
static void
report(const struct prefilter *p, unsigned first, struct slice text,
    size_t end, const struct sink *to)
{
	for (unsigned i = first; i != NONE; i = p->literals[i].next) {
		const struct literal *l = &p->literals[i];
		struct slice there = slice_sub(text, end - l->key,
		    end - l->key + l->lit.text.n);

		if (l->lit.nocase ? slice_eq_nocase(there, l->lit.text) :
		    slice_eq(there, l->lit.text))
			to->hit(l->lit.id, to->arg);
	}
}

int
prefilter_scan(const struct prefilter *p, struct prefilter_scratch *s,
    struct slice text, prefilter_hit *hit, void *arg)
{
	const struct sink to = { hit, arg };
	unsigned at = ROOT;

	for (size_t i = 0; i < text.n; i++) {
		unsigned out;

		at = p->go.v[at * p->n_classes +
		    p->class[(unsigned char)text.p[i]]];
		out = p->states.v[at].first != NONE ? at :
		    p->states.v[at].suffix;
		for (; out != ROOT; out = p->states.v[out].suffix)
			report(p, p->states.v[out].first, text, i + 1, &to);
	}
	return 0;
}

#endif
