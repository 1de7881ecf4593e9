/*
 * lex_test - lines, comments, keys; and what is no text at all.
 */
#include "config.h"

#include "tests/unit/rule/rules.h"

static void
test_lines(void)
{
	static const struct {
		const char *text, *key, *value;
		unsigned key_col, value_col;
	} t[] = {
		{ "body X /a/", "body", "X /a/", 1, 6 },
		{ "\t BODY  X\t/a/ \r\n", "body", "X\t/a/", 3, 9 },
		{ "Trusted-Networks 10/8", "trusted_networks", "10/8", 1, 18 },
		{ "body X /a#b/", "body", "X /a", 1, 6 },
		{ "body X /a\\#b/ # c", "body", "X /a#b/", 1, 6 },
		{ "body X /\\#\\#/", "body", "X /##/", 1, 6 },
		{ "body X /a\\\\#/", "body", "X /a\\#/", 1, 6 },
		{ "# only\n\n   \n#\nendif", "endif", "", 1, 1 },
		{ "\\# x", "#", "x", 1, 3 },
		{ "body\x0bX", "body", "X", 1, 6 },
	};
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct lex_line line;
		struct lex x;

		lex_start(&x, slice_cstr(t[i].text));
		is_int(lex_next(&x, a, &line), LEX_LINE, t[i].text);
		is_cstr(line.key, t[i].key, "key");
		is_cstr(line.value, t[i].value, "value");
		is_int(line.key_col, t[i].key_col, "column of the key");
		is_int(line.value_col, t[i].value_col,
		    "column of the value");
		is_int(lex_next(&x, a, &line), LEX_END, "and no more");
	}
	arena_free(&a);
}

static void
test_numbers(void)
{
	struct arena *a = arena_new();
	struct lex_line line;
	struct lex x;

	lex_start(&x, SLICE("\n# c\na 1\n\nb 2"));
	lex_next(&x, a, &line);
	is_int(x.line, 3, "lines are counted");
	lex_next(&x, a, &line);
	is_int(x.line, 5, "also the last one without a newline");
	is_int(lex_next(&x, a, &line), LEX_END, "end");
	is_int(lex_next(&x, a, &line), LEX_END, "end again");
	lex_start(&x, (struct slice){ 0 });
	is_int(lex_next(&x, a, &line), LEX_END, "no text");
	arena_free(&a);
}

static void
test_not_text(void)
{
	struct arena *a = arena_new();
	size_t n = LIMIT_RULE_LINE + 10;
	char *big = mem_alloc(n + 3);
	struct lex_line line;
	struct lex x;

	memset(big, 'a', n);
	memcpy(big + n, "\nb\0", 3);
	lex_start(&x, slice_make(big, n + 3));
	is_int(lex_next(&x, a, &line), LEX_TOO_LONG, "a line too long");
	is_int(lex_next(&x, a, &line), LEX_BINARY, "a line with NUL");
	is_int(lex_next(&x, a, &line), LEX_END, "then the end");
	memset(big, '#', n);
	lex_start(&x, slice_make(big, LIMIT_RULE_LINE - 1));
	is_int(lex_next(&x, a, &line), LEX_END, "a megabyte of comment");
	for (size_t i = 0; i < n; i++)
		big[i] = i % 2 ? '#' : '\\';
	lex_start(&x, slice_make(big, LIMIT_RULE_LINE));
	is_int(lex_next(&x, a, &line), LEX_LINE, "a megabyte of escapes");
	is_int(line.key.n, LIMIT_RULE_LINE / 2, "each becomes one byte");
	mem_free(big);
	arena_free(&a);
}

int
main(void)
{
	test_lines();
	test_numbers();
	test_not_text();
	return tap_done();
}
