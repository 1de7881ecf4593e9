/*
 * received_pattern - a small pattern language for Received lines.
 *
 * Called by received_formats.c, whose tables are written in it.  PCRE2
 * belongs to another room, and Received lines are hostile: a general regex
 * engine could be made to backtrack without end.
 *
 * The language
 *	x		the byte itself; everything not listed below
 *	%h %r %b %d %e %t  a word (no blanks), kept as helo, rdns, by, ident,
 *			envelope sender, id
 *	%i  %I  %L	an IP address, kept as ip; one not kept; localhost
 *	%(h … %)h	keep what is between (letters as above, and i, a for
 *			auth, s for text looked into again)
 *	{a|b}		either; {a}? perhaps; {a}* any number of times
 *	%^		at the beginning: letters match in any case
 *	%$  %.  %!  %%	end of line; a word boundary; not before " id "; %
 *	%W		one byte that is no blank; other classes: the table
 *	+ * +? *?	after a class: repeat, greedy or lazy
 *	#4-9#		after a class: repeat that often, greedy
 *
 * How it matches: a backtracking program with Perl's order of choices, so
 * that a row here keeps what the same Perl regex would.  Each choice is
 * remembered with its position and never made twice (without back
 * references a second try fails like the first), so the time is at most
 * choices * bytes.  A class followed by a byte it does not contain can stop
 * in one place only and makes no choice at all: most formats run straight
 * through.
 *
 * Invariants: patterns are constants of this room, so a bad one is our bug
 * and fatal.  At most MAX_CHOICES choices a pattern.
 */
#include "config.h"

#include <string.h>

#include "base/mem.h"
#include "base/vec.h"
#include "view/received.h"

#define MAX_INST	160
#define MAX_CHOICES	32	/* bits of a visited word */
#define MAX_SLOTS	(2 * RF_COUNT)

enum op { OP_BYTE, OP_CLASS, OP_RUN, OP_RANGE, OP_SPLIT, OP_JUMP, OP_SAVE,
	OP_IP, OP_LOCALHOST, OP_BOUNDARY, OP_LINE_END, OP_NOT_ID, OP_DONE };

struct inst {
	unsigned char op;		/* enum op */
	unsigned char arg;	/* byte, class, slot or number of the choice */
	unsigned char min, max;	/* OP_RUN, OP_RANGE; max 0: no limit */
	unsigned char x, y;	/* where to go: first choice, second */
};

struct received_program {
	unsigned n;
	bool nocase;
	struct inst v[];
};

/* ---- classes ---- */

static bool
is_word_byte(unsigned char c)
{
	return !ascii_isspace(c);
}

static bool
is_any(unsigned char c)
{
	return true;
}

static bool
is_not_close(unsigned char c)
{
	return c != ')';
}

static bool
is_0_to_6(unsigned char c)
{
	return c >= '0' && c <= '6';
}

static bool
is_lower(unsigned char c)
{
	return c >= 'a' && c <= 'z';
}

static bool
is_lower_or_digit(unsigned char c)
{
	return is_lower(c) || ascii_isdigit(c);
}

/* A scope of an IPv6 address, as Perl's [A-Z0-9._~-] has it. */
static bool
is_zone(unsigned char c)
{
	return (c >= 'A' && c <= 'Z') || ascii_isdigit(c) || c == '.' ||
	    c == '_' || c == '~' || c == '-';
}

static bool
is_user(unsigned char c)
{
	return !ascii_isspace(c) && c != '@';
}

static bool
is_plain(unsigned char c)
{
	return c != ' ' && c != '(' && c != ')';
}

static bool
is_not_greater(unsigned char c)
{
	return c != '>';
}

static bool
is_not_dot(unsigned char c)
{
	return c != '.';
}

static bool
is_not_host(unsigned char c)
{
	return !ascii_isalnum(c) && c != '-' && c != '.';
}

static bool
is_not_digit(unsigned char c)
{
	return !ascii_isdigit(c);
}

static bool
is_id(unsigned char c)
{
	return !ascii_isspace(c) && c != '<' && c != '>' && c != ';';
}

/* What servers put into a HELO: host names and the usual abuse. */
static bool
is_helo(unsigned char c)
{
	return ascii_isalnum(c) ||
	    (c != '\0' && strchr("-.^+_&:=?!@%*$\\/", c) != NULL);
}

static bool
is_not_dot_dash(unsigned char c)
{
	return c != '.' && c != '-';
}

static bool
is_by_part(unsigned char c)
{
	return !ascii_isspace(c) && c != ';';
}

