/*
 * ask_test - questions: delivery, sharing, deadlines, cancelling, flushing,
 * load, and real servers.  Controls have a test of their own.
 */
#include "config.h"

#include <arpa/nameser.h>

#include "ask/ask.h"
#include "base/clock.h"
#include "tests/tap/tap.h"
#include "tests/unit/ask/servers.h"
#include "tests/unit/ask/stub.h"
#include "weigh/weigh.h"

#define LOAD 2000

struct world {
	struct event_base *base;
	struct stub stub;
	struct ask *ask;
	struct ask_zone *zone;
	struct stub_reply reply;
	unsigned called, cls[ASK_UNKNOWN + 1];
	struct ask_answer last;
	char qname[256], text[64], wire[256];
	bool from[65536];		/* ports that asked */
	unsigned answer_records, count_records;
	struct record_answer record;
	struct record_counts sum;
	struct record_subject subject[64];
	unsigned n_subjects;
	bool flush_in_sink, flush_in_callback;
	struct ask_query *other;
	struct slot {
		struct world *world;
		struct ask_query *query;
	} slots[LOAD];
};

static void
serve(const char *qname, int type, struct stub_reply *r, void *arg)
{
	struct world *w = arg;

	(void)type;
	snprintf(w->wire, sizeof(w->wire), "%s", qname);
	w->from[w->stub.from] = true;
	*r = w->reply;
}

static void
take_evidence(const struct record_head *h, void *arg)
{
	const union record *r = (const union record *)h;
	struct world *w = arg;

	if (h->type == RECORD_ANSWER) {
		w->answer_records++;
		w->record = r->answer;
	} else if (h->type == RECORD_COUNTS) {
		w->count_records++;
		w->sum = r->counts;
	} else if (h->type == RECORD_SUBJECTS) {
		for (unsigned i = 0; i < r->subjects.n; i++)
			w->subject[w->n_subjects++ % 64] = r->subjects.v[i];
	}
	if (w->flush_in_sink)
		ok(ask_flush(w->ask, NULL) == 0, "flush from the sink");
}

static void
begin_with(struct world *w, const char *server, double timeout,
    unsigned max_inflight)
{
	const char *servers[1];
	struct ask_conf conf = { .servers = servers, .n_servers = 1,
		.timeout = timeout, .clock_scale = 1,
		.max_inflight = max_inflight };
	struct ask_zone_conf zone = { .name = "BL.example.org",
		.kind = ZONE_KIND_IP };
	struct err e;

	memset(w, 0, sizeof(*w));
	w->base = event_base_new();
	stub_start(&w->stub, w->base, serve, w);
	servers[0] = server != NULL ? server : w->stub.server;
	if (ask_new(w->base, &conf, take_evidence, w, &w->ask, &e) == -1) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
	w->zone = ask_zone_add(w->ask, &zone);
	w->reply = (struct stub_reply){ .n_addr = 1, .addr = { 0x7f000002 },
		.ttl = 60 };
}

static void
begin(struct world *w)
{
	begin_with(w, NULL, 1, 0);
}

static void
end(struct world *w)
{
	ask_free(&w->ask);
	stub_stop(&w->stub);
	event_base_free(w->base);
}

static void
run(struct world *w, unsigned until_called, double seconds)
{
	double stop = clock_mono() + seconds;

	while (w->called < until_called && clock_mono() < stop) {
		event_base_loop(w->base, EVLOOP_NONBLOCK);
		nanosleep(&(struct timespec){ 0, 300000 }, NULL);
	}
}

static void
on_answer(const struct ask_answer *ans, void *arg)
{
	struct world *w = arg;

	w->called++;
	w->cls[ans->cls]++;
	w->last = *ans;
	snprintf(w->qname, sizeof(w->qname), "%s", ans->qname);
	if (ans->n_txt > 0)
		snprintf(w->text, sizeof(w->text), "%.*s",
		    SLICE_FMT(ans->txt[0]));
	ask_cancel(&w->other);
	if (w->flush_in_callback)
		ask_flush(w->ask, NULL);
}

