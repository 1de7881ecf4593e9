/*
 * automaton.c - programs side by side: byte classes, and where they begin.
 *
 * All programs stand in a row, each with an OP_MATCH behind it; bytes that no
 * set tells apart become one class.  What each first byte leads to is worked
 * out here, once, since programs may begin anywhere in a text.
 *
 * Called by build.c; automaton_states.c runs what is built here.
 */
#include "config.h"

#include <string.h>

#include "base/mem.h"
#include "match/automaton-priv.h"

/* ---- sets of instructions ---- */

void
set_init(struct set *s, size_t n)
{
	s->bits = mem_alloc_array((n + 63) / 64, sizeof(*s->bits));
	/* a page of it is there when it is first used */
	s->v = mem_bytes(mem_mul(n, sizeof(*s->v)));
	s->n = 0;
}

void
set_free(struct set *s)
{
	mem_free(s->bits);
	mem_free(s->v);
}

void
set_clear(struct set *s)
{
	for (size_t k = 0; k < s->n; k++)
		s->bits[s->v[k] / 64] = 0;
	s->n = 0;
}

/* The list grows as it is read: every instruction is looked at once. */
uint64_t
set_close(const struct instr *code, struct set *s, unsigned where)
{
	uint64_t accept = 0;

	for (size_t k = 0; k < s->n; k++) {
		uint32_t at = s->v[k];
		const struct instr *i = &code[at];

		switch (i->op) {
		case OP_SPLIT:
			set_add(s, at + 1);
			set_add(s, (uint32_t)((int32_t)at + i->x));
			break;
		case OP_JUMP:
			set_add(s, (uint32_t)((int32_t)at + i->x));
			break;
		case OP_BEGIN:
			if (where & AT_BEGIN)
				set_add(s, at + 1);
			break;
		case OP_BEGIN_LINE:
			if (where & (AT_BEGIN | AT_LINE))
				set_add(s, at + 1);
			break;
		case OP_END:
			if (where & AT_END)
				set_add(s, at + 1);
			break;
		case OP_MATCH:
		case OP_GIVE:
			accept |= (uint64_t)1 << i->set;
			break;
		default:
			break;
		}
	}
	return accept;
}

void
set_step(const struct automaton *m, struct threads from, unsigned char c,
    struct set *to)
{
	for (size_t k = 0; k < from.n; k++) {
		const struct instr *i = &m->code[from.v[k]];

		if (i->op == OP_SET && byteset_has(&m->sets[i->set], c))
			set_add(to, from.v[k] + 1);
	}
}

/* ---- building ---- */

/* All programs in a row, each with an OP_MATCH behind it. */
static void
join(struct automaton *m, const struct program *const *v, size_t n)
{
	size_t at = 0, n_sets = 0;
	struct instr *code;
	struct byteset *sets;

	for (size_t k = 0; k < n; k++) {
		m->n_code += v[k]->n + 1;
		m->n_sets += v[k]->n_sets;
	}
	m->code = code = arena_alloc_array(m->arena, m->n_code,
	    sizeof(*code));
	m->sets = sets = arena_alloc_array(m->arena, m->n_sets,
	    sizeof(*sets));
	for (size_t k = 0; k < n; k++) {
		if (v[k]->n_sets > 0)
			memcpy(sets + n_sets, v[k]->sets,
			    v[k]->n_sets * sizeof(*sets));
		for (size_t i = 0; i < v[k]->n; i++) {
			code[at] = v[k]->v[i];
			if (code[at].op == OP_GIVE)
				code[at++].set = (uint16_t)k;
			else
				code[at++].set += (uint16_t)n_sets;
		}
		code[at++] = (struct instr){ .op = OP_MATCH,
			.set = (uint16_t)k };
		n_sets += v[k]->n_sets;
	}
}

static uint64_t
class_key(const struct automaton *m, unsigned char c)
{
	uint64_t key = 0;

	for (size_t s = 0; s < m->n_sets; s++)
		key = (key ^ byteset_has(&m->sets[s], c)) * 0x100000001b3u +
		    (key >> 47);
	return key;
}

static bool
same_class(const struct automaton *m, unsigned char x, unsigned char y)
{
	for (size_t s = 0; s < m->n_sets; s++) {
		if (byteset_has(&m->sets[s], x) !=
		    byteset_has(&m->sets[s], y))
			return false;
	}
	return true;
}

/* Sets of bytes become sets of classes; first: a byte of each class. */
static void
sets_of_classes(struct automaton *m, const unsigned char first[256])
{
	struct byteset *sets = arena_alloc_array(m->arena, m->n_sets,
	    sizeof(*sets));

	for (size_t s = 0; s < m->n_sets; s++) {
		for (size_t k = 0; k < m->n_classes; k++) {
			if (byteset_has(&m->sets[s], first[k]))
				byteset_add(&sets[s], (unsigned char)k);
		}
	}
	m->sets = sets;
}

/* Bytes that no set tells apart are one class. */
static void
classify(struct automaton *m)
{
	uint64_t key[256];
	unsigned char first[256];

	for (unsigned c = 0; c < 256; c++) {
		size_t k = 0;

		key[c] = class_key(m, (unsigned char)c);
		while (k < m->n_classes && (key[first[k]] != key[c] ||
		    !same_class(m, first[k], (unsigned char)c) ||
		    first[k] == '\n' || c == '\n'))
			k++;
		if (k == m->n_classes)
			first[m->n_classes++] = (unsigned char)c;
		m->class_of[c] = (uint8_t)k;
	}
	m->newline = m->class_of['\n'];
	sets_of_classes(m, first);
}

