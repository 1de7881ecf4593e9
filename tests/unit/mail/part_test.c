/*
 * part_test.c - MIME trees: what becomes a part, its type, bytes and place.
 */
#include "config.h"

#include "base/buf.h"
#include "base/limits.h"
#include "mail/mail.h"
#include "tests/tap/tap.h"

#define MIXED "Content-Type: multipart/mixed; boundary=\"b\"\n\n"

/* tree: for each part depth, type and, if a leaf, decoded bytes in []. */
static const struct {
	const char *name, *raw, *tree;
	uint32_t defects;
} cases[] = {
	{ "single part", "Content-Type: text/html\n\n<p>\n",
	    "0 text/html[<p>\n]\n", 0 },
	{ "no type", "A: b\n\nx\n", "0 text/plain[x\n]\n", 0 },
	{ "two parts", MIXED "pre\n--b\nA: b\n\none\n--b\n"
	    "Content-Type: text/html\n\ntwo\n\n--b--\n\n. .\n",
	    "0 multipart/mixed\n1 text/plain[one]\n1 text/html[two\n]\n", 0 },
	{ "epilogue", MIXED "--b\nA: b\n\none\n--b--\nx\n",
	    "0 multipart/mixed\n1 text/plain[one]\n", DEFECT_MIME_EPILOGUE },
	{ "no closing boundary", MIXED "--b\nA: b\n\none\n",
	    "0 multipart/mixed\n1 text/plain[one\n]\n", 0 },
	{ "no boundary line", MIXED "just text\nmore\n",
	    "0 multipart/mixed\n1 text/plain[just text\nmore\n]\n", 0 },
	{ "a field first, but the blank line put before ends the header",
	    MIXED "A: b\n\ntext\n",
	    "0 multipart/mixed\n1 text/plain[A: b\n\ntext\n]\n", 0 },
	{ "no boundary parameter", "Content-Type: multipart/mixed\n\nx\ny\n",
	    "0 text/plain[\nx\ny\n]\n", DEFECT_NO_BOUNDARY },
	{ "no part header", MIXED "--b\n\none\n--b--\n",
	    "0 multipart/mixed\n1 text/plain[one]\n", DEFECT_MIME_HEADERS },
	{ "no part separator", MIXED "--b\nA: b\none\n--b--\n",
	    "0 multipart/mixed\n1 text/plain[one]\n",
	    DEFECT_MIME_SEPARATOR },
	{ "a header cut by a boundary loses its last field",
	    MIXED "--b\nA: b\nContent-Type: text/html\n--b--\n",
	    "0 multipart/mixed\n1 text/plain[]\n", 0 },
	{ "blank before the colon of a part field",
	    MIXED "--b\nContent-Type : text/html\n\nx\n--b--\n",
	    "0 multipart/mixed\n1 text/plain[x]\n", DEFECT_MIME_HEADERS },
	{ "boundary with trailing blanks", MIXED "--b \t\nA: b\n\nx\n--b--  \n",
	    "0 multipart/mixed\n1 text/plain[x]\n", 0 },
	{ "longer than the boundary", MIXED "--b\nA: b\n\n--bc\n--b-\n--b--\n",
	    "0 multipart/mixed\n1 text/plain[--bc\n--b-]\n", 0 },
	{ "inherited boundary", MIXED "--b\n"
	    "Content-Type: multipart/mixed\n\nx\n--b--\n",
	    "0 multipart/mixed\n1 multipart/mixed\n2 text/plain[x]\n",
	    0 },
	{ "the parent's boundary again", MIXED "--b\n"
	    "Content-Type: multipart/mixed; boundary=b\n\n"
	    "--b\nA: b\n\nx\n--b--\n--b--\n",
	    "0 multipart/mixed\n1 multipart/mixed\n2 text/plain[x]\n", 0 },
	{ "digest", "Content-Type: multipart/digest; boundary=b\n\n"
	    "--b\n\nSubject: s\n\nx\n--b--\n",
	    "0 multipart/digest\n1 message/rfc822\n2 text/plain[x]\n",
	    DEFECT_MIME_HEADERS },
	{ "message in a message", "Content-Type: message/rfc822\n\n"
	    "Content-Type: text/html\n\nx\n",
	    "0 message/rfc822\n1 text/html[x\n]\n", 0 },
	{ "encoded message", "Content-Type: message/rfc822\n"
	    "Content-Transfer-Encoding: base64\n\nQTogYg0KDQp4DQo=\n",
	    "0 message/rfc822\n1 text/plain[x\n]\n", 0 },
	{ "empty message", "Content-Type: message/rfc822\n\n",
	    "0 message/rfc822[]\n", 0 },
	{ "message/partial", "Content-Type: message/partial\n\nA: b\n\nx\n",
	    "0 message/partial[A: b\n\nx\n]\n", 0 },
	{ "QP", "Content-Transfer-Encoding: Quoted-Printable\n\na=3D=\nb\n",
	    "0 text/plain[a=b\n]\n", 0 },
	{ "unknown encoding", "Content-Transfer-Encoding: x-uuencode\n\na=3D\n",
	    "0 text/plain[a=3D\n]\n", 0 },
	{ "base64 of text loses CRs", "Content-Transfer-Encoding: base64\n\n"
	    "eA0KeQ==\n", "0 text/plain[x\ny]\n", 0 },
	{ "base64 of other types keeps them", "Content-Type: image/gif\n"
	    "Content-Transfer-Encoding: base64\n\neA0KeQ==\n",
	    "0 image/gif[x\r\ny]\n", 0 },
	{ "damaged base64", "Content-Transfer-Encoding: base64\n\n!eA==\n",
	    "0 text/plain[x]\n", DEFECT_BASE64 },
	{ "damaged QP", "Content-Transfer-Encoding: quoted-printable\n\n=x\n",
	    "0 text/plain[=x\n]\n", DEFECT_QP },
	{ "CRLF throughout", "Content-Type: multipart/mixed; boundary=b\r\n"
	    "\r\n--b\r\nA: b\r\n\r\none\r\n--b--\r\n",
	    "0 multipart/mixed\n1 text/plain[one]\n", 0 },
};

