/*
 * regex.c - the written form of a regex, and what its text tells.
 *
 * /…/, or m or qr with any delimiter, then modifiers (reference/sa-compat.md
 * 4.1).  Whether the regex itself is valid only match/ knows; here are the
 * delimiters, the modifiers, and four questions about the text.
 * Everything is one pass over the text.
 */
#include "config.h"

#include "rule/rule-priv.h"

#include <string.h>

static const struct {
	char letter;
	unsigned flag;		/* 0: accepted without effect */
} modifiers[] = {
	{ 'i', RE_I }, { 'm', RE_M }, { 's', RE_S }, { 'x', RE_X },
	{ 'g', RE_G }, { 'a', 0 }, { 'o', 0 },
};

/* The closing delimiter for text, which then begins behind the opening one;
 * 0 if there is none. */
static char
open_delimiter(struct slice *text)
{
	static const char pairs[] = "{}()<>[]";
	const char *pair;
	size_t skip = 0;
	char c;

	if (text->n > 0 && text->p[0] == '/') {
		*text = slice_sub(*text, 1, text->n);
		return '/';
	}
	if (slice_starts(*text, SLICE("m")))
		skip = 1;
	else if (slice_starts(*text, SLICE("qr")))
		skip = 2;
	if (skip == 0 || text->n <= skip)
		return 0;
	c = text->p[skip];
	if (ascii_isword((unsigned char)c) || c == '\\')
		return 0;
	*text = slice_sub(*text, skip + 1, text->n);
	pair = strchr(pairs, c);
	return pair != NULL && (pair - pairs) % 2 == 0 ? pair[1] : c;
}

static int
parse_modifiers(struct slice letters, unsigned *flags_r, struct err *e)
{
	*flags_r = 0;
	for (size_t i = 0; i < letters.n; i++) {
		size_t m = 0, n = sizeof(modifiers) / sizeof(modifiers[0]);

		while (m < n && modifiers[m].letter != letters.p[i])
			m++;
		if (m == n)
			return err_set(e, ERR_CONFIG, "unknown modifier '%c' "
			    "after the regex: there are i, m, s and x",
			    letters.p[i] < ' ' || letters.p[i] > '~' ? '?'
			    : letters.p[i]);
		*flags_r |= modifiers[m].flag;
	}
	return 0;
}

/* An unescaped c in s?  A backslash takes the next byte with it. */
static bool
has_unescaped(struct slice s, char c)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == c)
			return true;
	}
	return false;
}

/* Of the bracket delimiters only <> may not stand inside unescaped. */
static int
check_body(struct slice body, char close, struct err *e)
{
	if (slice_find(body, SLICE("(?{"), 0) >= 0 ||
	    slice_find(body, SLICE("(??{"), 0) >= 0)
		return err_set(e, ERR_CONFIG, "code in a regex is not run: "
		    "remove (?{…})");
	if (strchr("})]", close) == NULL && has_unescaped(body, close))
		return err_set(e, ERR_CONFIG, "the delimiter '%c' stands "
		    "inside the regex: write \\%c or use m{}", close, close);
	return 0;
}

int
rule_regex_parse(struct arena *a, struct slice text, struct rule_regex *re_r,
    struct err *e)
{
	struct slice body = slice_trim(text);
	char close = open_delimiter(&body);
	struct rule_regex re = { 0 };
	ptrdiff_t end;

	if (close == 0)
		return err_set(e, ERR_CONFIG, "a regex is written /…/ or "
		    "m{…}, with modifiers behind it");
	end = slice_rchr(body, close);
	if (end < 0)
		return err_set(e, ERR_CONFIG, "the regex has no closing '%c'",
		    close);
	if (parse_modifiers(slice_sub(body, (size_t)end + 1, body.n),
	    &re.flags, e) != 0)
		return -1;
	body = slice_sub(body, 0, (size_t)end);
	if (check_body(body, close, e) != 0)
		return -1;
	re.text = arena_slice(a, body);
	*re_r = re;
	return 0;
}

/* (?<NAME>…), (?P<NAME>…), (?'NAME'…) with a capital first. */
bool
regex_has_captures(struct slice s)
{
	for (ptrdiff_t at = slice_find(s, SLICE("(?"), 0); at >= 0;
	    at = slice_find(s, SLICE("(?"), (size_t)at + 2)) {
		size_t i = (size_t)at + 2;

		if (i < s.n && s.p[i] == 'P')
			i++;
		if (i + 1 < s.n && (s.p[i] == '<' || s.p[i] == '\'') &&
		    s.p[i + 1] >= 'A' && s.p[i + 1] <= 'Z')
			return true;
	}
	return false;
}

/* %{NAME} or %{NAME(args)}, not behind a backslash. */
bool
regex_needs_tags(struct slice s)
{
	for (ptrdiff_t at = slice_find(s, SLICE("%{"), 0); at >= 0;
	    at = slice_find(s, SLICE("%{"), (size_t)at + 2)) {
		size_t from = (size_t)at + 2, i = from;

		while (i < s.n && (ascii_isdigit((unsigned char)s.p[i]) ||
		    s.p[i] == '_' || (s.p[i] >= 'A' && s.p[i] <= 'Z')))
			i++;
		if (i == from || s.p[from] < 'A' || s.p[from] > 'Z' ||
		    (at > 0 && s.p[at - 1] == '\\'))
			continue;
		if (i < s.n && s.p[i] == '(')
			i = (size_t)slice_chr(s, ')', i) + 1;
		if (i > from && i < s.n && s.p[i] == '}')
			return true;
	}
	return false;
}

