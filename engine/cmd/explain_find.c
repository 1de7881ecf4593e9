/*
 * explain_find.c - where a hit comes from: the bytes that matched, the line
 * that defines the rule, the operands of a meta.
 *
 * Called for the text and the JSON form alike.  The matcher recorded only
 * numbers (rule_result: which subject, where in it); the views are cached, so
 * asking for them again gives the very text that was matched.
 */
#include "config.h"

#include <string.h>

#include "base/fdio.h"
#include "cmd/explain.h"

/* ---- the place ---- */

/* What the rule looked at: subject `line` of its view. */
struct looked {
	struct slice text;
	const char *where;
};

static struct looked
line_of(const struct explaining *x, const struct view_lines *lines,
    size_t line, const char *unit)
{
	struct looked at = { { 0 }, arena_printf(x->arena, "%s %zu", unit,
	    line) };

	if (line < lines->n)
		at.text = lines->v[line];
	return at;
}

static struct looked
look_header(const struct explaining *x, const struct rule *r, size_t line)
{
	struct looked at = { { 0 }, arena_str(x->arena, r->header) };
	struct view_header_req req;

	if ((view_header_req_parse(x->arena, r->header, &req, NULL) != 0 ||
	    !view_header(x->view, &req, &at.text)) && r->has_if_unset)
		at.text = r->if_unset;
	return at;
}

static struct looked
look_body(const struct explaining *x, const struct rule *r, size_t line)
{
	struct looked at = line_of(x, view_body(x->view), line, "line");

	if (line == 0)
		at.where = "subject";
	return at;
}

static struct looked
look_rawbody(const struct explaining *x, const struct rule *r, size_t line)
{
	return line_of(x, view_rawbody(x->view), line, "chunk");
}

static struct looked
look_full(const struct explaining *x, const struct rule *r, size_t line)
{
	return (struct looked){ view_full(x->view), "message" };
}

static struct looked
look_uri(const struct explaining *x, const struct rule *r, size_t line)
{
	return line_of(x, view_uri_lines(x->view), line, "uri");
}

static struct looked
look_mimeheader(const struct explaining *x, const struct rule *r, size_t line)
{
	const struct mail *m = view_mail(x->view);
	struct slice raw = SLICE(":raw");
	bool is_raw = slice_ends(r->header, raw);
	struct looked at = { { 0 }, "" };

	if (line >= m->parts.n)
		return at;
	at.text = view_mime_header(x->view, m->parts.v[line],
	    slice_sub(r->header, 0, r->header.n - (is_raw ? raw.n : 0)),
	    is_raw);
	if (at.text.n == 0 && r->has_if_unset)
		at.text = r->if_unset;
	at.where = arena_printf(x->arena, "%.*s of part %u",
	    SLICE_FMT(r->header), m->parts.v[line]->id);
	return at;
}

static struct looked (*const look[RULE_KINDS])(const struct explaining *,
    const struct rule *, size_t) = {
	[RULE_HEADER] = look_header, [RULE_BODY] = look_body,
	[RULE_RAWBODY] = look_rawbody, [RULE_FULL] = look_full,
	[RULE_URI] = look_uri, [RULE_MIMEHEADER] = look_mimeheader,
};

/* The MIME part that the match came from. */
static void
find_part(const struct explaining *x, const struct rule *r, struct place *p)
{
	struct view_origin o = { NULL, 0 };
	bool known = false;

	if (r->kind == RULE_BODY)
		known = view_body_origin(x->view, p->line, p->start, &o);
	else if (r->kind == RULE_RAWBODY)
		known = view_rawbody_origin(x->view, p->line, p->start, &o);
	if (!known || o.part == NULL)
		return;
	p->part = o.part->id;
	p->offset = o.offset;
	p->where = arena_printf(x->arena, "%s of part %u (%.*s) at offset %zu",
	    p->where, p->part, SLICE_FMT(o.part->effective_type), p->offset);
}

bool
explain_place(struct explaining *x, const struct rule *r, struct place *p_r)
{
	const struct rule_result *res = &x->results[r->id];
	struct looked at;

	if (look[r->kind] == NULL)
		return false;
	at = look[r->kind](x, r, res->line);
	*p_r = (struct place){ .view = rule_kind_name(r->kind),
		.where = at.where, .line = res->line };
	if (r->exists || r->negate)
		return true;
	p_r->found = true;
	p_r->start = res->start;
	p_r->length = res->length;
	p_r->bytes = slice_sub(at.text, res->start,
	    (size_t)res->start + res->length);
	find_part(x, r, p_r);
	return true;
}