static const struct {
	char letter;
	bool (*has)(unsigned char c);
} classes[] = {
	{ 'W', is_word_byte }, { 'A', is_any }, { 'P', is_not_close },
	{ 'N', ascii_isdigit }, { '6', is_0_to_6 }, { 'l', is_lower },
	{ 'c', is_lower_or_digit }, { 'Z', is_zone }, { 'U', is_user },
	{ 'Q', is_plain }, { 'G', is_not_greater }, { 'D', is_not_dot },
	{ 'X', is_not_host }, { 'B', ascii_isalpha }, { 'O', is_not_digit },
	{ 'J', is_id }, { 'E', is_helo }, { 'Y', is_by_part },
	{ 'V', is_not_dot_dash },
};

/* ---- compiling ---- */

struct compiler {
	const char *start, *p;
	struct inst v[MAX_INST];
	unsigned n, choices;
};

static _Noreturn void
bad_pattern(const struct compiler *c, const char *why)
{
	DIE("Received pattern \"%s\": %s at \"%s\"", c->start, why, c->p);
}

static unsigned
emit(struct compiler *c, enum op op, unsigned arg)
{
	if (c->n == MAX_INST) {
		bad_pattern(c, "too long");
	}
	c->v[c->n].op = (unsigned char)op;
	c->v[c->n].arg = (unsigned char)arg;
	return c->n++;
}

static unsigned
emit_split(struct compiler *c)
{
	if (c->choices == MAX_CHOICES) {
		bad_pattern(c, "too many choices");
	}
	return emit(c, OP_SPLIT, c->choices++);
}

static void
set_target(struct compiler *c, unsigned at, unsigned x, unsigned y)
{
	c->v[at].x = (unsigned char)x;
	c->v[at].y = (unsigned char)y;
}

static enum received_field
field_of(struct compiler *c, char letter)
{
	static const char letters[] = "hribdetas";
	static const enum received_field fields[] = { RF_HELO, RF_RDNS, RF_IP,
		RF_BY, RF_IDENT, RF_ENVFROM, RF_ID, RF_AUTH, RF_SUB };
	const char *at = letter ? strchr(letters, letter) : NULL;

	if (!at) {
		bad_pattern(c, "no such field");
	}
	return fields[at - letters];
}

static int
class_of(char letter)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (classes[i].letter == letter) {
			return (int)i;
		}
	}
	return -1;
}

/* Is the next thing (behind the ends of fields) a byte outside the class, or
 * nothing?  Then a greedy run of the class can end in one place only. */
static bool
ends_run(const char *p, unsigned class)
{
	while (p[0] == '%' && p[1] == ')' && p[2]) {
		p += 3;
	}
	if (*p == '\0') {
		return true;
	}
	if (strchr("%{}|", *p)) {
		return false;
	}
	return !classes[class].has((unsigned char)*p);
}

static unsigned
number(struct compiler *c)
{
	unsigned v = 0;

	while (ascii_isdigit((unsigned char)*c->p)) {
		v = v * 10 + (unsigned)(*c->p++ - '0');
	}
	return v;
}

/* #min-max# */
static void
compile_range(struct compiler *c, unsigned class)
{
	unsigned at, min, max;

	c->p++;
	min = number(c);
	c->p++;
	max = number(c);
	if (*c->p++ != '#' || max == 0 || max > 255) {
		bad_pattern(c, "bad range");
	}
	at = emit(c, ends_run(c->p, class) ? OP_RUN : OP_RANGE, class);
	c->v[at].min = (unsigned char)min;
	c->v[at].max = (unsigned char)max;
}

/* A class any number of times, with a choice at each byte. */
static void
compile_loop(struct compiler *c, unsigned class, bool lazy)
{
	unsigned split = emit_split(c);

	emit(c, OP_CLASS, class);
	set_target(c, emit(c, OP_JUMP, 0), split, 0);
	if (lazy) {
		set_target(c, split, c->n, split + 1);
	} else {
		set_target(c, split, split + 1, c->n);
	}
}

/* A class and what repeats it; the letter is already read. */
static void
compile_class(struct compiler *c, unsigned class)
{
	unsigned min;
	bool lazy;

	if (*c->p == '#') {
		compile_range(c, class);
		return;
	}
	if (*c->p != '+' && *c->p != '*') {
		emit(c, OP_CLASS, class);
		return;
	}
	min = *c->p++ == '+';
	lazy = *c->p == '?';
	c->p += lazy;
	if (ends_run(c->p, class) && !(lazy && *c->p == '\0')) {
		c->v[emit(c, OP_RUN, class)].min = (unsigned char)min;
		return;
	}
	if (min) {
		emit(c, OP_CLASS, class);
	}
	compile_loop(c, class, lazy);
}

static void compile_branch(struct compiler *c);

