/*
 * rewrite_field.c - rewrite_header and subjprefix: tags in Subject, From, To.
 *
 * The Subject gets "TAG [PREFIX]" in front, From and To get "(TAG)": in front
 * of the address in the message itself, behind it in a new message around it.
 * A tag that is there already is not doubled.  All as in SpamAssassin, but
 * that prefixes go to the Subject alone.
 *
 * A tag may be made of what the message says (_HEADER(…)_): it is one line
 * without controls, and one in a comment can neither end nor open another.
 */
#include "config.h"

#include "report/report-priv.h"

const struct slice rewrite_names[REWRITE_FIELDS] = {
	[REWRITE_SUBJECT] = { "Subject", 7 },
	[REWRITE_FROM] = { "From", 4 },
	[REWRITE_TO] = { "To", 2 },
};

int
rewrite_which(struct slice field)
{
	for (int i = 0; i < REWRITE_FIELDS; i++) {
		if (field_is(field, rewrite_names[i]))
			return i;
	}
	return -1;
}

/* "(text)", with nothing in it that means something in a comment. */
static struct slice
comment(struct arena *a, struct slice text)
{
	char *p = arena_printf(a, "(%.*s)", SLICE_FMT(text));
	struct slice s = slice_cstr(p);

	for (size_t i = 1; i + 1 < s.n; i++)
		p[i] = p[i] == '(' ? '[' : p[i] == ')' ? ']' :
		    p[i] == '\\' ? '/' : p[i];
	return s;
}

static struct slice
expand_line(const struct tag_context *c, struct slice template)
{
	return report_clean(c->arena, tag_expand(c, template));
}

void
rewrite_prepare(const struct tag_context *c, struct rewriting *rw_r)
{
	size_t n;
	const struct slice *v = conf_list(c->conf->conf, "rewrite_header", &n);

	*rw_r = (struct rewriting){ 0 };
	for (size_t i = 0; i < n; i++) {
		struct slice rest = v[i], name, text;
		int which;

		if (!slice_word(&rest, &name))
			continue;
		for (which = 0; which < REWRITE_FIELDS &&
		    !slice_eq(name, rewrite_names[which]);)
			which++;
		/* prefixes are for those who have their Subjects rewritten */
		if (which == REWRITE_SUBJECT)
			rw_r->prefix = slice_trim_right(expand_line(c,
			    SLICE("_SUBJPREFIX_")));
		if (which == REWRITE_FIELDS || !c->verdict->spam)
			continue;
		text = expand_line(c, slice_trim(rest));
		rw_r->tag[which] = which == REWRITE_SUBJECT ? text :
		    comment(c->arena, text);
	}
}

bool
rewrite_wanted(const struct rewriting *rw, int which)
{
	return which >= 0 && (rw->tag[which].n > 0 ||
	    (which == REWRITE_SUBJECT && rw->prefix.n > 0));
}

/* Without "text " in front. */
static struct slice
without(struct slice value, struct slice text)
{
	if (text.n > 0 && slice_starts_nocase(value, text) &&
	    value.n > text.n && value.p[text.n] == ' ')
		return slice_sub(value, text.n + 1, value.n);
	return value;
}

static void
add_word(struct buf *b, struct slice text)
{
	if (text.n > 0) {
		buf_add_slice(b, text);
		buf_addc(b, ' ');
	}
}

/* Tag and prefix in front of the value. */
static void
add_in_front(struct buf *b, const struct rewriting *rw, int which,
    struct slice value)
{
	struct slice tag = rw->tag[which];
	struct slice prefix = which == REWRITE_SUBJECT ? rw->prefix :
	    (struct slice){ NULL, 0 };

	add_word(b, tag);
	add_word(b, prefix);
	value = without(value, prefix);
	buf_add_slice(b, prefix.n > 0 ? value : without(value, tag));
}

void
rewrite_in_place(struct buf *b, const struct rewriting *rw, int which,
    struct slice field)
{
	ptrdiff_t colon = slice_chr(field, ':', 0);

	buf_add_slice(b, slice_sub(field, 0, (size_t)colon + 1));
	buf_addc(b, ' ');
	add_in_front(b, rw, which, field_value(field));
}

void
rewrite_copy(struct buf *b, const struct rewriting *rw, int which,
    struct slice value, const char *eol)
{
	struct slice tag;

	if (!rewrite_wanted(rw, which)) {
		buf_add_slice(b, value);
	} else if (which == REWRITE_SUBJECT) {
		add_in_front(b, rw, which, value);
	} else {
		tag = slice_cstr(arena_printf(b->arena, "\t%.*s",
		    SLICE_FMT(rw->tag[which])));
		if (slice_ends(value, slice_cstr(eol)))
			value.n -= slice_cstr(eol).n;
		buf_add_slice(b, value);
		if (!slice_ends(value, tag))
			buf_add_slice(b, tag);
	}
	field_end_line(b, eol);
}
