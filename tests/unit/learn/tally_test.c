/*
 * tally_test - records of workers in, alarms, panels and weights out.
 *
 * The brain with a keeper of the test's own: what it is asked to probe is
 * answered from a small world where some hosts are listed.
 */
#include "config.h"

#include "learn/learn-priv.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/tap/tap.h"

#define T0	1.6e9
#define ZONE	"bl.example.org"

struct keeper {
	struct arena *arena;
	struct learn *l;
	double now;
	struct zone_entry table[LIMIT_ZONES];
	unsigned published, panel_keys, canaries, bad_records;
	char first_key[LEARN_KEY];
	double good_listed;		/* share of the panel */
	bool lies;			/* the resolver does */
	char notice[400];
};

static void
answer(struct keeper *k, const char *zone, enum canary c, const char *qname,
    bool listed)
{
	struct ask_answer ans = { .rtt = 0.02, .qname = qname, .rcode = 3 };

	if (listed) {
		ans.cls = ASK_LISTED;
		ans.rcode = 0;
		ans.n_addr = 1;
		ans.addr[0].s_addr = inet_addr("127.0.0.2");
	}
	learn_canary(k->l, zone, c, &ans, k->now);
}

static void
ask_panel(struct keeper *k, const struct zone_model *z)
{
	char key[LEARN_KEY], qname[300];

	for (unsigned i = stat_panel_wanted(&z->stat); i > 0 &&
	    learn_panel_next(k->l, z->name, key); i--) {
		if (k->panel_keys++ == 0) {
			memcpy(k->first_key, key, sizeof(key));
		}
		snprintf(qname, sizeof(qname), "%s.%s", key, z->name);
		answer(k, z->name, CANARY_PANEL, qname,
		    k->panel_keys % 100 < 100 * k->good_listed);
	}
}

static void
on_probe(void *arg, const struct zone_model *z, unsigned wish)
{
	struct keeper *k = arg;

	if (wish & WISH_APEX) {
		return;
	}
	if (z == NULL || (wish & WISH_RESOLVER)) {
		answer(k, NULL, CANARY_INVALID, "x.invalid", k->lies);
	}
	if (z == NULL) {
		return;
	}
	if (wish & WISH_PANEL) {
		ask_panel(k, z);
	} else {
		k->canaries++;
		if (!(wish & WISH_CANARIES)) {
			answer(k, z->name, CANARY_MUST_NOT, "n", false);
			answer(k, z->name, CANARY_MUST_LIST, "l", true);
		}
		for (int i = 0; i < (wish & WISH_ENROLL ? 12 : 3); i++) {
			answer(k, z->name, z->kind == ZONE_KIND_IP ?
			    CANARY_BENCH + i % 4 : CANARY_NAME, "c", false);
		}
	}
	learn_round_end(k->l, z->name, k->now);
}

static void
on_publish(void *arg, const struct zone_entry *e, size_t n)
{
	struct keeper *k = arg;

	k->published++;
	memcpy(k->table, e, n * sizeof(*e));
}

static void
on_notice(void *arg, const char *text)
{
	struct keeper *k = arg;

	snprintf(k->notice, sizeof(k->notice), "%s", text);
}

static void
start(struct keeper *k, struct store *s, double now)
{
	struct learn_hooks h = { .arg = k, .probe = on_probe,
	    .publish = on_publish, .notice = on_notice };

	memset(k, 0, sizeof(*k));
	k->arena = arena_new();
	k->now = now;
	k->l = learn_new(k->arena, s, &h);
	learn_zone_add(k->l, ZONE, ZONE_KIND_IP, false, now);
	learn_zone_add(k->l, "dbl.example.org", ZONE_KIND_DOMAIN, false, now);
	learn_tick(k->l, now);
}

static const struct zone_model *
zone(const struct keeper *k)
{
	return learn_zone_find(k->l, ZONE);
}

/* An address of its own network for each n. */
static void
address(unsigned n, uint8_t ip[16])
{
	memset(ip, 0, 16);
	ip[10] = ip[11] = 0xff;
	ip[12] = (uint8_t)(11 + n / 256 % 200);
	ip[13] = (uint8_t)(n % 256);
	ip[14] = (uint8_t)(n / 51200);
	ip[15] = 7;
}

