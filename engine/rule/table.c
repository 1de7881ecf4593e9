/*
 * table.c - the table of rules and the list of findings.
 *
 * Rules are found by name; ids are dense in the order in which names were
 * first met.  A name that only a score or a meta mentions has a row too, not
 * "defined".  After rule_load the table does not change.
 */
#include "config.h"

#include "rule/rule-priv.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

static const char *const kind_names[RULE_KINDS] = {
	[RULE_EMPTY] = "empty", [RULE_HEADER] = "header",
	[RULE_BODY] = "body", [RULE_RAWBODY] = "rawbody",
	[RULE_FULL] = "full", [RULE_URI] = "uri",
	[RULE_MIMEHEADER] = "mimeheader", [RULE_EVAL] = "eval",
	[RULE_META] = "meta", [RULE_PLUGIN] = "plugin",
};

const char *
rule_kind_name(enum rule_kind k)
{
	if ((unsigned)k >= RULE_KINDS)
		DIE("rule kind %d", (int)k);
	return kind_names[k];
}

/* A letter or '_', then word characters; at most LIMIT_RULE_NAME bytes. */
bool
rule_name_valid(struct slice name)
{
	if (name.n == 0 || name.n > LIMIT_RULE_NAME ||
	    ascii_isdigit((unsigned char)name.p[0]))
		return false;
	for (size_t i = 0; i < name.n; i++) {
		if (!ascii_isword((unsigned char)name.p[i]))
			return false;
	}
	return true;
}

struct rule *
rule_find(const struct ruleset *rs, struct slice name)
{
	return map_get(rs->by_name, name);
}

struct rule *
rule_intern(struct ruleset *rs, struct slice name)
{
	struct rule *r = rule_find(rs, name);

	if (r != NULL || !rule_name_valid(name))
		return r;
	r = arena_alloc(rs->arena, sizeof(*r));
	r->id = (unsigned)rs->rules.n;
	r->name = arena_slice(rs->arena, name);
	r->subrule = slice_starts(name, SLICE("__"));
	*VEC_PUSH(rs->arena, &rs->rules) = r;
	map_put(rs->by_name, r->name, r);
	return r;
}

double
rule_score(const struct rule *r, unsigned set)
{
	return r->score[set & 3];
}

bool
rule_needed(const struct ruleset *rs, unsigned id, unsigned set)
{
	if (id >= rs->n_needed)
		return id < rs->rules.n;
	return (rs->needed[id] >> (set & 3) & 1) != 0;
}

void
rule_need_subrules(struct ruleset *rs)
{
	for (size_t i = 0; i < rs->n_needed; i++) {
		const struct rule *r = rs->rules.v[i];

		for (unsigned set = 0; r->defined && set < 4; set++) {
			if (r->score[set] != 0)
				rs->needed[i] |= (uint8_t)(1u << set);
		}
	}
}

const char *
rule_nearest(const struct ruleset *rs, struct slice name)
{
	struct nearest n;

	nearest_start(&n, name);
	for (size_t i = 0; i < rs->rules.n; i++) {
		if (rs->rules.v[i]->defined)
			nearest_try(&n, rs->rules.v[i]->name);
	}
	return n.best.p;
}

static void
add_finding(struct ruleset *rs, enum finding_level level,
    const struct origin *origin, const char *code, char *text)
{
	*VEC_PUSH(rs->arena, &rs->findings) = (struct finding){
	    .level = level,
	    .origin = origin ? *origin : (struct origin){ 0 },
	    .code = code, .text = text };
}

void
rule_finding(struct ruleset *rs, enum finding_level level,
    const struct origin *origin, const char *code, const char *fmt, ...)
{
	char text[1000];
	va_list ap;

	if (level == FINDING_ERROR)
		rs->n_errors++;
	if (rs->findings.n > FINDINGS_MAX)
		return;
	if (rs->findings.n == FINDINGS_MAX) {
		add_finding(rs, FINDING_ERROR, origin, "too-many-findings",
		    arena_printf(rs->arena, "more than %d findings: the rest "
		    "is only counted", FINDINGS_MAX));
		return;
	}
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	add_finding(rs, level, origin, code,
	    arena_str(rs->arena, slice_cstr(text)));
}
