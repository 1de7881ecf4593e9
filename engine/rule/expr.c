/*
 * expr.c - compile and evaluate expressions; see expr.h.
 *
 * The parser climbs precedences and recurses only for parentheses and `?:`,
 * at most LIMIT_META_DEPTH deep; code is at most LIMIT_META_TOKENS long.
 * Both sides of && and || are always evaluated (operands have no effects), so
 * there are no jumps and evaluation is one pass.
 *
 * Perl's && and || return the operand that decides, and metas count with it
 * ((A + B) || C may be 2); so does this.
 */
#include "config.h"

#include "rule/expr.h"

#include <math.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

/* Values that wait for their operator; real metas need about ten. */
#define STACK_MAX 512

struct parser {
	struct arena *scratch;	/* of the code as it grows */
	struct slice text;
	size_t at;
	const struct expr_language *lang;
	struct expr *out;
	struct err *e;
	unsigned depth;		/* of recursion */
	size_t height;		/* of the value stack here */
};

static const struct binary {
	const char *word;
	enum expr_code code;
	unsigned char level;	/* higher binds tighter */
	bool chains;		/* a op b op c means (a op b) op c */
} binaries[] = {
	/* longer words first where one begins another */
	{ "||", EXPR_OR, 1, true }, { "&&", EXPR_AND, 2, true },
	{ "^", EXPR_XOR, 3, true },
	{ "==", EXPR_EQ, 4, false }, { "!=", EXPR_NE, 4, false },
	{ "<=", EXPR_LE, 5, false }, { ">=", EXPR_GE, 5, false },
	{ "<", EXPR_LT, 5, false }, { ">", EXPR_GT, 5, false },
	{ "+", EXPR_ADD, 6, true }, { "-", EXPR_SUB, 6, true },
	{ "*", EXPR_MUL, 7, true }, { "/", EXPR_DIV, 7, true },
};

static int parse_choice(struct parser *p);

static int
peek(struct parser *p)
{
	while (p->at < p->text.n &&
	    ascii_isspace((unsigned char)p->text.p[p->at]))
		p->at++;
	return p->at < p->text.n ? (unsigned char)p->text.p[p->at] : -1;
}

static int
wrong(struct parser *p, const char *what)
{
	struct slice rest = slice_sub(p->text, p->at, p->text.n);

	if (rest.n == 0)
		return err_set(p->e, ERR_CONFIG, "%s at the end", what);
	if (rest.n > 20)
		rest.n = 20;
	return err_set(p->e, ERR_CONFIG, "%s before '%.*s'", what,
	    SLICE_FMT(rest));
}

/* grows: by how much the op changes the height of the value stack. */
static int
emit(struct parser *p, struct expr_op op, int grows)
{
	if (p->out->ops.n >= LIMIT_META_TOKENS)
		return wrong(p, "the expression is too long");
	p->height += (size_t)grows;
	if (p->height > STACK_MAX)
		return wrong(p, "the expression is nested too deeply");
	*VEC_PUSH(p->scratch, &p->out->ops) = op;
	return 0;
}

static int
emit_code(struct parser *p, enum expr_code code, int grows)
{
	return emit(p, (struct expr_op){ .code = code }, grows);
}

static struct slice
take_while(struct parser *p, bool (*good)(unsigned char))
{
	size_t from = p->at;

	while (p->at < p->text.n && good((unsigned char)p->text.p[p->at]))
		p->at++;
	return slice_sub(p->text, from, p->at);
}

static bool
is_number_byte(unsigned char c)
{
	return ascii_isdigit(c) || c == '.';
}

static int
parse_number(struct parser *p)
{
	struct expr_op op = { .code = EXPR_NUMBER };
	size_t from = p->at;

	if (slice_to_double(take_while(p, is_number_byte), &op.number) != 0 ||
	    ascii_isword((unsigned char)(p->at < p->text.n
	    ? p->text.p[p->at] : ' '))) {
		p->at = from;
		return wrong(p, "a number is not written like this:");
	}
	return emit(p, op, 1);
}

/* A::b::c; a single ':' belongs to ?: and ends the word. */
static struct slice
take_word(struct parser *p)
{
	size_t from = p->at;

	for (;;) {
		take_while(p, ascii_isword);
		if (p->at + 2 >= p->text.n ||
		    memcmp(p->text.p + p->at, "::", 2) != 0 ||
		    !ascii_isword((unsigned char)p->text.p[p->at + 2]))
			return slice_sub(p->text, from, p->at);
		p->at += 2;
	}
}

static bool
is_function(const struct parser *p, struct slice word)
{
	for (const char *const *f = p->lang->functions; *f != NULL; f++) {
		if (slice_eq_cstr(word, *f))
			return true;
	}
	return false;
}

