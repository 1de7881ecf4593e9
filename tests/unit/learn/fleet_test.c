/*
 * fleet_test - lines of other nodes: written, forged, replayed, and heeded.
 *
 * The brain's hooks answer probes at once from one mood for all zones.
 */
#include "config.h"

#include "learn/fleet.h"

#include <sys/stat.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/tap/tap.h"

#define MIN	60.0
#define HOUR	3600.0
#define DAY	86400.0
#define T0	1.6e9
#define ZONE	"bl.example.org"

static const struct fleet_key key = { 32,
	"0123456789abcdef0123456789abcdef" };

static struct fleet_line
a_line(const char *node, uint64_t seq)
{
	struct fleet_line l = { .seq = seq, .at = T0 + 0.5,
		.state = ZONE_QUARANTINED, .reason = REASON_WILDCARD,
		.since = T0 - 1000, .day = { .lookups = 9, .listed = 8,
		.controls = 3, .controls_dirty = 2, .subjects = 7,
		.subjects_listed = 6 } };

	record_text(l.node, sizeof(l.node), slice_cstr(node));
	record_text(l.zone, sizeof(l.zone), SLICE(ZONE));
	record_text(l.evidence, sizeof(l.evidence),
	    SLICE("9.9.18.198.bl.example.org -> 127.0.0.2"));
	return l;
}

/* ---- lines ---- */

/* The mac was computed by another program (Python's hmac). */
static const char signed_line[] = "{\"tare\":1,\"node\":\"mx1.example.net\","
    "\"seq\":1600000000000001,\"at\":1600000000.500,"
    "\"zone\":\"bl.example.org\",\"state\":\"quarantined\","
    "\"reason\":\"wildcard\",\"since\":1599999000.000,"
    "\"evidence\":\"9.9.18.198.bl.example.org -> 127.0.0.2\","
    "\"lookups\":9,\"listed\":8,\"controls\":3,\"controls_dirty\":2,"
    "\"subjects\":7,\"subjects_listed\":6,"
    "\"mac\":\"9c7c06c879359a78ac5c24de4861fd87"
    "451792311dc3988a672dec66fa58e25a\"}\n";

static void
test_round_trip(void)
{
	struct fleet_line in = a_line("mx1.example.net", 1600000000000001u);
	struct fleet_line out;
	struct err e = { 0 };
	struct buf b;

	buf_init(&b, NULL);
	fleet_line_write(&in, &key, &b);
	is_slice(buf_slice(&b), slice_cstr(signed_line), "as it is written");
	is_int(fleet_line_read(buf_slice(&b), &key, &out, &e), 0, "read");
	is_str(out.node, in.node, "node");
	ok(out.seq == in.seq, "seq, exactly");
	is_num(out.at, in.at, "time");
	is_str(out.zone, ZONE, "zone");
	is_int(out.state, ZONE_QUARANTINED, "state");
	is_int(out.reason, REASON_WILDCARD, "reason");
	is_num(out.since, in.since, "since");
	is_str(out.evidence, in.evidence, "evidence");
	ok(memcmp(&out.day, &in.day, sizeof(out.day)) == 0, "sums");
	buf_free(&b);
}

static void
test_every_changed_byte_is_found(void)
{
	char text[sizeof(signed_line)];
	struct fleet_line l;
	size_t passed = 0, n = strlen(signed_line) - 1;

	for (size_t i = 0; i < n; i++) {
		memcpy(text, signed_line, sizeof(text));
		text[i] ^= 1;
		passed += fleet_line_read(slice_make(text, n), &key, &l,
		    NULL) == 0;
		passed += fleet_line_read(slice_make(signed_line, i), &key,
		    &l, NULL) == 0;
	}
	is_int(passed, 0, "no byte changed, no byte left out");
}

