/*
 * probe.c - the keeper's hands: probe rounds, asked and reported.
 *
 * learn/ wishes a round (learn_hooks.probe); this file asks its questions
 * through an ask context of its own, tells learn/ each answer as it comes
 * (learn_canary) and the end when all are in (learn_round_end).  Which
 * questions a round has:
 *
 *   every kind     must-not (127.0.0.1), must-list (127.0.0.2)
 *   WISH_ROUND     and 3 reserved names out of the pools that work
 *   WISH_ENROLL    and 3 of each pool the kind of zone could have
 *   WISH_CANARIES  only the 3 reserved ones
 *   of these three, the same in IPv6 where the zone serves it; an enrollment
 *                  tries that always
 *   WISH_PANEL     the senders known to be good whom the panel wants
 *   WISH_APEX      is no round: apex.c does it
 *   WISH_RESOLVER  and one name that cannot exist, at the resolver
 *
 * Used by keeper.c and standalone.c.  A question that cannot be asked (over
 * the limit) is left out; a round of none ends at once.
 *
 * At a start every zone wants its enrollment at once: with the shipped rules
 * 370 questions, and a resolver's socket holds about 280 unread.  What it drops
 * looks like lists that do not answer.  So a round nobody is in a hurry for
 * waits, oldest first, while LIMIT_PROBES_INFLIGHT questions are open.  Doubt
 * (WISH_CANARIES, WISH_PANEL) never waits.
 */
#include "config.h"

#include "proc/proc-priv.h"

#include <arpa/nameser.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

#define DAY		86400.0
#define SAMPLES		3
#define ROUND_MAX	(PANEL_MEMBERS + 1)
_Static_assert(ROUND_MAX >= 2 + 6 * SAMPLES + 1, "room for an enrollment");
#define TIMEOUT		2.0	/* per question; the zone's own is lower */

struct round;
struct probe {
	struct round *round;
	enum canary kind;
};

struct round {
	struct prober *prober;
	struct round *next, **prev;
	char zone[LIMIT_ZONE_NAME];	/* "": the resolver alone */
	unsigned wish;
	struct probe v[ROUND_MAX];
	unsigned n, open;
	bool asking;			/* still being filled */
};

struct prober {
	struct arena *arena;
	const struct engine *engine;
	const struct zone_clock *clock;
	struct ask *ask;
	struct learn *learn;
	struct round *rounds;
	struct round *waiting, **waiting_tail;	/* not begun */
	unsigned open;			/* questions of all rounds */
	struct apex_asker apex;
	prober_ended_fn *ended;		/* may be NULL */
	void *ended_arg;
};

/* ---- life ---- */

int
prober_new(struct event_base *base, const struct engine *eng,
    const struct zone_clock *clock, struct prober **p_r, struct err *e)
{
	struct arena *a = arena_new();
	struct prober *p = arena_alloc(a, sizeof(*p));
	struct ask_conf ac = { .timeout = TIMEOUT,
		.clock_scale = clock->scale, .controls_per_minute =
		    (unsigned)conf_int(eng->conf, "zone_controls_per_minute"),
		.max_inflight = LIMIT_QUESTIONS_INFLIGHT,
		.worker = LIMIT_WORKERS, .generation = eng->generation };
	const struct slice *names = conf_list(eng->conf, "dns_server",
	    &ac.n_servers);
	const char **servers = arena_alloc_array(a, ac.n_servers + 1,
	    sizeof(*servers));

	for (size_t i = 0; i < ac.n_servers; i++) {
		servers[i] = arena_str(a, names[i]);
	}
	ac.servers = servers;
	*p = (struct prober){ .arena = a, .engine = eng, .clock = clock,
		.waiting_tail = &p->waiting };
	if (ask_new(base, &ac, NULL, NULL, &p->ask, e) != 0) {
		arena_free(&a);
		return -1;
	}
	*p_r = p;
	return 0;
}

static void
free_rounds(struct round *r)
{
	while (r != NULL) {
		struct round *next = r->next;

		mem_free(r);
		r = next;
	}
}

void
prober_free(struct prober **pp)
{
	struct prober *p = *pp;
	struct arena *a;

	if (p == NULL) {
		return;
	}
	ask_free(&p->ask);
	apex_drop(&p->apex);
	free_rounds(p->rounds);
	free_rounds(p->waiting);
	a = p->arena;
	arena_free(&a);
	*pp = NULL;
}

/* Senders that the operator vouches for. */
static void
learn_good_hosts(const struct prober *p, double now)
{
	size_t n;
	const struct slice *v = conf_list(p->engine->conf, "known_good_host",
	    &n);

	for (size_t i = 0; i < n; i++) {
		const char *text = arena_str(p->arena, v[i]);

		if (learn_known_good(p->learn, text, now) != 0) {
			log_line(LOG_L_WARN, "event=config "
			    "why=\"known_good_host is no address and no "
			    "domain\"");
		}
	}
}