static struct ask_query *
ask(struct world *w, const char *key)
{
	return ask_list(w->ask, w->zone, key, ns_t_a, 0, on_answer, w);
}

/* ---- against the stub ---- */

static void
test_one(void)
{
	struct world w;

	begin(&w);
	ok(ask(&w, "4.3.2.1") != NULL, "asked");
	is_int(w.called, 0, "no callback before ask_list returns");
	run(&w, 1, 2);
	is_int(w.last.cls, ASK_LISTED, "listed");
	is_str(w.qname, "4.3.2.1.bl.example.org", "name");
	ok(w.last.rtt > 0 && w.last.rtt < 1, "round trip");
	is_int(w.last.ttl, 60, "time to live");
	ask(&w, "4.3.2.1");
	is_int(w.called, 1, "nor when the answer is in the cache");
	run(&w, 2, 2);
	is_int(w.called, 2, "then it comes");
	is_int(w.stub.asked, 1, "from the cache");
	end(&w);
}

/* zone_ask: the name with the key goes to the server and nowhere else. */
static void
test_asked_as_another(void)
{
	struct ask_zone_conf c = { .name = "zen.example.org",
		.kind = ZONE_KIND_IP, .ask_as = "k3y.zen.dq.example.net",
		.must_list = "7.0.0.127" };
	char long_name[LIMIT_ZONE_NAME], key[128];
	struct ask_zone *z;
	struct world w;

	begin(&w);
	z = ask_zone_add(w.ask, &c);
	ask_list(w.ask, z, "4.3.2.1", ns_t_a, 0, on_answer, &w);
	run(&w, 1, 2);
	is_int(w.last.cls, ASK_LISTED, "answered");
	is_str(w.wire, "4.3.2.1.k3y.zen.dq.example.net", "what was asked");
	is_str(w.qname, "4.3.2.1.zen.example.org", "what is told of it");
	ask_report(w.ask);
	is_str(w.sum.zone, "zen.example.org", "and counted for");
	ask_zone_must_list(z, key);
	is_str(key, "7.0.0.127", "its own test entry");
	ask_zone_must_list(w.zone, key);
	is_str(key, "2.0.0.127", "others have that of RFC 5782");
	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	memcpy(long_name + 42, ".", 1);
	memcpy(long_name + 84, ".", 1);
	c.name = "long.example.org";
	c.ask_as = long_name;
	z = ask_zone_add(w.ask, &c);
	memset(key, 'y', 126);
	memcpy(key + 42, ".", 1);
	memcpy(key + 84, ".", 1);
	key[126] = '\0';
	ask_list(w.ask, z, key, ns_t_a, 0, on_answer, &w);
	run(&w, 2, 2);
	is_int(w.last.cls, ASK_UNKNOWN, "too long a name is unknown");
	end(&w);
}

static void
test_same_question(void)
{
	struct world w;

	begin(&w);
	w.reply.delay = 0.05;
	for (int i = 0; i < 100; i++)
		ask(&w, i % 2 ? "9.9.9.9" : "9.9.9.9");
	ask(&w, "8.9.9.9");
	ask_list(w.ask, w.zone, "9.9.9.9", ns_t_txt, 0, on_answer, &w);
	run(&w, 102, 3);
	is_int(w.called, 102, "everyone is answered");
	is_int(w.stub.asked, 3, "one question for each name and type");
	ask_report(w.ask);
	is_int(w.sum.lookups, 2, "and counted once, texts not");
	end(&w);
}