static void
test_wrong_key(void)
{
	struct fleet_key other = key;
	struct fleet_line l;
	struct err e = { 0 };

	other.bytes[31] ^= 1;
	is_int(fleet_line_read(slice_cstr(signed_line), &other, &l, &e), -1,
	    "another key");
	ok(strstr(e.text, "another key") != NULL, "%s", e.text);
	is_int(fleet_line_read(SLICE("{\"tare\":1}"), &key, &l, &e), -1,
	    "no signature");
	ok(strstr(e.text, "not signed") != NULL, "%s", e.text);
}

static void
test_time_window(void)
{
	struct fleet_line l = a_line("mx1", 1);
	struct err e = { 0 };

	is_int(fleet_line_fresh(&l, l.at + 599, &e), 0, "ten minutes old");
	is_int(fleet_line_fresh(&l, l.at - 119, &e), 0, "two minutes ahead");
	is_int(fleet_line_fresh(&l, l.at + 601, &e), -1, "older");
	ok(strstr(e.text, "stale") != NULL, "%s", e.text);
	is_int(fleet_line_fresh(&l, l.at - 121, &e), -1, "from the future");
	ok(strstr(e.text, "clocks") != NULL, "%s", e.text);
}

#define GOOD \
    "\"tare\":1,\"node\":\"a\",\"seq\":1,\"at\":1,\"zone\":\"z.org\"," \
    "\"state\":\"trusted\",\"reason\":\"none\",\"since\":1,\"evidence\":\"\""

static void
test_hostile_members(void)
{
	static const struct { const char *json, *word; } cases[] = {
		{ "{}", "no \"tare\"" },
		{ "[" GOOD "]", "no JSON" },
		{ "{" GOOD ",}", "no JSON" },
		{ "{" GOOD ",\"seq\":2}", "\"seq\"" },	/* twice */
		{ "{" GOOD ",\"lookups\":-1}", "\"lookups\"" },
		{ "{" GOOD ",\"lookups\":1e300}", "\"lookups\"" },
		{ "{" GOOD ",\"lookups\":\"1\"}", "\"lookups\"" },
		{ "{\"tare\":2}", "no \"node\"" },
		{ "{\"node\":\"a b\"}", "\"node\"" },
		{ "{\"node\":\"\"}", "\"node\"" },
		{ "{\"node\":\"a\\nb\"}", "\"node\"" },
		{ "{\"node\":\"a\\u0000b\"}", "\"node\"" },
		{ "{\"node\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaaaaaaaaaa\"}", "\"node\"" },
		{ "{\"seq\":0}", "\"seq\"" }, { "{\"seq\":-1}", "\"seq\"" },
		{ "{\"seq\":1e17}", "\"seq\"" },
		{ "{\"at\":1e999}", "\"at\"" },
		{ "{\"zone\":\"a;b\"}", "\"zone\"" },
		{ "{\"zone\":\"\"}", "\"zone\"" },
		{ "{\"zone\":7}", "\"zone\"" },
		{ "{\"state\":\"perfect\"}", "\"state\"" },
		{ "{\"reason\":[]}", "\"reason\"" },
		{ "{\"evidence\":{\"a\":1}}", "\"evidence\"" },
	};
	struct fleet_line l;
	struct err e;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		e.text[0] = '\0';
		is_int(fleet_line_parse(slice_cstr(cases[i].json), &l, &e),
		    -1, cases[i].json);
		ok(strstr(e.text, cases[i].word) != NULL, "%s", e.text);
	}
	is_int(fleet_line_parse(SLICE("{" GOOD ",\"later\":[1,{}]}"), &l, &e),
	    0, "members of a newer tare are passed over");
	is_int(fleet_line_parse(SLICE("{\"zone\":\"BL.Example.org\","
	    "\"tare\":1,\"node\":\"a\",\"seq\":1,\"at\":1,\"since\":1,"
	    "\"state\":\"new\",\"reason\":\"none\","
	    "\"evidence\":\"\\u001b[31m\\r\\nx\"}"), &l, &e), 0, "any order");
	is_str(l.zone, ZONE, "names fold");
	is_str(l.evidence, "?[31m??x", "no control characters");
}