static struct slice
show_tree(struct mail *m)
{
	struct buf b;

	buf_init(&b, m->arena);
	for (size_t i = 0; i < m->parts.n; i++) {
		struct mail_part *p = m->parts.v[i];

		buf_addf(&b, "%u %.*s", p->depth, SLICE_FMT(p->type));
		if (p->leaf) {
			buf_addc(&b, '[');
			buf_add_slice(&b, mail_part_decoded(m, p));
			buf_addc(&b, ']');
		}
		buf_addc(&b, '\n');
	}
	return buf_slice(&b);
}

static void
test_trees(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *a = arena_new();
		struct mail *m = mail_parse(a, slice_cstr(cases[i].raw));

		is_cstr(show_tree(m), cases[i].tree, cases[i].name);
		is_int(m->defects, cases[i].defects, "  its defects");
		arena_free(&a);
	}
}

static void
test_names(void)
{
	static const struct {
		const char *header, *name, *effective;
	} named[] = {
		{ "Content-Type: image/gif; name=a.gif", "a.gif",
		    "image/gif" },
		{ "Content-Type: image/gif; name=\"=?utf-8?q?=C3=A9.sHtml?=\"",
		    "\xc3\xa9.sHtml", "text/html" },
		{ "Content-Type: image/gif; name=a.gif\n"
		    "Content-Disposition: attachment; filename=\"b.htm\"",
		    "b.htm", "text/html" },
		{ "Content-Disposition: inline; name= \"\"", " ",
		    "text/plain" },
		{ "Content-Disposition: inline; name=\"\"; name=x", "x",
		    "text/plain" },
		{ "Content-Disposition: name=", "", "text/plain" },
		{ "Content-Type: text/plain", "", "text/plain" },
	};

	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		struct arena *a = arena_new();
		struct mail *m = mail_parse(a, slice_cstr(
		    arena_printf(a, "%s\n\nx\n", named[i].header)));

		is_cstr(m->root->name, named[i].name,
		    arena_printf(a, "name, case %zu", i));
		is_cstr(m->root->effective_type, named[i].effective,
		    "  its effective type");
		arena_free(&a);
	}
}

