/*
 * host.c - what the rule parser asks of plugins (struct rule_host), and the
 * binding of eval rules once all lines are read.
 */
#include "config.h"

#include <string.h>

#include "plug/plug-priv.h"

bool
plug_short_name(struct slice name, struct slice *short_r)
{
	ptrdiff_t colon = slice_rchr(name, ':');

	*short_r = colon < 0 ? name :
	    slice_sub(name, (size_t)colon + 1, name.n);
	return colon < 0 ||
	    slice_starts(name, SLICE("Mail::SpamAssassin::Plugin::"));
}

static bool
host_has_plugin(void *arg, struct slice name)
{
	const struct plug *p = arg;

	return plug_short_name(name, &name) && map_has(p->stands_for, name);
}

static bool
host_can(void *arg, struct slice name)
{
	const struct plug *p = arg;
	struct slice prefix = SLICE("Mail::SpamAssassin::Plugin::");

	if (slice_starts(name, prefix))
		name = slice_sub(name, prefix.n, name.n);
	return map_has(p->can, name);
}

/* "hashbl_acl_free a b" for "hashbl_acl_*": "free a b". */
static const struct bound_directive *
find_starred(struct plug *p, struct slice key, struct slice *value)
{
	const struct bound_directive *b = p->starred;
	struct slice words[2] = { { NULL, 0 }, *value };

	for (; b != NULL; b = b->next) {
		size_t n = strlen(b->row->name) - 1;

		if (key.n <= n || !slice_starts_nocase(key,
		    slice_make(b->row->name, n)))
			continue;
		words[0] = slice_sub(key, n, key.n);
		*value = arena_join(p->arena, words, 2, SLICE(" "));
		return b;
	}
	return NULL;
}

static int
host_directive(void *arg, struct ruleset *rs, struct slice key,
    struct slice value, const struct origin *origin, struct err *e)
{
	struct plug *p = arg;
	const struct bound_directive *b = map_get(p->directives, key);
	bool starred = b == NULL;
	struct tare_err why = { "" };
	int rc = 0;

	if (starred)
		b = find_starred(p, key, &value);
	if (b == NULL)
		return 1;
	p->setup.rs = rs;
	p->setup.origin = origin;
	for (; b != NULL; b = starred ? NULL : b->next) {
		if (b->row->line(&p->setup, b->owner->ctx, slice_out(value),
		    &why) != 0)
			rc = err_set(e, ERR_CONFIG, "%s", why.text);
	}
	p->setup.origin = NULL;
	return rc;
}

struct rule_host
plug_host(struct plug *p)
{
	return (struct rule_host){ p, host_has_plugin, host_can,
		host_directive, plug_load_optional, plug_is_loadable };
}

void
plug_call_fill(struct arena *a, const struct rule *r,
    const struct loaded *owner, struct tare_call *call_r)
{
	const char **args = arena_alloc_array(a, r->args.n + 1,
	    sizeof(*args));

	for (size_t i = 0; i < r->args.n; i++)
		args[i] = arena_str(a, r->args.v[i]);
	call_r->rule = r->id;
	call_r->rule_name = arena_str(a, r->name);
	call_r->on = (int)r->text;
	call_r->tflags = r->tflags;
	call_r->nargs = r->args.n;
	call_r->args = args;
	call_r->plugin = owner->ctx;
}

/* What rule->plugin_data points at: the call is made once, at load. */
struct prepared_call {
	struct tare_call call;
};

static void
unknown_eval(struct plug *p, struct ruleset *rs, const struct rule *r)
{
	const char *plugin = plug_waits_with(p, r->function);

	if (plugin != NULL)
		rule_finding(rs, FINDING_WARNING, &r->origin, "unknown-eval",
		    "rule %.*s: eval %.*s belongs to the plugin %s: put "
		    "'loadplugin Mail::SpamAssassin::Plugin::%s' in a .pre "
		    "file; the rule is unknown on every message",
		    SLICE_FMT(r->name), SLICE_FMT(r->function), plugin,
		    plugin);
	else
		rule_finding(rs, FINDING_WARNING, &r->origin, "unknown-eval",
		    "rule %.*s: no loaded plugin offers eval %.*s; the rule "
		    "is unknown on every message", SLICE_FMT(r->name),
		    SLICE_FMT(r->function));
}

