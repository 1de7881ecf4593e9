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

static bool
has_code(const struct in_addr *v, size_t n, struct in_addr code)
{
	for (size_t i = 0; i < n; i++) {
		if (v[i].s_addr == code.s_addr)
			return true;
	}
	return false;
}

static enum ask_class
operator_says(struct in_addr code, void *arg)
{
	const struct tare_zone *z = arg;

	if (has_code(z->blocked.v, z->blocked.n, code))
		return ASK_BLOCKED;
	return has_code(z->listed.v, z->listed.n, code) ? ASK_LISTED :
	    ASK_UNKNOWN;
}

struct tare_zone *
plug_zone_open(struct plug *p, struct slice name, uint8_t kind)
{
	struct tare_zone *z;

	while (slice_ends(name, SLICE(".")))
		name.n--;
	if (!slice_is_domain(name) || name.n >= LIMIT_ZONE_NAME)
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
		.mapped_exactly = plug_zone_mapped_exactly,
		.operator_says = operator_says, .arg = z };
	z->pub.weight = 1;
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

bool
plug_zone_blocks(struct tare_zone *z, struct in_addr code)
{
	struct ask_answer ans = { .n_addr = 1, .addr = { code } };

	ask_classify(&z->pub.conf, &ans);
	return ans.cls == ASK_BLOCKED;
}

/* ---- what the operator says of zones ---- */

static int
set_weight(struct plug *p, struct tare_zone *z, struct slice rest)
{
	double w;

	if (slice_to_double(rest, &w) != 0 || w < 0 || w > 1)
		return -1;
	z->pub.weight = w;
	return 0;
}

static int
set_must_not(struct plug *p, struct tare_zone *z, struct slice rest)
{
	rest = slice_trim(rest);
	if (!slice_eq_cstr(rest, "off") && !slice_eq_cstr(rest, "on"))
		return -1;
	z->pub.must_not_off = slice_eq_cstr(rest, "off");
	return 0;
}

static int
next_code(struct slice *rest, struct in_addr *code_r)
{
	struct slice word;
	struct ip ip;

	if (!slice_word(rest, &word))
		return 1;
	if (ip_parse(word, &ip) != 0 || !ip.v4 || ip.b[12] != 127)
		return -1;
	memcpy(code_r, ip.b + 12, 4);
	return 0;
}

static int
set_codes(struct plug *p, struct tare_zone *z, struct slice rest)
{
	struct in_addr code;
	int rc;

	while ((rc = next_code(&rest, &code)) == 0)
		*VEC_PUSH(p->arena, &z->listed) = code;
	return rc < 0 || z->listed.n == 0 ? -1 : 0;
}

static int
set_block_codes(struct plug *p, struct tare_zone *z, struct slice rest)
{
	struct in_addr code;
	int rc;

	while ((rc = next_code(&rest, &code)) == 0)
		*VEC_PUSH(p->arena, &z->blocked) = code;
	return rc < 0 || z->blocked.n == 0 ? -1 : 0;
}

/* An address becomes a key, last octet first. */
static int
set_must_list(struct plug *p, struct tare_zone *z, struct slice rest)
{
	struct slice word;
	struct ip ip;

	if (!slice_word(&rest, &word) || slice_trim(rest).n > 0 ||
	    word.n > 100)
		return -1;
	if (ip_parse(word, &ip) == 0 ? !ip.v4 : !slice_is_domain(word))
		return -1;
	if (ip_parse(word, &ip) == 0)
		z->pub.conf.must_list = arena_printf(p->arena, "%u.%u.%u.%u",
		    ip.b[15], ip.b[14], ip.b[13], ip.b[12]);
	else
		z->pub.conf.must_list = arena_str(p->arena,
		    arena_lower(p->arena, word));
	return 0;
}

static int
set_ask(struct plug *p, struct tare_zone *z, struct slice rest)
{
	struct slice word;

	if (!slice_word(&rest, &word) || slice_trim(rest).n > 0)
		return -1;
	while (slice_ends(word, SLICE(".")))
		word.n--;
	if (!slice_is_domain(word) || word.n >= LIMIT_ZONE_NAME)
		return -1;
	z->pub.conf.ask_as = arena_str(p->arena, arena_lower(p->arena, word));
	return 0;
}

static int
set_quota(struct plug *p, struct tare_zone *z, struct slice rest)
{
	double n;

	if (slice_to_double(slice_trim(rest), &n) != 0 || n < 0 || n > 1e12)
		return -1;
	z->pub.quota = n;
	return 0;
}

static const struct zone_setting {
	const char *name;
	int (*set)(struct plug *p, struct tare_zone *z, struct slice rest);
	const char *form;
} zone_settings[] = {
	{ "zone_weight", set_weight, "ZONE WEIGHT, from 0 to 1" },
	{ "zone_codes", set_codes, "ZONE 127.x.y.z …" },
	{ "zone_block_codes", set_block_codes, "ZONE 127.x.y.z …" },
	{ "zone_must_not", set_must_not, "ZONE on|off" },
	{ "zone_must_list", set_must_list,
	    "ZONE and an IPv4 address or a name" },
	{ "zone_ask", set_ask, "ZONE NAME" },
	{ "zone_quota", set_quota, "ZONE NUMBER" },
};

static void
apply_setting(struct plug *p, struct ruleset *rs,
    const struct zone_setting *zs)
{
	size_t n;
	const struct slice *lines = conf_list(p->conf, zs->name, &n);

	for (size_t i = 0; i < n; i++) {
		struct origin from = conf_line_origin(p->conf, zs->name, i);
		struct slice rest = lines[i], name;
		struct tare_zone *z;

		slice_word(&rest, &name);
		while (slice_ends(name, SLICE(".")))
			name.n--;
		z = map_get(p->zones_by_name, name);
		if (z == NULL)
			rule_finding(rs, FINDING_WARNING, &from,
			    "unknown-zone", "%s: no rule asks zone %.*s",
			    zs->name, SLICE_FMT(name));
		else if (zs->set(p, z, rest) != 0)
			rule_finding(rs, FINDING_ERROR, &from, "bad-setting",
			    "%s: write %s, not '%.*s'", zs->name, zs->form,
			    SLICE_FMT(lines[i]));
	}
}

void
plug_zone_settings(struct plug *p, struct ruleset *rs)
{
	for (size_t i = 0; i < sizeof(zone_settings) / sizeof(*zone_settings);
	    i++)
		apply_setting(p, rs, &zone_settings[i]);
}