/* The OP_SETs of s that are not in `but` (which may be NULL). */
static void
keep_sets(struct automaton *m, const struct set *s, const struct set *but,
    struct threads *t)
{
	uint32_t *v = arena_alloc_array(m->arena, s->n, sizeof(*v));

	for (size_t k = 0; k < s->n; k++) {
		if (m->code[s->v[k]].op == OP_SET &&
		    (but == NULL || !set_has(but, s->v[k])))
			v[t->n++] = s->v[k];
	}
	t->v = v;
}

/* All programs' first instructions and what they reach. */
static void
begin_all(const struct automaton *m, const struct program *const *v,
    size_t n, unsigned where, struct set *s)
{
	uint32_t at = 0;

	set_clear(s);
	for (size_t k = 0; k < n; k++) {
		set_add(s, at);
		at += (uint32_t)v[k]->n + 1;
	}
	(void)set_close(m->code, s, where);
}

/* What a first byte of each class leads to. */
static void
find_starts(struct automaton *m, const struct program *const *v, size_t n)
{
	struct set all, to;

	set_init(&all, m->n_code);
	set_init(&to, m->n_code);
	begin_all(m, v, n, 0, &all);
	begin_all(m, v, n, AT_BEGIN, &to);
	keep_sets(m, &to, &all, &m->first[0]);
	begin_all(m, v, n, AT_LINE, &to);
	keep_sets(m, &to, &all, &m->first[1]);
	set_clear(&to);
	m->start = arena_alloc_array(m->arena, m->n_classes,
	    sizeof(*m->start));
	for (size_t c = 0; c < m->n_classes; c++) {
		set_step(m, (struct threads){ all.v, all.n },
		    (unsigned char)c, &to);
		(void)set_close(m->code, &to, 0);
		keep_sets(m, &to, NULL, &m->start[c]);
		set_clear(&to);
	}
	set_free(&all);
	set_free(&to);
}

struct automaton *
automaton_new(struct arena *a, const struct program *const *v, size_t n)
{
	struct automaton *m = arena_alloc(a, sizeof(*m));

	m->arena = a;
	m->all = UINT64_MAX >> (64 - n);
	join(m, v, n);
	classify(m);
	find_starts(m, v, n);
	return m;
}

/* ---- on disk ---- */

void
automaton_pack(const struct automaton *m, struct buf *b)
{
	pack_array(b, m->code, m->n_code, sizeof(*m->code));
	pack_array(b, m->sets, m->n_sets, sizeof(*m->sets));
	pack_array(b, m->class_of, sizeof(m->class_of), 1);
	pack_number(b, m->n_classes);
	for (size_t c = 0; c < m->n_classes; c++)
		pack_array(b, m->start[c].v, m->start[c].n,
		    sizeof(*m->start[c].v));
	for (unsigned i = 0; i < 2; i++)
		pack_array(b, m->first[i].v, m->first[i].n,
		    sizeof(*m->first[i].v));
}

/* Nothing points out of the program, and it does not run past its end. */
static bool
code_is_sound(const struct automaton *m, size_t programs)
{
	for (size_t k = 0; k < m->n_code; k++) {
		const struct instr *i = &m->code[k];
		bool jumps = i->op == OP_SPLIT || i->op == OP_JUMP;
		int64_t to = (int64_t)k + i->x;

		if (i->op > OP_MATCH ||
		    (i->op != OP_MATCH && k + 1 == m->n_code) ||
		    (jumps && (to < 0 || to >= (int64_t)m->n_code)) ||
		    (i->op == OP_SET && i->set >= m->n_sets) ||
		    ((i->op == OP_MATCH || i->op == OP_GIVE) &&
		    i->set >= programs))
			return false;
	}
	return true;
}

static struct threads
unpack_threads(const struct automaton *m, struct unpack *u)
{
	struct threads t;

	t.v = unpack_array(u, sizeof(*t.v), &t.n);
	for (size_t k = 0; k < t.n; k++)
		u->bad |= t.v[k] >= m->n_code;
	return t;
}

struct automaton *
automaton_unpack(struct arena *a, struct unpack *u, size_t n)
{
	struct automaton *m = arena_alloc(a, sizeof(*m));
	const void *class_of;

	m->arena = a;
	m->all = UINT64_MAX >> (64 - n);
	m->code = unpack_array(u, sizeof(*m->code), &m->n_code);
	m->sets = unpack_array(u, sizeof(*m->sets), &m->n_sets);
	class_of = unpack_exactly(u, sizeof(m->class_of), 1);
	if (!u->bad)
		memcpy(m->class_of, class_of, sizeof(m->class_of));
	m->n_classes = unpack_count(u, 256);
	m->newline = m->class_of['\n'];
	m->start = arena_alloc_array(a, m->n_classes, sizeof(*m->start));
	for (size_t c = 0; c < m->n_classes; c++)
		m->start[c] = unpack_threads(m, u);
	for (unsigned i = 0; i < 2; i++)
		m->first[i] = unpack_threads(m, u);
	for (unsigned c = 0; c < 256; c++)
		u->bad |= m->class_of[c] >= m->n_classes;
	u->bad |= !code_is_sound(m, n);
	return m;
}
