/*
 * control_test - confirm before trust: pairing, sharing, caps (c.2).
 */
#include "config.h"

#include "ask/ask.h"
#include "base/clock.h"
#include "tests/tap/tap.h"
#include "tests/unit/ask/stub.h"
#include "weigh/board.h"
#include "weigh/weigh.h"

#define MANY 50

/* One test's world: a loop, a server, an ask, what came back. */
struct world {
	struct event_base *base;
	struct stub stub;
	struct ask *ask;
	struct ask_zone *zone;
	struct stub_reply reply;	/* to questions from dirty_from on */
	unsigned dirty_from;
	double delay;
	unsigned called, result[8];	/* callbacks, by result */
	unsigned control_records, controls, dirty;
	struct ask_query *victim;
	struct ask_query *pending[MANY];
};

static void
serve(const char *qname, int type, struct stub_reply *r, void *arg)
{
	struct world *w = arg;

	(void)qname;
	(void)type;
	if (w->stub.asked >= w->dirty_from)
		*r = w->reply;
	else
		r->rcode = 3;
	r->delay = w->delay;
}

static void
take_evidence(const struct record_head *h, void *arg)
{
	const union record *r = (const union record *)h;
	struct world *w = arg;

	if (h->type == RECORD_CONTROL && r->answer.is_control)
		w->control_records++;
	if (h->type == RECORD_COUNTS) {
		w->controls += r->counts.controls;
		w->dirty += r->counts.controls_dirty;
	}
}

/* What begin() gives its ask object; NULL: it shares with nobody. */
static struct control_board *next_board;

static void
begin(struct world *w, unsigned per_minute, double scale)
{
	const char *servers[1];
	struct ask_conf conf = { .servers = servers, .n_servers = 1,
		.timeout = 1, .clock_scale = scale,
		.controls_per_minute = per_minute };
	struct ask_zone_conf zone = { .name = "bl.example.org",
		.kind = ZONE_KIND_IP };
	struct err e;

	memset(w, 0, sizeof(*w));
	conf.board = next_board;
	w->base = event_base_new();
	stub_start(&w->stub, w->base, serve, w);
	servers[0] = w->stub.server;
	w->dirty_from = 1000000;
	if (ask_new(w->base, &conf, take_evidence, w, &w->ask, &e) == -1) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
	w->zone = ask_zone_add(w->ask, &zone);
}

static void
end(struct world *w)
{
	ask_report(w->ask);
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
		usleep(500);
	}
}

static void
on_control(enum ask_control result, void *arg)
{
	struct world *w = arg;

	w->called++;
	w->result[result]++;
}

static struct ask_query *
control(struct world *w, unsigned k)
{
	return ask_control(w->ask, w->zone,
	    &(struct ask_control_wish){ .k = k, .deadline = 2 }, on_control,
	    w);
}