static int
parse_name(struct parser *p)
{
	size_t from = p->at;
	struct slice word = take_word(p), argument = { 0 };
	struct expr_op op = { 0 };
	ptrdiff_t end;

	if (is_function(p, word)) {
		if (peek(p) != '(')
			return wrong(p, "'(' is missing");
		end = slice_chr(p->text, ')', p->at);
		if (end < 0)
			return wrong(p, "')' is missing for the one");
		argument = slice_trim(slice_sub(p->text, p->at + 1,
		    (size_t)end));
		p->at = (size_t)end + 1;
		if (argument.n == 0)
			return wrong(p, "a name is missing in parentheses");
	}
	if (p->lang->name(p->lang->arg, word, argument, &op, p->e) != 0) {
		p->at = from;
		return -1;
	}
	return emit(p, op, 1);
}

static int
parse_group(struct parser *p)
{
	if (++p->depth > LIMIT_META_DEPTH)
		return wrong(p, "parentheses are nested too deeply");
	p->at++;
	if (parse_choice(p) != 0)
		return -1;
	if (peek(p) != ')')
		return wrong(p, "')' is missing");
	p->at++;
	p->depth--;
	return 0;
}

static int
parse_primary(struct parser *p)
{
	int c = peek(p);

	if (c == '(')
		return parse_group(p);
	if (c >= 0 && is_number_byte((unsigned char)c))
		return parse_number(p);
	if (c >= 0 && ascii_isword((unsigned char)c))
		return parse_name(p);
	return wrong(p, "a name, a number or '(' is missing");
}

/* Any number of ! and - in front, applied from the inside out. */
static int
parse_unary(struct parser *p)
{
	size_t from = p->at, end;
	int c;

	while ((c = peek(p)) == '!' || c == '-' || c == '+')
		p->at++;
	end = p->at;
	if (parse_primary(p) != 0)
		return -1;
	while (end-- > from) {
		c = p->text.p[end];
		if (c != '!' && c != '-')
			continue;
		if (emit_code(p, c == '!' ? EXPR_NOT : EXPR_MINUS, 0) != 0)
			return -1;
	}
	return 0;
}

static const struct binary *
peek_binary(struct parser *p)
{
	struct slice rest;

	peek(p);
	rest = slice_sub(p->text, p->at, p->text.n);
	for (size_t i = 0; i < sizeof(binaries) / sizeof(binaries[0]); i++) {
		if (slice_starts(rest, slice_cstr(binaries[i].word)))
			return &binaries[i];
	}
	return NULL;
}

/* Everything that binds at least as tightly as level; seven levels deep. */
static int
parse_binary(struct parser *p, unsigned char level)
{
	const struct binary *op;
	bool closed = false;

	if (parse_unary(p) != 0)
		return -1;
	while ((op = peek_binary(p)) != NULL && op->level >= level) {
		if (closed && !op->chains)
			return wrong(p, "comparisons do not chain: put one in "
			    "parentheses");
		p->at += strlen(op->word);
		if (parse_binary(p, op->level + 1) != 0 ||
		    emit_code(p, op->code, -1) != 0)
			return -1;
		closed = !op->chains;
	}
	return 0;
}

/* a ? b : c; c may be another choice, which costs depth as '(' does. */
static int
parse_choice(struct parser *p)
{
	if (parse_binary(p, 1) != 0)
		return -1;
	if (peek(p) != '?')
		return 0;
	if (++p->depth > LIMIT_META_DEPTH)
		return wrong(p, "'?' is nested too deeply");
	p->at++;
	if (parse_choice(p) != 0)
		return -1;
	if (peek(p) != ':')
		return wrong(p, "':' is missing");
	p->at++;
	if (parse_choice(p) != 0)
		return -1;
	p->depth--;
	return emit_code(p, EXPR_CHOOSE, -2);
}

static struct expr_value
leaf_zero(void *arg, const struct expr_op *op)
{
	return expr_number(0);
}

int
expr_compile(struct arena *a, struct slice text,
    const struct expr_language *lang, struct expr *x_r, size_t *at_r,
    struct err *e)
{
	struct parser p = { .scratch = arena_new(), .text = text,
	    .lang = lang, .out = x_r, .e = e };
	int rc;

	*x_r = (struct expr){ 0 };
	rc = parse_choice(&p);
	if (rc == 0 && peek(&p) != -1)
		rc = wrong(&p, "an operator is missing");
	if (at_r != NULL)
		*at_r = p.at;
	x_r->ops.cap = x_r->ops.n;
	x_r->ops.v = arena_copy(a, x_r->ops.v, x_r->ops.n *
	    sizeof(*x_r->ops.v));
	arena_free(&p.scratch);
	if (rc == 0)
		x_r->divides_by_zero = !expr_eval(x_r, leaf_zero, NULL).known;
	return rc;
}

/* ---- evaluation ---- */

struct expr_value
expr_number(double number)
{
	return (struct expr_value){ .number = number, .known = true,
	    .weight = 1, .zone = RESULT_NO_ZONE };
}