const char *
regex_always_matches(struct slice s)
{
	char before = 0;

	if (s.n == 0)
		return "it is empty";
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '|' && (i == 0 || i + 1 == s.n) &&
		    before != '\\')
			return "it begins or ends with '|'";
		if (s.p[i] == '|' && i + 1 < s.n && s.p[i + 1] == '|' &&
		    before != '\\')
			return "it contains '||'";
		before = s.p[i];
	}
	return NULL;
}

/*
 * PCRE2 stores a class as a 32-byte map, a literal in two bytes and a group in
 * about twelve, and writes a group down once more for each repetition.
 */
enum { COST_CLASS = 34, COST_GROUP = 12, COST_OTHER = 2 };
#define NEST_MAX 64
#define COST_MAX ((size_t)1 << 40)

struct estimate {
	size_t total;			/* of the group being read */
	size_t outside;			/* sum of outer */
	size_t outer[NEST_MAX];		/* totals of the groups around it */
	size_t depth;
	size_t last;			/* cost of the item just read */
};

/* {n}, {n,} or {n,m} at i; returns the factor and where it ends. */
static size_t
repeat_count(struct slice s, size_t *i)
{
	size_t at = *i + 1, n = 0, m = 0;

	while (at < s.n && ascii_isdigit((unsigned char)s.p[at]) && n < 70000)
		n = n * 10 + (size_t)(s.p[at++] - '0');
	m = n;
	if (at < s.n && s.p[at] == ',') {
		at++;
		m = 0;
		while (at < s.n && ascii_isdigit((unsigned char)s.p[at]) &&
		    m < 70000)
			m = m * 10 + (size_t)(s.p[at++] - '0');
		if (m == 0)
			m = n + 1;
	}
	if (at >= s.n || s.p[at] != '}')
		return 1;
	*i = at;
	return m == 0 ? 1 : m;
}

size_t
regex_skip_class(struct slice s, size_t i)
{
	size_t start = i + 1;
	const char *p;

	if (start < s.n && s.p[start] == '^')
		start++;
	/* mostly the next one, with no backslash before it */
	p = start + 1 < s.n ? memchr(s.p + start + 1, ']', s.n - start - 1) :
	    NULL;
	if (p != NULL && p[-1] != '\\')
		return (size_t)(p - s.p);
	for (i = start; i < s.n && (s.p[i] != ']' || i == start); i++) {
		if (s.p[i] == '\\')
			i++;
	}
	return i;
}

static bool
is_hex(unsigned char c)
{
	return ascii_isdigit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* The last byte of the escape at i: \xHH is one character. */
static size_t
skip_escape(struct slice s, size_t i)
{
	size_t digits = i + 1 < s.n && s.p[i + 1] == 'x' ? 2 : 0;

	i++;
	while (digits-- > 0 && i + 1 < s.n &&
	    is_hex((unsigned char)s.p[i + 1]))
		i++;
	return i;
}

/* [a] and [\xe9] are stored as the character. */
static size_t
class_cost(struct slice s, size_t from, size_t end)
{
	size_t i = from + 1;

	if (end - from > sizeof("[\\xe9") - 1)
		return COST_CLASS;
	if (i < end && s.p[i] == '\\')
		i = skip_escape(s, i);
	return i + 1 == end && s.p[from + 1] != '^' ? COST_OTHER : COST_CLASS;
}

static void
add_item(struct estimate *est, size_t cost)
{
	est->last = cost;
	est->total += cost;
	if (est->total > COST_MAX)
		est->total = COST_MAX;
}

static void
close_group(struct estimate *est)
{
	size_t inside = est->total;

	if (est->depth == 0)
		return;
	est->total = est->outer[--est->depth];
	est->outside -= est->total;
	add_item(est, inside + COST_GROUP);
}

static void
open_group(struct estimate *est)
{
	est->outer[est->depth++] = est->total;
	est->outside += est->total;
	est->total = 0;
}

static void
repeat_item(struct estimate *est, size_t times)
{
	if (est->last != COST_CLASS)
		add_item(est, est->last * (times - 1));
}

size_t
regex_estimate(struct slice s, size_t most)
{
	struct estimate est = { 0 };

	for (size_t i = 0; i < s.n && est.total + est.outside <= most; i++) {
		char c = s.p[i];

		if (c == '(' && est.depth < NEST_MAX) {
			open_group(&est);
		} else if (c == ')') {
			close_group(&est);
		} else if (c == '[') {
			size_t end = regex_skip_class(s, i);

			add_item(&est, class_cost(s, i, end));
			i = end;
		} else if (c == '{' && est.last > COST_OTHER) {
			repeat_item(&est, repeat_count(s, &i));
		} else {
			if (c == '\\')
				i = skip_escape(s, i);
			add_item(&est, COST_OTHER);
		}
	}
	while (est.depth > 0)
		close_group(&est);
	return est.total;
}