static void
subject(struct keeper *k, unsigned host, bool listed)
{
	union record r;

	record_init(&r.head, RECORD_SUBJECTS, 0, 1, k->now);
	r.subjects.n = 1;
	r.subjects.v[0].zone = record_name_hash(SLICE(ZONE));
	r.subjects.v[0].family = 4;
	r.subjects.v[0].listed = listed;
	address(host, r.subjects.v[0].who);
	learn_record(k->l, &r, k->now);
}

struct mail {
	unsigned host;
	uint8_t flags;
	const char *host_org, *from_org;
	const char *code[2];		/* listed with; NULL: not */
	bool allow;
};

static void
mail(struct keeper *k, const struct mail *m)
{
	union record r;
	struct record_vote *v = &r.message.v[0];

	record_init(&r.head, RECORD_MESSAGE, 0, 1, k->now);
	r.message.family = 4;
	address(m->host, r.message.ip);
	r.message.flags = m->flags;
	record_text(r.message.host_org, sizeof(r.message.host_org),
	    slice_cstr(m->host_org));
	record_text(r.message.from_org, sizeof(r.message.from_org),
	    slice_cstr(m->from_org));
	r.message.n = 1;
	v->zone = record_name_hash(SLICE(ZONE));
	for (int i = 0; i < 2 && m->code[i] != NULL; i++) {
		v->code[v->n++] = inet_addr(m->code[i]);
		v->allow |= (uint8_t)(m->allow << i);
	}
	k->bad_records += record_check(&r, r.head.length) != 0;
	learn_record(k->l, &r, k->now);
}

/* So many hosts, each with 21 good messages on 15 days. */
static void
befriend(struct keeper *k, unsigned hosts)
{
	char org[64];

	for (unsigned day = 0; day < 15; day++) {
		for (unsigned h = 0; h < hosts; h++) {
			snprintf(org, sizeof(org), "friend%u.example", h);
			for (unsigned i = 0; i < 1 + (day < 6); i++) {
				union record r;

				record_init(&r.head, RECORD_MESSAGE, 0, 1,
				    k->now);
				r.message.family = 4;
				address(h, r.message.ip);
				r.message.flags = MESSAGE_HAM;
				record_text(r.message.host_org,
				    sizeof(r.message.host_org),
				    slice_cstr(org));
				record_text(r.message.from_org,
				    sizeof(r.message.from_org),
				    slice_cstr(org));
				learn_record(k->l, &r, k->now);
			}
		}
		k->now += DAY;
		learn_tick(k->l, k->now);
	}
}

static bool
is_good(const struct keeper *k, unsigned host)
{
	uint8_t ip[16];

	address(host, ip);
	return good_known(k->l->good, good_key_ip(ip), k->now);
}

static bool
is_good_domain(const struct keeper *k, const char *name)
{
	return good_known(k->l->good, good_key_domain(slice_cstr(name)),
	    k->now);
}

static void
test_who_is_good(void)
{
	struct keeper k;
	unsigned rows;
	const struct good_row *all;

	start(&k, NULL, T0);
	mail(&k, &(struct mail){ .host = 900, .flags = MESSAGE_HAM,
	    .host_org = "a.example", .from_org = "" });
	ok(!is_good(&k, 900), "one good message makes no friend");
	befriend(&k, 3);
	ok(is_good(&k, 0) && is_good(&k, 2), "21 on 15 days do");
	ok(is_good_domain(&k, "Friend1.Example"), "the domain, too");
	rows = (unsigned)good_rows(k.l->good, &all);
	mail(&k, &(struct mail){ .host = 901, .flags = MESSAGE_HAM,
	    .host_org = "", .from_org = "" });
	mail(&k, &(struct mail){ .host = 902, .flags = MESSAGE_SPAM,
	    .host_org = "s.example", .from_org = "" });
	mail(&k, &(struct mail){ .host = 903, .flags = 0,
	    .host_org = "u.example", .from_org = "" });
	mail(&k, &(struct mail){ .host = 904,
	    .flags = MESSAGE_HAM | MESSAGE_MORE, .host_org = "m.example",
	    .from_org = "" });
	is_int(k.bad_records, 0, "records as they should be");
	is_int(good_rows(k.l->good, &all), rows, "nameless hosts, spammers, "
	    "unsure mail and second records add nobody");
	mail(&k, &(struct mail){ .host = 1, .flags = MESSAGE_SPAM,
	    .host_org = "friend1.example", .from_org = "friend1.example" });
	ok(!is_good(&k, 1) && is_good(&k, 2), "spam ends it");
	k.now += 31 * DAY;
	ok(is_good(&k, 1), "for a month");
	k.now += 61 * DAY;
	ok(!is_good(&k, 2), "silence of two months does as well");
	is_int(learn_known_good(k.l, "192.0.2.77", k.now), 0, "an operator's");
	is_int(learn_known_good(k.l, "partner.example", k.now), 0, "domain");
	is_int(learn_known_good(k.l, "no such thing", k.now), -1, "neither");
	is_int(learn_known_good(k.l, "", k.now), -1, "nothing");
	ok(is_good_domain(&k, "partner.example"), "needs no mail");
	arena_free(&k.arena);
}

