/*
 * zones.c - the shared zone table as this process's scans see it.
 *
 * One copy per publication, shared by reference by all scans that begin while
 * it is current: a message's hot path compares one counter.
 */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "scan/scan-priv.h"

double
zones_now(const struct scanner *s)
{
	double start = s->opt.clock_start;

	return start + (clock_wall() - start) * s->clock_scale;
}

/* The table has the zones in the order of the rules, as a rule: begin where the
 * last one was found. */
static const struct zone_entry *
find(const struct zone_entry *v, size_t n, const char *name, size_t *at)
{
	for (size_t i = 0; i < n; i++) {
		size_t k = (*at + i) % n;

		if (strncmp(v[k].name, name, LIMIT_ZONE_NAME) == 0) {
			*at = k + 1;
			return &v[k];
		}
	}
	return NULL;
}

static struct zone_view *
take(struct scanner *s)
{
	struct zone_entry *all = mem_alloc_array(LIMIT_ZONES, sizeof(*all));
	struct zone_view *zv;
	size_t n_all = 0, n, at = 0;
	uint64_t generation = 0;
	const struct plug_zone *const *zones = plug_zones(s->eng->plug, &n);

	if (s->opt.zones != NULL)
		n_all = zone_table_snapshot(s->opt.zones, all, &generation);
	zv = mem_alloc(sizeof(*zv) + n * sizeof(zv->entries[0]));
	zv->refs = 1;
	zv->generation = generation;
	zv->n = n;
	for (size_t i = 0; i < n; i++) {
		const struct zone_entry *e = find(all, n_all,
		    zones[i]->conf.name, &at);

		if (e != NULL)
			zv->entries[i] = *e;
		else
			memcpy(zv->entries[i].name, zones[i]->conf.name,
			    strlen(zones[i]->conf.name));
		if (e != NULL && s->ask != NULL)
			ask_zone_tune(ask_zone_add(s->ask, &zones[i]->conf),
			    e->timeout, e->pools);
	}
	mem_free(all);
	return zv;
}

/*
 * A zone whose epoch moved has entered or left an incident: answers from
 * before may still be in the resolver's cache (failure mode F14), and a new
 * context is the only way to lose them; ask/ forgets its own then.
 */
static bool
epoch_moved(const struct zone_view *before, const struct zone_view *now)
{
	for (size_t i = 0; i < now->n; i++) {
		if (before->entries[i].epoch != now->entries[i].epoch)
			return true;
	}
	return false;
}

struct zone_view *
zones_current(struct scanner *s)
{
	if (s->zones == NULL || (s->opt.zones != NULL &&
	    zone_table_generation(s->opt.zones) != s->zones->generation)) {
		struct zone_view *now = take(s);

		/* Without a new context the old one is still better than
		 * none: its cache caps bound what it can remember. */
		if (s->zones != NULL && s->ask != NULL &&
		    epoch_moved(s->zones, now))
			ask_flush(s->ask, NULL);
		zones_release(&s->zones);
		s->zones = now;
	}
	s->zones->refs++;
	return s->zones;
}

struct zone_entry
zones_latest(struct scanner *s, uint16_t zone)
{
	struct zone_view *v = zones_current(s);
	struct zone_entry e = v->entries[zone];

	zones_release(&v);
	return e;
}

void
zones_release(struct zone_view **zp)
{
	struct zone_view *z = *zp;

	*zp = NULL;
	if (z != NULL && --z->refs == 0)
		mem_free(z);
}