/* ---- the line in the file ---- */

static const struct slice *
read_source(struct explaining *x, const char *path)
{
	struct slice name = slice_cstr(path);
	struct slice *text = map_get(x->sources, name);
	struct err e;

	if (text != NULL)
		return text;
	text = arena_alloc(x->o->arena, sizeof(*text));
	if (file_read(path, x->o->arena, LIMIT_RULE_FILE_BYTES, text,
	    &e) != 0)
		*text = (struct slice){ 0 };
	map_put(x->sources, name, text);
	return text;
}

static struct slice
nth_line(struct slice text, unsigned n)
{
	struct slice line;

	while (slice_line(&text, &line)) {
		if (--n == 0)
			return slice_trim(line);
	}
	return (struct slice){ 0 };
}

/* The last --cf that names the rule: --cf lines have no file. */
static struct slice
cf_line(const struct explaining *x, const struct rule *r)
{
	for (size_t i = x->o->engine.n_cf; i-- > 0;) {
		struct slice line = slice_cstr(x->o->engine.cf[i]);

		if (slice_find(line, r->name, 0) > 0)
			return line;
	}
	return (struct slice){ 0 };
}

static struct slice
made_up(const struct explaining *x, const struct rule *r)
{
	return slice_cstr(arena_printf(x->arena, "%s %.*s %.*s%s%.*s",
	    rule_kind_name(r->kind), SLICE_FMT(r->name),
	    SLICE_FMT(r->header), r->header.n ? " " : "",
	    SLICE_FMT(r->kind == RULE_EVAL ? r->function : r->regex.text)));
}

struct slice
explain_source(struct explaining *x, const struct rule *r)
{
	struct slice line = { 0 };

	if (r->origin.line != 0 && strcmp(r->origin.file, "--cf") == 0)
		line = cf_line(x, r);
	else if (r->origin.line != 0)
		line = nth_line(*read_source(x, r->origin.file),
		    r->origin.line);
	/* The file may have changed since it was read. */
	return slice_find(line, r->name, 0) >= 0 ? line : made_up(x, r);
}

/* ---- what else a hit rests on ---- */

const struct rule **
explain_operands(struct explaining *x, const struct rule *r, size_t *n_r)
{
	const struct rule **v;
	const unsigned *deps;
	size_t n;

	*n_r = 0;
	if (r->kind != RULE_META)
		return NULL;
	deps = rule_meta_deps(r->meta, &n);
	v = arena_alloc_array(x->arena, n + 1, sizeof(*v));
	for (size_t i = 0; i < n; i++) {
		if (x->results[deps[i]].state == RESULT_HIT)
			v[(*n_r)++] = x->eng->rs->rules.v[deps[i]];
	}
	return v;
}

const struct verdict_zone *
explain_zone(const struct explaining *x, const struct rule *r)
{
	unsigned zone = x->results[r->id].zone;

	return zone < x->verdict->n_zones ? &x->verdict->zones[zone] : NULL;
}

struct doubt **
explain_doubts(struct explaining *x, size_t *n_r)
{
	const struct ruleset *rs = x->eng->rs;
	struct map *seen = map_new(x->arena, false);
	VEC_OF(struct doubt *) all = { 0 };

	for (size_t i = 0; i < rs->rules.n; i++) {
		const struct rule_result *res = &x->results[i];
		struct slice why = slice_cstr(res->why ? res->why :
		    "no answer");
		struct doubt *d;

		if (res->state != RESULT_UNKNOWN || rs->rules.v[i]->subrule ||
		    rule_score(rs->rules.v[i], x->eng->score_set) == 0)
			continue;
		d = map_get(seen, why);
		if (d == NULL) {
			d = arena_alloc(x->arena, sizeof(*d));
			d->why = why.p;
			map_put(seen, why, d);
			*VEC_PUSH(x->arena, &all) = d;
		}
		*VEC_PUSH(x->arena, &d->rules) = rs->rules.v[i];
	}
	*n_r = all.n;
	return all.v;
}