/* Lines of a multipart are broken at 2048 bytes, also inside base64. */
static void
test_broken_lines(void)
{
	struct arena *a = arena_new();
	struct slice raw;
	struct mail *m;
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, MIXED "--b\nA: b\n\n");
	buf_addf(&b, "%05000d\n--b--\n", 0);
	m = mail_parse(a, buf_slice(&b));
	raw = m->parts.v[1]->raw;
	is_int(raw.n, 5002, "two newlines were put in");
	ok(raw.n == 5002 && raw.p[2048] == '\n' && raw.p[4097] == '\n',
	    "after 2048 bytes each");
	buf_clear(&b);
	buf_addf(&b, "A: b\n\n%05000d\n", 0);
	m = mail_parse(a, buf_slice(&b));
	is_int(m->root->raw.n, 5001, "not in a single part");
	arena_free(&a);
}

static void
test_blank_runs(void)
{
	static const struct {
		size_t before, lines, kept;	/* text before, blank lines */
	} runs[] = {
		{ 1, 20, 20 }, { 1, 21, 20 }, { 1, 500, 20 },
		{ 0, 21, 21 }, { 0, 22, 21 }, { 0, 500, 21 },
	};

	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		struct arena *a = arena_new();
		struct mail *m;
		struct buf b;

		buf_init(&b, a);
		buf_adds(&b, runs[i].before ? "A: b\n\nx\n" : "A: b\n\n");
		for (size_t k = 0; k < runs[i].lines; k++)
			buf_addc(&b, '\n');
		buf_adds(&b, "y\n");
		m = mail_parse(a, buf_slice(&b));
		is_int(m->root->raw.n, 2 * runs[i].before + runs[i].kept + 2,
		    "blank lines kept");
		is_int(m->root->body_length, b.n - 6, "  all of them counted");
		arena_free(&a);
	}
}

/* raw[offset, offset + length) must be these bytes. */
static void
is_at(struct mail *m, size_t offset, size_t length, const char *want,
    const char *name)
{
	is_cstr(slice_sub(m->raw, offset, offset + length), want, name);
}

static void
test_offsets(void)
{
	struct arena *a = arena_new();
	struct mail *m = mail_parse(a, SLICE("From x y\r\nA: 1\r\n"
	    "Content-Type: multipart/mixed; boundary=b\r\n\r\npre\r\n"
	    "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n"
	    "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n"
	    "--b\r\nB: 2\r\n\r\none\r\n--b\r\nContent-Type: message/rfc822"
	    "\r\n\r\nC: 3\r\n\r\ntwo\r\n--b--\r\n"));
	struct mail_part *one = m->parts.v[1], *outer = m->parts.v[2];
	struct mail_part *inner = m->parts.v[3];
	struct mail_field *f = &inner->header.fields.v[0];

	is_int(m->envelope_length, 10, "envelope line");
	is_at(m, m->envelope_length, 6, "A: 1\r\n", "header");
	is_at(m, m->body_offset, 5, "pre\r\n", "body");
	is_at(m, m->root->header.fields.v[0].offset, 6, "A: 1\r\n", "field");
	is_at(m, one->header_offset, 6, "B: 2\r\n", "part header");
	is_at(m, one->body_offset, one->body_length, "one", "part body");
	is_at(m, outer->body_offset, outer->body_length,
	    "C: 3\r\n\r\ntwo", "message part");
	is_at(m, f->offset, f->length, "C: 3\r\n", "field inside it");
	is_at(m, inner->body_offset, inner->body_length, "two",
	    "body inside it");
	is_cstr(inner->raw, "two", "and its text");
	is_int(inner->id, 4, "ids follow the tree");
	ok(outer->is_message && !outer->leaf && outer->child == inner &&
	    inner->parent == outer && one->next == outer, "links");
	arena_free(&a);
}

