/*
 * expr.c - compile expressions; see expr.h.  What they say: expr_eval.c.
 *
 * The parser climbs precedences and recurses only for parentheses and `?:`,
 * at most LIMIT_META_DEPTH deep; code is at most LIMIT_META_TOKENS long.
 */
#include "config.h"

#include "rule/expr.h"

#include <string.h>

#include "base/limits.h"

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
	if (p->height > EXPR_STACK)
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
