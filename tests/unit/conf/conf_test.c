/*
 * conf_test - settings: every type, its edges, and who may change what.
 */
#include "config.h"

#include "tests/tap/tap.h"

#include "base/mem.h"
#include "conf/conf.h"
#include "conf/nearest.h"

static const struct setting rows[] = {
	{ "t_bool", SETTING_BOOL, "0", 0, 0, "" },
	{ "t_int", SETTING_INT, "7", 1, 100, "" },
	{ "t_num", SETTING_NUM, "0.5", 0, 0, "" },
	{ "t_time", SETTING_TIME, "90", 1, 86400, "" },
	{ "t_text", SETTING_TEXT, "some words", 0, 0, "" },
	{ "t_list", SETTING_LIST, "a b", 0, 0, "" },
	{ "t_addrs", SETTING_ADDRS, NULL, 0, 0, "" },
	{ "t_lines", SETTING_LINES, "one line\ntwo\n", 0, 0, "" },
	{ "t_alias", SETTING_ALIAS, "t_int", 0, 0, "" },
	{ "t_alias2", SETTING_ALIAS, "t_alias", 0, 0, "" },
	{ "clear_t_list", SETTING_CLEAR, "t_list", 0, 0, "" },
	{ "un_t_list", SETTING_REMOVE, "t_list", 0, 0, "" },
	{ 0 }
};

static struct conf *
fresh(struct arena **a_r)
{
	struct conf *c;
	struct err e;

	*a_r = arena_new();
	c = conf_new(*a_r);
	if (conf_add_schema(c, rows, "test", &e) != 0)
		DIE("%s", e.text);
	return c;
}

static int
set(struct conf *c, const char *name, const char *value)
{
	struct err e = { 0 };
	struct origin o = { "x.cf", 3, 1 };
	int rc = conf_set(c, slice_cstr(name), slice_cstr(value), &o, &e);

	if (rc == -1)
		ok(e.text[0] != '\0', "%s '%s': says why", name, value);
	return rc;
}

static void
test_scalars(void)
{
	static const struct {
		const char *name, *value;
		int rc;
		double num;		/* afterwards */
	} t[] = {
		{ "t_bool", "yes", 0, 1 }, { "t_bool", "off", 0, 0 },
		{ "t_bool", "TRUE", 0, 1 }, { "t_bool", "2", -1, 1 },
		{ "t_bool", "", -1, 1 }, { "t_int", "100", 0, 100 },
		{ "t_int", "101", -1, 100 }, { "t_int", "1.5", -1, 100 },
		{ "t_int", "0x10", -1, 100 }, { "t_int", "", -1, 100 },
		{ "t_int", "99999999999999999999", -1, 100 },
		{ "T-Int", " 8 ", 0, 8 }, { "t_alias", "9", 0, 9 },
		{ "t_alias2", "10", 0, 10 }, { "t_num", "-2.25", 0, -2.25 },
		{ "t_num", "nan", -1, -2.25 }, { "t_num", "inf", -1, -2.25 },
		{ "t_num", "1e3", 0, 1000 }, { "t_num", "1 2", -1, 1000 },
		{ "t_time", "2m", 0, 120 }, { "t_time", "1d", 0, 86400 },
		{ "t_time", "1w", -1, 86400 }, { "t_time", "m", -1, 86400 },
		{ "t_time", "-5", -1, 86400 }, { "t_time", "0.5", -1, 86400 },
		{ "t_time", "1H", 0, 3600 }, { "t_time", "30", 0, 30 },
	};
	struct arena *a;
	struct conf *c = fresh(&a);

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		is_int(set(c, t[i].name, t[i].value), t[i].rc, t[i].value);
		is_num(conf_num(c, strcmp(t[i].name, "T-Int") == 0 ? "t_int"
		    : t[i].name), t[i].num, t[i].name);
	}
	is_int(set(c, "no_such", "1"), 1, "an unknown name is not a setting");
	is_int(set(c, "", "1"), 1, "nor an empty one");
	arena_free(&a);
}

static void
test_defaults(void)
{
	struct arena *a;
	struct conf *c = fresh(&a);
	size_t n;

	is_num(conf_num(c, "required_score"), 5, "required_score");
	is_num(conf_num(c, "required_hits"), 5, "by its older name");
	is_int(conf_int(c, "t_int"), 7, "a plugin's default");
	is_cstr(conf_text(c, "t_text"), "some words", "text default");
	ok(!conf_is_set(c, "t_int"), "a default is not set");
	is_int(conf_origin(c, "t_int").line, 0, "and has line 0");
	set(c, "t_int", "8");
	ok(conf_is_set(c, "t_int"), "a line sets it");
	is_int(conf_origin(c, "t_int").line, 3, "with its origin");
	conf_list(c, "t_lines", &n);
	is_int(n, 2, "default lines are split");
	conf_list(c, "add_header", &n);
	is_int(n, 4, "default headers");
	arena_free(&a);
}