static void
test_records(void)
{
	struct world w;

	begin(&w);
	w.reply.cname = "elsewhere.example.net";
	w.reply.n_addr = 2;
	w.reply.addr[1] = 0x7f000004;
	ask(&w, "1.1.1.1");
	run(&w, 1, 2);
	is_int(w.last.n_addr, 2, "addresses behind a CNAME count");

	w.reply = (struct stub_reply){ .n_addr = 9, .ttl = 9 };
	for (unsigned i = 0; i < 9; i++)
		w.reply.addr[i] = 0x7f000002 + i;
	ask(&w, "2.1.1.1");
	run(&w, 2, 2);
	is_int(w.last.cls, ASK_BOGUS, "nine addresses are not a list");

	w.reply = (struct stub_reply){ .txt = { "one ", "two ", "three" } };
	ask_list(w.ask, w.zone, "3.1.1.1", ns_t_txt, 0, on_answer, &w);
	run(&w, 3, 2);
	is_str(w.text, "one two three", "strings of a text are joined");

	w.reply = (struct stub_reply){ .rcode = 3 };
	ask(&w, "4.1.1.1");
	run(&w, 4, 2);
	is_int(w.last.rcode, 3, "no such name");
	w.reply = (struct stub_reply){ .rcode = 0 };
	ask(&w, "5.1.1.1");
	run(&w, 5, 2);
	is_int(w.last.rcode, 0, "a name without an address");
	end(&w);
}

static void
test_deadline(void)
{
	struct world w;
	double began;

	begin(&w);
	w.reply.drop = true;
	began = clock_mono();
	ask_list(w.ask, w.zone, "1.0.0.9", ns_t_a, 0.2, on_answer, &w);
	ask(&w, "1.0.0.9");
	run(&w, 1, 2);
	ok(clock_mono() - began < 0.5, "each asker has its own deadline");
	is_int(w.last.cls, ASK_UNKNOWN, "silence is unknown");
	is_int(w.last.rcode, -1, "rcode of a timeout");
	is_str(w.qname, "1.0.0.9.bl.example.org", "with the name");
	is_int(w.answer_records, 0, "a deadline is not yet a failure");
	run(&w, 2, 2);
	is_int(w.called, 2, "the other asker's deadline");
	run(&w, 3, 1.5);
	is_int(w.answer_records, 1, "the time-out: a failure");
	is_int(w.record.cls, ASK_UNKNOWN, "told at once");
	is_int(w.record.rcode, 255, "as a timeout");
	end(&w);
}

/* Slow is not dead: the asker gives up, the zone is not blamed. */
static void
test_late(void)
{
	struct world w;

	begin(&w);
	w.reply.delay = 0.45;
	ask_list(w.ask, w.zone, "1.0.0.9", ns_t_a, 0.3, on_answer, &w);
	run(&w, 1, 1);
	is_int(w.last.cls, ASK_UNKNOWN, "the asker's time is over");
	run(&w, 2, 0.5);
	is_int(w.called, 1, "and it is told once");
	ask_report(w.ask);
	is_int(w.sum.listed, 1, "the late answer is counted");
	is_int(w.sum.unknown, 0, "and not as a failure");
	ok(w.sum.rtt_ms_max >= 400, "%u ms", w.sum.rtt_ms_max);
	end(&w);
}

/* Later than the time-out: first a failure, then what it said. */
static void
test_overdue_then_late(void)
{
	struct world w;

	begin_with(&w, NULL, 0.3, 0);
	w.reply.delay = 0.6;
	ask(&w, "1.0.0.9");
	run(&w, 1, 1);
	run(&w, 2, 0.1);
	is_int(w.answer_records, 1, "a failure");
	is_int(w.sum.unknown, 1, "counted");
	is_int(w.sum.lookups, 1, "as a lookup");
	run(&w, 2, 0.5);
	ask_report(w.ask);
	is_int(w.sum.listed, 1, "its answer");
	is_int(w.sum.lookups, 0, "is no second one");
	is_int(w.answer_records, 1, "nothing urgent in it");
	end(&w);
}

