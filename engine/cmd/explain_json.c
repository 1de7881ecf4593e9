/*
 * explain_json.c - tare explain --json: one object per message.
 *
 * Operands of metas are objects like hits, without points of their own; a
 * rule that was told in full before is only named.
 */
#include "config.h"

#include "cmd/explain.h"

static void
add_text(struct buf *b, const char *key, struct slice value)
{
	buf_addf(b, ",\"%s\":", key);
	buf_add_json(b, value);
}

static void
add_origin(struct buf *b, const char *prefix, const struct origin *o)
{
	buf_addf(b, ",\"%sfile\":", prefix);
	buf_add_json(b, slice_cstr(o->line > 0 ? o->file : ""));
	buf_addf(b, ",\"%sline\":%u", prefix, o->line);
}

static void
add_place(struct explaining *x, struct buf *b, const struct rule *r)
{
	struct place p;

	if (!explain_place(x, r, &p))
		return;
	buf_addf(b, ",\"match\":{\"view\":\"%s\",\"where\":", p.view);
	buf_add_json(b, slice_cstr(p.where));
	buf_addf(b, ",\"line\":%zu", p.line);
	if (p.found) {
		buf_addf(b, ",\"start\":%zu,\"length\":%zu", p.start,
		    p.length);
		if (p.part != 0)
			buf_addf(b, ",\"part\":%u,\"offset\":%zu", p.part,
			    p.offset);
		add_text(b, "bytes", p.bytes);
	}
	buf_addc(b, '}');
}

static void
add_zone(struct explaining *x, struct buf *b, const struct rule *r)
{
	const struct verdict_zone *z = explain_zone(x, r);

	if (z == NULL)
		return;
	add_text(b, "zone", z->name);
	add_text(b, "zone_state", slice_cstr(zone_state_name(z->state)));
	report_answers(b, z);
	buf_addf(b, ",\"zone_weight\":%.10g", z->weight);
}

/* Recursion: metas nest at most as deep as there are rules, each told once,
 * but LEVELS keeps the stack small. */
enum { LEVELS = 30 };

static void
add_rule(struct explaining *x, struct buf *b, const struct rule *r,
    unsigned level)
{
	const struct rule_result *res = &x->results[r->id];
	const struct rule **ops;
	size_t n;

	buf_adds(b, "\"rule\":");
	buf_add_json(b, r->name);
	buf_addf(b, ",\"value\":%.10g,\"weight\":%.10g", res->value,
	    (double)res->weight);
	if (x->shown[r->id] || level > LEVELS)
		return;
	x->shown[r->id] = true;
	add_text(b, "text", explain_source(x, r));
	add_origin(b, "", &r->origin);
	add_place(x, b, r);
	add_zone(x, b, r);
	ops = explain_operands(x, r, &n);
	if (ops == NULL)
		return;
	buf_adds(b, ",\"operands\":[");
	for (size_t i = 0; i < n; i++) {
		buf_adds(b, i ? ",{" : "{");
		add_rule(x, b, ops[i], level + 1);
		buf_addc(b, '}');
	}
	buf_addc(b, ']');
}

static void
add_hits(struct explaining *x, struct buf *b)
{
	for (size_t i = 0; i < x->verdict->n_hits; i++) {
		const struct verdict_hit *h = &x->verdict->hits[i];

		buf_adds(b, i ? ",{" : "{");
		add_rule(x, b, h->rule, 0);
		buf_addf(b, ",\"points\":%.10g,\"score\":%.10g,\"count\":%u",
		    h->points, h->score, h->count);
		add_text(b, "describe", h->rule->describe);
		add_origin(b, "score_", &h->rule->score_origin);
		buf_addc(b, '}');
	}
}

static void
add_voided(struct explaining *x, struct buf *b)
{
	for (size_t i = 0; i < x->verdict->n_voided; i++) {
		const struct verdict_hit *h = &x->verdict->voided[i];

		buf_adds(b, i ? ",{\"rule\":" : "{\"rule\":");
		buf_add_json(b, h->rule->name);
		buf_addf(b, ",\"score\":%.10g", h->score);
		add_text(b, "why", slice_cstr(h->why ? h->why : ""));
		add_text(b, "text", explain_source(x, h->rule));
		add_origin(b, "", &h->rule->origin);
		add_zone(x, b, h->rule);
		buf_addc(b, '}');
	}
}

static void
add_unknown(struct explaining *x, struct buf *b)
{
	size_t n;
	struct doubt **v = explain_doubts(x, &n);

	for (size_t i = 0; i < n; i++) {
		buf_adds(b, i ? ",{\"why\":" : "{\"why\":");
		buf_add_json(b, slice_cstr(v[i]->why));
		buf_adds(b, ",\"rules\":[");
		for (size_t k = 0; k < v[i]->rules.n; k++) {
			if (k > 0)
				buf_addc(b, ',');
			buf_add_json(b, v[i]->rules.v[k]->name);
		}
		buf_adds(b, "]}");
	}
}

void
explain_json(struct explaining *x, struct buf *b)
{
	buf_adds(b, "{\"file\":");
	buf_add_json(b, slice_cstr(x->file));
	buf_addf(b, ",\"spam\":%s,\"score\":%.10g,\"required\":%.10g,"
	    "\"hits\":[", x->verdict->spam ? "true" : "false",
	    x->verdict->score, x->verdict->required);
	add_hits(x, b);
	buf_adds(b, "],\"shortcircuit\":");
	if (x->verdict->ended_as == NULL)
		buf_adds(b, "null");
	else
		buf_addf(b, "\"%s\"", x->verdict->ended_as);
	buf_adds(b, ",\"void\":[");
	add_voided(x, b);
	buf_adds(b, "],\"unknown\":[");
	add_unknown(x, b);
	buf_adds(b, "]}");
}
