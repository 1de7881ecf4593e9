/*
 * mail.c - bytes to message; see mail.h.
 *
 * mail_parse looks at the raw bytes once for what is wrong with them, builds
 * the tree (part.c), and makes the pristine header that `full` rules see.
 * Called by scan/ once per message, and by tests and fuzz targets with
 * anything at all.
 *
 * Invariants: never fails, never aborts; time and memory are linear in the
 * message (times LIMIT_MIME_DEPTH for nested multiparts with broken lines).
 */
#include "config.h"

#include <string.h>

#include "base/limits.h"
#include "base/map.h"
#include "mail/mail-priv.h"

/* Any number: fingerprints are the same in every process. */
#define FINGERPRINT_BASIS 0xcbf29ce484222325u

static const char *const defect_names[] = {
	"empty", "nul", "no-separator", "header-cut", "too-many-fields",
	"mime-headers", "mime-separator", "mime-epilogue", "mime-depth",
	"mime-parts", "no-boundary", "base64", "qp", "charset", "lone-cr",
	"mixed-eol", "body-cut", "uri-cut", "too-many-uris", "html-cut",
	"regex-limit", "time", "dns-cut", "no-final-eol", "oversize",
};

const char *
mail_defect_name(unsigned bit)
{
	for (size_t i = 0; i < sizeof(defect_names) / sizeof(char *); i++) {
		if (bit == 1u << i)
			return defect_names[i];
	}
	return NULL;
}

static uint32_t
line_end_defects(struct slice raw)
{
	bool crlf = false, bare = false;
	uint32_t defects = 0;
	ptrdiff_t at;

	for (at = slice_chr(raw, '\n', 0); at >= 0;
	    at = slice_chr(raw, '\n', (size_t)at + 1)) {
		if (at > 0 && raw.p[at - 1] == '\r')
			crlf = true;
		else
			bare = true;
		if (crlf && bare) {
			defects |= DEFECT_MIXED_EOL;
			break;
		}
	}
	for (at = slice_chr(raw, '\r', 0); at >= 0;
	    at = slice_chr(raw, '\r', (size_t)at + 1)) {
		if ((size_t)at + 1 == raw.n || raw.p[at + 1] != '\n')
			return defects | DEFECT_LONE_CR;
	}
	return defects;
}

static uint32_t
byte_defects(struct slice raw)
{
	uint32_t defects;

	if (raw.n == 0)
		return DEFECT_EMPTY;
	defects = line_end_defects(raw);
	if (memchr(raw.p, '\0', raw.n) != NULL)
		defects |= DEFECT_NUL;
	if (raw.p[raw.n - 1] != '\n')
		defects |= DEFECT_NO_FINAL_EOL;
	return defects;
}

/*
 * SpamAssassin makes bare LFs CRLF in the lines it looks at for the header
 * (5.1 point 2); one of them may turn out to be the first of the body.
 */
static void
mend_pristine(struct mail *m)
{
	struct slice rest = m->pristine_body, line;

	m->pristine_header = mail_text_crlf(m->arena, m->pristine_header);
	if (!(m->defects & DEFECT_NO_SEPARATOR) || !slice_line(&rest, &line) ||
	    line.p[line.n - 1] != '\n' || slice_ends(line, SLICE("\r\n")))
		return;
	line = mail_text_crlf(m->arena, line);
	m->pristine_body = arena_join(m->arena,
	    (const struct slice[]){ line, rest }, 2, SLICE(""));
}

/*
 * SpamAssassin's truncated_header is also set when all fields, decoded and
 * without X-Spam-*, exceed LIMIT_HEADER_BYTES.  Decoding makes a value at
 * most three times as long, so most messages need no decoding to know.
 */
static bool
is_header_too_long(struct mail *m)
{
	const struct mail_header *h = &m->root->header;
	struct arena_mark mark;
	size_t total = 0;

	if (m->header_length + 2 * h->fields.n <= LIMIT_HEADER_BYTES / 3)
		return false;
	mark = arena_mark(m->arena);
	for (size_t i = 0; i < h->fields.n &&
	    total <= LIMIT_HEADER_BYTES; i++) {
		const struct mail_field *f = &h->fields.v[i];

		if (!slice_starts_nocase(f->name, SLICE("X-Spam-")))
			total += f->name.n +
			    mail_field_decoded(m->arena, f).n + 3;
	}
	arena_rewind(m->arena, mark);
	return total > LIMIT_HEADER_BYTES;
}

struct mail *
mail_parse(struct arena *a, struct slice raw)
{
	struct mail *m = arena_alloc(a, sizeof(*m));

	m->arena = a;
	m->raw = raw;
	m->defects = byte_defects(raw);
	m->fingerprint = hash_bulk(raw.p, raw.n, FINGERPRINT_BASIS);
	mail_tree_build(m);
	if (m->crlf)
		mend_pristine(m);
	if (is_header_too_long(m))
		m->defects |= DEFECT_HEADER_CUT;
	return m;
}