/* What was answered before a failure is told before it. */
static void
test_failure_in_its_place(void)
{
	struct world w;

	begin_with(&w, NULL, 0.3, 0);
	ask(&w, "1.0.0.9");
	run(&w, 1, 1);
	w.reply.drop = true;
	ask(&w, "2.0.0.9");
	run(&w, 2, 1);
	run(&w, 3, 0.2);
	is_int(w.answer_records, 1, "a failure");
	is_int(w.sum.lookups, 2, "the counts came with it");
	is_int(w.sum.unknown, 1, "both lookups");
	end(&w);
}

/* A second of matching between asking and the loop is not the list's time. */
static void
test_busy_process(void)
{
	struct world w;

	begin(&w);
	event_base_loop(w.base, EVLOOP_NONBLOCK);
	ask_list(w.ask, w.zone, "1.0.0.9", ns_t_a, 0.3, on_answer, &w);
	event_base_loop(w.base, EVLOOP_NONBLOCK);
	nanosleep(&(struct timespec){ 0, 600000000 }, NULL);
	run(&w, 1, 2);
	is_int(w.last.cls, ASK_LISTED,
	    "an answer that lies in the socket wins over the deadline");
	end(&w);
}

static void
test_failures(void)
{
	static const int rcodes[] = { 1, 2, 4, 5 };

	for (size_t i = 0; i < 4; i++) {
		struct world w;

		begin(&w);
		w.reply = (struct stub_reply){ .rcode = rcodes[i] };
		ask(&w, "1.0.0.9");
		run(&w, 1, 2);
		is_int(w.last.cls, ASK_UNKNOWN, "a failure is unknown");
		is_int(w.answer_records, 1, "and told at once");
		ask_report(w.ask);
		is_int(w.sum.unknown, 1, "and counted");
		is_int(w.sum.lookups, 1, "as a lookup");
		end(&w);
	}
}

static void
test_evidence(void)
{
	struct world w;

	begin(&w);
	ask(&w, "1.2.0.192");
	ask(&w, "2.2.0.192");
	run(&w, 2, 2);
	w.reply = (struct stub_reply){ .rcode = 3 };
	ask(&w, "1.3.0.192");
	run(&w, 3, 2);
	w.reply = (struct stub_reply){ .n_addr = 1, .addr = { 0x08080808 } };
	ask(&w, "1.4.0.192");
	run(&w, 4, 2);
	is_int(w.record.cls, ASK_BOGUS, "bogus is told at once");
	is_int(w.record.n_addr, 1, "with the address");
	is_int(w.record.addr[0], htonl(0x08080808), "in network order");
	is_int(w.count_records, 0, "counts wait for ask_report");
	ask_zone_voided(w.zone, 2);
	ask_report(w.ask);
	is_str(w.sum.zone, "bl.example.org", "zone, in lower case");
	is_int(w.sum.lookups, 4, "lookups");
	is_int(w.sum.listed, 2, "listed");
	is_int(w.sum.clean, 1, "clean");
	is_int(w.sum.bogus, 1, "bogus");
	is_int(w.sum.voided, 2, "voided");
	is_int(w.n_subjects, 3, "three definite answers");
	is_int(w.subject[0].family, 4, "about an address");
	ok(memcmp(w.subject[0].who + 12, "\xc0\0\2\1", 4) == 0,
	    "192.0.2.1");
	is_int(w.subject[0].listed, 1, "listed");
	is_int(w.subject[0].code, inet_addr("127.0.0.2"), "with its code");
	is_int(w.subject[2].listed, 0, "clean");
	ok(w.subject[0].zone == record_name_hash(SLICE("bl.example.org")),
	    "of this zone");
	is_int(w.sum.rtt_n, 4, "round trips");
	ok(record_check(&w.sum, sizeof(w.sum)) == 0, "a good record");
	ask_report(w.ask);
	is_int(w.count_records, 1, "nothing new: nothing sent");
	end(&w);
}

