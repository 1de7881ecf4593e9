/*
 * field_test.c - where a header block ends and what its fields are.
 */
#include "config.h"

#include "base/buf.h"
#include "base/limits.h"
#include "mail/mail.h"
#include "tests/tap/tap.h"

/* fields: "name=value;" of each, decoded; body: what is left. */
static const struct {
	const char *raw, *fields, *body;
	uint32_t defects;
} cases[] = {
	{ "A: 1\nB:2\n\nbody\n", "A=1;B=2;", "body\n", 0 },
	{ "A : 1\n folded\n\tmore\n\n", "A=1 folded more;", "", 0 },
	{ "\nbody\n", "", "body\n", 0 },
	{ "A: 1\n", "A=1;", "", DEFECT_NO_SEPARATOR },
	{ "A: 1", "A=1;", "", DEFECT_NO_SEPARATOR | DEFECT_NO_FINAL_EOL },
	{ "A: 1\n--b\nC: 2\n", "A=1;", "--b\nC: 2\n", DEFECT_NO_SEPARATOR },
	/* three lines that are no fields are swallowed, not the fourth */
	{ "x\ny\nz\nA: 1\n\nb", "A=1;", "b", DEFECT_NO_FINAL_EOL },
	{ "w\nx\ny\nA: 1\nz z\nb", "A=1;", "z z\nb",
	    DEFECT_NO_SEPARATOR | DEFECT_NO_FINAL_EOL },
	/* a bad line with a colon is a field nevertheless */
	{ "a b: 1\n\n", "a b=1;", "", 0 },
	{ ": 1\n\n", "=1;", "", 0 },
	{ " A: 1\n\n", " A=1;", "", 0 },
	{ "From a@b Mon\nA: 1\n\n", "A=1;", "", 0 },
	{ "From : a\nA: 1\n\n", "From=a;A=1;", "", 0 },
	{ " 8-Jan-2020 10:00:00 +0000,12;000000000000-00000001\nA: 1\n\n",
	    "A=1;", "", 0 },
	{ "A: 1\r\nB: 2\r\n\r\nx\r\n", "A=1;B=2;", "x\r\n", 0 },
	/* LF mode: a CR LF line is no blank line */
	{ "A: 1\n\r\nB: 2\n\nb\n", "A=1;B=2;", "b\n", DEFECT_MIXED_EOL },
	/* CRLF mode: a bare LF ends lines too */
	{ "A: 1\r\nB: 2\n\nb\n", "A=1;B=2;", "b\n", DEFECT_MIXED_EOL },
	{ "", "", "", DEFECT_EMPTY },
	{ "\n", "", "", 0 },
	{ "A: \r\n\r\n", "A=;", "", 0 },
	{ "A: a\rb\n\n", "A=a\rb;", "", DEFECT_LONE_CR },
};

static struct slice
list_fields(struct mail *m)
{
	struct buf b;

	buf_init(&b, m->arena);
	for (size_t i = 0; i < m->root->header.fields.n; i++) {
		const struct mail_field *f = &m->root->header.fields.v[i];

		buf_add_slice(&b, f->name);
		buf_addc(&b, '=');
		buf_add_slice(&b, mail_field_decoded(m->arena, f));
		buf_addc(&b, ';');
	}
	return buf_slice(&b);
}

static void
test_blocks(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *a = arena_new();
		struct mail *m = mail_parse(a, slice_cstr(cases[i].raw));

		is_cstr(list_fields(m), cases[i].fields, "fields");
		is_cstr(m->pristine_body, cases[i].body, "  body");
		is_int(m->defects, cases[i].defects, "  defects");
		arena_free(&a);
	}
}

static void
test_lookup(void)
{
	struct arena *a = arena_new();
	struct mail *m = mail_parse(a,
	    SLICE("To: 1\nTO: 2\ncc: x\nto : 3\n\n"));
	const struct mail_header *h = &m->root->header;

	is_cstr(mail_field_nth(h, SLICE("tO"), 2)->raw, " 3\n",
	    "names fold case");
	is_cstr(mail_field_nth(h, SLICE("to"), 1)->raw, " 2\n", "second");
	is_cstr(mail_field_last(h, SLICE("to"))->raw, " 3\n", "last");
	ok(mail_field_nth(h, SLICE("to"), 3) == NULL, "no fourth");
	ok(mail_field_last(h, SLICE("t")) == NULL, "no prefix match");
	is_int(mail_field_last(h, SLICE("cc"))->offset, 12, "offset");
	is_int(mail_field_last(h, SLICE("cc"))->length, 6, "length");
	arena_free(&a);
}

