/*
 * args.c - the call of an eval rule: function('text', "text", 1.2.3.4, word).
 *
 * Unquoted arguments are letters, digits, '.', ':' and '-'.  A quoted one
 * ends at the first quote of its kind that a comma or the end follows, so
 * 'it's' is one argument (SpamAssassin reads them so).
 */
#include "config.h"

#include "rule/rule-priv.h"

static size_t
skip_blanks(struct slice s, size_t at)
{
	while (at < s.n && ascii_isspace((unsigned char)s.p[at]))
		at++;
	return at;
}

/* Where the next argument starts if one may end at `at`; -1 if not. */
static ptrdiff_t
after_argument(struct slice s, size_t at)
{
	at = skip_blanks(s, at);
	if (at < s.n && s.p[at] == ',')
		return (ptrdiff_t)skip_blanks(s, at + 1);
	return at == s.n ? (ptrdiff_t)at : -1;
}

static ptrdiff_t
quoted(struct slice s, size_t at, struct slice *arg_r)
{
	ptrdiff_t end, next;

	for (end = slice_chr(s, s.p[at], at + 1); end >= 0;
	    end = slice_chr(s, s.p[at], (size_t)end + 1)) {
		next = after_argument(s, (size_t)end + 1);
		if (next >= 0) {
			*arg_r = slice_sub(s, at + 1, (size_t)end);
			return next;
		}
	}
	return -1;
}

static bool
is_bare(unsigned char c)
{
	return ascii_isalnum(c) || c == '.' || c == ':' || c == '-';
}

static ptrdiff_t
bare(struct slice s, size_t at, struct slice *arg_r)
{
	size_t end = at;

	while (end < s.n && is_bare((unsigned char)s.p[end]))
		end++;
	if (end == at)
		return -1;
	*arg_r = slice_sub(s, at, end);
	return after_argument(s, end);
}

static int
parse_args(struct arena *a, struct slice s, struct rule *r, struct err *e)
{
	size_t at = skip_blanks(s, 0);

	while (at < s.n) {
		struct slice arg = { 0 };
		ptrdiff_t next = s.p[at] == '\'' || s.p[at] == '"'
		    ? quoted(s, at, &arg) : bare(s, at, &arg);

		if (next < 0)
			return err_set(e, ERR_CONFIG, "argument %zu cannot be "
			    "read: put it in quotes and a comma between "
			    "arguments", r->args.n + 1);
		*VEC_PUSH(a, &r->args) = arena_slice(a, arg);
		at = (size_t)next;
	}
	return 0;
}

int
eval_parse(struct arena *a, struct slice text, struct slice *function_r,
    struct rule *r, struct err *e)
{
	ptrdiff_t open = slice_chr(text, '(', 0);
	struct slice name;

	if (open <= 0 || text.p[text.n - 1] != ')')
		return err_set(e, ERR_CONFIG, "write eval:function() or "
		    "eval:function('argument', …)");
	name = slice_sub(text, 0, (size_t)open);
	for (size_t i = 0; i < name.n; i++) {
		if (!ascii_isword((unsigned char)name.p[i]))
			return err_set(e, ERR_CONFIG, "'%.*s' is not the name "
			    "of a function", SLICE_FMT(name));
	}
	*function_r = arena_slice(a, name);
	return parse_args(a, slice_sub(text, (size_t)open + 1, text.n - 1), r,
	    e);
}
