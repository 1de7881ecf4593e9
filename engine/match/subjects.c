/*
 * subjects.c - the texts that a group's rules look at, one by one.
 *
 * Body lines, chunks of the raw body, links, one header value, one field for
 * each part.  Called by run.c once per group and message; the texts are the
 * view's, or live in its arena.
 */
#include "config.h"

#include "base/buf.h"
#include "match/match-priv.h"

static struct subjects
one_subject(struct view *v, struct slice s)
{
	struct slice *copy = arena_copy(view_arena(v), &s, sizeof(s));

	return (struct subjects){ .v = copy, .n = 1, .present = true };
}

static struct subjects
lines_subjects(const struct view_lines *lines)
{
	return (struct subjects){ .v = lines->v, .n = lines->n };
}

/* An absent field is matched as the empty string, so !~ hits (trap 5). */
static struct subjects
header_subjects(const struct match_group *g, struct view *v)
{
	struct slice value = { NULL, 0 };
	struct subjects s;
	bool there = view_header(v, &g->request, &value);

	s = one_subject(v, there ? value : g->if_unset);
	s.present = there || g->has_if_unset;
	return s;
}

static struct subjects
body_subjects(const struct match_group *g, struct view *v)
{
	return lines_subjects(view_body(v));
}

static struct subjects
rawbody_subjects(const struct match_group *g, struct view *v)
{
	return lines_subjects(view_rawbody(v));
}

static struct subjects
full_subjects(const struct match_group *g, struct view *v)
{
	return one_subject(v, view_full(v));
}

static struct subjects
uri_subjects(const struct match_group *g, struct view *v)
{
	return lines_subjects(view_uri_lines(v));
}

/* Each with a newline at its end, as one text. */
static struct subjects
joined(struct view *v, const struct subjects *s)
{
	struct buf b;

	buf_init(&b, view_arena(v));
	for (size_t i = s->first; i < s->n; i++) {
		buf_add_slice(&b, s->v[i]);
		if (!slice_ends(s->v[i], SLICE("\n")))
			buf_addc(&b, '\n');
	}
	return one_subject(v, buf_slice(&b));
}

/* The field of every part, in tree order; missing: if-unset, or empty. */
static struct subjects
mimeheader_subjects(const struct match_group *g, struct view *v)
{
	const struct mail *m = view_mail(v);
	struct subjects s = { .n = m->parts.n,
		.first = g->first_part > 0 ? g->first_part - 1 : 0 };
	struct slice *fields = arena_alloc_array(view_arena(v), m->parts.n,
	    sizeof(*fields));

	if (g->last_part > 0 && g->last_part < s.n)
		s.n = g->last_part;
	for (size_t i = s.first; i < s.n; i++) {
		fields[i] = view_mime_header(v, m->parts.v[i], g->field,
		    g->raw);
		if (fields[i].n == 0 && g->has_if_unset)
			fields[i] = g->if_unset;
	}
	s.v = fields;
	return g->concat ? joined(v, &s) : s;
}

static struct subjects (*const subjects_of[RULE_KINDS])(
    const struct match_group *, struct view *) = {
	[RULE_HEADER] = header_subjects,
	[RULE_BODY] = body_subjects,
	[RULE_RAWBODY] = rawbody_subjects,
	[RULE_FULL] = full_subjects,
	[RULE_URI] = uri_subjects,
	[RULE_MIMEHEADER] = mimeheader_subjects,
};

struct subjects
subjects_get(const struct match_group *g, struct view *v)
{
	return subjects_of[g->kind](g, v);
}
