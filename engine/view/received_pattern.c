/*
 * received_pattern - a small pattern language for Received lines.
 *
 * Called by received_match.c for the tables of received_formats.c and others,
 * which are written in it.  PCRE2
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
 * Invariants: patterns are constants of this room, so a bad one is our bug
 * and fatal.
 */
#include "config.h"

#include <string.h>

#include "base/mem.h"
#include "view/received-program.h"

#define MAX_INST	160

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

const struct received_class received_classes[RECEIVED_CLASSES + 1] = {
	{ 'W', is_word_byte }, { 'A', is_any }, { 'P', is_not_close },
	{ 'N', ascii_isdigit }, { '6', is_0_to_6 }, { 'l', is_lower },
	{ 'c', is_lower_or_digit }, { 'Z', is_zone }, { 'U', is_user },
	{ 'Q', is_plain }, { 'G', is_not_greater }, { 'D', is_not_dot },
	{ 'X', is_not_host }, { 'B', ascii_isalpha }, { 'O', is_not_digit },
	{ 'J', is_id }, { 'E', is_helo }, { 'Y', is_by_part },
	{ 'V', is_not_dot_dash }, { 0, NULL },
};

/* ---- compiling ---- */

struct compiler {
	const char *start, *p;
	struct received_inst v[MAX_INST];
	unsigned n, choices;
	unsigned depth;			/* of groups */
	struct received_pairs need;	/* of literals outside groups */
	struct slice first;
};

static _Noreturn void
bad_pattern(const struct compiler *c, const char *why)
{
	DIE("Received pattern \"%s\": %s at \"%s\"", c->start, why, c->p);
}

static unsigned
emit(struct compiler *c, enum received_op op, unsigned arg)
{
	if (c->n == MAX_INST) {
		bad_pattern(c, "too long");
	}
	c->v[c->n].op = (unsigned char)op;
	c->v[c->n].arg = (unsigned char)arg;
	return c->n++;
}

static unsigned
new_choice(struct compiler *c)
{
	if (c->choices == RECEIVED_CHOICES) {
		bad_pattern(c, "too many choices");
	}
	return c->choices++;
}

static unsigned
emit_split(struct compiler *c)
{
	return emit(c, OP_SPLIT, new_choice(c));
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
	for (int i = 0; received_classes[i].has; i++) {
		if (received_classes[i].letter == letter) {
			return i;
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
	return !received_classes[class].has((unsigned char)*p);
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
	unsigned split;

	if (!lazy) {
		c->v[emit(c, OP_LOOP, class)].x =
		    (unsigned char)new_choice(c);
		return;
	}
	split = emit_split(c);
	emit(c, OP_CLASS, class);
	set_target(c, emit(c, OP_JUMP, 0), split, 0);
	set_target(c, split, c->n, split + 1);
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

/* %h and its like: a kept word (class 0), or an address. */
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

/* Bytes that stand for themselves.  Outside groups a line must have them, and
 * with them a match begins if nothing but %. is before. */
static void
compile_literal(struct compiler *c)
{
	struct slice s = slice_make(c->p, strcspn(c->p, "%{|}"));

	if (c->depth == 0) {
		received_pairs_add(&c->need, s);
		if (c->n == 0 || (c->n == 1 && c->v[0].op == OP_BOUNDARY)) {
			c->first = s;
		}
	}
	for (size_t i = 0; i < s.n; i++) {
		emit(c, OP_BYTE, (unsigned char)s.p[i]);
	}
	c->p += s.n;
}

static void
compile_branch(struct compiler *c)
{
	while (*c->p && *c->p != '|' && *c->p != '}') {
		if (*c->p == '%') {
			c->p++;
			compile_percent(c);
		} else if (*c->p == '{') {
			c->p++;
			c->depth++;
			compile_group(c);
			c->depth--;
		} else {
			compile_literal(c);
		}
	}
}

static bool
skip(const char **text, const char *what)
{
	size_t n = strlen(what);
	bool there = strncmp(*text, what, n) == 0;

	*text += there ? n : 0;
	return there;
}

struct received_program *
received_compile(struct arena *a, const char *text)
{
	struct compiler c = { .start = text, .p = text };
	bool nocase = skip(&c.p, "%^"), search = skip(&c.p, SEARCH);
	struct received_program *prog;

	compile_branch(&c);
	if (*c.p) {
		bad_pattern(&c, "stray | or }");
	}
	emit(&c, OP_DONE, 0);
	prog = arena_alloc(a, sizeof(*prog) + c.n * sizeof(c.v[0]));
	prog->nocase = nocase;
	prog->search = search;
	prog->first = c.first;
	prog->need = c.need;
	memcpy(prog->v, c.v, c.n * sizeof(c.v[0]));
	return prog;
}
