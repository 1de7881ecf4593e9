/*
 * zone.c - the DNS lists that rules name, and which codes they map.
 *
 * A zone is one object however many rules and plugins name it: health belongs
 * to the zone, never to the rule (failure mode F15).  ask/ asks back through
 * plug_zone_mapped whether a code is known.
 */
#include "config.h"

#include <string.h>

#include "plug/plug-priv.h"

struct tare_zone *
plug_zone_open(struct plug *p, struct slice name, uint8_t kind)
{
	struct tare_zone *z;

	while (slice_ends(name, SLICE(".")))
		name.n--;
	if (name.n == 0 || name.n >= LIMIT_ZONE_NAME)
		return NULL;
	name = arena_lower(p->arena, name);
	z = map_get(p->zones_by_name, name);
	if (z != NULL)
		return z;
	if (p->zones.n >= LIMIT_ZONES)
		return NULL;
	z = arena_alloc(p->arena, sizeof(*z));
	z->name = arena_str(p->arena, name);
	z->pub.index = (uint16_t)p->zones.n;
	z->pub.conf = (struct ask_zone_conf){ .name = z->name, .kind = kind,
		.mapped = plug_zone_mapped,
		.mapped_exactly = plug_zone_mapped_exactly, .arg = z };
	*VEC_PUSH(p->arena, &p->zones) = &z->pub;
	map_put(p->zones_by_name, name, z);
	return z;
}

bool
plug_zone_mapped(struct in_addr code, void *arg)
{
	const struct tare_zone *z = arg;

	if (z->any_code)
		return true;
	for (size_t i = 0; i < z->tests.n; i++) {
		if (plug_subtest_takes(z->tests.v[i], code))
			return true;
	}
	return false;
}

/*
 * A rule names this very code, and is not itself the notice that the operator
 * refuses us ("…_BLOCKED"): then the built-in block-code table yields.
 */
bool
plug_zone_mapped_exactly(struct in_addr code, void *arg)
{
	const struct tare_zone *z = arg;

	for (size_t i = 0; i < z->tests.n; i++) {
		if (!plug_subtest_is_notice(z->tests.v[i]) &&
		    plug_subtest_is_exact(z->tests.v[i], code))
			return true;
	}
	return false;
}

struct tare_zone *
tare_zone_open(struct tare_setup *s, struct tare_slice name,
    enum tare_zone_kind kind)
{
	_Static_assert((int)TARE_ZONE_HASH == (int)ZONE_KIND_HASH,
	    "plugin.h and weigh.h number zone kinds alike");
	return plug_zone_open(s->plug, slice_in(name), (uint8_t)kind);
}

const char *
tare_zone_name(const struct tare_zone *z)
{
	return z->name;
}

const struct plug_zone *const *
plug_zones(const struct plug *p, size_t *n_r)
{
	*n_r = p->zones.n;
	return p->zones.v;
}
