/*
 * load.c - find plugins, check their ABI, take in what they offer.
 *
 * Called once by scan/ before rules are read, in the master; optional plugins
 * are opened, too, and taken in when a loadplugin line names one.  A plugin
 * that does not fit is an error, not a warning: half a rule set is worse than a
 * clear line at start.  Handles are never dlclosed: evals are referenced by the
 * rule set until the process ends.
 */
#include "config.h"

#include <dlfcn.h>
#include <stdlib.h>

#include "base/fdio.h"
#include "plug/plug-priv.h"

static const struct tare_plugin *
open_object(const char *path, struct err *e)
{
	const struct tare_plugin *const *entry;
	void *h = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (h == NULL) {
		err_set(e, ERR_CONFIG, "plugin %s cannot be loaded: %s", path,
		    dlerror());
		return NULL;
	}
	entry = dlsym(h, "tare_plugin");
	if (entry == NULL || *entry == NULL) {
		err_set(e, ERR_CONFIG, "%s is not a tare plugin: it exports no "
		    "tare_plugin (use TARE_PLUGIN)", path);
		return NULL;
	}
	if ((*entry)->abi != TARE_ABI ||
	    (*entry)->size != sizeof(struct tare_plugin)) {
		err_set(e, ERR_CONFIG, "plugin %s was built for another tare "
		    "(its ABI %u, size %u; here %u, %zu): rebuild it", path,
		    (*entry)->abi, (*entry)->size, TARE_ABI,
		    sizeof(struct tare_plugin));
		return NULL;
	}
	return *entry;
}

/* plugin.h's rows have the order and meaning of conf.h's. */
static const struct setting *
settings_in(struct arena *a, const struct tare_setting *rows)
{
	VEC_OF(struct setting) v = { 0 };

	_Static_assert((int)TARE_IGNORED == (int)SETTING_IGNORED &&
	    (int)TARE_TEMPLATE == (int)SETTING_TEMPLATE,
	    "plugin.h and conf.h number setting types alike");
	for (; rows->name != NULL; rows++)
		*VEC_PUSH(a, &v) = (struct setting){ rows->name,
			(enum setting_type)rows->type, rows->def, rows->min,
			rows->max, rows->help };
	*VEC_PUSH(a, &v) = (struct setting){ 0 };
	return v.v;
}

static void
put_names(struct map *m, const char *const *names, struct loaded *l)
{
	for (; names != NULL && *names != NULL; names++)
		map_put(m, slice_cstr(*names), l);
}

static int
take_evals(struct plug *p, struct loaded *l, struct err *e)
{
	const struct tare_eval *row = l->p->evals;

	for (; row != NULL && row->name != NULL; row++) {
		struct bound_eval *b = arena_alloc(p->arena, sizeof(*b));
		struct bound_eval *other;

		b->owner = l;
		b->row = row;
		other = map_put(p->evals, slice_cstr(row->name), b);
		if (other != NULL)
			return err_set(e, ERR_CONFIG, "plugins %s and %s both "
			    "offer eval %s", other->owner->path, l->path,
			    row->name);
	}
	return 0;
}

static void
take_directives(struct plug *p, struct loaded *l)
{
	const struct tare_directive *row = l->p->directives;

	for (; row != NULL && row->name != NULL; row++) {
		struct bound_directive *b = arena_alloc(p->arena, sizeof(*b));
		struct slice name = slice_cstr(row->name);

		b->owner = l;
		b->row = row;
		if (slice_ends(name, SLICE("*"))) {
			b->next = p->starred;
			p->starred = b;
		} else {
			b->next = map_put(p->directives, name, b);
		}
	}
}

int
plug_take_in(struct plug *p, struct loaded *l, struct err *e)
{
	const struct tare_plugin *tp = l->p;
	struct tare_err why = { "" };

	*VEC_PUSH(p->arena, &p->plugins) = l;
	if (tp->settings != NULL && conf_add_schema(p->conf,
	    settings_in(p->arena, tp->settings), tp->name, e) != 0)
		return -1;
	if (take_evals(p, l, e) != 0)
		return -1;
	take_directives(p, l);
	put_names(p->stands_for, tp->stands_for, l);
	put_names(p->can, tp->can, l);
	if (tp->load != NULL && tp->load(&p->setup, &l->ctx, &why) != 0)
		return err_set(e, ERR_CONFIG, "plugin %s: %s", l->path,
		    why.text);
	return 0;
}

static int
load_one(struct plug *p, const char *path, struct err *e)
{
	const struct tare_plugin *tp = open_object(path, e);
	struct loaded *l;

	if (tp == NULL)
		return -1;
	/* An earlier directory may have it. */
	if (map_put(p->names, slice_cstr(tp->name), p) != NULL)
		return 0;
	l = arena_alloc(p->arena, sizeof(*l));
	l->p = tp;
	l->path = arena_str(p->arena, slice_cstr(path));
	if (!tp->optional)
		return plug_take_in(p, l, e);
	return plug_add_optional(p, l, e);
}

int
plug_open(struct arena *a, struct conf *conf,
    const struct plug_options *opt, struct plug **p_r, struct err *e)
{
	struct plug *p = arena_alloc(a, sizeof(*p));

	p->arena = a;
	p->conf = conf;
	p->few = opt->few;
	p->evals = map_new(a, false);
	p->directives = map_new(a, true);
	p->stands_for = map_new(a, true);
	p->names = map_new(a, false);
	p->can = map_new(a, false);
	p->zones_by_name = map_new(a, true);
	p->setup.plug = p;
	for (size_t i = 0; i < opt->n_dirs; i++) {
		char **paths;
		size_t count;

		if (dir_list(opt->dirs[i], ".so", a, &paths, &count, e) != 0)
			return -1;
		for (size_t k = 0; k < count; k++) {
			if (load_one(p, paths[k], e) != 0)
				return -1;
		}
	}
	*p_r = p;
	return 0;
}

int
plug_start(struct plug *p, struct err *e)
{
	for (size_t i = 0; i < p->plugins.n; i++) {
		struct loaded *l = p->plugins.v[i];
		struct tare_err why = { "" };

		if (l->p->start != NULL && l->p->start(l->ctx, &why) != 0)
			return err_set(e, ERR_SOFTWARE, "plugin %s: %s",
			    l->p->name, why.text);
		l->started = true;
	}
	return 0;
}

void
plug_stop(struct plug *p)
{
	for (size_t i = p->plugins.n; i-- > 0;) {
		struct loaded *l = p->plugins.v[i];

		if (l->started && l->p->stop != NULL)
			l->p->stop(l->ctx);
		l->started = false;
	}
}