static void
test_hour_and_streams(void)
{
	struct keeper k;
	struct zone_slot *slot;

	start(&k, NULL, T0);
	slot = learn_find(k.l, ZONE);
	for (int i = 0; i < 5; i++) {
		subject(&k, 7, true);
	}
	is_int(slot->counts.subjects, 1, "a sender once an hour");
	is_int(slot->counts.subjects_listed, 1, "listed");
	subject(&k, 7, false);
	is_int(slot->counts.subjects, 2, "again with another answer");
	learn_known_good(k.l, "11.9.0.7", k.now);
	subject(&k, 9, true);
	is_int(slot->counts.anchors, 1, "a known-good one");
	is_int(slot->counts.anchors_listed, 1, "listed");
	is_num(slot->model.stat.base.aside_anchors, 1, "reached its stream");
	arena_free(&k.arena);
}

/* An hour in which all of them were looked up, and none was listed. */
static void
good_hour(struct keeper *k, unsigned hosts)
{
	for (unsigned h = 0; h < hosts; h++) {
		subject(k, h, false);
	}
	k->now += 3601;
	learn_tick(k->l, k->now);
}

/* From records to a verdict: known-good senders are listed. */
static void
test_panel(void)
{
	struct keeper k;
	char want[LEARN_KEY];
	uint8_t ip[16];
	unsigned n = 0;

	start(&k, NULL, T0);
	befriend(&k, 40);
	good_hour(&k, 40);
	k.good_listed = 0.5;
	while (zone(&k)->state != ZONE_QUARANTINED && n < 40) {
		k.now += 1;
		subject(&k, n++, true);
	}
	ok(zone(&k)->state == ZONE_QUARANTINED, "quarantined after %u", n);
	is_int(zone(&k)->reason, REASON_PARTIAL, "partial");
	is_num(k.table[0].weight, 0, "and published");
	ok(k.panel_keys >= 10 && k.panel_keys <= 40, "%u were asked about",
	    k.panel_keys);
	address(0, ip);
	for (unsigned h = 0; h < 40; h++) {
		address(h, ip);
		snprintf(want, sizeof(want), "%u.%u.%u.%u", ip[15], ip[14],
		    ip[13], ip[12]);
		if (strcmp(want, k.first_key) == 0) {
			break;
		}
		want[0] = '\0';
	}
	is_str(k.first_key, want, "by their reversed addresses");
	arena_free(&k.arena);
}

static void
named_subject(struct keeper *k, unsigned i, bool listed)
{
	union record r;
	uint64_t h;
	char name[64];

	record_init(&r.head, RECORD_SUBJECTS, 0, 1, k->now);
	r.subjects.n = 1;
	r.subjects.v[0].zone = record_name_hash(SLICE("dbl.example.org"));
	r.subjects.v[0].listed = listed;
	snprintf(name, sizeof(name), "Friend%u.example", i);
	h = record_name_hash(slice_cstr(name));
	memcpy(r.subjects.v[0].who, &h, sizeof(h));
	learn_record(k->l, &r, k->now);
}

