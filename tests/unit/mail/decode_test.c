/*
 * decode_test.c - base64, quoted-printable and uuencode.
 */
#include "config.h"

#include "mail/mail.h"
#include "tests/tap/tap.h"

struct decode_case {
	const char *in, *out;
	bool bad;
};

static const struct decode_case base64_cases[] = {
	{ "", "", false },
	{ "YWJj", "abc", false },
	{ "YW Jj\r\n", "abc", false },
	{ "YWI=", "ab", false },
	{ "YQ==", "a", false },
	{ "YQ==YWI=", NULL, true },	/* clean: = is A */
	{ "YW-Jj", "abc", true },
	{ "YWJjZ", "abc", true },
	{ "YWJjZA", "abcd", true },
	{ "=", "", true },
	{ "Y", "", true },
};

static const struct decode_case qp_cases[] = {
	{ "", "", false },
	{ "a=20b", "a b", false },
	{ "=c3=A9", "\xc3\xa9", false },
	{ "a  \nb\t\r\nc ", "a\nb\r\nc ", false },
	{ "a=\nb=\r\nc", "abc", false },
	{ "a= \t\nb", "ab", false },
	{ "==\n41", "A", false },
	{ "=\r \nx", "x", false },
	{ "a=", "a=", true },
	{ "a=4", "a=4", true },
	{ "=4G", "=4G", true },
	{ "==41", "=A", true },
};

typedef struct slice decode_fn(struct arena *, struct slice, bool *);

static void
test_decoder(decode_fn *decode, const struct decode_case *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct arena *a = arena_new();
		bool bad = !c[i].bad;
		const char *out = c[i].out;
		struct slice got = decode(a, slice_cstr(c[i].in), &bad);

		/* one case has a NUL in it */
		if (slice_eq_cstr(slice_cstr(c[i].in), "YQ==YWI="))
			is_slice(got, SLICE("a\0\0\x61\x62"), "with a NUL");
		else
			is_cstr(got, out, arena_printf(a, "case %zu", i));
		ok(bad == c[i].bad, "  and damage is reported: %d", bad);
		arena_free(&a);
	}
}

#define BLOCK "begin 644 a b.txt\n#86)C\n`\nend\n"

static const struct {
	const char *in, *name, *bytes;
	size_t end;
} uu_cases[] = {
	{ BLOCK, "a b.txt", "abc", sizeof(BLOCK) - 1 },
	{ "text\n" BLOCK "more", "a b.txt", "abc", 5 + sizeof(BLOCK) - 1 },
	{ "begin 644 x\r\n#86)C\r\nend\r\n", "x", "abc", 25 },
	{ "begin 0755 x\n#86)C\n", "x", "abc", 19 },
	{ "begin 644 x\n\"86)C\nend", "x", "ab", 21 },
	{ "begin 644 x\n!80", "x", "a", 15 },
	{ "begin 644 x\nbegin 644 y\n!80", "y", "a", 27 },
	{ "begin 644 x\n", NULL, NULL, 0 },
	{ "begin 644 x\n`\nend\n", NULL, NULL, 0 },
	{ "begin 644\n!80\n", NULL, NULL, 0 },
	{ "begin 999 x\n!80\n", NULL, NULL, 0 },
	{ "begin 644 x\nlower case text\nend\n", NULL, NULL, 0 },
	{ " begin 644 x\n!80\n", NULL, NULL, 0 },
	{ "", NULL, NULL, 0 },
};

static void
test_uu(void)
{
	for (size_t i = 0; i < sizeof(uu_cases) / sizeof(uu_cases[0]); i++) {
		struct arena *a = arena_new();
		struct slice name, bytes;
		size_t end = 0;
		bool found = mail_decode_uu(a, slice_cstr(uu_cases[i].in),
		    &name, &bytes, &end);

		ok(found == (uu_cases[i].name != NULL), "uu %zu: found %d", i,
		    found);
		is_int(end, uu_cases[i].end, "  where it ends");
		if (found) {
			is_cstr(name, uu_cases[i].name, "  its name");
			is_cstr(bytes, uu_cases[i].bytes, "  its bytes");
		}
		arena_free(&a);
	}
}

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

int
main(void)
{
	test_decoder(mail_decode_base64, base64_cases, COUNT(base64_cases));
	test_decoder(mail_decode_qp, qp_cases, COUNT(qp_cases));
	test_uu();
	return tap_done();
}
