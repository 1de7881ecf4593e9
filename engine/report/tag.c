/*
 * tag.c - the template language of add_header, report and rewrite_header.
 *
 * One row of `tags` is one tag (reference protocol.md 4.3).  A name that has
 * no row is looked up as message metadata (view_tag), and left as written
 * when there is none.  To add one: a function in tag_verdict.c or
 * tag_message.c, its prototype, and a row.
 *
 * A tag is "_NAME_" or "_NAME(argument)_", where NAME is of capitals and
 * digits, with single underscores inside; the longest name that fits is
 * taken, and the shortest argument.
 */
#include "config.h"

#include "report/report-priv.h"

static const struct tag {
	const char *name;
	tag_fn *fn;
} tags[] = {
	/* the verdict */
	{ "AUTOLEARN", tag_autolearn },
	{ "AUTOLEARNSCORE", tag_autolearn_score },
	{ "HITS", tag_score },
	{ "PREVIEW", tag_preview },
	{ "REPORT", tag_report },
	{ "REQD", tag_required },
	{ "SCORE", tag_score },
	{ "STARS", tag_stars },
	{ "SUBJPREFIX", tag_subjprefix },
	{ "SUBTESTS", tag_subtests },
	{ "SUBTESTSCOLLAPSED", tag_subtests_collapsed },
	{ "SUMMARY", tag_summary },
	{ "TESTS", tag_tests },
	{ "TESTSSCORES", tag_tests_scores },
	{ "YESNO", tag_yesno },
	{ "YESNOCAPS", tag_yesnocaps },
	{ "ZONES", tag_zones },
	/* program and host */
	{ "ADDEDHEADER", tag_added_header },
	{ "ADDEDHEADERHAM", tag_added_header },
	{ "ADDEDHEADERSPAM", tag_added_header },
	{ "CONTACTADDRESS", tag_contact },
	{ "DATE", tag_date },
	{ "HOSTNAME", tag_hostname },
	{ "REMOTEHOSTADDR", tag_remote_address },
	{ "REMOTEHOSTNAME", tag_remote_host },
	{ "RULESVERSION", tag_rules_version },
	{ "SUBVERSION", tag_subversion },
	{ "TIMING", tag_timing },
	{ "VERSION", tag_version },
	/* the message */
	{ "BAYES", tag_bayes },
	{ "HEADER", tag_header },
	/* Empty where nothing sets them; other names stay as written. */
	{ "ASN", tag_metadata },
	{ "ASNCIDR", tag_metadata },
	{ "AWL", tag_metadata },
	{ "AWLCOUNT", tag_metadata },
	{ "AWLMEAN", tag_metadata },
	{ "AWLPRESCORE", tag_metadata },
	{ "BAYESTC", tag_metadata },
	{ "BAYESTCHAMMY", tag_metadata },
	{ "BAYESTCLEARNED", tag_metadata },
	{ "BAYESTCSPAMMY", tag_metadata },
	{ "DCCB", tag_metadata },
	{ "DCCR", tag_metadata },
	{ "DCCREP", tag_metadata },
	{ "DKIMDOMAIN", tag_metadata },
	{ "DKIMIDENTITY", tag_metadata },
	{ "DKIMSELECTOR", tag_metadata },
	{ "EXTRACTTEXTCHARS", tag_metadata },
	{ "EXTRACTTEXTEXTENSIONS", tag_metadata },
	{ "EXTRACTTEXTFLAGS", tag_metadata },
	{ "EXTRACTTEXTTOOLS", tag_metadata },
	{ "EXTRACTTEXTTYPES", tag_metadata },
	{ "EXTRACTTEXTURIS", tag_metadata },
	{ "EXTRACTTEXTWORDS", tag_metadata },
	{ "FIRSTTRUSTEDIP", tag_metadata },
	{ "FIRSTTRUSTEDREVIP", tag_metadata },
	{ "HAMMYTOKENS", tag_metadata },
	{ "LANGUAGES", tag_metadata },
	{ "LASTEXTERNALHELO", tag_metadata },
	{ "LASTEXTERNALIP", tag_metadata },
	{ "LASTEXTERNALRDNS", tag_metadata },
	{ "LASTEXTERNALREVIP", tag_metadata },
	{ "PYZOR", tag_metadata },
	{ "RBL", tag_metadata },
	{ "RELAYSEXTERNAL", tag_metadata },
	{ "RELAYSINTERNAL", tag_metadata },
	{ "RELAYSTRUSTED", tag_metadata },
	{ "RELAYSUNTRUSTED", tag_metadata },
	{ "SPAMMYTOKENS", tag_metadata },
	{ "TOKENSUMMARY", tag_metadata },
};