static void
test_panel_of_domains(void)
{
	struct keeper k;

	start(&k, NULL, T0);
	befriend(&k, 30);
	for (unsigned i = 0; i < 30; i++) {
		named_subject(&k, i, false);
	}
	k.good_listed = 0.5;
	for (unsigned i = 0; i < 30 && k.panel_keys == 0; i++) {
		k.now += 1;
		named_subject(&k, i, true);
	}
	ok(strncmp(k.first_key, "friend", 6) == 0, "a list of domains is "
	    "asked about domains: %s", k.first_key);
	is_int(learn_zone_find(k.l, "dbl.example.org")->state,
	    ZONE_QUARANTINED, "and judged");
	is_int(zone(&k)->state, ZONE_LEARNING, "the other list is not");
	arena_free(&k.arena);
}

static void
test_strangers_answers(void)
{
	struct keeper k;
	struct zone_slot *slot;
	uint64_t turn;
	char key[LEARN_KEY];

	start(&k, NULL, T0);
	befriend(&k, 12);
	slot = learn_find(k.l, ZONE);
	ok(!learn_panel_next(k.l, ZONE, key), "no panel, nobody");
	ok(pick_panel(k.l, slot, k.now), "members are picked");
	is_int(slot->picked->n, 12, "twelve");
	ok(!pick_turn(slot, "7.0.0.11." ZONE, &turn), "not asked yet");
	ok(learn_panel_next(k.l, ZONE, key), "the first");
	strcat(key, "." ZONE);
	ok(pick_turn(slot, key, &turn), "its answer is known");
	key[0] = '9';
	ok(!pick_turn(slot, key, &turn), "another's is not");
	arena_free(&k.arena);
}

/* A useless list (scenario 35): 10 % of either. */
static void
test_precision(void)
{
	struct keeper k;
	char w[800];
	struct mail m = { .host_org = "h.example", .from_org = "" };

	start(&k, NULL, T0);
	befriend(&k, 1000);
	ok(zone(&k)->state == ZONE_TRUSTED || zone(&k)->state ==
	    ZONE_LEARNING, "it counts");
	is_num(zone_entry_weight(&k.table[0], inet_addr("127.0.0.2")), 1,
	    "new: full weight");
	for (unsigned i = 0; i < 2000; i++) {
		m.host = i;
		m.flags = i < 1000 ? MESSAGE_HAM : MESSAGE_SPAM;
		m.code[0] = i % 10 == 0 ? "127.0.0.2" : i % 7 == 0 &&
		    i >= 1000 ? "127.0.0.9" : NULL;
		mail(&k, &m);
	}
	k.now += 1;
	learn_tick(k.l, k.now);
	ok(zone_entry_weight(&k.table[0], inet_addr("127.0.0.2")) <= 0.15,
	    "lists spam and ham alike: weight %.3f",
	    zone_entry_weight(&k.table[0], inet_addr("127.0.0.2")));
	ok(zone_entry_weight(&k.table[0], inet_addr("127.0.0.9")) > 0.95,
	    "its other code names only spam: %.3f",
	    zone_entry_weight(&k.table[0], inet_addr("127.0.0.9")));
	zone_model_words(zone(&k), k.now, w, sizeof(w));
	ok(strstr(w, "code 127.0.0.2: weight 0.") != NULL, "%s", w);
	learn_pin(k.l, ZONE, ZONE_PINNED_ON, 1, 0, k.now);
	is_num(zone_entry_weight(&k.table[0], inet_addr("127.0.0.2")), 1,
	    "a pin is above it");
	arena_free(&k.arena);
}

static void
test_votes_that_do_not_count(void)
{
	struct keeper k;
	struct zone_slot *slot;
	struct mail m = { .host = 5, .flags = MESSAGE_SPAM, .host_org = "",
	    .from_org = "", .code = { "127.0.0.2" } };

	start(&k, NULL, T0);
	slot = learn_find(k.l, ZONE);
	mail(&k, &m);
	is_num(slot->model.codes.ns, 1, "one spam");
	mail(&k, &m);
	ok(slot->model.codes.ns < 1.01, "a network once an hour");
	m.host = 6;
	m.flags = MESSAGE_HAM;
	mail(&k, &m);
	is_num(slot->model.codes.nh, 0, "ham of a stranger is no ham");
	learn_known_good(k.l, "11.6.0.7", k.now);
	m.flags = 0;
	mail(&k, &m);
	ok(slot->model.codes.nh == 1, "a friend's is, also when the lists "
	    "made it spam");
	m.flags = MESSAGE_SPAM;
	k.now += 3601;
	mail(&k, &m);
	ok(slot->model.codes.nh < 1.01 && slot->model.codes.ns < 1.01,
	    "a friend's spam is neither");
	slot->model.state = ZONE_SUSPECT;
	m.host = 8;
	mail(&k, &m);
	ok(slot->model.codes.ns < 1.01, "nor what a doubted zone said");
	arena_free(&k.arena);
}