/* {a|b|c} with ? or * after it; the brace is already read. */
static void
compile_group(struct compiler *c)
{
	unsigned outer = emit_split(c), ends[8], n = 0, split;

	set_target(c, outer, outer + 1, 0);
	for (;;) {
		split = emit_split(c);
		compile_branch(c);
		if (n == sizeof(ends) / sizeof(ends[0])) {
			bad_pattern(c, "too many alternatives");
		}
		ends[n++] = emit(c, OP_JUMP, 0);
		set_target(c, split, split + 1, c->n);
		if (*c->p != '|') {
			break;
		}
		c->p++;
	}
	if (*c->p++ != '}') {
		bad_pattern(c, "unclosed group");
	}
	/* The last alternative has no other: its split goes one way. */
	set_target(c, split, split + 1, split + 1);
	for (unsigned i = 0; i < n; i++) {
		set_target(c, ends[i], *c->p == '*' ? outer : c->n, 0);
	}
	if (*c->p == '?' || *c->p == '*') {
		set_target(c, outer, outer + 1, c->n);
		c->p++;
	} else {
		set_target(c, outer, outer + 1, outer + 1);
	}
}

/* %h and its like: a kept word (classes[0]), or an address. */
static void
compile_word(struct compiler *c, char letter)
{
	enum received_field f = field_of(c, letter);

	emit(c, OP_SAVE, 2 * f);
	if (letter == 'i') {
		emit(c, OP_IP, 0);
	} else if (ends_run(c->p, 0)) {
		c->v[emit(c, OP_RUN, 0)].min = 1;
	} else {
		emit(c, OP_CLASS, 0);
		compile_loop(c, 0, false);
	}
	emit(c, OP_SAVE, 2 * f + 1);
}

static void
compile_percent(struct compiler *c)
{
	char letter = *c->p++;
	int class = class_of(letter);

	if (class >= 0) {
		compile_class(c, (unsigned)class);
	} else if (letter == '(' || letter == ')') {
		emit(c, OP_SAVE, 2 * field_of(c, *c->p++) + (letter == ')'));
	} else if (letter == 'I') {
		emit(c, OP_IP, 0);
	} else if (letter == 'L') {
		emit(c, OP_LOCALHOST, 0);
	} else if (letter == '.') {
		emit(c, OP_BOUNDARY, 0);
	} else if (letter == '!') {
		emit(c, OP_NOT_ID, 0);
	} else if (letter == '%') {
		emit(c, OP_BYTE, '%');
	} else if (letter == '$') {
		emit(c, OP_LINE_END, 0);
	} else {
		compile_word(c, letter);
	}
}

static void
compile_branch(struct compiler *c)
{
	while (*c->p && *c->p != '|' && *c->p != '}') {
		char x = *c->p++;

		if (x == '%') {
			compile_percent(c);
		} else if (x == '{') {
			compile_group(c);
		} else {
			emit(c, OP_BYTE, (unsigned char)x);
		}
	}
}

struct received_program *
received_compile(struct arena *a, const char *text)
{
	bool nocase = text[0] == '%' && text[1] == '^';
	struct compiler c = { .start = text, .p = text + 2 * nocase };
	struct received_program *prog;

	compile_branch(&c);
	if (*c.p) {
		bad_pattern(&c, "stray | or }");
	}
	emit(&c, OP_DONE, 0);
	prog = arena_alloc(a, sizeof(*prog) + c.n * sizeof(c.v[0]));
	prog->n = c.n;
	prog->nocase = nocase;
	memcpy(prog->v, c.v, c.n * sizeof(c.v[0]));
	return prog;
}

/* ---- matching ---- */

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
run_length(const struct matcher *m, const struct inst *in, size_t pos)
{
	size_t n = 0;

	while (pos + n < m->line.n && (in->max == 0 || n < in->max) &&
	    classes[in->arg].has((unsigned char)m->line.p[pos + n])) {
		n++;
	}
	return n;
}

/* How many bytes a simple instruction takes at pos; -1: it does not match. */
static ptrdiff_t
take(const struct matcher *m, const struct inst *in, size_t pos)
{
	unsigned char c = pos < m->line.n ? (unsigned char)m->line.p[pos] : 0;
	size_t n;

	switch (in->op) {
	case OP_BYTE:
		return pos < m->line.n && (c == in->arg || (m->prog->nocase &&
		    ascii_lower(c) == ascii_lower(in->arg))) ? 1 : -1;
	case OP_CLASS:
		return pos < m->line.n && classes[in->arg].has(c) ? 1 : -1;
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
	const struct inst *in = &m->prog->v[pc];
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
		const struct inst *in = &m->prog->v[pc];
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

/* The first byte can refuse most rows before any memory is touched. */
static bool
starts_wrong(const struct received_program *p, struct slice line)
{
	const struct inst *in = &p->v[0];

	return in->op == OP_BYTE && !p->nocase &&
	    (line.n == 0 || (unsigned char)line.p[0] != in->arg);
}

bool
received_match(struct arena *a, const struct received_program *p,
    struct slice line, struct received_captures *caps_r)
{
	struct arena_mark mark;
	struct matcher m = { .arena = a, .prog = p, .line = line };
	bool found;

	memset(caps_r, 0, sizeof(*caps_r));
	if (starts_wrong(p, line)) {
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