static void
set_at(struct conf *c, const char *name, const char *value, unsigned line)
{
	struct origin o = { "y.cf", line, 1 };

	is_int(conf_set(c, slice_cstr(name), slice_cstr(value), &o, NULL), 0,
	    value);
}

/* An error in one of many lines is told of that line. */
static void
test_line_origins(void)
{
	struct arena *a;
	struct conf *c = fresh(&a);

	set_at(c, "t_lines", "three", 7);
	set_at(c, "t_lines", "four", 9);
	is_int(conf_line_origin(c, "t_lines", 0).line, 0, "a default");
	is_int(conf_line_origin(c, "t_lines", 2).line, 7, "the first line");
	is_int(conf_line_origin(c, "t_lines", 3).line, 9, "the second");
	set_at(c, "t_lines", "", 10);
	set_at(c, "t_lines", "five", 11);
	is_int(conf_line_origin(c, "t_lines", 0).line, 11, "after emptying");
	arena_free(&a);
}

/* One bad word, and none of the line is taken. */
static void
test_checked_words(void)
{
	struct arena *a;
	struct conf *c = fresh(&a);

	is_int(set(c, "dns_server", "127.0.0.1 [::1]:53"), 0, "resolvers");
	is_int(set(c, "dns_server", "127.0.0.2 localhost"), -1, "a name");
	is_cstr(conf_shown(c, "dns_server", a), "127.0.0.1 [::1]:53",
	    "as it was");
	is_int(set(c, "clear_dns_servers", ""), 0, "emptied");
	is_cstr(conf_shown(c, "dns_server", a), "", "nothing left");
	is_int(set(c, "known_good_host", "192.0.2.1 Mx.example.org"), 0,
	    "hosts");
	is_int(set(c, "known_good_host", "192.0.2.0/24"), -1, "a network");
	is_int(set(c, "known_good_host", "a..b"), -1, "no name");
	is_cstr(conf_shown(c, "known_good_host", a),
	    "192.0.2.1 Mx.example.org", "as it was");
	arena_free(&a);
}

static void
test_lists(void)
{
	struct arena *a;
	struct conf *c = fresh(&a);
	size_t n;

	set(c, "t_list", "c  d\te");
	is_cstr(conf_shown(c, "t_list", a), "a b c d e", "lists append");
	is_int(set(c, "un_t_list", "B d nothing"), 0, "removing words");
	is_cstr(conf_shown(c, "t_list", a), "a c e", "they are gone");
	is_int(set(c, "un_t_list", ""), -1, "removing nothing is a mistake");
	is_int(set(c, "clear_t_list", "x"), -1, "clearing takes no value");
	is_int(set(c, "clear_t_list", ""), 0, "clear");
	conf_list(c, "t_list", &n);
	is_int(n, 0, "emptied");
	set(c, "t_list", "z");
	set(c, "t_list", "");
	conf_list(c, "t_list", &n);
	is_int(n, 0, "an empty value empties, too");
	set(c, "t_addrs", "*@Example.COM  Foo@bar");
	is_cstr(conf_shown(c, "t_addrs", a), "*@example.com foo@bar",
	    "addresses are lower-cased");
	set(c, "t_lines", "zone  0.5");
	is_cstr(conf_list(c, "t_lines", &n)[2], "zone  0.5", "lines are kept");
	arena_free(&a);
}

static void
test_networks(void)
{
	struct arena *a;
	struct conf *c = fresh(&a);
	struct ip ip;
	size_t n;

	is_int(set(c, "trusted_networks", "!192.0.2.1 192.0.2/24 ::1"), 0,
	    "networks");
	ok(ip_parse(SLICE("192.0.2.7"), &ip) == 0 &&
	    ip_set_has(conf_nets(c, "trusted_networks"), &ip), "inside");
	ok(ip_parse(SLICE("192.0.2.1"), &ip) == 0 &&
	    !ip_set_has(conf_nets(c, "trusted_networks"), &ip), "excluded");
	is_int(set(c, "trusted_networks", "10/8 rubbish"), -1, "one bad word");
	ok(ip_parse(SLICE("10.1.1.1"), &ip) == 0 &&
	    !ip_set_has(conf_nets(c, "trusted_networks"), &ip),
	    "then none of the line is taken");
	conf_list(c, "trusted_networks", &n);
	is_int(n, 3, "as words");
	set(c, "clear_trusted_networks", "");
	ok(ip_parse(SLICE("192.0.2.7"), &ip) == 0 &&
	    !ip_set_has(conf_nets(c, "trusted_networks"), &ip), "cleared");
	ok(!conf_is_set(c, "trusted_networks"), "and not set any more");
	arena_free(&a);
}

