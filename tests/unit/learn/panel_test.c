/*
 * panel_test - who is known to be good, and that they take turns.
 *
 * Reliability reference c.5: at least 20 ham deliveries on 14 days, no spam in
 * 30, one sender per network and per organisational domain, rotation.
 */
#include "config.h"

#include "learn/stat.h"

#include "tests/tap/tap.h"

#define T0	1.6e9
#define DAY	86400.0
#define ROWS	3000

static void
test_known_good(void)
{
	static const struct {
		const char *what;
		struct panel_row r;
		bool want;
	} rows[] = {
		{ "20 on 14 days", { .ham = 20, .days = 14,
		    .last_ham = T0 - DAY }, true },
		{ "19 deliveries", { .ham = 19, .days = 14,
		    .last_ham = T0 - DAY }, false },
		{ "13 days", { .ham = 500, .days = 13, .last_ham = T0 - DAY },
		    false },
		{ "spam yesterday", { .ham = 500, .days = 60,
		    .last_ham = T0, .last_spam = T0 - DAY }, false },
		{ "spam 30 days ago", { .ham = 500, .days = 60,
		    .last_ham = T0, .last_spam = T0 - 30 * DAY }, true },
		{ "not heard of for 60 days", { .ham = 500, .days = 60,
		    .last_ham = T0 - 60 * DAY }, false },
		{ "the operator's word", { .by_operator = true }, true },
		{ "a stranger", { .ham = 0 }, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ok(panel_known_good(&rows[i].r, T0) == rows[i].want, "%s",
		    rows[i].what);
	}
}

static char names[ROWS][24];
static struct panel_row rows[ROWS];

/* n good senders; so many in each net, so many in each org */
static void
fill(size_t n, size_t per_net, size_t per_org)
{
	for (size_t i = 0; i < n; i++) {
		int len = snprintf(names[i], sizeof(names[i]), "h%zu.example",
		    i);

		rows[i] = (struct panel_row){ .subject = { names[i],
		    (size_t)len }, .ham = 100, .days = 50, .last_ham = T0 };
		rows[i].net = 1000 + i / per_net;
		rows[i].org = per_org == 0 ? 0 : 900000 + i / per_org;
	}
}

static bool
unique(const struct panel *p)
{
	for (size_t i = 0; i < p->n; i++) {
		for (size_t k = 0; k < i; k++) {
			const struct panel_row *a = &rows[p->member[i].row];
			const struct panel_row *b = &rows[p->member[k].row];

			if (a->net == b->net || (a->org != 0 &&
			    a->org == b->org)) {
				return false;
			}
		}
	}
	return true;
}

static void
test_independent(struct arena *a)
{
	struct panel p;

	fill(ROWS, 10, 0);
	panel_pick(a, rows, ROWS, 0, T0, &p);
	is_int(p.n, PANEL_MEMBERS, "a full panel");
	is_int(p.eligible, ROWS / 10, "one a network");
	ok(unique(&p), "none twice");
	fill(ROWS, 1, 100);
	panel_pick(a, rows, ROWS, 0, T0, &p);
	is_int(p.eligible, 30, "one a domain");
	is_int(p.n, 30, "all of them");
	ok(unique(&p), "none twice");
	fill(1000, 1000, 0);
	panel_pick(a, rows, 1000, 0, T0, &p);
	is_int(p.n, 1, "one provider is one vote");
	fill(50, 1, 0);
	for (size_t i = 0; i < 50; i++) {
		rows[i].net = 0;
	}
	panel_pick(a, rows, 50, 0, T0, &p);
	is_int(p.n, 50, "0 is no network: nothing in common");
}

static void
test_rotation(struct arena *a)
{
	static unsigned asked[ROWS];
	uint64_t turn = 0;
	unsigned most = 0, least = ~0u;
	struct panel p;

	fill(200, 1, 0);
	for (unsigned round = 0; round < 50; round++) {
		panel_pick(a, rows, 200, turn, T0, &p);
		for (size_t i = 0; i < 40; i++) {
			asked[p.member[i].row]++;
			turn = p.member[i].turn;
		}
	}
	for (size_t i = 0; i < 200; i++) {
		most = asked[i] > most ? asked[i] : most;
		least = asked[i] < least ? asked[i] : least;
	}
	ok(least == 10 && most == 10, "50 panels of 40: each of 200 was "
	    "asked ten times (%u to %u)", least, most);
}

/* A member that leaves, or one that comes, moves nobody else's turn. */
static void
test_steady(struct arena *a)
{
	struct panel before, after;
	size_t same = 0;

	fill(1000, 1, 0);
	panel_pick(a, rows, 1000, 0, T0, &before);
	rows[before.member[10].row].last_spam = T0 - DAY;
	panel_pick(a, rows, 1000, 0, T0, &after);
	for (size_t i = 0; i < after.n; i++) {
		for (size_t k = 0; k < before.n; k++) {
			same += after.member[i].row == before.member[k].row;
		}
	}
	is_int(same, PANEL_MEMBERS - 1, "63 stay, one is replaced");
	panel_pick(a, rows, 1000, UINT64_MAX, T0, &after);
	is_int(after.n, PANEL_MEMBERS, "behind the last comes the first");
	is_int(after.member[0].row, before.member[0].row, "that one");
}

static void
test_none(struct arena *a)
{
	struct panel p;

	panel_pick(a, NULL, 0, 0, T0, &p);
	is_int(p.n, 0, "nobody");
	fill(100, 1, 0);
	for (size_t i = 0; i < 100; i++) {
		rows[i].days = 2;
	}
	panel_pick(a, rows, 100, 5, T0, &p);
	is_int(p.n + p.eligible, 0, "nobody known long enough");
}

int
main(void)
{
	struct arena *a = arena_new();

	test_known_good();
	test_independent(a);
	test_rotation(a);
	test_steady(a);
	test_none(a);
	arena_free(&a);
	return tap_done();
}
