/*
 * fuzz_fleet - what a node that holds the fleet's key may send, and what one
 * that does not.
 *
 * Each line of the input is read as it is, then signed and read again; what is
 * well-formed goes into a brain with a zone that counts.  No probe is ever
 * answered there, so nothing a peer says may raise the zone's weight.  What is
 * read must also be written and read again as the same.
 */
#include "config.h"

#include "learn/fleet.h"

#include <string.h>

#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct fleet_key key = { 16, "sixteen bytes, no" };

static void
check_round_trip(const struct fleet_line *l)
{
	struct fleet_line again;
	struct err e;
	struct buf b;

	buf_init(&b, NULL);
	fleet_line_write(l, &key, &b);
	if (fleet_line_read(buf_slice(&b), &key, &again, &e) != 0)
		DIE("%s", e.text);
	if (strcmp(again.zone, l->zone) != 0 || again.seq != l->seq ||
	    strcmp(again.evidence, l->evidence) != 0 ||
	    again.state != l->state)
		DIE("not the same: %s", b.p);
	buf_free(&b);
}

static void
hear(struct learn *l, const struct fleet_line *line, double now)
{
	double before = zone_model_weight(learn_zone(l, 0)), after;

	learn_peer(l, line, now);
	after = zone_model_weight(learn_zone(l, 0));
	if (!(after >= 0 && after <= before))
		DIE("weight %g to %g", before, after);
}

/* A healthy zone for as long as it answers. */
struct world {
	struct learn *l;
	bool answers;
};

static void
on_probe(void *arg, const struct zone_model *z, unsigned wish)
{
	static const enum canary kinds[] = { CANARY_MUST_NOT, CANARY_BENCH,
	    CANARY_CLASS_E, CANARY_SHARED, CANARY_TESTNET };
	struct world *w = arg;
	struct ask_answer ans = { .cls = ASK_CLEAN, .rcode = 3,
	    .qname = "x.bl.example.org", .rtt = 0.01 };

	if (!w->answers || z == NULL)
		return;
	for (size_t i = 0; i < 15; i++)
		learn_canary(w->l, z->name, kinds[i % 5], &ans, 1.6e9);
	learn_round_end(w->l, z->name, 1.6e9);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = slice_make((const char *)data, size), text;
	struct arena *a = arena_new();
	struct world w = { .answers = true };
	struct learn_hooks hooks = { .arg = &w, .probe = on_probe };
	struct learn *l = w.l = learn_new(a, NULL, &hooks);
	double now = 1.6e9;

	learn_zone_add(l, "bl.example.org", ZONE_KIND_IP, false, now);
	learn_tick(l, now);
	w.answers = false;
	if (zone_model_weight(learn_zone(l, 0)) <= 0)
		DIE("a zone that does not count can lose nothing");
	while (slice_line(&rest, &text)) {
		struct fleet_line line;

		if (fleet_line_read(text, &key, &line, NULL) == 0 ||
		    fleet_line_parse(slice_trim(text), &line, NULL) == 0) {
			check_round_trip(&line);
			hear(l, &line, now += 1);
		}
	}
	arena_free(&a);
	return 0;
}