bool
tag_add_metadata(struct buf *b, const struct tag_context *c,
    struct slice name)
{
	size_t n;
	const struct slice *values = view_tag(c->view, name, &n);

	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_addc(b, ' ');
		buf_add_slice(b, values[i]);
	}
	return n > 0;
}

/* Write the tag's value; false if nobody knows the name. */
static bool
add_tag(struct buf *b, const struct tag_context *c,
    const struct tag_call *call)
{
	/* a header cannot be made of the headers */
	if (c->in_header && slice_starts(call->name, SLICE("ADDEDHEADER")))
		return false;
	for (size_t i = 0; i < sizeof(tags) / sizeof(*tags); i++) {
		if (slice_eq_cstr(call->name, tags[i].name)) {
			tags[i].fn(b, c, call);
			return true;
		}
	}
	return tag_add_metadata(b, c, call->name);
}

static bool
is_capital(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
is_name_char(char c)
{
	return is_capital(c) || ascii_isdigit((unsigned char)c);
}

/*
 * The end of "(argument)_" at s[at], which is the parenthesis; 0: there is
 * none on this line.
 */
static size_t
argument_end(struct slice s, size_t at)
{
	for (size_t i = at + 1; i + 1 < s.n && s.p[i] != '\n'; i++) {
		if (s.p[i] == ')' && s.p[i + 1] == '_')
			return i + 2;
	}
	return 0;
}

/* Length of the tag that s, which begins with '_', begins with; or 0. */
static size_t
tag_length(struct slice s, struct tag_call *call_r)
{
	size_t name_end = 0, found = 0, i = 1;

	if (s.n < 3 || !is_capital(s.p[1]))
		return 0;
	while (i < s.n) {
		size_t end = 0;

		while (i < s.n && is_name_char(s.p[i]))
			i++;
		if (i < s.n && s.p[i] == '(')
			end = argument_end(s, i);
		else if (i < s.n && s.p[i] == '_')
			end = i + 1;
		if (end > 0) {
			name_end = i;
			found = end;
		}
		/* a longer name goes on behind one underscore */
		if (i + 1 >= s.n || s.p[i] != '_' || !is_name_char(s.p[i + 1]))
			break;
		i++;
	}
	if (found == 0)
		return 0;
	call_r->name = slice_sub(s, 1, name_end);
	call_r->arg = found > name_end + 1 ?
	    slice_sub(s, name_end + 1, found - 2) : (struct slice){ NULL, 0 };
	return found;
}

struct slice
tag_expand(const struct tag_context *c, struct slice text)
{
	struct buf b;

	buf_init(&b, c->arena);
	while (text.n > 0) {
		struct tag_call call;
		ptrdiff_t at = slice_chr(text, '_', 0);
		size_t n;

		if (at < 0) {
			buf_add_slice(&b, text);
			break;
		}
		buf_add(&b, text.p, (size_t)at);
		text = slice_sub(text, (size_t)at, text.n);
		n = tag_length(text, &call);
		if (n == 0) {
			n = 1;
			buf_addc(&b, '_');
		} else if (!add_tag(&b, c, &call)) {
			buf_add_slice(&b, slice_sub(text, 0, n));
		}
		text = slice_sub(text, n, text.n);
	}
	return buf_slice(&b);
}
