/*
 * received_match - run a Received pattern over a line.
 *
 * Called by received.c and its helpers through received_try, which keeps
 * compiled patterns.
 *
 * A backtracking program with Perl's order of choices, so that a format keeps
 * what the same Perl regex would.  Each choice is remembered with its position
 * and never made twice (without back references a second try fails like the
 * first), so the time is at most choices * bytes.  A class followed by a byte
 * that it does not contain can stop in one place only and is no choice at all:
 * most formats run straight through.
 *
 * A line is tried on some 130 patterns of which two or three match.  Nearly all
 * of the others want a literal that the line has not: one look at the pairs of
 * bytes in the line (received_look_at) refuses them.  A pattern that may match
 * anywhere is tried where its first literal stands.  Before, the Received lines
 * of a message cost 1.7 million instructions; since, 0.31.
 */
#include "config.h"

#include <string.h>

#include "base/mem.h"
#include "base/vec.h"
#include "view/received-program.h"

#define MAX_SLOTS	(2 * RF_COUNT)

/* Something to do when the present path fails: go on at pc and pos, or (pc
 * NO_PC) give a capture its value of before. */
struct undo {
	unsigned pc;
	unsigned slot;
	size_t pos;
};

#define NO_PC	(~0u)
#define UNSET	((size_t)-1)

struct matcher {
	struct arena *arena;
	const struct received_program *prog;
	const uint32_t *classes;	/* by byte: bits of classes */
	struct slice line;
	uint32_t *visited;		/* by position: bits of choices */
	size_t slot[MAX_SLOTS];
	VEC_OF(struct undo) undo;
};

static void
push(struct matcher *m, unsigned pc, unsigned slot, size_t pos)
{
	*VEC_PUSH(m->arena, &m->undo) = (struct undo){ pc, slot, pos };
}

static bool
is_boundary(struct slice s, size_t pos)
{
	bool before = pos > 0 && ascii_isword((unsigned char)s.p[pos - 1]);
	bool after = pos < s.n && ascii_isword((unsigned char)s.p[pos]);

	return before != after;
}

/* localhost, localhost.localdomain, 127.0.0.1, ::1, ::ffff:127.0.0.1 */
static size_t
localhost_length(struct slice s, size_t pos)
{
	struct slice rest = slice_sub(s, pos, s.n);
	size_t n;
	struct ip ip;

	if (slice_starts_nocase(rest, SLICE("localhost.localdomain"))) {
		return sizeof("localhost.localdomain") - 1;
	}
	if (slice_starts_nocase(rest, SLICE("localhost"))) {
		return sizeof("localhost") - 1;
	}
	n = received_ip_length(s, pos);
	if (n == 0 || ip_parse(slice_sub(s, pos, pos + n), &ip) != 0 ||
	    !ip_is_loopback(&ip) ||
	    (ip.v4 && (ip.b[13] || ip.b[14] || ip.b[15] != 1))) {
		return 0;
	}
	return n;
}

static bool
in_class(const struct matcher *m, unsigned class, char c)
{
	return m->classes[(unsigned char)c] >> class & 1;
}

/* Bytes of the class from pos on, at most max (0: no limit). */
static size_t
run_length(const struct matcher *m, const struct received_inst *in, size_t pos)
{
	size_t n = 0;

	while (pos + n < m->line.n && (in->max == 0 || n < in->max) &&
	    in_class(m, in->arg, m->line.p[pos + n])) {
		n++;
	}
	return n;
}

/* How many bytes a simple instruction takes at pos; -1: it does not match. */
static ptrdiff_t
take(const struct matcher *m, const struct received_inst *in, size_t pos)
{
	unsigned char c = pos < m->line.n ? (unsigned char)m->line.p[pos] : 0;
	size_t n;

	switch (in->op) {
	case OP_BYTE:
		return pos < m->line.n && (c == in->arg || (m->prog->nocase &&
		    ascii_lower(c) == ascii_lower(in->arg))) ? 1 : -1;
	case OP_CLASS:
		return pos < m->line.n && in_class(m, in->arg, (char)c) ?
		    1 : -1;
	case OP_RUN:
		n = run_length(m, in, pos);
		return n >= in->min ? (ptrdiff_t)n : -1;
	case OP_IP:
		n = received_ip_length(m->line, pos);
		return n ? (ptrdiff_t)n : -1;
	case OP_LOCALHOST:
		n = localhost_length(m->line, pos);
		return n ? (ptrdiff_t)n : -1;
	case OP_BOUNDARY:
		return is_boundary(m->line, pos) ? 0 : -1;
	case OP_NOT_ID:
		return slice_starts(slice_sub(m->line, pos, m->line.n),
		    SLICE(" id ")) ? -1 : 0;
	case OP_LINE_END:
		return pos == m->line.n ? 0 : -1;
	default:
		DIE("Received pattern: instruction %d takes nothing", in->op);
	}
}