static void
test_what_is_shared(void)
{
	ok(fleet_shares(ZONE_QUARANTINED, REASON_BOGUS), "bogus");
	ok(fleet_shares(ZONE_QUARANTINED, REASON_PARTIAL), "partial");
	ok(fleet_shares(ZONE_TRUSTED, REASON_NONE), "trusted, to read");
	ok(!fleet_shares(ZONE_QUARANTINED, REASON_PEER), "no hearsay");
	ok(!fleet_shares(ZONE_BLOCKED, REASON_BLOCKED), "no block");
	ok(!fleet_shares(ZONE_DOWN, REASON_TIMEOUT), "no outage");
	ok(!fleet_shares(ZONE_NEW, REASON_SERVFAIL), "in no state");
	ok(!fleet_shares(ZONE_SUSPECT, REASON_RESOLVER), "no resolver");
	ok(!fleet_shares(ZONE_PINNED_OFF, REASON_NONE), "no pin");
}

static void
test_key_file(void)
{
	static const struct { const char *text; mode_t mode; const char *say; }
	    cases[] = {
		{ "0123456789abcdef\n", 0600, NULL },
		{ "0123456789abcdef\n", 0640, NULL },
		{ "0123456789abcdef\n", 0644, "everybody" },
		{ "0123456789abcde\n", 0600, "15 bytes" },
		{ "", 0600, "0 bytes" },
	};
	char path[] = "/tmp/tare-key.XXXXXX";
	int fd = mkstemp(path);
	struct fleet_key k;
	struct err e;

	close(fd);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		FILE *f = fopen(path, "w");

		fputs(cases[i].text, f);
		fclose(f);
		chmod(path, cases[i].mode);
		e.text[0] = '\0';
		is_int(fleet_key_read(path, &k, &e),
		    cases[i].say == NULL ? 0 : -1, cases[i].text);
		ok(cases[i].say == NULL ? k.n == 16 :
		    strstr(e.text, cases[i].say) != NULL, "%s", e.text);
	}
	unlink(path);
	is_int(fleet_key_read(path, &k, &e), -1, "no file");
}

/* ---- the keeper's side ---- */

struct keeper {
	struct arena *arena;
	struct store *store;
	struct learn *l;
	double now;
	enum ask_class mood;		/* of reserved names */
	unsigned rounds, doubts, quarantines;
};

static void
answer(struct keeper *k, enum canary c)
{
	struct ask_answer ans = { .rtt = 0.02, .qname = "9.9.18.198.zone",
	    .cls = c == CANARY_INVALID || c == CANARY_MUST_NOT ? ASK_CLEAN :
	    c == CANARY_MUST_LIST ? ASK_LISTED : k->mood };

	ans.rcode = ans.cls == ASK_CLEAN ? 3 : ans.cls == ASK_UNKNOWN ? 2 : 0;
	learn_canary(k->l, ZONE, c, &ans, k->now);
}

static void
on_probe(void *arg, const struct zone_model *z, unsigned wish)
{
	static const enum canary pools[] = { CANARY_BENCH, CANARY_CLASS_E,
	    CANARY_SHARED, CANARY_TESTNET };
	struct keeper *k = arg;

	if (wish & WISH_APEX) {
		return;
	}
	if (wish & WISH_RESOLVER) {
		answer(k, CANARY_INVALID);
	}
	if (z == NULL) {
		return;
	}
	k->rounds++;
	if (!(wish & WISH_CANARIES)) {
		answer(k, CANARY_MUST_NOT);
		answer(k, CANARY_MUST_LIST);
	}
	for (int i = 0; i < (wish & WISH_ENROLL ? 12 : 3); i++) {
		answer(k, pools[i % 4]);
	}
	learn_round_end(k->l, ZONE, k->now);
}