static void
test_bad_names(void)
{
	static const char *const bad[] = { "", ".", "a..b", ".a", "a b",
		"a\\.b", "a\"b", "\xc3\xa4", "x\n", "a@b",
		("aaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbb"
		"cccc") };
	char longest[400];
	struct world w;

	begin(&w);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(ask(&w, bad[i]) == NULL, "refused: \"%zu\"", i);
	memset(longest, 'a', sizeof(longest));
	for (size_t i = 50; i < sizeof(longest); i += 50)
		longest[i] = '.';
	longest[sizeof(longest) - 1] = '\0';
	ok(ask(&w, longest) == NULL, "longer than a name");
	ok(ask_name(w.ask, longest, ns_t_a, 0, on_answer, &w) == NULL,
	    "nor elsewhere");
	ok(ask(&w, "_dmarc.a-b.c9") != NULL, "underscore and hyphen are fine");
	ok(ask_name(w.ask, "example.net.", ns_t_a, 0, on_answer, &w) != NULL,
	    "a final dot too");
	run(&w, 2, 2);
	is_int(w.called, 2, "and these are answered");
	end(&w);
}

static void
test_caps(void)
{
	struct world w;
	char key[32];
	unsigned asked = 0;

	begin_with(&w, NULL, 0.5, 20);
	w.reply.drop = true;
	for (unsigned i = 0; i < 40; i++) {
		snprintf(key, sizeof(key), "%u.0.0.9", i);
		asked += ask(&w, key) != NULL;
	}
	is_int(asked, 10, "one zone gets half of the places");
	for (unsigned i = 0; i < 40; i++) {
		snprintf(key, sizeof(key), "n%u.example.net", i);
		asked += ask_name(w.ask, key, ns_t_a, 0, on_answer, &w) !=
		    NULL;
	}
	is_int(asked, 20, "and others the rest");
	run(&w, 20, 2);
	is_int(w.cls[ASK_UNKNOWN], 20, "all end at their deadlines");
	end(&w);
}

static void
test_cancel(void)
{
	struct world w;
	struct ask_query *q;

	begin(&w);
	w.reply.delay = 0.02;
	q = ask(&w, "1.0.0.9");
	ask_cancel(&q);
	ok(q == NULL, "the handle is cleared");
	ask_cancel(&q);
	run(&w, 1, 0.3);
	is_int(w.called, 0, "no callback after ask_cancel");
	q = ask(&w, "1.0.0.9");
	ask_cancel(&q);
	run(&w, 1, 0.1);
	is_int(w.called, 0, "nor for an answer from the cache");

	ask(&w, "2.0.0.9");
	w.other = ask(&w, "2.0.0.9");
	run(&w, 2, 0.3);
	is_int(w.called, 1, "nor when cancelled from its neighbour's");
	w.other = ask(&w, "3.0.0.9");
	run(&w, 2, 0.3);
	is_int(w.called, 2, "cancelling oneself in the callback is harmless");
	end(&w);
}

/* An answer that is still good: no packet, no round trip, no place. */
static void
test_recall(void)
{
	struct world w;
	struct ask_query *q;

	begin_with(&w, NULL, 1, 2);
	ask(&w, "1.0.0.8");
	run(&w, 1, 2);
	is_int(w.stub.asked, 1, "asked once");
	w.reply.delay = 0.2;
	ok(ask(&w, "2.0.0.8") != NULL, "the list's place is taken");
	ok(ask(&w, "3.0.0.8") == NULL, "there is no other");
	ok(ask(&w, "1.0.0.8") != NULL, "what is known needs none");
	is_int(w.called, 1, "and is told later");
	run(&w, 3, 2);
	is_int(w.called, 3, "but is told");
	is_int(w.cls[ASK_LISTED], 3, "as it was");
	is_int(w.stub.asked, 2, "it was not sent again");
	ask_report(w.ask);
	is_int(w.sum.lookups, 3, "three lookups");
	is_int(w.sum.rtt_n, 2, "two round trips");

	q = ask(&w, "1.0.0.8");
	ask_cancel(&q);
	ask(&w, "1.0.0.8");
	ask_flush(w.ask, NULL);
	run(&w, 4, 2);
	is_int(w.called, 4, "one is cancelled, a flush takes none away");
	ask(&w, "1.0.0.8");
	run(&w, 5, 2);
	is_int(w.stub.asked, 3, "after it all is asked anew");
	ask(&w, "1.0.0.8");
	end(&w);
	is_int(w.called, 5, "and at the end nobody is told");
}