/* All lengths between min and what is there; the longest is tried first. */
static void
push_range(struct matcher *m, unsigned pc, size_t pos)
{
	const struct received_inst *in = &m->prog->v[pc];
	size_t n = run_length(m, in, pos);

	for (size_t k = in->min; k <= n; k++) {
		push(m, pc + 1, 0, pos + k);
	}
}

/* False when this choice was made before; it failed. */
static bool
visit(struct matcher *m, unsigned choice, size_t pos)
{
	if (!m->visited) {
		m->visited = arena_alloc_array(m->arena, m->line.n + 1,
		    sizeof(*m->visited));
	}
	if (m->visited[pos] & (1u << choice)) {
		return false;
	}
	m->visited[pos] |= 1u << choice;
	return true;
}

/* Can the path go on at pos?  Only a byte that must follow is looked at. */
static bool
may_go_on(const struct matcher *m, unsigned pc, size_t pos)
{
	const struct received_inst *in = &m->prog->v[pc];

	while (in->op == OP_SAVE) {
		in++;
	}
	return in->op != OP_BYTE || m->prog->nocase || (pos < m->line.n &&
	    (unsigned char)m->line.p[pos] == in->arg);
}

/* A greedy class: the same as a choice at each of its bytes. */
static void
push_loop(struct matcher *m, unsigned pc, size_t pos)
{
	const struct received_inst *in = &m->prog->v[pc];

	while (visit(m, in->x, pos)) {
		if (may_go_on(m, pc + 1, pos)) {
			push(m, pc + 1, 0, pos);
		}
		if (pos == m->line.n || !in_class(m, in->arg,
		    m->line.p[pos])) {
			return;
		}
		pos++;
	}
}

/* Follow one path from pc at pos; true at OP_DONE. */
static bool
run_path(struct matcher *m, unsigned pc, size_t pos)
{
	for (;;) {
		const struct received_inst *in = &m->prog->v[pc];
		ptrdiff_t n;

		switch (in->op) {
		case OP_DONE:
			return true;
		case OP_JUMP:
			pc = in->x;
			continue;
		case OP_SPLIT:
			if (!visit(m, in->arg, pos)) {
				return false;
			}
			if (in->y != in->x) {
				push(m, in->y, 0, pos);
			}
			pc = in->x;
			continue;
		case OP_SAVE:
			push(m, NO_PC, in->arg, m->slot[in->arg]);
			m->slot[in->arg] = pos;
			pc++;
			continue;
		case OP_RANGE:
			push_range(m, pc, pos);
			return false;
		case OP_LOOP:
			push_loop(m, pc, pos);
			return false;
		default:
			n = take(m, in, pos);
			if (n < 0) {
				return false;
			}
			pos += (size_t)n;
			pc++;
		}
	}
}

/* From pos on, all paths in Perl's order. */
static bool
run_from(struct matcher *m, size_t pos)
{
	bool found = run_path(m, 0, pos);

	while (!found && m->undo.n > 0) {
		struct undo u = m->undo.v[--m->undo.n];

		if (u.pc == NO_PC) {
			m->slot[u.slot] = u.pos;
		} else {
			found = run_path(m, u.pc, u.pos);
		}
	}
	return found;
}

/* Wherever a match may begin, from the left.  What failed from one place
 * fails from the next: `visited` stays. */
static bool
run_search(struct matcher *m)
{
	const struct received_program *p = m->prog;

	for (size_t pos = 0; pos <= m->line.n; pos++) {
		ptrdiff_t at = p->nocase ?
		    slice_find_nocase(m->line, p->first, pos) :
		    slice_find(m->line, p->first, pos);

		if (at < 0) {
			return false;
		}
		pos = (size_t)at;
		if (run_from(m, pos)) {
			return true;
		}
	}
	return false;
}

