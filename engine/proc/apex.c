/*
 * apex.c - who serves a zone, and how old its data are, asked and reported.
 *
 * The keeper's second pair of hands (probe.c is the first): when learn/ wishes
 * WISH_APEX, the NS and SOA records of the zone and the NS records of the
 * registered domain it is in are asked for, at the resolver and not as list
 * questions, and learn_apex is told when all are in.  What did not come is
 * "not known"; so is a set of names that is too long to be kept.
 */
#include "config.h"

#include "proc/proc-priv.h"

#include <arpa/nameser.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct apex_look {
	struct apex_asker *owner;
	struct apex_look *next, **prev;
	char zone[LIMIT_ZONE_NAME];
	struct apex_seen seen;
	unsigned open;
	bool asking;			/* still being asked */
};

static void
end_if_done(struct apex_look *w)
{
	struct apex_asker *o = w->owner;

	if (w->asking || w->open > 0) {
		return;
	}
	*w->prev = w->next;
	if (w->next != NULL) {
		w->next->prev = w->prev;
	}
	learn_apex(o->learn, w->zone, &w->seen, zone_clock_now(o->clock));
	mem_free(w);
}

static int
by_name(const void *a, const void *b)
{
	return slice_cmp(*(const struct slice *)a, *(const struct slice *)b);
}

/* Sorted, so that the history shows the same set in the same words. */
static void
join_names(const struct ask_answer *ans, char dst[APEX_TEXT])
{
	struct arena *a = arena_new();
	struct slice v[LIMIT_ANSWER_NAMES], all;

	for (unsigned i = 0; i < ans->n_txt; i++) {
		v[i] = arena_lower(a, ans->txt[i]);
		while (slice_ends(v[i], SLICE("."))) {
			v[i].n--;
		}
	}
	if (ans->n_txt > 0) {
		qsort(v, ans->n_txt, sizeof(v[0]), by_name);
	}
	all = arena_join(a, v, ans->n_txt, SLICE(" "));
	if (ans->n_txt < LIMIT_ANSWER_NAMES && all.n < APEX_TEXT) {
		record_text(dst, APEX_TEXT, all);
	}
	arena_free(&a);
}

static void
on_ns(const struct ask_answer *ans, void *arg)
{
	struct apex_look *w = arg;

	w->open--;
	join_names(ans, w->seen.ns);
	end_if_done(w);
}

static void
on_domain_ns(const struct ask_answer *ans, void *arg)
{
	struct apex_look *w = arg;

	w->open--;
	join_names(ans, w->seen.domain_ns);
	end_if_done(w);
}

static void
on_soa(const struct ask_answer *ans, void *arg)
{
	struct apex_look *w = arg;
	long serial;

	w->open--;
	if (ans->n_txt > 0 && slice_to_long(ans->txt[0], &serial) == 0) {
		w->seen.serial_known = true;
		w->seen.serial = (uint32_t)serial;
	}
	end_if_done(w);
}

static void
ask(struct apex_look *w, const char *name, int type, ask_answer_fn *fn)
{
	w->open += ask_name(w->owner->ask, name, type, 0, fn, w) != NULL;
}

void
apex_ask(struct apex_asker *o, const struct zone_model *z, const char *as)
{
	struct apex_look *w = mem_alloc(sizeof(*w));
	struct slice zone = slice_cstr(as);
	struct slice domain = view_domain_registered(o->domains, zone);
	char name[LIMIT_ZONE_NAME];

	w->owner = o;
	w->next = o->open;
	w->prev = &o->open;
	if (w->next != NULL) {
		w->next->prev = &w->next;
	}
	o->open = w;
	memcpy(w->zone, z->name, sizeof(w->zone));
	w->asking = true;
	ask(w, as, ns_t_ns, on_ns);
	ask(w, as, ns_t_soa, on_soa);
	if (domain.n > 0 && !slice_eq(domain, zone)) {
		record_text(name, sizeof(name), domain);
		ask(w, name, ns_t_ns, on_domain_ns);
	}
	w->asking = false;
	end_if_done(w);
}

/* After ask_free: no answer comes any more. */
void
apex_drop(struct apex_asker *o)
{
	while (o->open != NULL) {
		struct apex_look *w = o->open;

		o->open = w->next;
		mem_free(w);
	}
}
