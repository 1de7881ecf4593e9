/*
 * optional.c - plugins that are there only after a loadplugin line.
 *
 * load.c opens them with the others, to learn what they stand for, and takes
 * nothing in: `ifplugin` stays false, as with SpamAssassin, whose default set
 * and its scores know nothing of them.  The line itself, which the rule parser
 * reads before the rules (*.pre), takes them in.  Nothing takes one out again.
 */
#include "config.h"

#include "plug/plug-priv.h"

/* Place of what waits for loadplugin NAME; p->optional.n: nothing does. */
static size_t
find(const struct plug *p, struct slice name)
{
	size_t i = 0;

	if (!plug_short_name(name, &name))
		return p->optional.n;
	for (; i < p->optional.n; i++) {
		const struct loaded *l = p->optional.v[i];

		for (size_t k = 0; l != NULL && l->p->stands_for[k] != NULL;
		    k++) {
			if (slice_eq_nocase(name,
			    slice_cstr(l->p->stands_for[k])))
				return i;
		}
	}
	return i;
}

int
plug_add_optional(struct plug *p, struct loaded *l, struct err *e)
{
	if (l->p->stands_for == NULL || l->p->stands_for[0] == NULL)
		return err_set(e, ERR_CONFIG, "plugin %s is optional and "
		    "stands for no name that loadplugin could give", l->path);
	*VEC_PUSH(p->arena, &p->optional) = l;
	return 0;
}

bool
plug_is_loadable(void *arg, struct slice name)
{
	const struct plug *p = arg;

	return find(p, name) < p->optional.n;
}

int
plug_load_optional(void *arg, struct ruleset *rs, struct slice name,
    struct err *e)
{
	struct plug *p = arg;
	size_t i = find(p, name);
	struct loaded *l;

	if (i == p->optional.n)
		return 0;
	l = p->optional.v[i];
	p->optional.v[i] = NULL;
	p->setup.rs = rs;
	return plug_take_in(p, l, e);
}

const char *
plug_waits_with(const struct plug *p, struct slice eval)
{
	for (size_t i = 0; i < p->optional.n; i++) {
		const struct loaded *l = p->optional.v[i];
		const struct tare_eval *row = l != NULL ? l->p->evals : NULL;

		for (; row != NULL && row->name != NULL; row++) {
			if (slice_eq_cstr(eval, row->name))
				return l->p->stands_for[0];
		}
	}
	return NULL;
}