static void
test_templates(void)
{
	struct arena *a;
	struct conf *c = fresh(&a);

	set(c, "report", "first");
	set(c, "report", "");
	set(c, "report", "\"  quoted  \"");
	is_cstr(conf_text(c, "report"), "first\n\n  quoted  \n",
	    "lines of a template");
	set(c, "clear_report_template", "");
	set(c, "report", "again");
	is_cstr(conf_text(c, "report"), "again\n", "cleared");
	arena_free(&a);
}

static void
test_headers(void)
{
	struct arena *a;
	struct conf *c = fresh(&a);

	set(c, "clear_headers", "");
	is_cstr(conf_shown(c, "add_header", a),
	    "all Checker-Version tare _VERSION_ on _HOSTNAME_",
	    "none left but the checker's");
	set(c, "remove_header", "all Checker-Version");
	is_cstr(conf_shown(c, "add_header", a),
	    "all Checker-Version tare _VERSION_ on _HOSTNAME_",
	    "which cannot be removed");
	set(c, "remove_header", "all checker-version");
	is_cstr(conf_shown(c, "add_header", a), "",
	    "but as SpamAssassin can: in small letters");
	set(c, "add_header", "all A one");
	set(c, "add_header", "spam B \"two three\"");
	is_cstr(conf_shown(c, "add_header", a), "all A one\nspam B two three",
	    "added in order");
	set(c, "add_header", "SPAM a uno");
	is_cstr(conf_shown(c, "add_header", a),
	    "ham A one\nspam B two three\nspam a uno",
	    "one class replaced, the other kept");
	set(c, "remove_header", "all A");
	is_cstr(conf_shown(c, "add_header", a), "spam B two three",
	    "removed from both");
	set(c, "add_header", "all A back");
	is_cstr(conf_shown(c, "add_header", a),
	    "spam B two three\nall A back", "order of lines counts");
	is_int(set(c, "add_header", "some A x"), -1, "a bad class");
	is_int(set(c, "add_header", "all A: x"), -1, "a bad name");
	is_int(set(c, "add_header", "all"), -1, "no name");
	is_int(set(c, "remove_header", "all B"), 0, "remove_header");
	for (int i = 0; i < 300; i++) {
		struct err e;
		char *line = arena_printf(a, "all N%d x", i);

		conf_set(c, SLICE("add_header"), slice_cstr(line), NULL, &e);
	}
	{
		size_t n;

		conf_list(c, "add_header", &n);
		is_int(n, 200, "their number is bounded");
	}
	arena_free(&a);
}

/* The header X-Spam-Report comes and goes with lines of both kinds. */
static void
test_report_safe(void)
{
	struct arena *a;
	struct conf *c = fresh(&a);

	set(c, "clear_headers", "");
	set(c, "add_header", "all Checker-Version x");
	is_int(conf_int(c, "report_safe"), 1, "the default");
	is_int(set(c, "report_safe", "0"), 0, "report_safe 0");
	is_int(conf_int(c, "report_safe"), 0, "is set");
	set(c, "report_safe", "0");
	is_cstr(conf_shown(c, "add_header", a),
	    "all Checker-Version x\nspam Report _REPORT_", "and adds once");
	set(c, "remove_header", "spam Report");
	is_cstr(conf_shown(c, "add_header", a), "all Checker-Version x",
	    "removed after it");
	set(c, "add_header", "all Report mine");
	set(c, "report_safe", "0");
	is_cstr(conf_shown(c, "add_header", a),
	    "all Checker-Version x\nall Report mine", "one's own stays");
	is_int(set(c, "report_safe", "3"), -1, "3 is none");
	is_int(conf_int(c, "report_safe"), 0, "and leaves the value");
	arena_free(&a);
}

static void
test_rewrite_header(void)
{
	struct arena *a;
	struct conf *c = fresh(&a);

	is_int(set(c, "rewrite_header", "SUBJECT  [a]  (b)"), 0, "subject");
	is_int(set(c, "rewrite_header", "from (x) y"), 0, "from");
	is_cstr(conf_shown(c, "rewrite_header", a),
	    "Subject [a]  (b)\nFrom (x) y", "a line each");
	set(c, "rewrite_header", "subject other");
	is_cstr(conf_shown(c, "rewrite_header", a),
	    "From (x) y\nSubject other", "the last line wins");
	set(c, "rewrite_header", "from");
	is_cstr(conf_shown(c, "rewrite_header", a), "Subject other",
	    "no text: no rewriting");
	is_int(set(c, "rewrite_header", "Cc x"), -1, "only three fields");
	arena_free(&a);
}