/* name_n and value_n bytes as one field, after a short one. */
static struct mail *
parse_long(struct arena *a, size_t name_n, size_t value_n)
{
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, "A: 1\n");
	for (size_t i = 0; i < name_n; i++)
		buf_addc(&b, 'n');
	buf_addc(&b, ':');
	for (size_t i = 1; i < value_n; i++)
		buf_addc(&b, 'v');
	buf_adds(&b, "\n\n");
	return mail_parse(a, buf_slice(&b));
}

static void
test_cuts(void)
{
	static const struct {
		size_t name, value, kept_name, kept_value;
		bool cut;
	} sizes[] = {
		{ 256, 8192, 256, 8192, false },
		{ 257, 10, 256, 10, true },
		{ 10, 8193, 10, 8192, true },
	};

	for (size_t i = 0; i < 3; i++) {
		struct arena *a = arena_new();
		struct mail *m = parse_long(a, sizes[i].name, sizes[i].value);
		const struct mail_field *f = &m->root->header.fields.v[1];

		is_int(f->name.n, sizes[i].kept_name, "name cut");
		is_int(f->raw.n, sizes[i].kept_value, "value cut");
		is_int((m->defects & DEFECT_HEADER_CUT) != 0, sizes[i].cut,
		    "and flagged");
		arena_free(&a);
	}
}

/* All fields together, decoded and without X-Spam-*, over 64 KB. */
static void
test_total_length(void)
{
	for (int spam = 0; spam < 2; spam++) {
		struct arena *a = arena_new();
		struct mail *m;
		struct buf b;

		buf_init(&b, a);
		for (size_t i = 0; i < 10; i++)
			buf_addf(&b, "%s: %06999d\n", spam ? "X-Spam-A" :
			    "X-Other-A", 0);
		buf_adds(&b, "\n");
		m = mail_parse(a, buf_slice(&b));
		is_int((m->defects & DEFECT_HEADER_CUT) != 0, !spam,
		    spam ? "X-Spam-* do not count" : "all fields count");
		arena_free(&a);
	}
}

static void
test_too_many(void)
{
	struct arena *a = arena_new();
	struct mail *m;
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i <= LIMIT_FIELDS; i++)
		buf_adds(&b, "a:b\n");
	m = mail_parse(a, buf_slice(&b));
	is_int(m->root->header.fields.n, LIMIT_FIELDS, "fields are capped");
	ok(m->defects & DEFECT_TOO_MANY_FIELDS, "and flagged");
	is_int(m->pristine_header.n, b.n, "but the pristine header is whole");
	arena_free(&a);
}

/* CRLF mode mends bare LFs in the header, and in the line that ended it. */
static void
test_pristine(void)
{
	struct arena *a = arena_new();
	struct mail *m = mail_parse(a, SLICE("A: 1\r\nB: 2\n\r\nx\n"));

	ok(m->crlf, "first line decides for CRLF");
	is_cstr(m->pristine_header, "A: 1\r\nB: 2\r\n\r\n", "header mended");
	is_cstr(m->pristine_body, "x\n", "body as received");
	is_cstr(m->root->raw, "x\n", "text as received");
	is_int(m->header_length, 11, "length counts received bytes");
	is_int(m->body_offset, 13, "body offset too");
	m = mail_parse(a, SLICE("A: 1\r\n--b\nx\n"));
	is_cstr(m->pristine_body, "--b\r\nx\n", "first body line mended");
	m = mail_parse(a, SLICE("A: 1\n\nx\r\ny"));
	ok(!m->crlf, "no CRLF mode in between");
	is_cstr(m->root->raw, "x\r\ny", "then CRs stay");
	arena_free(&a);
}

int
main(void)
{
	test_blocks();
	test_lookup();
	test_cuts();
	test_total_length();
	test_too_many();
	test_pristine();
	return tap_done();
}
