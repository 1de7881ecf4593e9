/*
 * view.c - make the empty view; every other file of the room fills its part
 * on first use.  See view.h for the contract.
 */
#include "config.h"

#include "view/view-priv.h"

struct view *
view_new(struct arena *a, struct mail *m, const struct view_conf *c)
{
	struct view *v = arena_alloc(a, sizeof(*v));

	v->arena = a;
	v->mail = m;
	v->conf = c;
	v->parts = arena_alloc_array(a, m->parts.n + 1, sizeof(*v->parts));
	v->header_cache = map_new(a, true);
	return v;
}

struct mail *
view_mail(const struct view *v)
{
	return v->mail;
}

struct arena *
view_arena(const struct view *v)
{
	return v->arena;
}