void
prober_enroll(struct prober *p, struct learn *l)
{
	size_t n;
	const struct plug_zone *const *zones = plug_zones(p->engine->plug,
	    &n);
	double now = zone_clock_now(p->clock);

	p->learn = l;
	p->apex = (struct apex_asker){ .ask = p->ask, .learn = l,
		.clock = p->clock, .domains = p->engine->view_conf.domains };
	learn_good_hosts(p, now);
	for (size_t i = 0; i < n; i++) {
		const struct ask_zone_conf *c = &zones[i]->conf;

		if (!engine_wants_zone(p->engine, zones[i])) {
			continue;
		}
		ask_zone_add(p->ask, c);
		if (learn_zone_add(l, c->name, c->kind, c->allow, now) != 0) {
			log_line(LOG_L_WARN, "event=zone zone=%s "
			    "why=\"too many zones, or not a name\"", c->name);
		}
		learn_zone_policy(l, c->name, &(struct zone_policy){
		    .weight = zones[i]->weight, .quota = zones[i]->quota,
		    .must_not_off = zones[i]->must_not_off });
	}
	learn_stale_after(l, DAY * conf_num(p->engine->conf,
	    "zone_stale_days"));
}

void
prober_on_end(struct prober *p, prober_ended_fn *fn, void *arg)
{
	p->ended = fn;
	p->ended_arg = arg;
}

static struct round *
find_round(struct round *r, const char *zone)
{
	while (r != NULL && strcmp(r->zone, zone) != 0) {
		r = r->next;
	}
	return r;
}

bool
prober_busy(const struct prober *p, const char *zone)
{
	return find_round(p->rounds, zone) != NULL ||
	    find_round(p->waiting, zone) != NULL;
}

void
prober_flush(void *arg)
{
	struct prober *p = arg;
	struct err e;

	if (ask_flush(p->ask, &e) != 0) {
		log_line(LOG_L_WARN, "event=flush why=\"%s\"", e.text);
	}
}

/* ---- a round ---- */

static void
round_end_if_done(struct round *r)
{
	struct prober *p = r->prober;
	double now = zone_clock_now(p->clock);

	if (r->asking || r->open > 0) {
		return;
	}
	*r->prev = r->next;
	if (r->next != NULL) {
		r->next->prev = r->prev;
	}
	if (r->zone[0] != '\0') {
		learn_round_end(p->learn, r->zone, now);
		if (p->ended != NULL) {
			p->ended(p->ended_arg, r->zone);
		}
	}
	mem_free(r);
}

static void begin_waiting(struct prober *p);

static void
on_answer(const struct ask_answer *ans, void *arg)
{
	const struct probe *pr = arg;
	struct round *r = pr->round;
	struct prober *p = r->prober;

	r->open--;
	p->open--;
	learn_canary(p->learn, r->zone[0] != '\0' ? r->zone : NULL, pr->kind,
	    ans, zone_clock_now(p->clock));
	round_end_if_done(r);
	begin_waiting(p);
}

static void
ask_key(struct round *r, struct ask_zone *zone, enum canary kind,
    const char *key)
{
	struct probe *pr = &r->v[r->n];
	struct ask *ask = r->prober->ask;
	struct ask_query *q;

	if (r->n == ROUND_MAX) {
		DIE("round of more than %d", ROUND_MAX);
	}
	*pr = (struct probe){ r, kind };
	q = kind == CANARY_INVALID ?
	    ask_name(ask, key, ns_t_a, 0, on_answer, pr) :
	    ask_list(ask, zone, key, ns_t_a, 0, on_answer, pr);
	if (q != NULL) {
		r->n++;
		r->open++;
		r->prober->open++;
	}
}

static void
ask_one(struct round *r, struct ask_zone *zone, uint8_t zone_kind,
    enum canary kind)
{
	char key[128];

	if (kind == CANARY_MUST_LIST) {
		ask_zone_must_list(zone, key);
	} else {
		ask_canary(kind, zone_kind, key);
	}
	ask_key(r, zone, kind, key);
}

/* Three names of every pool that an enrollment tries. */
static void
ask_pools(struct round *r, struct ask_zone *zone, uint8_t zone_kind)
{
	static const struct {
		unsigned bit;
		enum canary kind;
	} pools[] = {
		{ POOL_BENCH, CANARY_BENCH },
		{ POOL_CLASS_E, CANARY_CLASS_E },
		{ POOL_SHARED, CANARY_SHARED },
		{ POOL_TESTNET, CANARY_TESTNET },
		{ POOL_DOC6, CANARY_DOC6 },
		{ POOL_NAME, CANARY_NAME },
	};
	unsigned wanted = zone_default_pools(zone_kind);

	if (zone_kind == ZONE_KIND_IP) {
		wanted |= POOL_DOC6;
		ask_one(r, zone, zone_kind, CANARY_MUST_NOT6);
		ask_one(r, zone, zone_kind, CANARY_MUST_LIST6);
	}

	for (size_t i = 0; i < sizeof(pools) / sizeof(pools[0]); i++) {
		for (int k = 0; k < SAMPLES && (wanted & pools[i].bit); k++) {
			ask_one(r, zone, zone_kind, pools[i].kind);
		}
	}
}