static void
test_flush(void)
{
	struct world w;

	begin(&w);
	ask(&w, "1.0.0.9");
	run(&w, 1, 2);
	w.reply = (struct stub_reply){ .rcode = 3 };
	ask(&w, "1.0.0.9");
	run(&w, 2, 2);
	is_int(w.last.cls, ASK_LISTED, "still in the cache");
	ok(ask_flush(w.ask, NULL) == 0, "flush");
	ask(&w, "1.0.0.9");
	run(&w, 3, 2);
	is_int(w.last.cls, ASK_CLEAN, "a flush empties it");

	w.reply.delay = 0.1;
	for (int i = 0; i < 20; i++) {
		char key[32];

		snprintf(key, sizeof(key), "%d.7.7.7", i);
		ask(&w, key);
	}
	run(&w, 4, 0.03);
	ok(ask_flush(w.ask, NULL) == 0, "flush with questions in flight");
	run(&w, 23, 3);
	is_int(w.called, 23, "none is lost");
	is_int(w.cls[ASK_UNKNOWN], 0, "none is unknown");
	end(&w);

	begin(&w);
	w.flush_in_callback = true;
	for (int i = 0; i < 5; i++)
		ask(&w, i % 2 ? "1.7.7.7" : "2.7.7.7");
	run(&w, 5, 3);
	is_int(w.called, 5, "flush from callbacks");
	w.flush_in_callback = false;
	w.flush_in_sink = true;
	w.reply = (struct stub_reply){ .n_addr = 1, .addr = { 0x08080808 } };
	ask(&w, "3.7.7.7");
	run(&w, 6, 3);
	is_int(w.called, 6, "flush from the evidence sink");
	end(&w);
}

/* A handle is dead when its callback has run. */
static void
on_slot(const struct ask_answer *ans, void *arg)
{
	struct slot *slot = arg;

	slot->query = NULL;
	on_answer(ans, slot->world);
}

static void
ask_many(struct world *w, unsigned round)
{
	char key[32];

	for (unsigned i = 0; i < LOAD; i++) {
		struct slot *slot = &w->slots[i];

		snprintf(key, sizeof(key), "%u.%u.%u.10", i & 255, i >> 8,
		    round);
		slot->world = w;
		slot->query = ask_list(w->ask, w->zone, key, ns_t_a, 5,
		    on_slot, slot);
	}
}

static void
test_many(void)
{
	struct world w;
	double began;

	begin_with(&w, NULL, 5, 0);
	w.reply.delay = 0.05;
	began = clock_mono();
	ask_many(&w, 0);
	is_int(w.called, 0, "2000 asked, none answered yet");
	run(&w, LOAD, 20);
	is_int(w.cls[ASK_LISTED], LOAD, "2000 questions in flight at once");
	printf("# %.2f s\n", clock_mono() - began);
	end(&w);
}

/* How many ports two processes ask from, and how many of these are both's. */
static unsigned
count_ports(const struct world *w, const struct world *other)
{
	unsigned n = 0;

	for (size_t i = 0; i < sizeof(w->from); i++)
		n += w->from[i] && (other == NULL || other->from[i]);
	return n;
}

/* RFC 5452: whoever forges an answer must not know where it is awaited. */
static void
test_ports(void)
{
	static struct world w[2];
	unsigned n;

	for (unsigned i = 0; i < 2; i++) {
		begin_with(&w[i], NULL, 20, 0);
		ask_many(&w[i], i);
		run(&w[i], LOAD, 20);
		n = count_ports(&w[i], NULL);
		ok(n > 32 && n <= 64, "2000 questions share %u ports", n);
		end(&w[i]);
	}
	n = count_ports(&w[0], &w[1]);
	ok(n < 16, "chosen by lot: two processes have %u in common", n);
}

