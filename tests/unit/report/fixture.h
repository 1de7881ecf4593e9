/*
 * fixture - a verdict, settings and views for the tests of report/.
 *
 * Static functions, for each test program is one file.
 */
#ifndef TESTS_REPORT_FIXTURE_H
#define TESTS_REPORT_FIXTURE_H

#include <string.h>

#include "report/report-priv.h"
#include "tests/tap/tap.h"

struct fixture {
	struct arena *a;
	struct conf *conf;
	struct ruleset rs;
	struct report_conf rc;
	struct view_conf vc;
	struct ip_set none;
	struct rule rules[3];
	struct verdict_hit hits[3], voided[1];
	struct verdict_zone zones[1];
	struct slice answers[2];
	struct verdict v;
};

static inline struct verdict_hit
fixture_hit(const struct rule *r, double score, double weight, unsigned count)
{
	return (struct verdict_hit){ .rule = r, .score = score,
		.points = score * weight, .weight = weight, .count = count,
		.zone = -1 };
}

/* Spam of 6 points: one rule, and one that hit thrice at half its weight. */
static inline void
fixture_init(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	f->a = arena_new();
	f->conf = conf_new(f->a);
	f->rc = (struct report_conf){ .conf = f->conf,
		.hostname = SLICE("mx.example.org"), .version = SLICE("0.1.0"),
		.released = SLICE("2026-11-21"), .rs = &f->rs };
	f->vc = (struct view_conf){ .trusted = &f->none, .internal = &f->none,
		.msa = &f->none, .domains = view_domains_new(f->a) };
	f->rules[0].name = SLICE("A_RULE");
	f->rules[0].kind = RULE_HEADER;
	f->rules[0].describe = SLICE("First thing");
	f->rules[1].name = SLICE("B_MULTI");
	f->rules[1].kind = RULE_BODY;
	f->rules[1].describe = SLICE("Counted thrice");
	f->rules[2].name = SLICE("RCVD_IN_X");
	for (size_t i = 0; i < 4; i++) {
		f->rules[0].score[i] = 4.5;
		f->rules[1].score[i] = 1;
	}
	f->hits[0] = fixture_hit(&f->rules[0], 4.5, 1, 1);
	f->hits[1] = fixture_hit(&f->rules[1], 3, 0.5, 3);
	f->voided[0] = fixture_hit(&f->rules[2], 2.5, 0, 1);
	f->voided[0].zone = 0;
	f->voided[0].why = "zone quarantined: wildcard";
	f->answers[0] = SLICE("4.3.2.1.bl.example.org -> 127.0.0.2");
	f->answers[1] = SLICE("4.3.2.2.bl.example.org -> 127.0.0.2");
	f->zones[0] = (struct verdict_zone){ SLICE("bl.example.org"),
		ZONE_QUARANTINED, REASON_WILDCARD, 0, true,
		f->answers, 1 };
	f->v = (struct verdict){ .spam = true, .score = 6, .required = 5,
		.hits = f->hits, .n_hits = 2, .voided = f->voided,
		.n_voided = 1, .zones = f->zones, .n_zones = 1,
		.defects = DEFECT_NUL };
}

static inline void
fixture_set(struct fixture *f, const char *name, const char *value)
{
	struct origin o = { "test", 1, 1 };
	struct err e = { 0 };

	if (conf_set(f->conf, slice_cstr(name), slice_cstr(value), &o,
	    &e) != 0)
		ok(false, "setting %s %s: %s", name, value, e.text);
}

static inline struct view *
fixture_view(struct fixture *f, struct slice raw)
{
	return view_new(f->a, mail_parse(f->a, raw), &f->vc);
}

static inline struct slice
fixture_rewrite(struct fixture *f, struct slice raw)
{
	return report_rewrite(f->a, &f->rc, &f->v, fixture_view(f, raw));
}

/* ---- ways to mark a message ---- */

static const struct {
	const char *name, *safe;
	bool spam, tags, prefix;
} fixture_modes[] = {
	{ "ham", "0", false, false, false },
	{ "ham with a prefix", "0", false, true, true },
	{ "in place", "0", true, false, false },
	{ "in place with tags", "0", true, true, true },
	{ "as a message", "1", true, false, false },
	{ "as a message with tags", "1", true, true, true },
	{ "as text", "2", true, true, false },
};
#define FIXTURE_MODES (sizeof(fixture_modes) / sizeof(*fixture_modes))

static inline void
fixture_mode(struct fixture *f, size_t k)
{
	bool tags = fixture_modes[k].tags;

	fixture_set(f, "report_safe", fixture_modes[k].safe);
	fixture_set(f, "rewrite_header", tags ? "subject [TAG _SCORE_]" :
	    "subject");
	fixture_set(f, "rewrite_header", tags ? "from TAG" : "from");
	fixture_set(f, "rewrite_header", tags ? "to TAG" : "to");
	f->rules[0].subjprefix = fixture_modes[k].prefix ? SLICE("[PRE]") :
	    (struct slice){ NULL, 0 };
	f->v.spam = fixture_modes[k].spam;
}

static inline bool
has(struct slice text, const char *what)
{
	return slice_find(text, slice_cstr(what), 0) >= 0;
}

#endif