/* The next few of the senders that learn/ picked. */
static void
ask_panel(struct round *r, struct ask_zone *zone, const struct zone_model *z)
{
	char key[LEARN_KEY];

	for (unsigned k = stat_panel_wanted(&z->stat); k > 0 &&
	    learn_panel_next(r->prober->learn, z->name, key); k--) {
		ask_key(r, zone, CANARY_PANEL, key);
	}
}

/* The same once more for a zone that serves IPv6. */
static void
ask_v6(struct round *r, struct ask_zone *zone, const struct zone_model *z,
    unsigned wish)
{
	if (wish & WISH_ROUND) {
		ask_one(r, zone, z->kind, CANARY_MUST_NOT6);
		if (z->must_list6 == 1) {
			ask_one(r, zone, z->kind, CANARY_MUST_LIST6);
		}
	}
	for (int k = 0; k < SAMPLES; k++) {
		ask_one(r, zone, z->kind, CANARY_DOC6);
	}
}

static void
ask_zone_probes(struct round *r, const struct zone_model *z, unsigned wish)
{
	struct ask_zone *zone = ask_zone_find(r->prober->ask,
	    slice_cstr(z->name));
	unsigned v4 = z->pools & ~(unsigned)POOL_DOC6;

	if (zone == NULL) {
		return;			/* stored once, no rule names it now */
	}
	if (wish & WISH_PANEL) {
		ask_panel(r, zone, z);
		return;
	}
	if (wish & (WISH_ROUND | WISH_ENROLL)) {
		ask_one(r, zone, z->kind, CANARY_MUST_NOT);
		ask_one(r, zone, z->kind, CANARY_MUST_LIST);
	}
	if (wish & WISH_ENROLL) {
		ask_pools(r, zone, z->kind);
		return;
	}
	for (int k = 0; k < SAMPLES; k++) {
		ask_one(r, zone, z->kind, ask_canary_pick(v4, z->kind));
	}
	if (z->pools & POOL_DOC6) {
		ask_v6(r, zone, z, wish);
	}
}

/* Where questions about the zone go (zone_ask). */
static const char *
asked_as(const struct prober *p, const char *name)
{
	size_t n;
	const struct plug_zone *const *zones = plug_zones(p->engine->plug,
	    &n);

	for (size_t i = 0; i < n; i++) {
		const struct ask_zone_conf *c = &zones[i]->conf;

		if (c->ask_as != NULL && strcmp(c->name, name) == 0) {
			return c->ask_as;
		}
	}
	return name;
}

/* ---- rounds that wait ---- */

static struct round *
round_new(struct prober *p, const char *zone, unsigned wish)
{
	struct round *r = mem_alloc(sizeof(*r));

	r->prober = p;
	r->wish = wish;
	snprintf(r->zone, sizeof(r->zone), "%s", zone);
	return r;
}

static void
begin(struct round *r, const struct zone_model *z)
{
	struct prober *p = r->prober;

	r->next = p->rounds;
	r->prev = &p->rounds;
	if (r->next != NULL) {
		r->next->prev = &r->next;
	}
	p->rounds = r;
	r->asking = true;
	if (z != NULL) {
		ask_zone_probes(r, z, r->wish);
	}
	if (r->wish & WISH_RESOLVER) {
		ask_one(r, NULL, ZONE_KIND_IP, CANARY_INVALID);
	}
	r->asking = false;
	round_end_if_done(r);
}

static void
begin_waiting(struct prober *p)
{
	while (p->waiting != NULL && p->open < LIMIT_PROBES_INFLIGHT) {
		struct round *r = p->waiting;

		p->waiting = r->next;
		if (p->waiting == NULL) {
			p->waiting_tail = &p->waiting;
		}
		begin(r, learn_zone_find(p->learn, r->zone));
	}
}

/* One round a zone: learn/ may have given up the one that waits. */
static void
wait_in_line(struct prober *p, const char *zone, unsigned wish)
{
	struct round *r = find_round(p->waiting, zone);

	if (r != NULL) {
		r->wish = wish;
		return;
	}
	*p->waiting_tail = r = round_new(p, zone, wish);
	p->waiting_tail = &r->next;
}

static bool
can_wait(const struct zone_model *z, unsigned wish)
{
	return z != NULL && (wish & (WISH_ROUND | WISH_ENROLL)) != 0 &&
	    (wish & (WISH_CANARIES | WISH_PANEL)) == 0;
}

void
prober_probe(void *arg, const struct zone_model *z, unsigned wish)
{
	struct prober *p = arg;

	if (wish & WISH_APEX) {
		apex_ask(&p->apex, z, asked_as(p, z->name));
		return;
	}
	if (can_wait(z, wish)) {
		wait_in_line(p, z->name, wish);
		begin_waiting(p);
	} else {
		begin(round_new(p, z != NULL ? z->name : "", wish), z);
	}
}