static void
on_transition(void *arg, const struct zone_model *z, enum zone_state from,
    const char *evidence)
{
	struct keeper *k = arg;

	k->doubts += z->state == ZONE_SUSPECT;
	k->quarantines += z->state == ZONE_QUARANTINED;
}

static void
begin(struct keeper *k, struct store *s)
{
	struct learn_hooks h = { .arg = k, .probe = on_probe,
	    .transition = on_transition };

	k->arena = arena_new();
	k->store = s;
	k->l = learn_new(k->arena, s, &h);
	k->now = T0;
	k->mood = ASK_CLEAN;
	learn_zone_add(k->l, ZONE, ZONE_KIND_IP, false, k->now);
	learn_tick(k->l, k->now);
	k->rounds = k->doubts = k->quarantines = 0;
}

static void
pass(struct keeper *k, double seconds)
{
	double end = k->now + seconds;

	while (k->now < end) {
		k->now += 1;
		learn_tick(k->l, k->now);
	}
}

static const struct zone_model *
z(const struct keeper *k)
{
	return learn_zone(k->l, 0);
}

/* A line of this moment: news unless since says otherwise. */
static enum fleet_result
say(struct keeper *k, const char *node, double since)
{
	struct fleet_line l = a_line(node, (uint64_t)(k->now * 1e6));

	l.since = since;
	k->now += 0.01;
	return learn_peer(k->l, &l, k->now);
}

/* "degraded" costs questions, no weight, and not many of them. */
static void
test_a_node_in_doubt(void)
{
	struct fleet_line l = a_line("mx1", 1);
	struct keeper k = { 0 };
	unsigned heeded = 0;

	begin(&k, NULL);
	l.state = ZONE_DEGRADED;
	l.reason = REASON_PARTIAL;
	for (int i = 0; i < 24 * 60; i++) {
		pass(&k, MIN);
		l.seq = (uint64_t)(k.now * 1e6);
		l.since = k.now;
		heeded += learn_peer(k.l, &l, k.now) == FLEET_DOUBTED;
	}
	ok(heeded >= 5 && heeded <= 9, "doubting each minute for a day costs "
	    "%u rounds", heeded);
	is_int(k.doubts, 0, "it is never in doubt here");
	is_int(z(&k)->state, ZONE_LEARNING, "nor anything else");
	l.seq++;
	l.since++;
	l.state = ZONE_TRUSTED;
	l.reason = REASON_NONE;
	is_int(learn_peer(k.l, &l, k.now), FLEET_NOTED, "trust is noted");
	arena_free(&k.arena);
}

static void
test_a_liar(void)
{
	struct keeper k = { 0 };
	unsigned heeded = 0;

	begin(&k, NULL);
	is_int(say(&k, "mx1", k.now), FLEET_DOUBTED, "news is looked into");
	is_int(z(&k)->state, ZONE_LEARNING, "and found to be none");
	is_num(zone_model_weight(z(&k)), 1, "full weight");
	is_int(k.rounds, 1, "after one round");
	is_int(k.doubts, 1, "the doubt is in the history");
	is_int(say(&k, "mx1", T0), FLEET_KNOWN, "said again: no news");
	is_int(k.rounds, 1, "no round");
	for (int i = 0; i < 24 * 60; i++) {
		pass(&k, MIN);
		heeded += say(&k, "mx1", k.now) == FLEET_DOUBTED;
	}
	ok(heeded >= 5 && heeded <= 9, "lying each minute for a day costs "
	    "%u rounds", heeded);
	is_int(k.quarantines, 0, "and never a quarantine");
	arena_free(&k.arena);
}

static void
test_a_truth(void)
{
	struct keeper k = { 0 };

	begin(&k, NULL);
	k.mood = ASK_LISTED;
	is_int(say(&k, "mx1", k.now), FLEET_DOUBTED, "news");
	is_int(z(&k)->state, ZONE_QUARANTINED, "seen to be true");
	is_int(z(&k)->reason, REASON_WILDCARD, "with our own reason");
	arena_free(&k.arena);
}

