/*
 * drill_plan.c - the scenarios of the reliability reference, as drills.
 *
 * A row is a scenario by its number, a line of it a step: how the resolver
 * answers, for how many minutes of zone time, and what that demands.  Outages
 * are shorter than the originals where length shows nothing more; --speed and
 * patience do the rest.  Those that need more than one list, one site and made
 * up mail say so; `make check-zones` plays all of them against real servers.
 */
#include "config.h"

#include "cmd/drill.h"

#define S DRILL_STATE
#define BAD (S(ZONE_QUARANTINED) | S(ZONE_BLOCKED) | S(ZONE_DOWN) | \
	S(ZONE_EMPTY) | S(ZONE_DEGRADED))
/* The list is well, and known to be so. */
#define WELL { .way = DRILL_HEALTHY, .minutes = 10, .demands = \
	DRILL_HARMLESS | DRILL_COUNTS, .avoid = BAD }
/* An outage that must do no harm and lead to a state. */
#define OUTAGE(w, m, r) { .way = (w), .minutes = (m), \
	.demands = DRILL_HARMLESS, .reach = (r) }
/* Repaired, it must count again within so long. */
#define REPAIRED(m) { .way = DRILL_HEALTHY, .minutes = (m), \
	.demands = DRILL_HARMLESS | DRILL_COUNTS | DRILL_RECOVERS }

