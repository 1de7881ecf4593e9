/*
 * apex_test - name servers that are all replaced, serials that do not move.
 *
 * F1 and F7 of the reliability reference, scenario 19.
 */
#include "config.h"

#include "learn/learn.h"

#include "tests/tap/tap.h"

#define HOUR	3600.0
#define DAY	86400.0
#define T0	1.6e9

struct zone {
	struct zone_model z;
	double now;
	unsigned looks, panels, rounds, notes;
	const char *ns, *domain_ns;	/* what is answered; "": nothing */
	bool no_soa;
	unsigned serial;
	double pace;			/* seconds a serial; 0: never moves */
	enum ask_class canaries;
};

static void tell(struct zone *s, struct zone_event ev);

static void
canary(struct zone *s, enum canary c, enum ask_class cls)
{
	tell(s, (struct zone_event){ .type = ZEV_CANARY, .probe = (int)c,
	    .value = (int)cls, .number = 0.02 });
}

static void
ask(struct zone *s, unsigned wish)
{
	s->rounds++;
	if (!(wish & WISH_CANARIES)) {
		canary(s, CANARY_MUST_NOT, ASK_CLEAN);
		canary(s, CANARY_MUST_LIST, ASK_LISTED);
	}
	for (int i = 0; i < (wish & WISH_ENROLL ? 12 : 3); i++) {
		canary(s, CANARY_BENCH + i % 4, s->canaries);
	}
	tell(s, (struct zone_event){ .type = ZEV_ROUND_END });
}

static void
look(struct zone *s)
{
	struct apex_seen seen = { .serial_known = !s->no_soa,
	    .serial = s->serial };

	s->looks++;
	if (s->pace > 0) {
		seen.serial = (uint32_t)(s->now / s->pace);
	}
	record_text(seen.ns, sizeof(seen.ns), slice_cstr(s->ns));
	record_text(seen.domain_ns, sizeof(seen.domain_ns),
	    slice_cstr(s->domain_ns));
	tell(s, (struct zone_event){ .type = ZEV_APEX, .apex = &seen });
}

static void
tell(struct zone *s, struct zone_event ev)
{
	static const struct panel nobody;
	unsigned wishes;

	ev.now = s->now;
	wishes = zone_model_event(&s->z, &ev);
	s->notes += (wishes & WISH_NOTE) != 0;
	if (wishes & WISH_PANEL) {
		s->panels++;
		tell(s, (struct zone_event){ .type = ZEV_PANEL,
		    .panel = &nobody });
		tell(s, (struct zone_event){ .type = ZEV_ROUND_END });
	} else if (wishes & WISH_PROBES) {
		ask(s, wishes);
	}
	if (wishes & WISH_APEX) {
		look(s);
	}
}

static void
pass(struct zone *s, double seconds)
{
	double end = s->now + seconds;

	while (s->now < end) {
		s->now += seconds > 2 * DAY ? 60 : 5;
		tell(s, (struct zone_event){ .type = ZEV_TICK });
	}
}

static struct zone
trusted(void)
{
	struct zone s = { .now = T0, .ns = "a.ns.example b.ns.example",
	    .domain_ns = "ns1.host.example ns2.host.example", .pace = HOUR,
	    .canaries = ASK_CLEAN };

	zone_model_init(&s.z, "bl.example.org", ZONE_KIND_IP, s.now);
	pass(&s, 10);
	tell(&s, (struct zone_event){ .type = ZEV_LOOKUPS, .n = 600,
	    .number = 0.03 });
	pass(&s, DAY + 600);
	is_int(s.z.state, ZONE_TRUSTED, "trusted");
	s.notes = 0;
	return s;
}

static void
words(const struct zone *s, const char *want)
{
	char w[800];

	zone_model_words(&s->z, s->now, w, sizeof(w));
	ok(strstr(w, want) != NULL, "'%s' in: %s", want, w);
}

static void
test_pace(void)
{
	struct zone s = trusted();

	s.looks = 0;
	pass(&s, 4 * DAY);
	ok(s.looks >= 14 && s.looks <= 19, "every six hours: %u in four days",
	    s.looks);
	is_int(s.notes, 0, "and nothing to say");
	is_str(s.z.apex.ns, "a.ns.example b.ns.example", "remembered");
	s.looks = 0;
	s.z.resolver_bad = true;
	pass(&s, DAY);
	is_int(s.looks, 0, "not through a resolver that lies");
}

static void
test_some_servers_change(void)
{
	struct zone s = trusted();

	s.ns = "a.ns.example c.ns.example";
	pass(&s, 8 * HOUR);
	s.ns = "c.ns.example d.ns.example";
	pass(&s, 8 * HOUR);
	is_int(s.z.state, ZONE_TRUSTED, "one by one is no change of hands");
	s.ns = s.domain_ns = "";
	pass(&s, DAY);
	is_int(s.z.state, ZONE_TRUSTED, "nor is an answer that did not come");
	is_str(s.z.apex.ns, "c.ns.example d.ns.example", "nor is it learned");
}

