/*
 * order.c - the order in which rules run, as SpamAssassin has it (reference
 * 2.8): priorities ascending; within one the kinds, and at its end the metas
 * of which every dependency has run.
 *
 * Nothing here runs a rule.  The order matters where something ends a scan
 * early; otherwise scan/ may do all at once.
 */
#include "config.h"

#include "rule/rule-priv.h"

static enum rule_class
class_of_eval(enum rule_text text)
{
	static const enum rule_class classes[] = {
		[TEXT_HEADER] = CLASS_HEADER_EVAL,
		[TEXT_BODY] = CLASS_BODY_EVAL,
		[TEXT_RAWBODY] = CLASS_RAWBODY_EVAL,
		[TEXT_FULL] = CLASS_FULL_EVAL,
		[TEXT_URI] = CLASS_BODY_EVAL,
	};

	return classes[text];
}

struct rule_place
rule_place(const struct rule *r)
{
	static const enum rule_class classes[RULE_KINDS] = {
		[RULE_EMPTY] = CLASS_META, [RULE_HEADER] = CLASS_HEADER,
		[RULE_BODY] = CLASS_BODY, [RULE_RAWBODY] = CLASS_RAWBODY,
		[RULE_FULL] = CLASS_FULL, [RULE_URI] = CLASS_URI,
		/* made of a body eval there, and so are plugins' rules */
		[RULE_MIMEHEADER] = CLASS_BODY_EVAL,
		[RULE_PLUGIN] = CLASS_BODY_EVAL, [RULE_META] = CLASS_META,
	};

	return (struct rule_place){ r->priority, r->kind == RULE_EVAL ?
		class_of_eval(r->text) : classes[r->kind] };
}

int
rule_place_cmp(struct rule_place a, struct rule_place b)
{
	if (a.priority != b.priority)
		return a.priority < b.priority ? -1 : 1;
	return (a.cls > b.cls) - (a.cls < b.cls);
}

/* When the last rule that the meta rests on has run. */
static int
ready_after(const struct ruleset *rs, const struct rule *meta, unsigned set,
    const int *ready)
{
	int last = INT_MIN;

	for (size_t d = 0; d < meta->meta->deps.n; d++) {
		unsigned id = meta->meta->deps.v[d];
		const struct rule *r = rs->rules.v[id];

		/* What never runs is never ready, but counts at the end. */
		if (!r->defined || rule_score(r, set) == 0)
			return RULE_READY_LAST;
		if (ready[id] > last)
			last = ready[id];
	}
	return last;
}

const int *
rule_ready(const struct ruleset *rs, unsigned set)
{
	int *ready = arena_alloc_array(rs->arena, rs->rules.n + 1,
	    sizeof(*ready));
	int first = INT_MAX;

	for (size_t i = 0; i < rs->rules.n; i++) {
		const struct rule *r = rs->rules.v[i];

		ready[i] = r->priority;
		if (r->kind != RULE_META && rule_needed(rs, r->id, set) &&
		    r->priority < first)
			first = r->priority;
	}
	for (size_t i = 0; i < rs->n_metas; i++) {
		unsigned id = rs->meta_order[i];

		ready[id] = ready_after(rs, rs->rules.v[id], set, ready);
		if (ready[id] == INT_MIN)
			ready[id] = first;	/* it names no rule */
	}
	return ready;
}