static const struct drill_scenario scenarios[] = {
	{ 0, "the SpamCop day: parked, then the world listed", NULL, true, {
		WELL,
		OUTAGE(DRILL_PARKED, 15, S(ZONE_QUARANTINED)),
		OUTAGE(DRILL_WORLD, 15, S(ZONE_QUARANTINED)),
		REPAIRED(90) } },
	{ 1, "a healthy list", NULL, false, {
		{ .way = DRILL_HEALTHY, .minutes = 120,
		  .demands = DRILL_HARMLESS | DRILL_COUNTS,
		  .avoid = BAD } } },
	{ 2, "SpamCop, 2021: the domain expires and is parked", NULL, false, {
		WELL,
		OUTAGE(DRILL_PARKED, 45, S(ZONE_QUARANTINED)),
		REPAIRED(40) } },
	{ 3, "ORDB, 2008: dead, then everything is listed", NULL, false, {
		WELL,
		OUTAGE(DRILL_SILENT, 60, S(ZONE_DOWN)),
		OUTAGE(DRILL_WORLD, 40, S(ZONE_QUARANTINED)),
		REPAIRED(60) } },
	{ 4, "everything is listed, and the test points are right", NULL,
	    false, {
		WELL,
		OUTAGE(DRILL_WORLD_SLY, 30, S(ZONE_QUARANTINED)),
		REPAIRED(40) } },
	{ 5, "broken before it was ever asked", NULL, true, {
		{ .way = DRILL_WORLD, .minutes = 20,
		  .demands = DRILL_HARMLESS, .reach = S(ZONE_NEW),
		  .avoid = S(ZONE_LEARNING) | S(ZONE_TRUSTED) },
		REPAIRED(20) } },
	{ 6, "a third of all senders is listed by mistake", NULL, false, {
		{ .way = DRILL_HEALTHY, .minutes = 60, .demands =
		  DRILL_HARMLESS | DRILL_COUNTS, .avoid = BAD },
		/* nine on average */
		{ .way = DRILL_THIRD_LISTED, .minutes = 90, .harm = 30,
		  .reach = S(ZONE_QUARANTINED) },
		REPAIRED(90) } },
	{ 7, "a tenth of all senders is listed by mistake", NULL, false, {
		{ .way = DRILL_HEALTHY, .minutes = 60, .demands =
		  DRILL_HARMLESS | DRILL_COUNTS, .avoid = BAD },
		/* degraded it counts half: each row shows the points */
		{ .way = DRILL_TENTH_LISTED, .minutes = 480,
		  .reach = S(ZONE_QUARANTINED) | S(ZONE_DEGRADED) } } },
	{ 8, "an outbreak: nine spam for one ham, half of it unknown", NULL,
	    false, {
		WELL,
		{ .way = DRILL_HEALTHY, .minutes = 120, .listed = 4,
		  .demands = DRILL_HARMLESS | DRILL_COUNTS,
		  .avoid = S(ZONE_QUARANTINED) } } },
	{ 9, "an outbreak of which the list knows every source", NULL, false, {
		WELL,
		{ .way = DRILL_HEALTHY, .minutes = 120, .listed = 9,
		  .demands = DRILL_HARMLESS | DRILL_COUNTS,
		  .avoid = S(ZONE_QUARANTINED) } } },
	{ 10, "one provider's network is rightly listed",
	    "it needs mail of your own providers", false, { { 0 } } },
	{ 11, "refusals for every name, the test entry too", NULL, false, {
		WELL,
		OUTAGE(DRILL_REFUSING, 30, S(ZONE_BLOCKED)),
		REPAIRED(150) } },
	{ 12, "one answer of three is a refusal", NULL, false, {
		WELL,
		{ .way = DRILL_THIRD_REFUSED, .minutes = 30,
		  .demands = DRILL_HARMLESS },
		REPAIRED(150) } },
	{ 13, "127.0.10.3, an allow list's highest trust, for everybody", NULL,
	    false, {
		WELL,
		OUTAGE(DRILL_TRUSTS_ALL, 30, S(ZONE_QUARANTINED) |
		    S(ZONE_BLOCKED)),
		REPAIRED(150) } },
	{ 14, "127.0.0.1 for every name", NULL, false, {
		WELL,
		OUTAGE(DRILL_LOOPBACK, 30, S(ZONE_QUARANTINED) |
		    S(ZONE_BLOCKED)),
		REPAIRED(150) } },
	{ 15, "parked where the last octet has many bits (0x57)", NULL, false,
	    {
		WELL,
		OUTAGE(DRILL_PARKED, 20, S(ZONE_QUARANTINED)),
		REPAIRED(40) } },
	{ 16, "SERVFAIL for ten minutes", NULL, false, {
		WELL,
		OUTAGE(DRILL_SERVFAIL, 10, S(ZONE_DOWN)),
		REPAIRED(20) } },
	{ 17, "right answers that take three seconds", NULL, false, {
		WELL,
		{ .way = DRILL_SLOW, .minutes = 20,
		  .demands = DRILL_HARMLESS,
		  .avoid = S(ZONE_QUARANTINED) | S(ZONE_BLOCKED) },
		REPAIRED(40) } },
	{ 18, "emptied, as SORBS and NiX Spam were", NULL, false, {
		WELL,
		OUTAGE(DRILL_EMPTIED, 60, S(ZONE_EMPTY)),
		REPAIRED(120) } },
	{ 19, "its data do not change any more",
	    "that is seen after a week", false, { { 0 } } },
	{ 20, "ten minutes good, ten minutes bad", NULL, false, {
		WELL,
		OUTAGE(DRILL_WORLD, 10, S(ZONE_QUARANTINED)),
		{ .way = DRILL_HEALTHY, .minutes = 10,
		  .demands = DRILL_HARMLESS },
		{ .way = DRILL_WORLD, .minutes = 10,
		  .demands = DRILL_HARMLESS },
		{ .way = DRILL_HEALTHY, .minutes = 10,
		  .demands = DRILL_HARMLESS },
		OUTAGE(DRILL_WORLD, 10, S(ZONE_QUARANTINED)),
		REPAIRED(150) } },
	{ 21, "one of two servers lists everything", NULL, false, {
		WELL,
		/* one on average; above eight in one of 500 drills */
		{ .way = DRILL_SPLIT, .minutes = 30, .harm = 8,
		  .reach = S(ZONE_QUARANTINED) | S(ZONE_SUSPECT) },
		REPAIRED(60) } },
	{ 22, "wild answers that caches may keep for a day", NULL, false, {
		WELL,
		OUTAGE(DRILL_WORLD_LONG, 20, S(ZONE_QUARANTINED)),
		{ .way = DRILL_HEALTHY, .minutes = 60, .demands =
		  DRILL_HARMLESS | DRILL_COUNTS | DRILL_RECOVERS |
		  DRILL_AGAIN } } },
	{ 23, "the resolver gives unknown names an address", NULL, false, {
		WELL,
		{ .way = DRILL_REWRITING, .minutes = 20,
		  .demands = DRILL_HARMLESS,
		  .avoid = S(ZONE_QUARANTINED) },
		REPAIRED(20) } },
	{ 24, "the resolver strips answers in 127.0.0.0/8", NULL, false, {
		WELL,
		{ .way = DRILL_STRIPPING, .minutes = 45,
		  .demands = DRILL_HARMLESS,
		  .avoid = S(ZONE_QUARANTINED) | S(ZONE_BLOCKED) |
		  S(ZONE_DOWN) },
		REPAIRED(120) } },
	{ 25, "two rules on one list",
	    "every drill counts all rules of the list together", false,
	    { { 0 } } },
	{ 26, "control questions are lost, others answered", NULL, false, {
		WELL,
		{ .way = DRILL_NO_CONTROLS, .minutes = 20,
		  .demands = DRILL_HARMLESS,
		  .avoid = S(ZONE_QUARANTINED) | S(ZONE_BLOCKED) },
		REPAIRED(60) } },
	{ 27, "a crash during quarantine", NULL, false, {
		WELL,
		OUTAGE(DRILL_WORLD, 5, S(ZONE_QUARANTINED)),
		{ .way = DRILL_WORLD, .minutes = 10, .act = DRILL_CRASH,
		  .demands = DRILL_HARMLESS, .reach = S(ZONE_QUARANTINED),
		  .avoid = S(ZONE_NEW) | S(ZONE_LEARNING) | S(ZONE_TRUSTED) |
		  S(ZONE_PROBATION) },
		REPAIRED(40) } },
	{ 28, "5000 messages a minute when it breaks",
	    "a drill is no test of speed", false, { { 0 } } },
	{ 29, "an operator pins it on while it is broken", NULL, false, {
		WELL,
		OUTAGE(DRILL_WORLD, 10, S(ZONE_QUARANTINED)),
		{ .way = DRILL_WORLD, .minutes = 10, .act = DRILL_PIN_ON,
		  .demands = DRILL_DECEIVED, .reach = S(ZONE_PINNED_ON) },
		OUTAGE(DRILL_WORLD, 10, S(ZONE_QUARANTINED)),
		REPAIRED(60) } },
	{ 30, "another node says that it is broken, and lies", NULL, false, {
		WELL,
		{ .way = DRILL_HEALTHY, .minutes = 20, .act = DRILL_LIE,
		  .demands = DRILL_HARMLESS | DRILL_COUNTS,
		  .reach = S(ZONE_SUSPECT), .avoid = BAD } } },
	{ 31, "a site of twenty messages a day", NULL, false, {
		{ .way = DRILL_HEALTHY, .minutes = 240, .every = 36,
		  .demands = DRILL_HARMLESS, .avoid = BAD },
		{ .way = DRILL_WORLD, .minutes = 480, .every = 36,
		  .demands = DRILL_HARMLESS,
		  .reach = S(ZONE_QUARANTINED) } } },
	{ 32, "lists of IPv6 addresses and of domains",
	    "play 2, 4 or 11 on such a list", false, { { 0 } } },
	{ 33, "it lists reserved networks on purpose", NULL, true, {
		{ .way = DRILL_BOGONS, .minutes = 30,
		  .demands = DRILL_HARMLESS | DRILL_COUNTS,
		  .reach = S(ZONE_LEARNING), .avoid = BAD } } },
	{ 34, "it has no test entry", NULL, true, {
		{ .way = DRILL_NO_ENTRY, .minutes = 60,
		  .demands = DRILL_HARMLESS | DRILL_COUNTS,
		  .reach = S(ZONE_LEARNING), .avoid = BAD } } },
	{ 35, "it lists spam and ham alike",
	    "that is learnt from weeks of mail", false, { { 0 } } },
};
#define SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

const struct drill_scenario *
drill_scenario_at(size_t i)
{
	return i < SCENARIOS ? &scenarios[i] : NULL;
}

const struct drill_scenario *
drill_scenario(unsigned number)
{
	for (size_t i = 0; i < SCENARIOS; i++) {
		if (scenarios[i].number == number)
			return &scenarios[i];
	}
	return NULL;
}
