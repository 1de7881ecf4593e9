/*
 * expr - the expressions of `if` and `meta`: one grammar, one evaluator.
 *
 * Text is compiled once to postfix code; leaves are numbers and operands that
 * the caller names.  A value is a number, or unknown, with a weight in [0,1]
 * (design idea 2).  Precedence, loosest first, as Perl has it:
 *
 *	? :    ||    &&    ^    == !=    < <= > >=    + -    * /    ! unary -
 *
 * `a < b < c` is refused: C and Perl disagree on it.
 */
#ifndef RULE_EXPR_H
#define RULE_EXPR_H

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"
#include "rule/result.h"

enum expr_code {
	EXPR_NUMBER, EXPR_OPERAND, EXPR_GLOB, EXPR_LOCAL,
	EXPR_NOT, EXPR_MINUS, EXPR_AND, EXPR_OR, EXPR_XOR, EXPR_EQ, EXPR_NE,
	EXPR_LT, EXPR_LE, EXPR_GT, EXPR_GE, EXPR_ADD, EXPR_SUB, EXPR_MUL,
	EXPR_DIV, EXPR_CHOOSE
};

struct expr_op {
	enum expr_code code;
	unsigned operand;	/* EXPR_OPERAND: the caller's number */
	union {
		double number;
		const struct slice *glob;	/* EXPR_GLOB: what stands in
						 * rules_matching(…) */
	};
};

/* Values that wait for their operator; real metas need about ten. */
#define EXPR_STACK 512

struct expr {
	VEC_OF(struct expr_op) ops;
	bool divides_by_zero;	/* when all operands are 0 */
};

struct expr_value {
	double number;
	bool known;
	float weight;		/* 1 unless an operand that hit lowers it */
	uint16_t zone;		/* of the operand that decides the weight */
	const char *why;
};

/*
 * What a name means.  argument.p is NULL for a plain name; functions (below)
 * come with what stands between their parentheses, trimmed.  0 with op_r
 * filled (code NUMBER, OPERAND, GLOB or LOCAL), or -1 with e.
 */
typedef int expr_name_fn(void *arg, struct slice name, struct slice argument,
    struct expr_op *op_r, struct err *e);

struct expr_language {
	const char *const *functions;	/* end: NULL */
	expr_name_fn *name;
	void *arg;
};

/* -1: e says what is wrong, *at_r where in text. */
int expr_compile(struct arena *a, struct slice text,
    const struct expr_language *lang, struct expr *x_r, size_t *at_r,
    struct err *e);

typedef struct expr_value expr_leaf_fn(void *arg, const struct expr_op *op);
/* leaf is called for every op that is not NUMBER and no operator. */
struct expr_value expr_eval(const struct expr *x, expr_leaf_fn *leaf,
    void *arg);
struct expr_value expr_number(double number);

#endif