static bool
match(struct arena *a, const uint32_t *classes,
    const struct received_program *p, struct slice line,
    struct received_captures *caps_r)
{
	struct arena_mark mark = arena_mark(a);
	struct matcher m = { .arena = a, .prog = p, .classes = classes,
		.line = line };
	bool found;

	memset(caps_r, 0, sizeof(*caps_r));
	for (size_t i = 0; i < MAX_SLOTS; i++) {
		m.slot[i] = UNSET;
	}
	found = p->search ? run_search(&m) : run_from(&m, 0);
	arena_rewind(a, mark);
	for (size_t i = 0; found && i < RF_COUNT; i++) {
		size_t from = m.slot[2 * i], to = m.slot[2 * i + 1];

		if (from != UNSET && to != UNSET && from <= to) {
			caps_r->v[i] = slice_make(line.p + from, to - from);
		}
	}
	return found;
}

/* ---- compiled when first needed ---- */

#define CACHE_SLOTS 512		/* more than twice the patterns there are */

struct received_cache {
	struct arena *arena;
	uint32_t classes[256];
	struct {
		const char *text;
		struct received_program *program;
	} slot[CACHE_SLOTS];
};

struct received_cache *
received_cache_new(struct arena *a)
{
	struct received_cache *c = arena_alloc(a, sizeof(*c));

	c->arena = a;
	for (unsigned i = 0; i < RECEIVED_CLASSES; i++) {
		for (unsigned byte = 0; byte < 256; byte++) {
			c->classes[byte] |= (uint32_t)received_classes[i].has(
			    (unsigned char)byte) << i;
		}
	}
	return c;
}

static const struct received_program *
compiled(struct received_cache *c, const char *text)
{
	uintptr_t at = ((uintptr_t)text * 2654435761u >> 4) % CACHE_SLOTS;

	while (c->slot[at].text && c->slot[at].text != text) {
		at = (at + 1) % CACHE_SLOTS;
	}
	if (!c->slot[at].text) {
		c->slot[at].text = text;
		c->slot[at].program = received_compile(c->arena, text);
	}
	return c->slot[at].program;
}

/* ---- patterns that a look at the line refuses ---- */

void
received_pairs_add(struct received_pairs *pairs, struct slice text)
{
	unsigned before, c;

	if (text.n == 0) {
		return;
	}
	before = (unsigned)ascii_lower((unsigned char)text.p[0]);
	for (size_t i = 1; i < text.n; i++) {
		c = (unsigned)ascii_lower((unsigned char)text.p[i]);
		pairs->v[c & 3] |= UINT64_C(1) << ((before * 9 + c / 4) & 63);
		before = c;
	}
}

void
received_look_at(struct received_line *l, struct slice whole)
{
	l->whole = whole;
	memset(&l->pairs, 0, sizeof(l->pairs));
	received_pairs_add(&l->pairs, whole);
}

static bool
has_pairs(const struct received_line *l, const struct received_pairs *need)
{
	uint64_t missing = 0;

	for (size_t i = 0; i < 4; i++) {
		missing |= need->v[i] & ~l->pairs.v[i];
	}
	return missing == 0;
}

bool
received_may_match(struct received_line *l, const char *text)
{
	return l->whole.n == 0 ||
	    has_pairs(l, &compiled(l->cache, text)->need);
}

static bool
is_part(struct slice part, struct slice whole)
{
	uintptr_t from = (uintptr_t)part.p, start = (uintptr_t)whole.p;

	return from >= start && from - start <= whole.n &&
	    part.n <= whole.n - (from - start);
}

bool
received_try(struct received_line *l, const char *text, struct slice line,
    struct received_captures *caps_r)
{
	const struct received_program *p = compiled(l->cache, text);

	if (is_part(line, l->whole) && !has_pairs(l, &p->need)) {
		memset(caps_r, 0, sizeof(*caps_r));
		return false;
	}
	return match(l->arena, l->cache->classes, p, line, caps_r);
}

void
received_take(struct received_line *l, const struct received_captures *caps)
{
	for (size_t i = 0; i < RF_COUNT; i++) {
		if (caps->v[i].p) {
			l->field[i] = caps->v[i];
		}
	}
}

bool
received_has(struct slice s, const char *what)
{
	return slice_find(s, slice_cstr(what), 0) >= 0;
}