/* A decoded message has no place of its own: that of its holder counts. */
static void
test_offsets_decoded(void)
{
	struct arena *a = arena_new();
	struct mail *m = mail_parse(a, SLICE("Content-Type: message/rfc822\n"
	    "Content-Transfer-Encoding: base64\n\nQTogYg0KDQp4DQo=\n"));

	is_int(m->parts.n, 2, "message inside");
	is_at(m, m->parts.v[1]->body_offset, 4, "QTog", "holder's body");
	arena_free(&a);
}

/* Without CRs or long blank runs nothing is copied. */
static void
test_no_copy(void)
{
	struct arena *a = arena_new();
	struct slice raw = SLICE(MIXED "--b\nA: b\n\none\n--b--\n");
	struct mail *m = mail_parse(a, raw);
	struct slice text = m->parts.v[1]->raw;

	ok(text.p > raw.p && text.p < raw.p + raw.n, "text points into raw");
	ok(m->pristine_body.p > raw.p, "so does the pristine body");
	is_int(mail_part_decoded(m, m->parts.v[1]).p - text.p, 0,
	    "and plain text is its own decoding");
	arena_free(&a);
}

static void
test_limits(void)
{
	struct arena *a = arena_new();
	struct mail *m;
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, MIXED);
	for (size_t i = 0; i < LIMIT_MIME_PARTS + 10; i++)
		buf_adds(&b, "--b\nA: b\n\nx\n");
	buf_adds(&b, "--b--\nepilogue\n");
	m = mail_parse(a, buf_slice(&b));
	is_int(m->parts.n, LIMIT_MIME_PARTS + 1, "parts are capped");
	is_int(m->defects, DEFECT_MIME_PARTS, "and that is flagged");

	buf_clear(&b);
	for (size_t i = 0; i < 40; i++)
		buf_addf(&b, "Content-Type: multipart/mixed; "
		    "boundary=b%zu\n\n--b%zu\n", i, i);
	m = mail_parse(a, buf_slice(&b));
	is_int(m->parts.n, LIMIT_MIME_DEPTH + 1, "depth is capped");
	ok(m->defects & DEFECT_MIME_DEPTH, "and that is flagged");
	ok(m->parts.v[LIMIT_MIME_DEPTH]->leaf, "the deepest one is a leaf");
	arena_free(&a);
}

static void
test_uu(void)
{
	struct arena *a = arena_new();
	struct mail *m = mail_parse(a, SLICE("A: b\n\nbegin 644 x\n#86)C\n"
	    "`\nend\n"));

	is_int(mail_part_decoded(m, m->root).n, m->root->raw.n,
	    "uuencoded text stays as it is");
	arena_free(&a);
}

static void
test_defect_names(void)
{
	is_str(mail_defect_name(DEFECT_EMPTY), "empty", "first");
	is_str(mail_defect_name(DEFECT_MIME_DEPTH), "mime-depth", "middle");
	is_str(mail_defect_name(DEFECT_OVERSIZE), "oversize", "last");
	ok(mail_defect_name(0) == NULL, "no bit");
	ok(mail_defect_name(DEFECT_NUL | DEFECT_QP) == NULL, "two bits");
	ok(mail_defect_name(DEFECT_OVERSIZE << 1) == NULL, "unknown bit");
}

static void
test_fingerprint(void)
{
	struct arena *a = arena_new();
	uint64_t one = mail_parse(a, SLICE("A: b\n\nx"))->fingerprint;

	ok(one == mail_parse(a, SLICE("A: b\n\nx"))->fingerprint,
	    "the same mail has the same fingerprint");
	ok(one != mail_parse(a, SLICE("A: b\n\ny"))->fingerprint,
	    "another one has not");
	arena_free(&a);
}

int
main(void)
{
	test_trees();
	test_names();
	test_broken_lines();
	test_blank_runs();
	test_offsets();
	test_offsets_decoded();
	test_no_copy();
	test_limits();
	test_uu();
	test_defect_names();
	test_fingerprint();
	return tap_done();
}
