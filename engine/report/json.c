/*
 * json.c - a verdict as one JSON object (stable: scripts depend on it).
 */
#include "config.h"

#include <math.h>

#include "report/report-priv.h"

static void
add_key(struct buf *b, const char *key, bool first)
{
	buf_addf(b, "%s\"%s\":", first ? "" : ",", key);
}

static void
add_number(struct buf *b, double v)
{
	buf_addf(b, "%.10g", v == 0 || isnan(v) ? 0.0 : v);
}

static void
add_hits(struct buf *b, const struct verdict *v)
{
	for (size_t i = 0; i < v->n_hits; i++) {
		const struct verdict_hit *h = &v->hits[i];

		buf_adds(b, i ? ",{\"rule\":" : "{\"rule\":");
		buf_add_json(b, h->rule->name);
		add_key(b, "score", false);
		add_number(b, h->points);
		add_key(b, "weight", false);
		add_number(b, h->weight);
		buf_addf(b, ",\"count\":%u}", h->count);
	}
}

static void
add_voided(struct buf *b, const struct verdict *v)
{
	for (size_t i = 0; i < v->n_voided; i++) {
		const struct verdict_hit *h = &v->voided[i];

		buf_adds(b, i ? ",{\"rule\":" : "{\"rule\":");
		buf_add_json(b, h->rule->name);
		add_key(b, "score", false);
		add_number(b, h->score);
		add_key(b, "why", false);
		buf_add_json(b, slice_cstr(h->why));
		buf_addc(b, '}');
	}
}

void
report_answers(struct buf *b, const struct verdict_zone *z)
{
	if (z->n_answers == 0)
		return;
	add_key(b, "answer", false);
	buf_add_json(b, z->answers[0]);
	if (z->n_answers == 1)
		return;
	add_key(b, "answers", false);
	for (size_t i = 0; i < z->n_answers; i++) {
		buf_addc(b, i > 0 ? ',' : '[');
		buf_add_json(b, z->answers[i]);
	}
	buf_addc(b, ']');
}

static void
add_zones(struct buf *b, const struct verdict *v)
{
	bool any = false;

	for (size_t i = 0; i < v->n_zones; i++) {
		const struct verdict_zone *z = &v->zones[i];

		if (!z->used)
			continue;
		buf_adds(b, any ? ",{\"zone\":" : "{\"zone\":");
		any = true;
		buf_add_json(b, z->name);
		add_key(b, "state", false);
		buf_add_json(b, slice_cstr(zone_state_name(z->state)));
		if (z->reason != REASON_NONE) {
			add_key(b, "reason", false);
			buf_add_json(b, slice_cstr(zone_reason_name(
			    z->reason)));
		}
		add_key(b, "weight", false);
		add_number(b, z->weight);
		report_answers(b, z);
		buf_addc(b, '}');
	}
}

static void
add_defects(struct buf *b, uint32_t defects)
{
	bool any = false;

	for (unsigned bit = 0; bit < 32; bit++) {
		if ((defects & 1u << bit) == 0)
			continue;
		if (any)
			buf_addc(b, ',');
		any = true;
		buf_add_json(b, slice_cstr(mail_defect_name(1u << bit)));
	}
}

void
report_json(struct buf *b, const struct verdict *v, struct slice file)
{
	buf_addc(b, '{');
	add_key(b, "file", true);
	buf_add_json(b, file);
	buf_addf(b, ",\"spam\":%s", v->spam ? "true" : "false");
	add_key(b, "score", false);
	add_number(b, v->score);
	add_key(b, "required", false);
	add_number(b, v->required);
	buf_adds(b, ",\"hits\":[");
	add_hits(b, v);
	buf_adds(b, "],\"void\":[");
	add_voided(b, v);
	buf_adds(b, "],\"subrules\":[");
	for (size_t i = 0; i < v->n_subrules; i++) {
		if (i > 0)
			buf_addc(b, ',');
		buf_add_json(b, v->subrules[i]);
	}
	buf_adds(b, "],\"defects\":[");
	add_defects(b, v->defects);
	buf_adds(b, "],\"zones\":[");
	add_zones(b, v);
	buf_addf(b, "],\"unknown\":%u,\"partial\":%s,\"bytes\":%zu", v->unknown,
	    v->partial ? "true" : "false", v->bytes);
	if (v->ended_as != NULL) {
		buf_addf(b, ",\"shortcircuit\":{\"type\":\"%s\"",
		    v->ended_as);
		if (v->ended_by != NULL) {
			add_key(b, "rule", false);
			buf_add_json(b, v->ended_by->name);
		}
		buf_addc(b, '}');
	}
	add_key(b, "ms", false);
	buf_addf(b, "%.3f", v->ms);
	buf_addf(b, ",\"cpu_ms\":%.3f}", v->cpu_ms);
}
