/* known: which answers are kept, for whom, and for how long. */
#include "config.h"

#include <arpa/nameser.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ask/ask-priv.h"
#include "base/mem.h"
#include "tests/tap/tap.h"

static struct ask_zone zone_a, zone_b;

/* A question as flight.c makes it; its answer: one address, for a minute. */
static struct flight *
landed(const char *qname)
{
	size_t n = strlen(qname);
	struct flight *f = mem_alloc(sizeof(*f) + n + 1);

	memcpy(f->qname, qname, n + 1);
	f->zone = &zone_a;
	f->type = ns_t_a;
	f->hash = hash_bytes(qname, n) + ns_t_a;
	f->landed = true;
	f->ans.n_addr = 1;
	f->ans.addr[0].s_addr = htonl(0x7f000002);
	f->ans.ttl = 60;
	return f;
}

static void
put(struct known *k, struct flight *f)
{
	known_put(k, f);
	mem_free(f);
}

static bool
has(struct known *k, const char *qname, struct ask_answer *ans)
{
	struct flight *f = landed(qname);
	bool known = known_get(k, f, ans);

	mem_free(f);
	return known;
}

static void
test_what_was_said(void)
{
	struct known *k = known_new();
	struct ask_answer ans;
	struct flight *f = landed("2.0.0.127.bl.example.org");

	ok(!has(k, f->qname, &ans), "nothing is known at first");
	f->ans.n_addr = 2;
	f->ans.addr[1].s_addr = htonl(0x7f000004);
	f->ans.rtt = 3;
	put(k, f);
	ok(has(k, "2.0.0.127.bl.example.org", &ans), "an answer is");
	is_int(ans.n_addr, 2, "both addresses");
	is_int(ntohl(ans.addr[1].s_addr), 0x7f000004, "as they were");
	is_int(ans.rcode, 0, "the name exists");
	ok(ans.ttl <= 60 && ans.ttl > 50, "the rest of its minute: %u s",
	    ans.ttl);
	ok(ans.rtt == 0 && ans.txt == NULL, "nothing else");
	ok(!has(k, "3.0.0.127.bl.example.org", &ans), "another name is not");

	f = landed("2.0.0.127.bl.example.org");
	f->zone = &zone_b;
	ok(!known_get(k, f, &ans), "nor to another list of that name");
	f->zone = &zone_a;
	f->type = ns_t_txt;
	ok(!known_get(k, f, &ans), "nor what its text is");
	mem_free(f);
	known_forget(k);
	ok(!has(k, "2.0.0.127.bl.example.org", &ans), "all is forgotten");
	put(k, landed("2.0.0.127.bl.example.org"));
	ok(has(k, "2.0.0.127.bl.example.org", &ans), "and known again");
	known_free(&k);
	ok(k == NULL, "freed");
}

/* Each row: what is different from a good answer, and is it kept? */
static void
test_what_is_kept(void)
{
	static const struct {
		const char *what;
		unsigned rcode, n_addr, ttl;
		int type;
		bool control, cached, kept;
	} rows[] = {
		{ "an address", 0, 1, 60, ns_t_a, false, false, true },
		{ "no such name", 3, 0, 60, ns_t_a, false, false, true },
		{ "no such record", 0, 0, 60, ns_t_a, false, false, true },
		{ "a failure", 2, 0, 60, ns_t_a, false, false, false },
		{ "a refusal", 5, 0, 60, ns_t_a, false, false, false },
		{ "more addresses than a list gives", 0,
		    LIMIT_ANSWER_ADDRS + 1, 60, ns_t_a, false, false, false },
		{ "as many as it may", 0, LIMIT_ANSWER_ADDRS, 60, ns_t_a,
		    false, false, true },
		{ "for no time", 0, 1, 0, ns_t_a, false, false, false },
		{ "a text", 0, 0, 60, ns_t_txt, false, false, false },
		{ "of a control", 3, 0, 60, ns_t_a, true, false, false },
		{ "from libunbound's cache", 3, 0, 60, ns_t_a, false, true,
		    false },
	};
	struct known *k = known_new();
	struct ask_answer ans;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char name[32];
		struct flight *f;

		snprintf(name, sizeof(name), "%zu.bl.example.org", i);
		f = landed(name);
		f->ans.rcode = (int)rows[i].rcode;
		f->ans.n_addr = rows[i].n_addr;
		f->ans.ttl = rows[i].ttl;
		f->type = rows[i].type;
		f->control = rows[i].control;
		f->cached = rows[i].cached;
		put(k, f);
		ok(has(k, name, &ans) == rows[i].kept, "%s: %s", rows[i].what,
		    rows[i].kept ? "kept" : "not kept");
	}
	known_free(&k);
}

static void
pass(double seconds)
{
	struct timespec ts = { (time_t)seconds,
		(long)((seconds - (double)(time_t)seconds) * 1e9) };

	nanosleep(&ts, NULL);
}

static void
test_time(void)
{
	struct known *k = known_new();
	struct flight *f = landed("1.bl.example.org");
	struct ask_answer ans;

	f->ans.ttl = 1;
	put(k, f);
	pass(1.01);
	ok(!has(k, "1.bl.example.org", &ans), "over after its second");
	put(k, landed("1.bl.example.org"));
	ok(has(k, "1.bl.example.org", &ans), "a newer answer is found");

	f = landed("day.bl.example.org");
	f->ans.ttl = 86400;
	put(k, f);
	ok(has(k, "day.bl.example.org", &ans) && ans.ttl <= 300,
	    "a day is 300 s: %u", ans.ttl);
	f = landed("no.bl.example.org");
	f->ans.rcode = 3;
	f->ans.n_addr = 0;
	f->ans.ttl = 86400;
	put(k, f);
	ok(has(k, "no.bl.example.org", &ans) && ans.ttl <= 60,
	    "a no of a day is 60 s: %u", ans.ttl);
	known_free(&k);
}

static void
test_room(void)
{
	struct known *k = known_new();
	struct ask_answer ans;
	unsigned found = 0;
	char name[32];

	for (unsigned i = 0; i < LIMIT_ANSWERS_KNOWN + 1000; i++) {
		snprintf(name, sizeof(name), "%u.bl.example.org", i);
		put(k, landed(name));
	}
	for (unsigned i = 0; i < LIMIT_ANSWERS_KNOWN + 1000; i++) {
		snprintf(name, sizeof(name), "%u.bl.example.org", i);
		found += has(k, name, &ans);
	}
	is_int(found, LIMIT_ANSWERS_KNOWN, "no more than the limit");
	ok(!has(k, "999.bl.example.org", &ans), "the oldest are gone");
	ok(has(k, "1000.bl.example.org", &ans), "and only these");
	known_free(&k);
}

int
main(void)
{
	test_what_was_said();
	test_what_is_kept();
	test_time();
	test_room();
	return tap_done();
}