static void
test_all_servers_change(void)
{
	struct zone s = trusted();
	struct zone_entry e;

	s.domain_ns = "ns1.parking.example ns2.parking.example";
	while (s.z.state == ZONE_TRUSTED) {
		pass(&s, 600);
	}
	is_int(s.z.state, ZONE_SUSPECT, "the domain has other servers");
	is_int(s.z.reason, REASON_NAMESERVERS, "why");
	words(&s, "suspect: nameservers since");
	words(&s, "ns2.host.example -> ns1.parking.example");
	is_int(s.panels, 1, "known-good senders are asked about");
	is_num(zone_model_weight(&s.z), 1, "nobody speaks against it");
	zone_model_entry(&s.z, &e);
	is_int(e.controls, 3, "three controls");
	pass(&s, 20 * HOUR);
	is_int(s.z.state, ZONE_SUSPECT, "for a day");
	pass(&s, 5 * HOUR);
	is_int(s.z.state, ZONE_TRUSTED, "then as before");
	pass(&s, 2 * DAY);
	is_int(s.z.state, ZONE_TRUSTED, "the new servers are known now");

	s.ns = "x.parking.example";
	s.canaries = ASK_LISTED;
	pass(&s, 8 * HOUR);
	is_int(s.z.state, ZONE_QUARANTINED, "a new owner who lists the world "
	    "is found by the canaries");
}

static void
test_stale(void)
{
	struct zone s = trusted();
	struct zone_entry e;
	double began;

	s.serial = 2021013101;
	s.pace = 0;
	pass(&s, 7 * HOUR);
	began = s.now;
	pass(&s, 6 * DAY);
	is_int(s.z.state, ZONE_TRUSTED, "six days without a new serial");
	while (s.z.state == ZONE_TRUSTED && s.now - began < 30 * DAY) {
		pass(&s, HOUR);
	}
	is_int(s.z.state, ZONE_STALE, "stale");
	ok(s.now - began > 6.5 * DAY && s.now - began < 8 * DAY,
	    "after %.1f days", (s.now - began) / DAY);
	is_int(s.z.reason, REASON_STALE, "why");
	words(&s, "serial 2021013101 for 7 days, usually");
	is_num(zone_model_weight(&s.z), 1, "it counts in full");
	zone_model_entry(&s.z, &e);
	ok(e.ask, "and is asked");
	s.notes = 0;
	pass(&s, 3 * DAY);
	is_int(s.notes, 0, "one notice");
	s.serial++;
	pass(&s, 8 * HOUR);
	is_int(s.z.state, ZONE_TRUSTED, "a new serial ends it");
}

static void
test_usual_pace(void)
{
	struct zone s = trusted();
	double began;

	s.pace = 2 * DAY;
	pass(&s, 30 * DAY);
	is_int(s.z.state, ZONE_TRUSTED, "a list that is slow by nature");
	ok(fabs(s.z.apex.usual - 2 * DAY) < 0.4 * DAY, "usually %.2f days",
	    s.z.apex.usual / DAY);
	s.pace = 0;
	s.serial = 7;
	pass(&s, 7 * HOUR);
	began = s.now;
	while (s.z.state == ZONE_TRUSTED && s.now - began < 100 * DAY) {
		pass(&s, HOUR);
	}
	ok(s.now - began > 30 * DAY && s.now - began < 50 * DAY,
	    "is stale after twenty times that: %.0f days",
	    (s.now - began) / DAY);
}

static void
test_no_serial(void)
{
	struct zone s = trusted();

	s.no_soa = true;
	pass(&s, 20 * DAY);
	is_int(s.z.state, ZONE_TRUSTED, "no SOA record, no conclusion");
	s = trusted();
	s.z.stale_after = 0;
	s.pace = 0;
	pass(&s, 20 * DAY);
	is_int(s.z.state, ZONE_TRUSTED, "nor where the operator says so");
}

static void
test_stale_and_doubted(void)
{
	struct zone s = trusted();

	s.pace = 0;
	pass(&s, 9 * DAY);
	is_int(s.z.state, ZONE_STALE, "stale");
	tell(&s, (struct zone_event){ .type = ZEV_CONTROL,
	    .value = ASK_LISTED, .detail = "q -> a" });
	is_int(s.z.state, ZONE_SUSPECT, "and then odd");
	pass(&s, HOUR + 60);
	is_int(s.z.state, ZONE_STALE, "an hour later stale again");
	s.canaries = ASK_LISTED;
	tell(&s, (struct zone_event){ .type = ZEV_CONTROL,
	    .value = ASK_LISTED, .detail = "q -> a" });
	is_int(s.z.state, ZONE_QUARANTINED, "stale is no shelter");
}

int
main(void)
{
	test_pace();
	test_some_servers_change();
	test_all_servers_change();
	test_stale();
	test_usual_pace();
	test_no_serial();
	test_stale_and_doubted();
	return tap_done();
}
