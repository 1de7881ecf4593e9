/*
 * json_test - what is JSON, what is not, and what a value says.
 */
#include "config.h"

#include "base/json.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "tests/tap/tap.h"

/* Members as "key=kind:raw;". */
static bool
show(struct slice key, const struct json_value *v, void *arg)
{
	static const char kinds[] = "0bnsao";

	buf_addf(arg, "%.*s=%c:%.*s;", SLICE_FMT(key), kinds[v->kind],
	    SLICE_FMT(v->raw));
	return true;
}

static bool
stop(struct slice key, const struct json_value *v, void *arg)
{
	return false;
}

static void
test_walk(void)
{
	static const struct { const char *text, *shown; } good[] = {
		{ "{}", "" }, { "[]", "" }, { " [ ] ", "" },
		{ "{\"a\":1}", "a=n:1;" },
		{ " { \"a\" : -0.5e+10 , \"b\" : null } ",
		    "a=n:-0.5e+10;b=0:null;" },
		{ "[true,false,\"x\\\"y\"]",
		    "=b:true;=b:false;=s:\"x\\\"y\";" },
		{ "{\"a\":[1,[2,{\"b\":[]}]],\"c\":{\"d\":{}}}",
		    "a=a:[1,[2,{\"b\":[]}]];c=o:{\"d\":{}};" },
		{ "[[],{},[[]]]", "=a:[];=o:{};=a:[[]];" },
		{ "[0,0.0,1E9]", "=n:0;=n:0.0;=n:1E9;" },
		{ "[[1 , 2 ] ,{\"a\" : 1 ,\"b\": 2}]",
		    "=a:[1 , 2 ];=o:{\"a\" : 1 ,\"b\": 2};" },
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		struct buf b;

		buf_init(&b, NULL);
		is_int(json_each(slice_cstr(good[i].text), show, &b), 0,
		    good[i].text);
		is_slice(buf_slice(&b), slice_cstr(good[i].shown),
		    good[i].shown);
		buf_free(&b);
	}
}

static void
test_what_is_none(void)
{
	static const char *const bad[] = { "", " ", "1", "\"a\"", "{", "[",
		"}", "{]", "[}", "[1,]", "{\"a\":1,}", "{,}", "[,]", "{a:1}",
		"{\"a\"}", "{\"a\":}", "{\"a\" 1}", "[1 2]", "[01]", "[1.]",
		"[.5]", "[-]", "[+1]", "[1e]", "[nul]", "[True]", "[\"]",
		"[\"\\x\"]", "[\"\\u12g4\"]", "[\"\\u12\"]", "[\"a\nb\"]",
		"{} x", "[]]", "[[1,]]", "[[1}]", "[{\"a\":1]]", "[{1:2}]",
		"[{\"a\":{\"b\"}}]", "[1]//c", "{\"a\":1 \"b\":2}" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct buf b;

		buf_init(&b, NULL);
		is_int(json_each(slice_cstr(bad[i]), show, &b), -1, bad[i]);
		buf_free(&b);
	}
	is_int(json_each(SLICE("[1]"), stop, NULL), -1, "fn stops it");
	is_int(json_each(slice_make("[\"a\0b\"]", 7), stop, NULL), -1,
	    "a NUL is a control character");
}

static void
test_depth(void)
{
	char text[200000];
	unsigned fits = LIMIT_JSON_DEPTH + 1;	/* the outermost is its own */
	struct buf b;

	buf_init(&b, NULL);
	memset(text, '[', fits);
	memset(text + fits, ']', fits);
	is_int(json_each(slice_make(text, 2 * fits), show, &b), 0,
	    "as deep as is allowed");
	memset(text, '[', sizeof(text));
	is_int(json_each(slice_make(text, sizeof(text)), show, &b), -1,
	    "200000 brackets");
	buf_free(&b);
}

static bool
take(struct slice key, const struct json_value *v, void *arg)
{
	*(struct json_value *)arg = *v;
	return true;
}

static void
test_strings(void)
{
	static const struct { const char *text; struct slice is; } cases[] = {
		{ "[\"\"]", SLICE("") }, { "[\"abc\"]", SLICE("abc") },
		{ "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]",
		    SLICE("\"\\/\b\f\n\r\t") },
		{ "[\"\\u0041\\u00e9\\u20AC\"]",
		    SLICE("A\xc3\xa9\xe2\x82\xac") },
		{ "[\"\\ud83d\\ude00\"]", SLICE("\xf0\x9f\x98\x80") },
		{ "[\"\\ud83d\"]", SLICE("\xef\xbf\xbd") },
		{ "[\"\\ude00x\"]", SLICE("\xef\xbf\xbdx") },
		{ "[\"\\ud83d\\u0041\"]", SLICE("\xef\xbf\xbd" "A") },
		{ "[\"a\\u0000b\"]", SLICE("a\0b") },
		{ "[\"\xff\"]", SLICE("\xff") },
	};
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct json_value v = { JSON_NULL, { NULL, 0 } };
		struct slice s = { NULL, 0 };

		json_each(slice_cstr(cases[i].text), take, &v);
		is_int(json_string(a, &v, &s), 0, cases[i].text);
		is_slice(s, cases[i].is, "means");
	}
	arena_free(&a);
}

static void
test_kinds(void)
{
	struct arena *a = arena_new();
	struct json_value v;
	struct slice s;
	double d = 0;

	json_each(SLICE("[-12.5e1]"), take, &v);
	is_int(json_number(&v, &d), 0, "a number");
	is_num(d, -125, "and its value");
	is_int(json_string(a, &v, &s), -1, "is no string");
	json_each(SLICE("[1e999]"), take, &v);
	is_int(json_number(&v, &d), -1, "too large a number is none");
	json_each(SLICE("[\"1\"]"), take, &v);
	is_int(json_number(&v, &d), -1, "nor is a string");
	arena_free(&a);
}

int
main(void)
{
	test_walk();
	test_what_is_none();
	test_depth();
	test_strings();
	test_kinds();
	return tap_done();
}
