/*
 * expr_eval.c - what an expression says, of values that may be unknown.
 *
 * Both sides of && and || are always evaluated (operands have no effects), so
 * there are no jumps and evaluation is one pass over the code.
 *
 * Perl's && and || return the operand that decides, and metas count with it
 * ((A + B) || C may be 2); so does this.
 *
 * Called by meta.c and cond.c, and by expr.c once for what it compiled, which
 * has no more than EXPR_STACK values wait for their operator.
 */
#include "config.h"

#include "rule/expr.h"

#include <math.h>

#include "base/mem.h"

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
	struct expr_value stack[EXPR_STACK];
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
