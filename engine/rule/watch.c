/*
 * watch.c - which operands of a meta have to stir before it can.
 *
 * Of "A && !B" it is A: while A misses, the meta does, whatever B says, and
 * even if B is not known.  Of "A || B" both.  What is worked out for a piece of
 * the expression is a set of rules: while all of them miss, the piece is 0.
 * Where there is no such set ("!B") the meta has to be looked at whenever any
 * operand stirs.  Of two sets that do, && takes the one that stirs less.
 *
 * Called by quiet.c for each meta, dependencies first.
 *
 * Invariant: a rule is in a set only if it misses when all is quiet.
 */
#include "config.h"

#include "rule/rule-priv.h"

/* Of so many messages in 1000 a rule hits, by kind; a guess that only has to
 * tell the frequent ones from the others. */
enum { HITS_BODY = 10, HITS_OTHER = 60, HITS_EXISTS = 400, HITS_ANY = 1000 };

struct piece {
	struct meta_watch watch;
	bool constant;
	double number;
};

static unsigned
guess_hits(const struct rule *r)
{
	if (r->exists || r->negate || r->always)
		return HITS_EXISTS;
	return r->kind == RULE_BODY || r->kind == RULE_URI ? HITS_BODY :
	    HITS_OTHER;
}

static struct piece
any_operand(void)
{
	return (struct piece){ .watch = { .all = true, .hits = HITS_ANY } };
}

static struct piece
of_number(double number)
{
	struct piece p = { .constant = true, .number = number };

	p.watch.all = number != 0;
	return p;
}

static struct piece
of_operand(struct arena *a, const struct meta_quiet *q, unsigned id)
{
	const struct rule *r = q->rs->rules.v[id];
	struct piece p = { .constant = false };

	if (q->results[id].state != RESULT_MISS &&
	    q->results[id].state != RESULT_NOT_RUN)
		return any_operand();
	p.watch.hits = r->kind == RULE_META ? q->hits[id] : guess_hits(r);
	*VEC_PUSH(a, &p.watch.ids) = id;
	return p;
}

/* 0 while both are. */
static struct piece
both(struct arena *a, struct piece x, struct piece y)
{
	bool x_is_larger = x.watch.ids.n > y.watch.ids.n;
	struct piece *to = x_is_larger ? &x : &y;
	const struct piece *from = x_is_larger ? &y : &x;

	if (x.watch.all || y.watch.all)
		return any_operand();
	for (size_t i = 0; i < from->watch.ids.n; i++)
		*VEC_PUSH(a, &to->watch.ids) = from->watch.ids.v[i];
	to->watch.hits += from->watch.hits;
	to->constant = false;
	return *to;
}

/* 0 while one is. */
static struct piece
either(struct piece x, struct piece y)
{
	struct piece *p = y.watch.all || (!x.watch.all &&
	    x.watch.hits <= y.watch.hits) ? &x : &y;

	p->constant = false;
	return *p;
}

static bool
compare(enum expr_code code, double x, double y)
{
	switch (code) {
	case EXPR_EQ:
		return !(x < y) && !(x > y);
	case EXPR_NE:
		return x < y || x > y;
	case EXPR_LT:
		return x < y;
	case EXPR_LE:
		return x <= y;
	case EXPR_GT:
		return x > y;
	default:
		return x >= y;
	}
}

/* Of "A + B > 2" what the sum needs: 0 > 2 is false. */
static struct piece
comparison(struct arena *a, enum expr_code code, struct piece x,
    struct piece y)
{
	if ((x.watch.all && !x.constant) || (y.watch.all && !y.constant) ||
	    compare(code, x.constant ? x.number : 0, y.constant ? y.number :
	    0))
		return any_operand();
	x.watch.all = y.watch.all = false;
	return both(a, x, y);
}

static struct piece
binary(struct arena *a, enum expr_code code, struct piece x, struct piece y)
{
	switch (code) {
	case EXPR_AND:
		return either(x, y);
	case EXPR_OR:
	case EXPR_ADD:
	case EXPR_SUB:
	case EXPR_MUL:
	case EXPR_XOR:
		return both(a, x, y);
	case EXPR_DIV:
		return any_operand();
	default:
		return comparison(a, code, x, y);
	}
}

/* Reads the code as expr_eval does. */
static struct piece
read_code(struct arena *a, const struct expr *x, const struct meta_quiet *q)
{
	struct piece *stack = arena_alloc_array(a, x->ops.n + 1,
	    sizeof(*stack));
	size_t n = 0;

	for (size_t i = 0; i < x->ops.n; i++) {
		const struct expr_op *op = &x->ops.v[i];

		switch (op->code) {
		case EXPR_NUMBER:
			stack[n++] = of_number(op->number);
			break;
		case EXPR_OPERAND:
			stack[n++] = of_operand(a, q, op->operand);
			break;
		case EXPR_GLOB:
		case EXPR_LOCAL:
			stack[n++] = any_operand();
			break;
		case EXPR_NOT:
			stack[n - 1] = any_operand();
			break;
		case EXPR_MINUS:
			stack[n - 1].constant = false;
			break;
		case EXPR_CHOOSE:
			stack[n - 3] = both(a, stack[n - 3], stack[n - 1]);
			n -= 2;
			break;
		default:
			stack[n - 2] = binary(a, op->code, stack[n - 2],
			    stack[n - 1]);
			n--;
		}
	}
	return n == 0 ? of_number(0) : stack[0];
}

void
meta_watch(struct arena *a, const struct rule *r, const struct meta_quiet *q,
    struct meta_watch *w_r)
{
	*w_r = q->results[r->id].state == RESULT_MISS ?
	    read_code(a, &r->meta->expr, q).watch : any_operand().watch;
	if (w_r->hits > HITS_ANY)
		w_r->hits = HITS_ANY;
	if (!w_r->all)
		return;
	w_r->ids.v = r->meta->deps.v;
	w_r->ids.n = w_r->ids.cap = r->meta->deps.n;
}
