/*
 * rules - load rules from a string, for the tests of this room.
 */
#ifndef TESTS_RULES_H
#define TESTS_RULES_H

#include "tests/tap/tap.h"

#include "base/buf.h"
#include "base/mem.h"
#include "rule/rule-priv.h"

struct loaded {
	struct arena *arena;
	struct conf *conf;
	struct ruleset *rs;
};

/* Plugins A and B are there, and can(B::yes); the word `plug` is theirs.
 * FromNameSpoof is after a loadplugin line; Broken cannot be loaded. */
struct host_state {
	bool loaded;
};

__attribute__((unused)) static bool
host_has(void *arg, struct slice name)
{
	const struct host_state *h = arg;

	return slice_eq_cstr(name, "A") || slice_eq_cstr(name, "B") ||
	    slice_eq_cstr(name, "DMARC") ||
	    (h->loaded && slice_eq_cstr(name, "FromNameSpoof"));
}

__attribute__((unused)) static bool
host_loadable(void *arg, struct slice name)
{
	return slice_eq_cstr(name, "FromNameSpoof");
}

__attribute__((unused)) static int
host_load(void *arg, struct ruleset *rs, struct slice name, struct err *e)
{
	struct host_state *h = arg;

	if (slice_eq_cstr(name, "Broken"))
		return err_set(e, ERR_CONFIG, "it is broken");
	h->loaded |= host_loadable(h, name);
	return 0;
}

__attribute__((unused)) static bool
host_can(void *arg, struct slice name)
{
	return slice_eq_cstr(name, "B::yes");
}

__attribute__((unused)) static int
host_line(void *arg, struct ruleset *rs, struct slice key,
    struct slice value, const struct origin *origin, struct err *e)
{
	struct slice name;
	struct rule *r;

	if (!slice_eq_cstr(key, "plug"))
		return 1;
	if (!slice_word(&value, &name) || (r = rule_intern(rs, name)) == NULL)
		return err_set(e, ERR_CONFIG, "plug needs a name");
	r->kind = RULE_PLUGIN;
	r->defined = true;
	r->origin = *origin;
	return 0;
}

static struct rule_host
test_host(struct host_state *h)
{
	return (struct rule_host){ h, host_has, host_can, host_line,
		host_load, host_loadable };
}

__attribute__((unused)) static struct loaded
load_slice(struct slice text)
{
	struct rule_source src = { .text = text, .label = "t.cf" };
	struct loaded l = { .arena = arena_new() };
	struct host_state h = { false };
	struct rule_host host = test_host(&h);
	struct err e = { 0 };

	l.conf = conf_new(l.arena);
	if (rule_load(l.arena, l.conf, &src, 1, &host, &l.rs, &e) != 0)
		DIE("%s", e.text);
	return l;
}

__attribute__((unused)) static struct loaded
load(const char *text)
{
	return load_slice(slice_cstr(text));
}

__attribute__((unused)) static void
unload(struct loaded *l)
{
	arena_free(&l->arena);
}

/* A rule that is defined, or NULL. */
__attribute__((unused)) static struct rule *
rule_of(const struct loaded *l, const char *name)
{
	struct rule *r = rule_find(l->rs, slice_cstr(name));

	return r != NULL && r->defined ? r : NULL;
}

/* Number of findings with the code; *f_r (may be NULL) is the first. */
__attribute__((unused)) static size_t
findings(const struct loaded *l, const char *code,
    const struct finding **f_r)
{
	size_t n = 0;

	for (size_t i = 0; i < l->rs->findings.n; i++) {
		const struct finding *f = &l->rs->findings.v[i];

		if (strcmp(f->code, code) != 0)
			continue;
		if (n++ == 0 && f_r != NULL)
			*f_r = f;
	}
	return n;
}

__attribute__((unused)) static void
show_findings(const struct loaded *l)
{
	for (size_t i = 0; i < l->rs->findings.n; i++) {
		const struct finding *f = &l->rs->findings.v[i];

		printf("# %s:%u:%u %s: %s\n", f->origin.file, f->origin.line,
		    f->origin.col, f->code, f->text);
	}
}

#endif
