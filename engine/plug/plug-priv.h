/*
 * plug-priv - the inside of struct plug and struct tare_msg; for this room.
 */
#ifndef PLUG_PLUG_PRIV_H
#define PLUG_PLUG_PRIV_H

#include "base/map.h"
#include "base/vec.h"
#include "plug/plug.h"

struct loaded {
	const struct tare_plugin *p;
	void *ctx;
	const char *path;
	bool started;
};

/* What a rule's eval pointer points at (rule.eval). */
struct bound_eval {
	const struct loaded *owner;
	const struct tare_eval *row;
};

struct bound_directive {
	struct bound_directive *next;	/* of the same name, or with a star */
	struct loaded *owner;
	const struct tare_directive *row;
};

struct tare_setup {
	struct plug *plug;
	struct ruleset *rs;
	const struct origin *origin;	/* of the line being read; or NULL */
	unsigned score_set;
};

struct plug {
	struct arena *arena;
	struct conf *conf;
	bool few;		/* of plug_options */
	VEC_OF(struct loaded *) plugins;
	VEC_OF(struct loaded *) optional;	/* what loadplugin may name;
				 * NULL: it did, and is in plugins */
	struct map *names;	/* of all, optional ones too */
	struct map *evals;	/* name -> struct bound_eval */
	struct map *directives;	/* name -> struct bound_directive */
	struct bound_directive *starred;	/* names that end in '*' */
	struct map *stands_for;	/* short SpamAssassin name -> struct loaded */
	struct map *can;	/* "URIDNSBL::has_…" -> loaded */
	VEC_OF(const struct plug_zone *) zones;
	struct map *zones_by_name;
	struct tare_setup setup;
};

/* A zone: what plug_zones() shows, and the sub-tests that map codes. */
struct tare_zone {
	struct plug_zone pub;
	const char *name;
	bool any_code;		/* a rule takes every code in 127/8 */
	VEC_OF(struct in_addr) listed;	/* zone_codes */
	VEC_OF(struct in_addr) blocked;	/* zone_block_codes */
	VEC_OF(struct tare_subtest *) tests;
};

struct tare_msg {
	struct plug_scan s;
	struct arena *arena;
	void **state;		/* by loaded.index */
	struct plug_ask *asks;	/* open questions */
	unsigned n_asked;
	bool ended;
};

/* Take in what it offers: from now on it is one of plugins.  load.c */
int plug_take_in(struct plug *p, struct loaded *l, struct err *e);
/* "Mail::SpamAssassin::Plugin::DNSEval" -> "DNSEval"; false for names under
 * other roots, which are not ours.  host.c */
bool plug_short_name(struct slice name, struct slice *short_r);

/* optional.c; the next two are members of struct rule_host */
int plug_add_optional(struct plug *p, struct loaded *l, struct err *e);
bool plug_is_loadable(void *plug, struct slice name);
int plug_load_optional(void *plug, struct ruleset *rs, struct slice name,
    struct err *e);
/* Which plugin has the eval, and would if loaded; NULL: none. */
const char *plug_waits_with(const struct plug *p, struct slice eval);

/* setup.c: compile a regex of a plugin, NULL with e. */
struct regex *plug_regex(struct plug *p, const struct rule_regex *re,
    struct err *e);

struct tare_zone *plug_zone_open(struct plug *p, struct slice name,
    uint8_t kind);
/* The answer means that the list refuses us. */
bool plug_zone_blocks(struct tare_zone *z, struct in_addr code);
/* Apply zone_weight, zone_codes, zone_block_codes, zone_must_not. */
void plug_zone_settings(struct plug *p, struct ruleset *rs);
bool plug_zone_mapped(struct in_addr code, void *zone);
bool plug_zone_mapped_exactly(struct in_addr code, void *zone);
/* Does the sub-test take this address as such (no class considered)? */
bool plug_subtest_takes(const struct tare_subtest *t, struct in_addr code);
bool plug_subtest_is_exact(const struct tare_subtest *t, struct in_addr code);
bool plug_subtest_is_notice(const struct tare_subtest *t);
/* The rule's number of arguments and names as a plugin sees them. */
void plug_call_fill(struct arena *a, const struct rule *r,
    const struct loaded *owner, struct tare_call *call_r);

/* Both slice types have the same layout; plugin.h stands alone. */
_Static_assert(sizeof(struct slice) == sizeof(struct tare_slice) &&
    offsetof(struct slice, n) == offsetof(struct tare_slice, n),
    "tare_slice is slice");

static inline struct slice
slice_in(struct tare_slice s)
{
	return (struct slice){ s.p, s.n };
}

static inline struct tare_slice
slice_out(struct slice s)
{
	return (struct tare_slice){ s.p, s.n };
}

static inline const struct tare_slice *
slices_out(const struct slice *v)
{
	return (const struct tare_slice *)(const void *)v;
}

#endif