static void
test_results(void)
{
	static const struct {
		struct stub_reply reply;
		enum ask_control want;
		const char *name;
	} cases[] = {
		{ { .rcode = 3 }, CONTROL_CLEAN, "NXDOMAIN" },
		{ { .rcode = 0 }, CONTROL_CLEAN, "NODATA" },
		{ { .n_addr = 1, .addr = { 0x7f000002 } }, CONTROL_DIRTY,
		    "listed" },
		{ { .n_addr = 1, .addr = { 0x5bc3f057 } }, CONTROL_DIRTY,
		    "parked" },
		{ { .n_addr = 1, .addr = { 0x7ffffffe } }, CONTROL_BLOCKED,
		    "refused by code" },
		{ { .rcode = 5 }, CONTROL_UNKNOWN, "REFUSED" },
		{ { .rcode = 2 }, CONTROL_UNKNOWN, "SERVFAIL" },
		{ { .drop = true }, CONTROL_UNKNOWN, "silence" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world w;

		begin(&w, 30, 1);
		w.dirty_from = 0;
		w.reply = cases[i].reply;
		control(&w, 1);
		is_int(w.called, 0, "nothing before ask_control returns");
		run(&w, 1, 3);
		is_int(w.result[cases[i].want], 1, cases[i].name);
		is_int(w.called, 1, "one callback");
		/* silence is told when the time-out of the question is over */
		run(&w, 2, cases[i].reply.drop ? 0.3 : 0);
		end(&w);
		is_int(w.controls, 1, "counted when it ended");
		is_int(w.dirty, cases[i].want == CONTROL_DIRTY ||
		    cases[i].want == CONTROL_BLOCKED, "dirty counted");
		is_int(w.control_records, w.controls, "and told at once");
	}
}

static bool
no_code(struct in_addr code, void *arg)
{
	(void)code;
	(void)arg;
	return false;
}

static void
test_unmapped_is_dirty(void)
{
	struct world w;
	struct ask_zone_conf conf = { .name = "other.example.org",
		.mapped = no_code };

	begin(&w, 30, 1);
	w.zone = ask_zone_add(w.ask, &conf);
	w.dirty_from = 0;
	w.reply = (struct stub_reply){ .n_addr = 1, .addr = { 0x7f000063 } };
	control(&w, 1);
	run(&w, 1, 2);
	is_int(w.result[CONTROL_DIRTY], 1,
	    "a canary with a code no rule knows is dirty all the same");
	end(&w);
}

/* An asker may rest only on a control launched after it arrived. */
static void
test_pairing(void)
{
	struct world w;

	begin(&w, 30, 1);
	w.delay = 0.3;
	control(&w, 1);
	run(&w, 1, 0.1);
	is_int(w.stub.asked, 1, "the first asker's control has left");
	control(&w, 1);
	run(&w, 1, 0.1);
	is_int(w.stub.asked, 2, "the second gets its own, not the first one");
	control(&w, 1);
	run(&w, 1, 0.05);
	is_int(w.stub.asked, 2, "the third waits: two are in flight");
	run(&w, 3, 2);
	is_int(w.stub.asked, 3, "and gets one when a place is free");
	is_int(w.result[CONTROL_CLEAN], 3, "all clean");
	end(&w);
}

/* The break begins after the first control left: only it may be clean. */
static void
test_break_between(void)
{
	struct world w;

	begin(&w, 30, 1);
	w.delay = 0.2;
	w.dirty_from = 2;
	w.reply = (struct stub_reply){ .n_addr = 1, .addr = { 0x7f000002 } };
	control(&w, 1);
	run(&w, 1, 0.05);
	control(&w, 1);
	control(&w, 1);
	run(&w, 3, 3);
	is_int(w.result[CONTROL_CLEAN], 1, "asked before the break");
	is_int(w.result[CONTROL_DIRTY], 2, "asked after it");
	end(&w);
}

static void
test_sharing(void)
{
	struct world w;

	begin(&w, 30, 1);
	w.delay = 0.1;
	for (unsigned i = 0; i < MANY; i++)
		control(&w, 1);
	run(&w, MANY, 3);
	is_int(w.result[CONTROL_CLEAN], MANY, "all are answered");
	is_int(w.stub.asked, 1, "those of one turn with one control");
	for (unsigned i = 0; i < 4; i++) {
		control(&w, 1);
		run(&w, MANY + 99, 0.02);
	}
	run(&w, MANY + 4, 3);
	is_int(w.stub.asked, 4, "two wait while two are in flight, and share");
	end(&w);
}

static void
test_several(void)
{
	struct world w;

	begin(&w, 30, 1);
	control(&w, 3);
	run(&w, 1, 2);
	is_int(w.result[CONTROL_CLEAN], 1, "three clean");
	is_int(w.stub.asked, 3, "took three");
	end(&w);

	begin(&w, 30, 1);
	w.dirty_from = 2;
	w.reply = (struct stub_reply){ .n_addr = 1, .addr = { 0x7f000002 } };
	control(&w, 3);
	run(&w, 1, 2);
	is_int(w.result[CONTROL_DIRTY], 1, "one dirty of three is dirty");
	ok(w.stub.asked <= 3, "and nothing is asked for it after that");
	end(&w);
}

static void
test_cap_waits(void)
{
	struct world w;
	double began;

	begin(&w, 3, 1);
	control(&w, 1);
	run(&w, 1, 1);
	began = clock_mono();
	ask_control(w.ask, w.zone,
	    &(struct ask_control_wish){ .k = 1, .deadline = 0.2 }, on_control,
	    &w);
	run(&w, 2, 1);
	is_int(w.result[CONTROL_LATE], 1, "over the cap: LATE");
	ok(clock_mono() - began < 0.6, "at the asker's deadline");
	is_int(w.stub.asked, 1, "nothing was sent");
	end(&w);

	begin(&w, 3, 600);
	control(&w, 1);
	control(&w, 1);
	run(&w, 2, 1);
	is_int(w.result[CONTROL_CLEAN], 2, "zone time brings tokens");
	end(&w);
}

/* A v6 positive rests on v6 names only, and shares with none of v4. */
static void
serve_v6(const char *qname, int type, struct stub_reply *r, void *arg)
{
	struct world *w = arg;

	(void)type;
	if (strlen(qname) > 63)
		*r = w->reply;
	else
		r->rcode = 3;
}

static void
test_shape(void)
{
	static const char v6[] = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
	    "0.0.0.0.8.b.d.0.0.0.8.4.1.0.a.2.bl.example.org";
	struct world w;

	begin(&w, 30, 1);
	w.stub.fn = serve_v6;
	w.reply = (struct stub_reply){ .n_addr = 1, .addr = { 0x7f000002 } };
	ask_control(w.ask, w.zone, &(struct ask_control_wish){ .k = 1,
	    .deadline = 2, .qname = "4.3.2.1.bl.example.org" }, on_control, &w);
	ask_control(w.ask, w.zone, &(struct ask_control_wish){ .k = 1,
	    .deadline = 2, .qname = v6 }, on_control, &w);
	run(&w, 2, 3);
	is_int(w.result[CONTROL_CLEAN], 1, "the v4 control is clean");
	is_int(w.result[CONTROL_DIRTY], 1, "the v6 control is dirty");
	is_int(w.stub.asked, 2, "each asked by itself");
	end(&w);
}

/* Demand never stops: no more than the cap in any minute of zone time. */
static void
test_cap_holds(void)
{
	struct world w;
	double stop;

	begin(&w, 30, 120);
	stop = clock_mono() + 1;	/* two minutes */
	while (clock_mono() < stop) {
		control(&w, 1);
		run(&w, w.called + 1, 0.02);
	}
	ok(w.stub.asked <= 60, "%u controls in 2 minutes of 30",
	    w.stub.asked);
	ok(w.stub.asked >= 30, "and they do go on");
	end(&w);
}

/* A domain list that is asked about the address in a link. */
static void
serve_addresses(const char *qname, int type, struct stub_reply *r, void *arg)
{
	struct world *w = arg;

	(void)type;
	if (qname[0] >= '0' && qname[0] <= '9')
		*r = w->reply;
	else
		r->rcode = 3;
}

static void
test_shape_of_domain_zone(void)
{
	struct ask_zone_conf conf = { .name = "dbl.example.org",
		.kind = ZONE_KIND_DOMAIN };
	struct world w;

	begin(&w, 30, 1);
	w.zone = ask_zone_add(w.ask, &conf);
	w.stub.fn = serve_addresses;
	w.reply = (struct stub_reply){ .n_addr = 1, .addr = { 0x7f000002 } };
	ask_control(w.ask, w.zone, &(struct ask_control_wish){ .k = 1,
	    .deadline = 2, .qname = "4.3.2.1.dbl.example.org" }, on_control,
	    &w);
	run(&w, 1, 2);
	is_int(w.result[CONTROL_DIRTY], 1, "an address is controlled by one");
	ask_control(w.ask, w.zone, &(struct ask_control_wish){ .k = 1,
	    .deadline = 2, .qname = "spam.example.dbl.example.org" },
	    on_control, &w);
	run(&w, 2, 2);
	is_int(w.result[CONTROL_CLEAN], 1, "a name by a name");
	end(&w);
}

static void
run_both(struct world *a, struct world *b, unsigned called, double seconds)
{
	double stop = clock_mono() + seconds;

	while (a->called + b->called < called && clock_mono() < stop) {
		run(a, a->called + 1, 0.001);
		run(b, b->called + 1, 0.001);
	}
}

/* Two workers, one board: a burst waits for the next control, of either. */
static void
test_workers_share(void)
{
	struct control_board *board;
	struct world a, b;
	struct err e;
	double began;

	board = next_board = control_board_new(true, &e);
	begin(&a, 3, 30);		/* one control, then one each second */
	begin(&b, 3, 30);
	next_board = NULL;
	for (unsigned i = 0; i < 10; i++) {
		control(&a, 1);
		run_both(&a, &b, 99, 0.01);
		control(&b, 1);
	}
	began = clock_mono();
	run_both(&a, &b, 20, 4);
	is_int(a.result[CONTROL_CLEAN] + b.result[CONTROL_CLEAN], 20,
	    "nobody's positive is void for want of a control");
	ok(clock_mono() - began < 2, "nor waits for more than the next one");
	ok(a.stub.asked + b.stub.asked <= 3, "%u controls for 20 positives "
	    "in two workers", a.stub.asked + b.stub.asked);

	/* the list breaks: what one worker's control shows, both hear */
	a.dirty_from = b.dirty_from = 0;
	a.reply = b.reply = (struct stub_reply){ .n_addr = 1,
	    .addr = { 0x7f000002 } };
	control(&a, 1);
	control(&b, 1);
	run_both(&a, &b, 22, 4);
	is_int(a.result[CONTROL_DIRTY] + b.result[CONTROL_DIRTY], 2,
	    "a dirty one voids in both");
	ok(a.stub.asked + b.stub.asked <= 5, "%u asked in all",
	    a.stub.asked + b.stub.asked);
	end(&a);
	end(&b);
	control_board_free(&board);
}

static void
cancel_victim(enum ask_control result, void *arg)
{
	struct world *w = arg;

	on_control(result, arg);
	ask_cancel(&w->victim);
}

static void
cancel_all(enum ask_control result, void *arg)
{
	struct world *w = arg;

	on_control(result, arg);
	for (unsigned i = 0; i < MANY; i++)
		ask_cancel(&w->pending[i]);
}

static void
test_cancel(void)
{
	struct world w;
	struct ask_query *q;

	begin(&w, 30, 1);
	q = control(&w, 1);
	ask_cancel(&q);
	ok(q == NULL, "the handle is cleared");
	ask_cancel(&q);
	run(&w, 1, 0.2);
	is_int(w.called, 0, "no callback after ask_cancel");

	w.delay = 0.05;
	control(&w, 1);
	control(&w, 1);
	ask_control(w.ask, w.zone,
	    &(struct ask_control_wish){ .k = 1, .deadline = 1 },
	    cancel_victim, &w);
	w.victim = control(&w, 1);
	run(&w, 4, 0.5);
	is_int(w.called, 3, "nor when cancelled from another's callback");
	end(&w);

	begin(&w, 30, 1);
	w.delay = 0.05;
	control(&w, 1);
	control(&w, 1);
	for (unsigned i = 0; i < MANY; i++)
		w.pending[i] = ask_control(w.ask, w.zone,
		    &(struct ask_control_wish){ .k = 1, .deadline = 1 },
		    cancel_all, &w);
	run(&w, 100, 0.4);
	is_int(w.called, 3, "the first of many cancels the rest and itself");
	end(&w);
}

static void
test_free_while_waiting(void)
{
	struct world w;

	begin(&w, 30, 1);
	w.delay = 0.1;
	for (unsigned i = 0; i < MANY; i++)
		control(&w, 2);
	end(&w);
	is_int(w.called, 0, "ask_free calls nobody");
}

int
main(void)
{
	test_results();
	test_unmapped_is_dirty();
	test_pairing();
	test_break_between();
	test_sharing();
	test_several();
	test_cap_waits();
	test_shape();
	test_shape_of_domain_zone();
	test_workers_share();
	test_cap_holds();
	test_cancel();
	test_free_while_waiting();
	return tap_done();
}
