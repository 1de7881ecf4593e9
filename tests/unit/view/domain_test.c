/*
 * domain_test - registered domains by the built-in list and by tables,
 * valid TLDs and host names, names in other scripts.
 */
#include "config.h"

#include "view/uri.h"

#include "tests/tap/tap.h"

struct pair {
	const char *in, *want;
};

static void
check_registered(const struct view_domains *d, const struct pair *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		is_cstr(view_domain_registered(d, slice_cstr(v[i].in)),
		    v[i].want, v[i].in);
	}
}

#define CHECK_REGISTERED(d, v) \
	check_registered((d), (v), sizeof(v) / sizeof((v)[0]))

/* Only the registries' part of the list: a customer of a hosting company has
 * no domain of its own there. */
static void
test_built_in_list(void)
{
	static const struct pair cases[] = {
		{ "www.example.com", "example.com" },
		{ "example.com", "example.com" },
		{ "a.b.c.example.co.uk", "example.co.uk" },
		{ "co.uk", "co.uk" }, { "com", "" }, { "", "" }, { ".", "" },
		{ "WWW.Example.ORG", "Example.ORG" },
		{ "www.example.com.", "example.com" },
		{ "x.blogspot.com", "blogspot.com" },
		{ "a.b.invalidtld", "b.invalidtld" },
		{ "192.0.2.1", "192.0.2.1" }, { "[::1]", "[::1]" },
		{ "a.b.kobe.jp", "a.b.kobe.jp" },
		{ "x.city.kobe.jp", "city.kobe.jp" },
	};
	struct arena *a = arena_new();

	CHECK_REGISTERED(view_domains_new(a), cases);
	CHECK_REGISTERED(NULL, cases);
	arena_free(&a);
}

static struct view_domains *
small_tables(struct arena *a)
{
	struct view_domains *d = view_domains_new(a);

	view_domains_add(d, 1, SLICE("com"));
	view_domains_add(d, 1, SLICE("us"));
	view_domains_add(d, 1, SLICE("TEST"));
	view_domains_add(d, 2, SLICE("co.test"));
	view_domains_add(d, 3, SLICE("deep.co.test"));
	view_domains_add(d, 4, SLICE("nonsense"));
	return d;
}

static void
test_tables(void)
{
	static const struct pair cases[] = {
		{ "a.b.example.com", "example.com" },
		{ "a.b.CO.test", "b.CO.test" }, { "co.test", "co.test" },
		{ "a.b.deep.co.test", "b.deep.co.test" },
		{ "x.deep.co.test", "x.deep.co.test" },
		/* not in these tables, although a registry's */
		{ "a.b.co.uk", "co.uk" },
		/* RFC 1480 */
		{ "a.b.ca.us", "a.b.ca.us" },
		{ "z.a.b.ca.us", "a.b.ca.us" },
		{ "x.ci.los-angeles.ca.us", "x.ci.los-angeles.ca.us" },
		{ "www.x.pvt.k12.ca.us", "x.pvt.k12.ca.us" },
		{ "www.x.pvt.k13.ca.us", "pvt.k13.ca.us" },
		{ "a.b.zz.us", "zz.us" },
	};
	struct arena *a = arena_new();
	struct view_domains *d = small_tables(a);

	CHECK_REGISTERED(d, cases);
	ok(view_domain_valid(d, SLICE("x.test")), "its own TLD");
	ok(!view_domain_valid(d, SLICE("x.org")), "the list is not asked");
	view_domains_clear(d);
	ok(view_domain_valid(d, SLICE("x.org")), "cleared: the list again");
	ok(!view_domain_valid(d, SLICE("x.invalidtld")), "and only the list");
	arena_free(&a);
}