static void
test_cancel_storm(void)
{
	struct world w;
	unsigned seed = 7, cancelled;

	begin_with(&w, NULL, 5, 0);
	w.reply.delay = 0.02;
	for (unsigned round = 0; round < 3; round++) {
		w.called = cancelled = 0;
		ask_many(&w, round);
		for (unsigned i = 0; i < LOAD; i++) {
			struct ask_query **q = &w.slots[i].query;

			if (*q != NULL && rand_r(&seed) % 3 != 0) {
				ask_cancel(q);
				cancelled++;
			}
			/* the first half before any answer, however slow we
			 * are; the other while they come */
			if (i % 64 == 0 && i > LOAD / 2)
				event_base_loop(w.base, EVLOOP_NONBLOCK);
			if (i == LOAD / 2)
				ask_flush(w.ask, NULL);
		}
		run(&w, LOAD - cancelled, 10);
		run(&w, LOAD + 1, 0.2);		/* and no others */
		ok(cancelled > LOAD / 4, "%u cancelled", cancelled);
		is_int(w.called, LOAD - cancelled,
		    "exactly the others are called back");
	}
	ask_many(&w, 9);
	end(&w);
	ok(true, "and ask_free takes the rest with it");
}

/* ---- against real servers ---- */

static const char list_data[] =
	"$SOA 60 ns.example.org host.example.org 0 600 300 86400 60\n"
	"$NS 60 ns.example.org\n"
	":127.0.0.2:Listed $\n"
	"127.0.0.2\n"
	"192.0.2.0/25\n"
	"203.0.113.7 :127.0.0.9:Special\n";

static void
test_rbldnsd(void)
{
	struct server s;
	struct world w;

	server_rbldnsd(&s, "bl.example.org:ip4set:zone", list_data);
	begin_with(&w, s.address, 2, 0);
	ask(&w, "2.0.0.127");
	run(&w, 1, 3);
	is_int(w.last.cls, ASK_LISTED, "rbldnsd: the test point");
	ask(&w, "1.0.0.127");
	run(&w, 2, 3);
	is_int(w.last.cls, ASK_CLEAN, "rbldnsd: the other one");
	ask(&w, "7.113.0.203");
	run(&w, 3, 3);
	is_int(ntohl(w.last.addr[0].s_addr), 0x7f000009, "rbldnsd: a code");
	ask_list(w.ask, w.zone, "5.2.0.192", ns_t_txt, 0, on_answer, &w);
	run(&w, 4, 3);
	is_str(w.text, "Listed 192.0.2.5", "rbldnsd: the text");
	ask_name(w.ask, "bl.example.org", ns_t_ns, 0, on_answer, &w);
	run(&w, 5, 3);
	is_str(w.text, "ns.example.org", "rbldnsd: the name server");
	ask_name(w.ask, "elsewhere.example.net", ns_t_a, 0, on_answer, &w);
	run(&w, 6, 3);
	is_int(w.last.cls, ASK_UNKNOWN, "rbldnsd refuses other zones");
	end(&w);
	server_end(&s);
}

/* Down for a while, then up: how long until we see it. */
static void
test_recovery(double down, double within)
{
	struct server s;
	struct world w;
	double until, up;
	char key[32];
	unsigned n = 0;

	server_rbldnsd(&s, "bl.example.org:ip4set:zone", list_data);
	begin_with(&w, s.address, 0.5, 0);
	server_stop(&s);
	for (until = clock_mono() + down; clock_mono() < until;) {
		snprintf(key, sizeof(key), "%u.2.0.192", ++n % 100);
		ask(&w, key);
		run(&w, w.called + 1, 1);
	}
	is_int(w.cls[ASK_LISTED], 0, "nothing while it is down");
	server_exec(&s);
	up = clock_mono();
	while (w.cls[ASK_LISTED] == 0 && clock_mono() < up + within + 5) {
		snprintf(key, sizeof(key), "%u.2.0.192", ++n % 100);
		ask(&w, key);
		run(&w, w.called + 1, 1);
	}
	ok(clock_mono() - up < within, "down %.0f s, seen again after %.2f s",
	    down, clock_mono() - up);
	end(&w);
	server_end(&s);
}