static void
test_many_codes(void)
{
	struct zone_codes c = { 0 };
	struct zone_entry e = { .weight = 1 };
	struct record_vote v = { .n = 1 };

	for (unsigned i = 0; i < 100; i++) {
		v.code[0] = htonl(0x7f000001 + i % 20);
		codes_count(&c, &v, LABEL_HAM, T0 + i);
	}
	is_int(c.n, ZONE_CODES, "so many are kept");
	codes_entry(&c, &e);
	ok(zone_entry_weight(&e, htonl(0x7f0000ff)) < 0.6,
	    "one that is not counts by what is known of all: %.2f",
	    zone_entry_weight(&e, htonl(0x7f0000ff)));
	v.code[0] = htonl(0x7f0a0001);
	codes_count(&c, &v, LABEL_SPAM, T0 + 400 * DAY);
	is_int(c.n, ZONE_CODES, "a year later the forgotten give way");
	codes_entry(&c, &e);
	ok(e.code[0].code == htonl(0x7f0a0001) ||
	    e.code[15].code == htonl(0x7f0a0001), "to a new one");
}

/* A good list that speaks for senders, and a bad one. */
static void
test_allow_codes(void)
{
	struct zone_codes good = { 0 }, bad = { 0 };
	struct record_vote v = { .n = 1, .allow = 1,
	    .code = { htonl(0x7f000a02) } };
	struct record_vote none = { .n = 0 };

	for (int i = 0; i < 1000; i++) {
		codes_count(&good, i % 2 ? &v : &none, LABEL_HAM, T0);
		codes_count(&good, &none, LABEL_SPAM, T0);
		codes_count(&bad, i % 2 ? &v : &none, LABEL_HAM, T0);
		codes_count(&bad, i % 2 ? &v : &none, LABEL_SPAM, T0);
	}
	ok(codes_weight(&good, &good.v[0]) > 0.98, "lists ham only: %.2f",
	    codes_weight(&good, &good.v[0]));
	ok(codes_weight(&bad, &bad.v[0]) < 0.1, "lists both: %.2f",
	    codes_weight(&bad, &bad.v[0]));
}

static void
test_restart(void)
{
	char dir[] = "/tmp/tare-tally.XXXXXX", path[64];
	struct store *s;
	struct keeper k;
	struct err e;
	double p0, w;
	struct mail m = { .host_org = "h.example", .from_org = "" };

	snprintf(path, sizeof(path), "%s/t.sqlite", mkdtemp(dir));
	if (store_open(path, false, &s, &e) != 0) {
		ok(false, "%s", e.text);
		return;
	}
	start(&k, s, T0);
	befriend(&k, 60);
	good_hour(&k, 60);
	for (unsigned i = 0; i < 900; i++) {
		k.now += 1;
		subject(&k, 100 + i, i % 4 == 0);
	}
	for (unsigned i = 0; i < 120; i++) {
		m.host = i;
		m.flags = i < 60 ? MESSAGE_HAM : MESSAGE_SPAM;
		m.code[0] = i % 3 == 0 ? "127.0.0.2" : NULL;
		mail(&k, &m);
	}
	subject(&k, 0, true);		/* a friend: the sums are not 0 */
	p0 = zone(&k)->stat.base.p0;
	w = codes_weight(&zone(&k)->codes, &zone(&k)->codes.v[0]);
	ok(p0 > 0.1 && zone(&k)->stat.s_anchor > 2 && w < 0.9,
	    "learned: p0 %.2f, anchors %.2f, weight %.2f", p0,
	    zone(&k)->stat.s_anchor, w);
	k.lies = true;
	k.now += 400;
	learn_tick(k.l, k.now);
	ok(learn_resolver_bad(k.l), "the resolver lies");
	learn_flush_store(k.l, k.now);
	w = codes_weight(&zone(&k)->codes, &zone(&k)->codes.v[0]);
	double anchors = zone(&k)->stat.s_anchor, then = k.now;
	arena_free(&k.arena);
	store_close(&s);

	ok(store_open(path, false, &s, &e) == 0, "a new start");
	start(&k, s, then + 5);
	ok(is_good(&k, 0) && is_good(&k, 59), "friends are friends");
	is_num(zone(&k)->stat.base.p0, p0, "the baseline is there");
	is_num(zone(&k)->stat.s_anchor, anchors, "the sums are");
	is_num(codes_weight(&zone(&k)->codes, &zone(&k)->codes.v[0]), w,
	    "the codes' weights are");
	ok(strstr(k.notice, "resolver") != NULL, "and: %s", k.notice);
	ok(learn_resolver_bad(k.l), "the resolver is still not believed");
	is_num(k.table[0].weight, 0, "no list counts");
	for (int i = 0; i < 4; i++) {
		k.now += 11;
		learn_tick(k.l, k.now);
	}
	ok(!learn_resolver_bad(k.l), "until three probes are clean");
	is_num(k.table[0].weight, 1, "then they do");
	arena_free(&k.arena);
	store_close(&s);
	unlink(path);
	rmdir(dir);
}