static void
bind_rule(struct plug *p, struct ruleset *rs, struct rule *r)
{
	const struct bound_eval *b = r->eval != NULL ? r->eval :
	    map_get(p->evals, r->function);
	struct prepared_call *pc;
	struct tare_err why = { "" };
	void *given = r->eval != NULL ? r->plugin_data : NULL;

	if (b == NULL) {
		unknown_eval(p, rs, r);
		return;
	}
	if (b->row->run == NULL) {
		rule_finding(rs, FINDING_INFO, &r->origin, "eval-unavailable",
		    "rule %.*s: eval %s needs %s, which this version does not "
		    "have; the rule is unknown on every message",
		    SLICE_FMT(r->name), b->row->name, b->row->help);
		r->eval = b;		/* when it would run */
		r->plugin_data = NULL;	/* never does */
		return;
	}
	pc = arena_alloc(p->arena, sizeof(*pc));
	plug_call_fill(p->arena, r, b->owner, &pc->call);
	pc->call.prepared = given;
	if (b->row->prepare != NULL && b->row->prepare(&p->setup, &pc->call,
	    &pc->call.prepared, &why) != 0) {
		rule_finding(rs, FINDING_ERROR, &r->origin, "bad-eval",
		    "rule %.*s: %s", SLICE_FMT(r->name), why.text);
		r->eval = NULL;
		return;
	}
	r->eval = b;
	r->plugin_data = pc;
}

int
plug_prepare(struct plug *p, struct ruleset *rs, unsigned score_set,
    struct err *e)
{
	p->setup.rs = rs;
	p->setup.score_set = score_set;
	for (size_t i = 0; i < rs->rules.n; i++) {
		struct rule *r = rs->rules.v[i];

		if (r->defined && (r->kind == RULE_EVAL ||
		    r->kind == RULE_PLUGIN))
			bind_rule(p, rs, r);
	}
	for (size_t i = 0; i < p->plugins.n; i++) {
		struct loaded *l = p->plugins.v[i];
		struct tare_err why = { "" };

		if (l->p->ready != NULL &&
		    l->p->ready(&p->setup, l->ctx, &why) != 0)
			return err_set(e, ERR_CONFIG, "plugin %s: %s",
			    l->p->name, why.text);
	}
	plug_zone_settings(p, rs);
	return 0;
}

enum plug_when
plug_eval_when(const struct rule *r)
{
	const struct bound_eval *b = r->eval;
	unsigned views = b != NULL ? b->row->views : 0;

	return (views & TARE_DNS) != 0 ? PLUG_ASKS :
	    (views & TARE_EDITS) != 0 ? PLUG_EDITS : PLUG_JUDGES;
}

void
plug_eval(struct tare_msg *m, const struct rule *r)
{
	static const uint8_t states[] = {
		[TARE_MISS] = RESULT_MISS, [TARE_HIT] = RESULT_HIT,
		[TARE_UNKNOWN] = RESULT_UNKNOWN, [TARE_WAIT] = RESULT_WAIT,
	};
	const struct bound_eval *b = r->eval;
	const struct prepared_call *pc = r->plugin_data;
	struct rule_result *res = &m->s.results[r->id];
	enum tare_answer ans;

	if (b == NULL || pc == NULL) {
		res->state = RESULT_UNKNOWN;
		res->why = "its eval is not available";
		return;
	}
	ans = b->row->run(m, &pc->call);
	/* Settled inside run (cached knowledge)?  Then that stands. */
	if (ans == TARE_WAIT && res->state != RESULT_NOT_RUN)
		return;
	res->state = states[ans];
	if (ans == TARE_HIT && res->value == 0)
		res->value = 1;
	if (ans == TARE_HIT)
		res->weight = 1;
}
