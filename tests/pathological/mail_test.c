/*
 * mail_test.c - mail that is made to hurt the parser.
 *
 * Each shape is parsed in two sizes, with all parts, fields, addresses and
 * dates looked at.  Time must grow like the size: the large run may take
 * RATIO_SLACK times its share, plus a little for what the clock cannot see.
 * Memory must stay under a fixed multiple of the message.  And the shape's
 * defect must be set.
 */
#include "config.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "mail/mail.h"
#include "tests/tap/tap.h"

#define RATIO_SLACK 2.0
#define CLOCK_SLACK 0.06	/* seconds */
#define MEMORY_FACTOR 8	/* times the message, plus … */
#define MEMORY_EXTRA (8u << 20)

struct shape {
	const char *name;
	void (*make)(struct buf *b, size_t size);
	size_t small, large;	/* what make is told */
	uint32_t defects;	/* must be set for large */
};

static void
fill(struct buf *b, const char *unit, size_t total)
{
	size_t n = strlen(unit);

	buf_reserve(b, total + n);
	for (size_t done = 0; done < total; done += n)
		buf_add(b, unit, n);
}

static void
text_lines(struct buf *b, size_t size)
{
	buf_adds(b, "Subject: big\n\n");
	fill(b, "The quick brown fox jumps over the lazy dog.\n", size);
	buf_addc(b, '\0');
}

static void
crlf_lines(struct buf *b, size_t size)
{
	buf_adds(b, "Subject: big\r\n\r\n");
	fill(b, "x\r\n", size);
	buf_adds(b, "bare\n.\r\n");
}

static void
blank_lines(struct buf *b, size_t size)
{
	buf_adds(b, "Subject: blank\n\n");
	fill(b, " \n\t\n\n", size);
	buf_addc(b, 'x');
}

static void
header_lines(struct buf *b, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_addf(b, "X-%zu: <a@example.org>\n", i);
	buf_adds(b, "\nbody\n");
}

static void
no_header_end(struct buf *b, size_t size)
{
	fill(b, "Name: value\n folded\n", size);
}

static void
nested(struct buf *b, size_t count)
{
	buf_adds(b, "Content-Type: multipart/mixed; boundary=b0\n\n");
	for (size_t i = 0; i < count; i++)
		buf_addf(b, "--b%zu\nContent-Type: multipart/mixed; "
		    "boundary=b%zu\n\n", i, i + 1);
}

static void
nested_messages(struct buf *b, size_t count)
{
	fill(b, "Content-Type: message/rfc822\n\n", count * 30);
}

/* Lines over the limit are broken again at every level. */
static void
nested_long_lines(struct buf *b, size_t size)
{
	nested(b, LIMIT_MIME_DEPTH + 1);
	fill(b, "xxxxxxxx", size);
}

static void
many_parts(struct buf *b, size_t count)
{
	buf_adds(b, "Content-Type: multipart/mixed; boundary=b\n\n");
	for (size_t i = 0; i < count; i++)
		buf_adds(b, "--b\nContent-Type: text/plain\n\nx\n");
	buf_adds(b, "--b--\n");
}

/* Every level would copy all that is in it. */
static void
nested_encoded(struct buf *b, size_t size)
{
	for (size_t i = 0; i < LIMIT_MIME_DEPTH + 1; i++)
		buf_adds(b, "Content-Type: message/rfc822\n"
		    "Content-Transfer-Encoding: quoted-printable\n\n");
	fill(b, "text\n", size);
}

static void
fields_in_parts(struct buf *b, size_t count)
{
	buf_adds(b, "Content-Type: multipart/mixed; boundary=b\n\n");
	for (size_t i = 0; i < count; i++) {
		buf_adds(b, "--b\n");
		fill(b, "a:\n", 9000);
		buf_adds(b, "\n");
	}
}

static void
near_boundaries(struct buf *b, size_t size)
{
	buf_adds(b, "Content-Type: multipart/mixed; boundary=\"");
	fill(b, "-", 1000);
	buf_adds(b, "x\"\n\n");
	for (size_t done = 0; done < size; done += 2000) {
		fill(b, "-", 1999);
		buf_addc(b, '\n');
	}
}

static void
one_line(struct buf *b, size_t size)
{
	buf_adds(b, "Subject: line\n\n");
	fill(b, "yyyyyyyyyyyyyyyy", size);
}

static void
one_header_line(struct buf *b, size_t size)
{
	buf_adds(b, "X");
	fill(b, "yyyyyyyyyyyyyyyy", size);
	buf_adds(b, ": v\n\n");
}

static void
lone_crs(struct buf *b, size_t size)
{
	buf_adds(b, "Subject: cr\n\n");
	fill(b, "\r\r\r\r", size);
}

static void
addresses(struct buf *b, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		buf_adds(b, "To: ");
		fill(b, i % 2 ? "<a@>>>>" : "<\"a\" <b@c.d> <", 7000);
		buf_addc(b, '\n');
	}
	buf_adds(b, "\n");
}