static void
test_schema(void)
{
	static const struct setting same[] = {
		{ "t_int", SETTING_INT, "3", 0, 0, "" }, { 0 } };
	static const struct setting other[] = {
		{ "t_int", SETTING_TEXT, "", 0, 0, "" }, { 0 } };
	static const struct setting taken[] = {
		{ "use_bayes", SETTING_BOOL, "1", 0, 0, "" }, { 0 } };
	static const struct setting nowhere[] = {
		{ "t_q", SETTING_ALIAS, "t_none", 0, 0, "" }, { 0 } };
	static const struct setting circle[] = {
		{ "t_x", SETTING_ALIAS, "t_y", 0, 0, "" },
		{ "t_y", SETTING_ALIAS, "t_x", 0, 0, "" }, { 0 } };
	static const struct setting wrong[] = {
		{ "t_w", SETTING_INT, "many", 0, 0, "" }, { 0 } };
	struct arena *a;
	struct conf *c = fresh(&a);
	struct err e;
	const char *owner = "";

	is_int(conf_add_schema(c, same, "b", &e), 0, "same type twice");
	is_int(conf_int(c, "t_int"), 7, "the first stays");
	is_int(conf_add_schema(c, other, "b", &e), -1, "another type");
	is_int(set(c, "use_bayes", "1"), 0, "ignored settings are accepted");
	is_int(conf_find(c, SLICE("use_bayes"))->type, SETTING_IGNORED,
	    "and say so");
	is_int(conf_add_schema(c, taken, "b", &e), 0, "a plugin takes it");
	ok(conf_bool(c, "use_bayes"), "and it has a value");
	is_int(conf_add_schema(c, nowhere, "b", &e), -1, "alias of nothing");
	is_int(conf_add_schema(c, circle, "b", &e), -1, "alias of itself");
	is_int(conf_add_schema(c, wrong, "b", &e), -1, "a bad default");
	for (size_t i = 0; conf_row(c, i, &owner) != NULL; i++) {
		const struct setting *r = conf_row(c, i, &owner);

		if (r->help == NULL || (r->help[0] == '\0' &&
		    strcmp(owner, "core") == 0))
			ok(false, "%s has no help", r->name);
	}
	is_str(owner, "b", "rows know their owner");
	arena_free(&a);
}

static void
test_nearest(void)
{
	static const struct {
		const char *word, *want;
	} t[] = {
		{ "requierd_score", "required_score" },
		{ "Required-Scor", "required_score" },
		{ "trusted_network", "trusted_networks" },
		{ "xyzzy", NULL }, { "", NULL }, { "ab", NULL },
		{ "a_name_that_is_far_too_long_to_be_compared_with_anything_"
		    "whatsoever_really", NULL },
	};
	struct arena *a;
	struct conf *c = fresh(&a);
	struct nearest n;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		const char *got = conf_nearest(c, slice_cstr(t[i].word));

		ok(t[i].want == NULL ? got == NULL
		    : got != NULL && strcmp(got, t[i].want) == 0,
		    "nearest to '%s' is %s", t[i].word, got ? got : "none");
	}
	nearest_start(&n, SLICE("haeder"));
	nearest_try(&n, SLICE("header"));
	is_int(n.distance, 1, "neighbours swapped count once");
	arena_free(&a);
}

static void
test_hostile(void)
{
	struct arena *a;
	struct conf *c = fresh(&a);
	struct err e;
	size_t n = 1000000;
	char *big = mem_alloc(n);
	size_t count;

	for (size_t i = 0; i < n; i++)
		big[i] = i % 2 ? ' ' : (char)('a' + i % 13);
	is_int(conf_set(c, SLICE("t_list"), slice_make(big, n), NULL, &e), 0,
	    "a megabyte of words");
	is_int(conf_set(c, SLICE("un_t_list"), slice_make(big, n), NULL, &e),
	    0, "removed again");
	conf_list(c, "t_list", &count);
	is_int(count, 0, "quickly");
	is_int(conf_set(c, SLICE("t_int"), slice_make(big, n), NULL, &e), -1,
	    "a megabyte is no number");
	is_int(conf_set(c, slice_make(big, n), SLICE("1"), NULL, &e), 1,
	    "nor a name");
	memset(big, 0, 100);
	is_int(conf_set(c, SLICE("t_int"), slice_make(big, 100), NULL, &e),
	    -1, "NULs");
	is_int(conf_set(c, SLICE("t_text"), slice_make(big, 100), NULL, &e),
	    0, "NULs in text are kept");
	is_int(conf_text(c, "t_text").n, 100, "all of them");
	mem_free(big);
	arena_free(&a);
}

int
main(void)
{
	test_scalars();
	test_defaults();
	test_lists();
	test_line_origins();
	test_checked_words();
	test_networks();
	test_templates();
	test_headers();
	test_report_safe();
	test_rewrite_header();
	test_schema();
	test_nearest();
	test_hostile();
	return tap_done();
}
