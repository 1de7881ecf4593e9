/*
 * setup.c - the functions of plugin.h that work while rules are read.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "plug/plug-priv.h"

void
tare_fail(struct tare_err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
}

void *
tare_setup_alloc(struct tare_setup *s, size_t n)
{
	return arena_alloc(s->plug->arena, n);
}

char *
tare_setup_strdup(struct tare_setup *s, struct tare_slice text)
{
	return arena_str(s->plug->arena, slice_in(text));
}

double
tare_setup_num(struct tare_setup *s, const char *name)
{
	return conf_num(s->plug->conf, name);
}

struct tare_slice
tare_setup_text(struct tare_setup *s, const char *name)
{
	return slice_out(conf_text(s->plug->conf, name));
}

const struct tare_slice *
tare_setup_list(struct tare_setup *s, const char *name, size_t *n_r)
{
	return slices_out(conf_list(s->plug->conf, name, n_r));
}

struct regex *
plug_regex(struct plug *p, const struct rule_regex *re, struct err *e)
{
	return p->few ? regex_check(p->arena, re, e) :
	    regex_compile(p->arena, re, e);
}

struct tare_regex *
tare_regex_new(struct tare_setup *s, const char *text, struct tare_err *e)
{
	struct rule_regex re = { 0 };
	struct regex *compiled;
	struct err why = { 0 };

	if (rule_regex_parse(s->plug->arena, slice_cstr(text), &re,
	    &why) != 0) {
		tare_fail(e, "%s", why.text);
		return NULL;
	}
	compiled = plug_regex(s->plug, &re, &why);
	if (compiled == NULL)
		tare_fail(e, "%s", why.text);
	return (struct tare_regex *)(void *)compiled;
}

void
tare_warn(struct tare_setup *s, unsigned rule, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	rule_finding(s->rs, FINDING_WARNING, &s->rs->rules.v[rule]->origin,
	    "eval-argument", "%s", text);
}

int
tare_rule_id(struct tare_setup *s, const char *name)
{
	const struct rule *r = rule_find(s->rs, slice_cstr(name));

	return r != NULL ? (int)r->id : -1;
}

uint32_t
tare_rule_tflags(struct tare_setup *s, unsigned rule)
{
	return s->rs->rules.v[rule]->tflags;
}

bool
tare_rule_needed(struct tare_setup *s, unsigned rule)
{
	return rule_needed(s->rs, rule, s->score_set);
}

double
tare_rule_score(struct tare_setup *s, unsigned rule)
{
	return rule_score(s->rs->rules.v[rule], s->score_set);
}

int
tare_rule_ends(struct tare_setup *s, struct tare_slice name,
    enum tare_ending ending, struct tare_err *e)
{
	struct rule *r = rule_end_at(s->rs, slice_in(name),
	    (enum rule_ending)ending);

	_Static_assert((int)TARE_ENDS_SPAM == (int)ENDING_SPAM,
	    "plugin.h and rule.h number endings alike");
	if (r == NULL) {
		tare_fail(e, "'%.*s' is not the name of a rule",
		    name.n > 60 ? 60 : (int)name.n, name.p);
		return -1;
	}
	if (r->mentioned_by == NULL && s->origin != NULL) {
		r->mentioned_by = "shortcircuit";
		r->mention = *s->origin;
	}
	return 0;
}

void
tare_endings_set(struct tare_setup *s, const struct tare_endings *t)
{
	s->rs->endings = (struct rule_endings){
		.mark = s->rs->rules.v[t->mark], .ham = t->ham,
		.spam = t->spam, .bounded = t->bounded, .below = t->below,
		.above = t->above };
}

int
tare_rule_define(struct tare_setup *s, struct tare_slice name,
    const struct tare_eval *eval, void *prepared)
{
	struct plug *p = s->plug;
	struct rule *r = rule_intern(s->rs, slice_in(name));
	struct bound_eval *b;

	if (r == NULL)
		return -1;
	b = arena_alloc(p->arena, sizeof(*b));
	b->row = eval;
	for (size_t i = 0; i < p->plugins.n; i++) {
		const struct tare_eval *row = p->plugins.v[i]->p->evals;

		for (; row != NULL && row->name != NULL; row++) {
			if (row == eval)
				b->owner = p->plugins.v[i];
		}
	}
	if (b->owner == NULL)
		return -1;
	r->kind = RULE_PLUGIN;
	r->defined = true;
	if (s->origin != NULL)
		r->origin = *s->origin;
	r->eval = b;
	r->plugin_data = prepared;
	return (int)r->id;
}