static void
words(struct buf *b, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		buf_adds(b, "Subject: ");
		fill(b, i % 2 ? "=?a?q?=?b?q?" : "=?utf-8?q?=E2?= ", 7900);
		buf_addc(b, '\n');
	}
	buf_adds(b, "\n");
}

static void
bad_base64(struct buf *b, size_t size)
{
	buf_adds(b, "Content-Transfer-Encoding: base64\n\n");
	fill(b, "QUJD=!\n", size);
}

static void
bad_qp(struct buf *b, size_t size)
{
	buf_adds(b, "Content-Transfer-Encoding: quoted-printable\n\n");
	fill(b, "=     =\t\t==3\n", size);
}

static void
uu_begins(struct buf *b, size_t size)
{
	buf_adds(b, "Subject: uu\n\n");
	fill(b, "begin 644 x\n#86)C\n", size);
}

#define MB (1024u * 1024)

static const struct shape shapes[] = {
	{ "100 MB of lines", text_lines, 25 * MB, 100 * MB, DEFECT_NUL },
	{ "CRLF lines", crlf_lines, 4 * MB, 16 * MB, DEFECT_MIXED_EOL },
	{ "blank lines", blank_lines, 4 * MB, 16 * MB, DEFECT_NO_FINAL_EOL },
	{ "50,000 header lines", header_lines, 12500, 50000,
	    DEFECT_TOO_MANY_FIELDS | DEFECT_HEADER_CUT },
	{ "header without end", no_header_end, MB, 4 * MB,
	    DEFECT_NO_SEPARATOR },
	{ "10,000 nested parts", nested, 2500, 10000, DEFECT_MIME_DEPTH },
	{ "10,000 nested messages", nested_messages, 2500, 10000,
	    DEFECT_MIME_DEPTH },
	{ "long line in nested parts", nested_long_lines, 2 * MB, 8 * MB,
	    DEFECT_MIME_DEPTH },
	{ "encoded messages in each other", nested_encoded, 2 * MB, 8 * MB,
	    DEFECT_MIME_DEPTH },
	{ "3,000 fields in each part", fields_in_parts, 250, 1000,
	    DEFECT_TOO_MANY_FIELDS },
	{ "10,000 parts", many_parts, 2500, 10000, DEFECT_MIME_PARTS },
	{ "almost boundaries", near_boundaries, 4 * MB, 16 * MB, 0 },
	{ "one 50 MB line", one_line, 12 * MB, 50 * MB, DEFECT_NO_FINAL_EOL },
	{ "one 50 MB field name", one_header_line, 12 * MB, 50 * MB,
	    DEFECT_HEADER_CUT },
	{ "lone CRs", lone_crs, 4 * MB, 16 * MB, DEFECT_LONE_CR },
	{ "broken addresses", addresses, 100, 400, DEFECT_HEADER_CUT },
	{ "broken encoded words", words, 50, 200, DEFECT_HEADER_CUT },
	{ "damaged base64", bad_base64, 4 * MB, 16 * MB, DEFECT_BASE64 },
	{ "damaged quoted-printable", bad_qp, 4 * MB, 16 * MB, DEFECT_QP },
	{ "many uu blocks", uu_begins, 4 * MB, 16 * MB, 0 },
};

static void
look_at_field(struct arena *a, const struct mail_field *f)
{
	struct slice v = mail_field_decoded(a, f);
	struct mail_addr *addrs;
	struct mail_ctype ct;
	long long when;
	size_t n;

	mail_addrs_parse(a, f->raw, &addrs, &n);
	mail_date_parse(v, &when);
	mail_ctype_parse(a, v, &ct);
}

struct cost {
	double seconds;
	size_t bytes, memory;
	uint32_t defects;
};

static struct cost
measure(const struct shape *s, size_t size)
{
	struct arena *a = arena_new();
	struct cost c = { 0 };
	struct mail *m;
	struct buf b;
	double start;

	buf_init(&b, NULL);
	s->make(&b, size);
	start = clock_cpu();
	m = mail_parse(a, buf_slice(&b));
	for (size_t i = 0; i < m->parts.n; i++)
		mail_part_decoded(m, m->parts.v[i]);
	c.memory = arena_held(a);
	for (size_t i = 0; i < m->parts.n; i++) {
		struct mail_header *h = &m->parts.v[i]->header;

		for (size_t k = 0; k < h->fields.n; k++) {
			struct arena_mark mark = arena_mark(a);

			look_at_field(a, &h->fields.v[k]);
			arena_rewind(a, mark);
		}
	}
	c.seconds = clock_cpu() - start;
	c.bytes = b.n;
	c.defects = m->defects;
	arena_free(&a);
	buf_free(&b);
	return c;
}