static bool
has_row(const struct good *g, uint64_t key)
{
	const struct good_row *rows;
	size_t n = good_rows(g, &rows);

	for (size_t i = 0; i < n; i++) {
		if (rows[i].key == key) {
			return true;
		}
	}
	return false;
}

/* More senders than there is room for: the silent ones go. */
static void
test_full_table(void)
{
	struct keeper k;
	const struct good_row *rows;
	struct good_row r;
	char name[64];

	start(&k, NULL, T0);
	befriend(&k, 2);
	for (unsigned i = 0; i < 30000; i++) {
		snprintf(name, sizeof(name), "one%u.example", i);
		good_row_of(slice_cstr(name), slice_make(NULL, 0), &r);
		good_ham(k.l->good, &r, k.now + i);
	}
	ok(good_rows(k.l->good, &rows) <= 20000, "%zu rows",
	    good_rows(k.l->good, &rows));
	ok(is_good(&k, 0) && is_good(&k, 1), "friends stay");
	ok(has_row(k.l->good, r.key), "and so do the newest");
	arena_free(&k.arena);
}

static void
control(struct keeper *k, const char *zone_name, const char *key,
    enum ask_class cls)
{
	union record r;

	record_init(&r.head, RECORD_CONTROL, 0, 1, k->now);
	record_text(r.answer.zone, sizeof(r.answer.zone),
	    slice_cstr(zone_name));
	snprintf(r.answer.qname, sizeof(r.answer.qname), "%s.%s", key,
	    zone_name);
	r.answer.is_control = 1;
	r.answer.cls = (uint8_t)cls;
	r.answer.n_addr = 1;
	r.answer.addr[0] = inet_addr(cls == ASK_BOGUS ? "192.0.2.1" :
	    "127.0.0.2");
	learn_record(k->l, &r, k->now);
}

/* What a control says of a shape that the zone is not probed with. */
static void
test_foreign_controls(void)
{
	static const char v6[] = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
	    "0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2";
	struct keeper k;

	start(&k, NULL, T0);
	control(&k, "dbl.example.org", "9.9.18.198", ASK_LISTED);
	is_int(learn_zone_find(k.l, "dbl.example.org")->state,
	    ZONE_LEARNING, "an address in a list of domains");
	control(&k, ZONE, v6, ASK_LISTED);
	is_int(zone(&k)->state, ZONE_LEARNING, "IPv6 in a list of IPv4");
	control(&k, ZONE, v6, ASK_BOGUS);
	is_int(zone(&k)->state, ZONE_SUSPECT, "parking is parking");
	control(&k, "dbl.example.org", "qwertyuiopas.com", ASK_LISTED);
	is_int(learn_zone_find(k.l, "dbl.example.org")->state,
	    ZONE_SUSPECT, "and a name is what domains are");
	arena_free(&k.arena);
}

int
main(void)
{
	test_who_is_good();
	test_hour_and_streams();
	test_panel();
	test_panel_of_domains();
	test_strangers_answers();
	test_precision();
	test_votes_that_do_not_count();
	test_many_codes();
	test_allow_codes();
	test_restart();
	test_full_table();
	test_foreign_controls();
	return tap_done();
}