static void
test_wildcards(void)
{
	static const char lines[] =
	    " local-zone: bl.example.org redirect\n"
	    " local-data: \"bl.example.org 86400 A 91.195.240.87\"\n"
	    " local-zone: world.example.org redirect\n"
	    " local-data: \"world.example.org 86400 A 127.0.0.2\"\n"
	    " local-zone: refuse.example.org refuse\n"
	    " local-zone: invalid redirect\n"
	    " local-data: \"invalid 60 A 91.195.240.87\"\n";
	struct ask_zone_conf world = { .name = "world.example.org" };
	struct ask_zone_conf refuse = { .name = "refuse.example.org" };
	struct server s;
	struct world w;
	char name[128];

	server_unbound(&s, lines);
	begin_with(&w, s.address, 2, 0);
	ask(&w, "2.0.0.127");
	run(&w, 1, 3);
	is_int(w.last.cls, ASK_BOGUS, "unbound: a parked list");
	ok(w.last.ttl <= 300, "a day's wildcard is kept %u s", w.last.ttl);
	ask_list(w.ask, ask_zone_add(w.ask, &world), "1.0.0.127", ns_t_a, 0,
	    on_answer, &w);
	run(&w, 2, 3);
	is_int(w.last.cls, ASK_LISTED, "unbound: the world listed");
	ask_list(w.ask, ask_zone_add(w.ask, &refuse), "1.0.0.127", ns_t_a, 0,
	    on_answer, &w);
	run(&w, 3, 3);
	is_int(w.last.cls, ASK_UNKNOWN, "unbound: refused");
	ask_canary(CANARY_INVALID, ZONE_KIND_IP, name);
	ask_name(w.ask, name, ns_t_a, 0, on_answer, &w);
	run(&w, 4, 3);
	is_int(w.last.cls, ASK_LISTED,
	    "a resolver that invents .invalid is seen through ours");
	end(&w);
	server_end(&s);
}

static void
test_conf(void)
{
	static const struct {
		const char *server;
		int want;
	} cases[] = { { "127.0.0.1", 0 }, { "127.0.0.1:53", 0 },
		{ "[::1]:5353", 0 }, { "::1", 0 }, { "[::1", -1 },
		{ "dns.example.org", -1 }, { "", -1 } };
	struct event_base *base = event_base_new();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ask_conf conf = { .servers = &cases[i].server,
			.n_servers = 1 };
		struct err e = { .text = "" };
		struct ask *a;

		is_int(ask_new(base, &conf, NULL, NULL, &a, &e),
		    cases[i].want, cases[i].server);
		ok((a == NULL) == (cases[i].want == -1) &&
		    (e.text[0] != '\0') == (cases[i].want == -1),
		    "and says why: %s", e.text);
		ask_free(&a);
	}
	event_base_free(base);
}

int
main(int argc, char **argv)
{
	if (argc > 1 && servers_wanted()) {	/* measure: ask_test 20 */
		test_recovery(atof(argv[1]), 5);
		return tap_done();
	}
	test_conf();
	test_one();
	test_asked_as_another();
	test_same_question();
	test_records();
	test_deadline();
	test_late();
	test_overdue_then_late();
	test_failure_in_its_place();
	test_busy_process();
	test_failures();
	test_evidence();
	test_bad_names();
	test_caps();
	test_cancel();
	test_recall();
	test_flush();
	test_many();
	test_ports();
	test_cancel_storm();
	if (servers_wanted()) {
		test_rbldnsd();
		test_wildcards();
		test_recovery(4, 3);
	}
	return tap_done();
}