static void
test_two_where_we_cannot_look(void)
{
	struct keeper k = { 0 };

	begin(&k, NULL);
	k.mood = ASK_UNKNOWN;
	say(&k, "mx1", k.now);
	is_int(z(&k)->state, ZONE_SUSPECT, "one node, and no answers here");
	is_int(k.quarantines, 0, "is a doubt");
	say(&k, "mx1", k.now);
	pass(&k, 15);
	is_int(k.quarantines, 0, "whatever often that node says so");
	is_int(say(&k, "mx2", k.now), FLEET_DOUBTED, "a second node");
	pass(&k, 15);
	is_int(z(&k)->state, ZONE_QUARANTINED, "decides");
	is_int(z(&k)->reason, REASON_PEER, "and is the reason");
	pass(&k, 12 * MIN);
	ok(z(&k)->reason != REASON_PEER, "for ten minutes (%s)",
	    zone_state_name(z(&k)->state));
	arena_free(&k.arena);
}

static void
test_two_late(void)
{
	struct keeper k = { 0 };

	begin(&k, NULL);
	k.mood = ASK_UNKNOWN;
	say(&k, "mx1", k.now);
	k.now += 11 * MIN;
	say(&k, "mx2", k.now);
	pass(&k, 15);
	is_int(k.quarantines, 0, "eleven minutes apart they are one and one");
	arena_free(&k.arena);
}

static void
test_a_fifth_of_many(void)
{
	struct keeper k = { 0 };
	char node[16];

	begin(&k, NULL);
	for (int i = 0; i < 20; i++) {
		struct fleet_line l;

		snprintf(node, sizeof(node), "mx%d", i);
		l = a_line(node, 1);
		l.state = ZONE_TRUSTED;
		l.reason = REASON_NONE;
		is_int(learn_peer(k.l, &l, k.now), FLEET_NOTED, "healthy");
	}
	k.mood = ASK_UNKNOWN;
	for (int i = 0; i < 4; i++) {
		snprintf(node, sizeof(node), "mx%d", i);
		say(&k, node, k.now);
		pass(&k, i == 2 ? 11 : 0);
		is_int(k.quarantines, 0, "fewer than four of twenty");
	}
	pass(&k, 11);
	is_int(k.quarantines, 1, "four of twenty are enough");
	arena_free(&k.arena);
}

static void
test_trust_is_never_raised(void)
{
	static const enum zone_state good[] = { ZONE_TRUSTED, ZONE_LEARNING,
	    ZONE_PROBATION, ZONE_PINNED_ON };
	struct keeper k = { 0 };
	double w;

	begin(&k, NULL);
	k.mood = ASK_LISTED;
	say(&k, "mx1", k.now);
	w = zone_model_weight(z(&k));
	for (size_t i = 0; i < 4; i++) {
		struct fleet_line l = a_line("mx2", 100 + i);

		l.state = good[i];
		l.reason = REASON_NONE;
		is_int(learn_peer(k.l, &l, k.now), FLEET_NOTED, "good news");
		is_num(zone_model_weight(z(&k)), w, "changes nothing");
		is_int(z(&k)->state, ZONE_QUARANTINED, "nor the state");
	}
	arena_free(&k.arena);
}

static void
test_what_is_not_heeded(void)
{
	static const struct { enum zone_state state; enum zone_reason reason; }
	    cases[] = { { ZONE_BLOCKED, REASON_BLOCKED },
		{ ZONE_DOWN, REASON_TIMEOUT }, { ZONE_PINNED_OFF, REASON_NONE },
		{ ZONE_QUARANTINED, REASON_PEER },
		{ ZONE_QUARANTINED, REASON_RESOLVER },
		{ ZONE_SUSPECT, REASON_CONTROL } };
	struct keeper k = { 0 };

	begin(&k, NULL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct fleet_line l = a_line("mx1", 1 + i);

		l.state = cases[i].state;
		l.reason = cases[i].reason;
		is_int(learn_peer(k.l, &l, k.now), FLEET_NOTED,
		    zone_state_name(cases[i].state));
	}
	is_int(k.rounds + k.doubts, 0, "none of these makes us look");
	arena_free(&k.arena);
}