static void
test_shape(const struct shape *s)
{
	struct cost small = measure(s, s->small), large = measure(s, s->large);
	double share = small.seconds * ((double)large.bytes /
	    (double)small.bytes);

	ok(large.seconds <= share * RATIO_SLACK + CLOCK_SLACK,
	    "%s: time is linear (%.3f s, then %.3f s)", s->name,
	    small.seconds, large.seconds);
	ok(large.memory <= MEMORY_FACTOR * large.bytes + MEMORY_EXTRA,
	    "%s: memory is bounded (%zu bytes for %zu)", s->name,
	    large.memory, large.bytes);
	if (s->defects != 0)
		ok((large.defects & s->defects) == s->defects,
		    "%s: defects are flagged (%x)", s->name, large.defects);
}

static const char small_mail[] =
    "From: \"A\" <a@example.org>\nSubject: =?utf-8?q?=C3=A9?=\n"
    "Content-Type: multipart/mixed; boundary=\"b\"\n\npreamble\n"
    "--b\nContent-Type: text/plain; charset=utf-8\n"
    "Content-Transfer-Encoding: quoted-printable\n\n=C3=A9=\n\n"
    "--b\nContent-Type: text/html; name=x.html\n"
    "Content-Transfer-Encoding: base64\n\nPGI+eDwvYj4=\n"
    "--b\nContent-Type: message/rfc822\n\nSubject: inner\n\ntext\n"
    "--b--\nepilogue\n";

/* Parse a copy of exactly n bytes, so that ASan sees one byte too many. */
static uint32_t
parse_exactly(const char *p, size_t n)
{
	struct arena *a = arena_new();
	char *copy = malloc(n ? n : 1);
	struct mail *m;
	uint32_t defects;

	memcpy(copy, p, n);
	m = mail_parse(a, slice_make(copy, n));
	for (size_t i = 0; i < m->parts.n; i++) {
		struct mail_part *part = m->parts.v[i];

		mail_part_decoded(m, part);
		if (part->header_offset > n || part->body_offset > n ||
		    part->body_length > n - part->body_offset)
			abort();
	}
	defects = m->defects;
	arena_free(&a);
	free(copy);
	return defects;
}

static void
test_nul_everywhere(void)
{
	size_t n = sizeof(small_mail) - 1, flagged = 0;
	char *p = malloc(n);

	for (size_t i = 0; i < n; i++) {
		memcpy(p, small_mail, n);
		p[i] = '\0';
		flagged += (parse_exactly(p, n) & DEFECT_NUL) != 0;
	}
	is_int(flagged, n, "a NUL at any place is flagged");
	ok(!(parse_exactly(small_mail, n) & DEFECT_NUL),
	    "and not flagged where there is none");
	free(p);
}

static void
test_cut_everywhere(void)
{
	size_t n = sizeof(small_mail) - 1, flagged = 0, expected = 0;

	for (size_t i = 1; i < n; i++) {
		expected += small_mail[i - 1] != '\n';
		flagged += (parse_exactly(small_mail, i) &
		    DEFECT_NO_FINAL_EOL) != 0;
	}
	is_int(flagged, expected, "a message cut inside a line is flagged");
	ok(parse_exactly(small_mail, 0) & DEFECT_EMPTY, "nothing is flagged");
}

/* A single-part mail in the encoding, its body cut after each byte. */
static size_t
count_damaged(const char *cte, const char *body, uint32_t defect)
{
	size_t n = strlen(body), damaged = 0;
	struct buf b;

	buf_init(&b, NULL);
	for (size_t i = 0; i <= n; i++) {
		buf_clear(&b);
		buf_addf(&b, "Content-Transfer-Encoding: %s\n\n", cte);
		buf_add(&b, body, i);
		damaged += (parse_exactly(b.p, b.n) & defect) != 0;
	}
	buf_free(&b);
	return damaged;
}

static void
test_cut_encodings(void)
{
	/* Cut at 1, 2, 3 of each 4; the "==" at the end: at 9, 10 and 11. */
	is_int(count_damaged("base64", "QUJDREVGQQ==", DEFECT_BASE64), 9,
	    "base64 cut inside a quantum is damaged");
	/* "=4" and "=" are damaged; "=" before a newline is not. */
	is_int(count_damaged("quoted-printable", "a=41b=42=\nc", DEFECT_QP),
	    5, "quoted-printable cut inside an escape is damaged");
}

static void
test_cut_uu(void)
{
	static const char block[] = "begin 644 x\n#86)C\n`\nend\n";
	size_t found = 0, whole = 0;

	for (size_t i = 0; i < sizeof(block); i++) {
		struct arena *a = arena_new();
		char *copy = malloc(i + 1);
		struct slice name, bytes;
		size_t end;

		memcpy(copy, block, i);
		if (mail_decode_uu(a, slice_make(copy, i), &name, &bytes,
		    &end)) {
			found++;
			whole += slice_eq_cstr(bytes, "abc");
			if (end > i)
				abort();
		}
		free(copy);
		arena_free(&a);
	}
	/* From the second character of its data line on it is a block. */
	is_int(found, sizeof(block) - 14, "a cut uu block is still found");
	ok(whole >= 8 && whole < found, "and whole only when its line is");
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		test_shape(&shapes[i]);
	test_nul_everywhere();
	test_cut_everywhere();
	test_cut_encodings();
	test_cut_uu();
	return tap_done();
}