static struct expr_value
unknown(struct expr_value because)
{
	because.number = 0;
	because.known = false;
	because.weight = 1;
	return because;
}

/* The less trusted of two; an untouched one (weight 1, no zone) yields. */
static struct expr_value
lighter(struct expr_value a, struct expr_value b)
{
	if (a.weight < b.weight)
		return a;
	if (b.weight < a.weight)
		return b;
	return a.zone != RESULT_NO_ZONE ? a : b;
}

static struct expr_value
with_number(struct expr_value v, double number)
{
	v.number = number;
	v.known = true;
	return v;
}

/* False if a known side is false; the value is that of the last side. */
static struct expr_value
do_and(struct expr_value a, struct expr_value b)
{
	if ((a.known && a.number == 0) || (b.known && b.number == 0))
		return expr_number(0);
	if (!a.known || !b.known)
		return unknown(a.known ? b : a);
	return with_number(lighter(a, b), b.number);
}

/* True if a known side is true, and as much worth as the best true side. */
static struct expr_value
do_or(struct expr_value a, struct expr_value b)
{
	bool a_true = a.known && a.number != 0;
	bool b_true = b.known && b.number != 0;

	if (a_true && b_true)
		return with_number(b.weight > a.weight ? b : a, a.number);
	if (a_true || b_true)
		return a_true ? a : b;
	if (!a.known || !b.known)
		return unknown(a.known ? b : a);
	return expr_number(0);
}

static struct expr_value
do_not(struct expr_value v)
{
	if (!v.known)
		return v;
	if (v.number != 0)
		return expr_number(0);
	return with_number(v, 1);
}

static struct expr_value
do_choose(struct expr_value c, struct expr_value yes, struct expr_value no)
{
	struct expr_value v = c.known && c.number != 0 ? yes : no;

	if (!c.known)
		return unknown(c);
	if (!v.known)
		return v;
	return with_number(lighter(c, v), v.number);
}

/* Perl's ^ works on integers; numbers out of range count as 0. */
static double
bits_xor(double a, double b)
{
	int64_t x = fabs(a) < 1e18 ? (int64_t)a : 0;
	int64_t y = fabs(b) < 1e18 ? (int64_t)b : 0;

	return (double)(x ^ y);
}

static double
arithmetic(enum expr_code code, double a, double b)
{
	switch (code) {
	case EXPR_XOR:
		return bits_xor(a, b);
	case EXPR_EQ:
		return a == b;
	case EXPR_NE:
		return a != b;
	case EXPR_LT:
		return a < b;
	case EXPR_LE:
		return a <= b;
	case EXPR_GT:
		return a > b;
	case EXPR_GE:
		return a >= b;
	case EXPR_ADD:
		return a + b;
	case EXPR_SUB:
		return a - b;
	case EXPR_MUL:
		return a * b;
	case EXPR_DIV:
		return a / b;
	default:
		DIE("operator %d has two operands", (int)code);
	}
}

static struct expr_value
do_binary(enum expr_code code, struct expr_value a, struct expr_value b)
{
	double n;

	if (code == EXPR_AND)
		return do_and(a, b);
	if (code == EXPR_OR)
		return do_or(a, b);
	if (!a.known || !b.known)
		return unknown(a.known ? b : a);
	n = code == EXPR_DIV && b.number == 0 ? INFINITY
	    : arithmetic(code, a.number, b.number);
	if (!isfinite(n)) {
		a.why = "division by zero or a number too large";
		return unknown(a);
	}
	if (n == 0 && code >= EXPR_EQ && code <= EXPR_GE)
		return expr_number(0);
	return with_number(lighter(a, b), n);
}

struct expr_value
expr_eval(const struct expr *x, expr_leaf_fn *leaf, void *arg)
{
	struct expr_value stack[STACK_MAX];
	size_t n = 0;

	for (size_t i = 0; i < x->ops.n; i++) {
		const struct expr_op *op = &x->ops.v[i];

		switch (op->code) {
		case EXPR_NUMBER:
			stack[n++] = expr_number(op->number);
			break;
		case EXPR_OPERAND:
		case EXPR_GLOB:
		case EXPR_LOCAL:
			stack[n++] = leaf(arg, op);
			break;
		case EXPR_NOT:
			stack[n - 1] = do_not(stack[n - 1]);
			break;
		case EXPR_MINUS:
			stack[n - 1].number = -stack[n - 1].number;
			break;
		case EXPR_CHOOSE:
			stack[n - 3] = do_choose(stack[n - 3], stack[n - 2],
			    stack[n - 1]);
			n -= 2;
			break;
		default:
			stack[n - 2] = do_binary(op->code, stack[n - 2],
			    stack[n - 1]);
			n--;
		}
	}
	return n == 0 ? expr_number(0) : stack[0];
}
