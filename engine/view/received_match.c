/*
 * received_match - run a Received pattern over a line.
 *
 * Called by received.c and its helpers through received_try, which keeps
 * compiled patterns for the message.
 *
 * A backtracking program with Perl's order of choices, so that a format keeps
 * what the same Perl regex would.  Each choice is remembered with its position
 * and never made twice (without back references a second try fails like the
 * first), so the time is at most choices * bytes.  A class followed by a byte
 * that it does not contain can stop in one place only and is no choice at all:
 * most formats run straight through.
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

/* Bytes of the class from pos on, at most max (0: no limit). */
static size_t
run_length(const struct matcher *m, const struct received_inst *in, size_t pos)
{
	size_t n = 0;

	while (pos + n < m->line.n && (in->max == 0 || n < in->max) &&
	    received_classes[in->arg].has((unsigned char)m->line.p[pos + n])) {
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
		return pos < m->line.n && received_classes[in->arg].has(c) ?
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
			if (m->visited[pos] & (1u << in->arg)) {
				return false;
			}
			m->visited[pos] |= 1u << in->arg;
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

/* The first byte or a literal can refuse most formats before any memory is
 * touched. */
static bool
cannot_match(const struct received_program *p, struct slice line)
{
	const struct received_inst *in = &p->v[0];

	if (in->op == OP_BYTE && !p->nocase &&
	    (line.n == 0 || (unsigned char)line.p[0] != in->arg)) {
		return true;
	}
	return p->literal.n > 0 && slice_find(line, p->literal, 0) < 0;
}

bool
received_match(struct arena *a, const struct received_program *p,
    struct slice line, struct received_captures *caps_r)
{
	struct arena_mark mark;
	struct matcher m = { .arena = a, .prog = p, .line = line };
	bool found;

	memset(caps_r, 0, sizeof(*caps_r));
	if (cannot_match(p, line)) {
		return false;
	}
	mark = arena_mark(a);
	m.visited = arena_alloc_array(a, line.n + 1, sizeof(*m.visited));
	for (size_t i = 0; i < MAX_SLOTS; i++) {
		m.slot[i] = UNSET;
	}
	found = run_path(&m, 0, 0);
	while (!found && m.undo.n > 0) {
		struct undo u = m.undo.v[--m.undo.n];

		if (u.pc == NO_PC) {
			m.slot[u.slot] = u.pos;
		} else {
			found = run_path(&m, u.pc, u.pos);
		}
	}
	arena_rewind(a, mark);
	for (size_t i = 0; found && i < RF_COUNT; i++) {
		size_t from = m.slot[2 * i], to = m.slot[2 * i + 1];

		if (from != UNSET && to != UNSET && from <= to) {
			caps_r->v[i] = slice_make(line.p + from, to - from);
		}
	}
	return found;
}

/* ---- compiled once a message ---- */

#define CACHE_SLOTS 512		/* more than twice the patterns there are */

struct received_cache {
	struct {
		const char *text;
		struct received_program *program;
	} slot[CACHE_SLOTS];
};

struct received_cache *
received_cache_new(struct arena *a)
{
	return arena_alloc(a, sizeof(struct received_cache));
}

static const struct received_program *
compiled(struct received_line *l, const char *text)
{
	uintptr_t at = ((uintptr_t)text * 2654435761u >> 4) % CACHE_SLOTS;

	while (l->cache->slot[at].text && l->cache->slot[at].text != text) {
		at = (at + 1) % CACHE_SLOTS;
	}
	if (!l->cache->slot[at].text) {
		l->cache->slot[at].text = text;
		l->cache->slot[at].program = received_compile(l->arena, text);
	}
	return l->cache->slot[at].program;
}

bool
received_try(struct received_line *l, const char *text, struct slice line,
    struct received_captures *caps_r)
{
	return received_match(l->arena, compiled(l, text), line, caps_r);
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