static void
test_valid(void)
{
	static const struct {
		const char *host;
		bool tld, name;
	} cases[] = {
		{ "example.com", true, true }, { "com", false, false },
		{ "", false, false }, { ".", false, false },
		{ ".com", true, false }, { "example.com.", false, true },
		{ "a b.com", false, false }, { "a..com", true, false },
		{ "-a.com", true, false }, { "a-.com", true, false },
		{ "a-b.com", true, true }, { "_x._y.a.com", true, true },
		{ "x_y.com", true, false }, { "a.c_m", false, false },
		{ "example.xn--p1ai", true, true },
		/* no row for the TLD itself: "co.za", "*.ck" */
		{ "x.co.za", true, true }, { "x.co.ck", true, true },
		{ "x.co.ZA", true, true }, { "x.co.zap", false, true },
		{ "costs 12.50", false, false }, { "12.50", false, true },
		{ "\xff.com", true, false }, { "a.b.c.d.e.f", false, true },
	};
	struct arena *a = arena_new();
	struct view_domains *d = view_domains_new(a);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct slice s = slice_cstr(cases[i].host);

		ok(view_domain_valid(d, s) == cases[i].tld, "TLD of '%s'",
		    cases[i].host);
		ok(view_host_valid(s) == cases[i].name, "name '%s'",
		    cases[i].host);
	}
	arena_free(&a);
}

static void
test_long_names(void)
{
	struct arena *a = arena_new();
	struct view_domains *d = view_domains_new(a);
	size_t n = 1024 * 1024;
	char *p = arena_alloc(a, n);

	for (size_t i = 0; i < n; i++) {
		p[i] = i % 2 ? '.' : 'a';
	}
	memcpy(p + n - 3, "com", 3);
	ok(!view_host_valid(slice_make(p, n)), "a name of 1 MB is none");
	is_int(view_domain_registered(d, slice_make(p, n)).n, 0,
	    "nor has it a domain");
	ok(view_host_valid(slice_make(p + n - 252, 252)), "252 bytes are one");
	memset(p, 'a', n);
	memcpy(p + n - 4, ".com", 4);
	ok(view_host_valid(slice_make(p + n - 67, 67)), "a label of 63");
	ok(!view_host_valid(slice_make(p + n - 68, 68)), "a label of 64");
	ok(!view_domain_valid(d, slice_make(p, n - 4)), "a TLD of 1 MB");
	arena_free(&a);
}

/* RFC 3492 7.1 has the examples of whole labels. */
static void
test_ascii(void)
{
	static const struct pair cases[] = {
		{ "Example.COM", "example.com" },
		{ "b\xc3\xbc" "cher.example", "xn--bcher-kva.example" },
		{ "B\xc3\x9c" "CHER.example", "xn--bcher-kva.example" },
		{ "b\xfc" "cher.example", "xn--bcher-kva.example" },
		{ "\xd0\xbf\xd1\x80\xd0\xb8\xd0\xbc\xd0\xb5\xd1\x80.com",
		    "xn--e1afmkfd.com" },
		{ "\xe4\xbb\x96\xe4\xbb\xac\xe4\xb8\xba\xe4\xbb\x80\xe4\xb9"
		    "\x88\xe4\xb8\x8d\xe8\xaf\xb4\xe4\xb8\xad\xe6\x96\x87",
		    "xn--ihqwcrb4cv8a8dqg056pqjye" },
		{ "\xe3\x81\x9d\xe3\x81\xae\xe3\x82\xb9\xe3\x83\x94\xe3\x83"
		    "\xbc\xe3\x83\x89\xe3\x81\xa7",
		    "xn--d9juau41awczczp" },
		{ "a\xe3\x80\x82" "b\xef\xbc\x8e" "com", "a.b.com" },
		{ "\xff\xfe.com", "\xff\xfe.com" },
		{ "a\xf7.com", "a\xf7.com" }, { "", "" },
	};
	struct arena *a = arena_new();
	struct slice nul = { "\xc3\xbc\0x", 4 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		is_cstr(view_domain_ascii(a, slice_cstr(cases[i].in)),
		    cases[i].want, cases[i].want);
	}
	ok(view_domain_ascii(a, nul).n > 0, "a NUL inside");
	arena_free(&a);
}

/* Labels that have no ASCII form are left alone, quickly. */
static void
test_ascii_long(void)
{
	struct arena *a = arena_new();
	size_t n = 2 * 1024 * 1024;
	char *p = arena_alloc(a, n);
	struct slice s = slice_make(p, n);

	for (size_t i = 0; i < n; i += 2) {
		memcpy(p + i, "\xc3\xbc", 2);
	}
	is_slice(view_domain_ascii(a, s), s, "a label of a million umlauts");
	arena_free(&a);
}

int
main(void)
{
	test_built_in_list();
	test_tables();
	test_valid();
	test_long_names();
	test_ascii();
	test_ascii_long();
	return tap_done();
}