static void
test_replay(void)
{
	char dir[] = "/tmp/tare-fleet.XXXXXX", path[64];
	struct keeper k = { 0 };
	struct fleet_line l = a_line("mx1", 1000), old = a_line("mx1", 999);
	struct fleet_line other = a_line("mx2", 5);
	struct store *s;

	snprintf(path, sizeof(path), "%s/tare.sqlite", mkdtemp(dir));
	store_open(path, false, &s, NULL);
	begin(&k, s);
	is_int(learn_peer(k.l, &l, k.now), FLEET_DOUBTED, "a line");
	is_int(learn_peer(k.l, &l, k.now), FLEET_REPLAY, "the same again");
	is_int(learn_peer(k.l, &old, k.now), FLEET_REPLAY, "an older one");
	is_int(learn_peer(k.l, &other, k.now), FLEET_DOUBTED,
	    "another node counts for itself");
	learn_flush_store(k.l, k.now);
	store_close(&s);
	arena_free(&k.arena);
	store_open(path, false, &s, NULL);
	begin(&k, s);
	is_int(learn_peer(k.l, &l, k.now), FLEET_REPLAY,
	    "and not after a restart");
	l.seq++;
	is_int(learn_peer(k.l, &l, k.now), FLEET_DOUBTED, "a newer one is");
	store_close(&s);
	arena_free(&k.arena);
	unlink(path);
	rmdir(dir);
}

static void
count_peer(const struct store_peer_row *r, void *arg)
{
	++*(int *)arg;
	is_str(r->node, "mx1", "node");
	is_str(r->state, "quarantined", "state");
	is_num(r->day.subjects_listed, 6, "sums");
}

static void
test_kept_for_operators(void)
{
	struct store *s;
	struct keeper k = { 0 };
	struct fleet_line l = a_line("mx1", 1000);
	int n = 0;

	store_open(":memory:", false, &s, NULL);
	begin(&k, s);
	learn_peer(k.l, &l, k.now);
	l.seq++;
	learn_peer(k.l, &l, k.now);
	store_peers(s, ZONE, 0, count_peer, &n);
	is_int(n, 1, "the last word of each node");
	store_peers(s, ZONE, k.now + 1, count_peer, &n);
	is_int(n, 1, "not older ones");
	arena_free(&k.arena);
	store_close(&s);
}

static void
test_too_many(void)
{
	struct keeper k = { 0 };
	struct fleet_line l;
	char node[16];

	begin(&k, NULL);
	for (unsigned i = 0; i < LIMIT_PEERS; i++) {
		snprintf(node, sizeof(node), "n%u", i);
		l = a_line(node, 1);
		l.state = ZONE_TRUSTED;
		learn_peer(k.l, &l, k.now);
	}
	l = a_line("one-more", 1);
	is_int(learn_peer(k.l, &l, k.now), FLEET_FULL, "a node too many");
	l = a_line("n3", 2);
	record_text(l.zone, sizeof(l.zone), SLICE("no.such.zone"));
	is_int(learn_peer(k.l, &l, k.now), FLEET_NO_ZONE, "a strange zone");
	arena_free(&k.arena);
}

int
main(void)
{
	test_round_trip();
	test_every_changed_byte_is_found();
	test_wrong_key();
	test_time_window();
	test_hostile_members();
	test_what_is_shared();
	test_key_file();
	test_a_node_in_doubt();
	test_a_liar();
	test_a_truth();
	test_two_where_we_cannot_look();
	test_two_late();
	test_a_fifth_of_many();
	test_trust_is_never_raised();
	test_what_is_not_heeded();
	test_replay();
	test_kept_for_operators();
	test_too_many();
	return tap_done();
}
