/*
 * board_test - the controls that all workers share.
 *
 * What is proved: never more than the cap in any minute, by one process or by
 * eight at once; who looks sees what became of a control of another process,
 * and nothing of those that left before it came; a worker killed in mid-air
 * stops nobody.
 */
#include "config.h"

#include "weigh/board.h"

#include <sys/wait.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/tap/tap.h"

#define WORKERS 8

static struct control_board *
board(bool shared)
{
	struct err e;
	struct control_board *b = control_board_new(shared, &e);

	if (b == NULL) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
	return b;
}

static void
test_cap(void)
{
	static const unsigned caps[] = { 1, 2, 3, 30, 100 };

	for (size_t c = 0; c < sizeof(caps) / sizeof(caps[0]); c++) {
		struct control_board *b = board(false);
		struct control_line *l = control_board_line(b, "a.example");
		unsigned cap = caps[c], worst = 0, n = 0;
		double taken[4000] = { 0 };
		double wait = 0;

		/* demand that never stops, for 20 minutes, after a rest */
		for (double t = 5000; t < 5000 + 1200 && n < 4000; t += 0.25) {
			while (control_line_take(l, cap, t, &wait))
				taken[n++] = t;
		}
		for (unsigned i = 0; i < n; i++) {
			unsigned k = i;

			while (k < n && taken[k] < taken[i] + 60)
				k++;
			if (k - i > worst)
				worst = k - i;
		}
		ok(worst <= cap, "cap %u: at most %u in a minute", cap, worst);
		ok(n >= 20 * (cap > 1 ? cap - (cap + 2) / 3 : 1),
		    "and they go on: %u in 20 minutes", n);
		ok(wait > 0 && wait <= 61, "the wait is said: %.1f s", wait);
		control_board_free(&b);
	}
}

static void
test_give_back(void)
{
	struct control_board *b = board(false);
	struct control_line *l = control_board_line(b, "a.example");
	double wait;

	ok(control_line_take(l, 1, 100, &wait), "the only token");
	ok(!control_line_take(l, 1, 100, &wait), "is gone");
	control_line_give_back(l, 1);
	ok(control_line_take(l, 1, 100, &wait), "and back");
	control_board_free(&b);
}

static void
test_fates(void)
{
	struct control_board *b = board(false);
	struct control_line *l = control_board_line(b, "a.example");
	uint64_t before = control_line_next(l), n;
	struct control_sight s;

	n = control_line_launch(l, 2, 50);
	is_int(n, before, "the number that was foretold");
	is_int(control_line_next(l), n + 1, "the next one");
	s = control_line_look(l, n, 50.5);
	is_int(s.fate, CONTROL_FLYING, "under way");
	is_int(s.shape, 2, "its shape");
	is_int(control_line_flying(l, 50.5), 1, "one flies");
	control_line_result(l, n, 3);
	s = control_line_look(l, n, 50.5);
	is_int(s.fate, CONTROL_DONE, "over");
	is_int(s.result, 3, "its result");
	control_line_result(l, n, 1);
	is_int(control_line_look(l, n, 50.5).result, 3,
	    "a result is said once");
	is_int(control_line_flying(l, 50.5), 0, "none flies");

	n = control_line_launch(l, 0, 60);
	is_int(control_line_look(l, n, 66).fate, CONTROL_LOST,
	    "one without an end is given up");
	is_int(control_line_flying(l, 66), 0, "and stops nobody");
	for (unsigned i = 0; i < 16; i++)
		control_line_launch(l, 0, 70);
	is_int(control_line_look(l, n, 70).fate, CONTROL_LOST,
	    "an old number is forgotten");
	control_line_result(l, n, 1);
	is_int(control_line_flying(l, 70), 16,
	    "its late result hurts no newer one");
	control_board_free(&b);
}

static void
test_lines(void)
{
	struct control_board *b = board(true);
	struct control_line *l[700];
	bool distinct = true;
	char name[64];

	for (unsigned i = 0; i < 700; i++) {
		snprintf(name, sizeof(name), "z%u.example.org", i);
		l[i] = control_board_line(b, name);
		control_line_launch(l[i], 0, i);
	}
	for (unsigned i = 0; i < 700; i++) {
		snprintf(name, sizeof(name), "z%u.example.org", i);
		distinct &= control_board_line(b, name) == l[i] &&
		    control_line_next(l[i]) == 2;
	}
	ok(distinct, "every zone has a line of its own, however many");
	control_board_free(&b);
}

static void
worker(struct control_board *b, int to)
{
	struct control_line *l = control_board_line(b, "a.example");
	unsigned n = 0;
	double wait;

	/* the same ten minutes in every process, as fast as it goes */
	for (double t = 1000; t < 1600; t += 0.001)
		n += control_line_take(l, 30, t, &wait);
	if (write(to, &n, sizeof(n)) != sizeof(n))
		_exit(1);
	_exit(0);
}

static void
test_workers(void)
{
	struct control_board *b = board(true);
	unsigned sum = 0, n;
	int fd[2];

	if (pipe(fd) != 0) {
		printf("Bail out! pipe\n");
		exit(1);
	}
	for (unsigned i = 0; i < WORKERS; i++) {
		if (fork() == 0)
			worker(b, fd[1]);
	}
	for (unsigned i = 0; i < WORKERS; i++) {
		if (read(fd[0], &n, sizeof(n)) == sizeof(n))
			sum += n;
		wait(NULL);
	}
	/* a bucket of 10 and 20 a minute; the workers' clocks differ here, so
	 * one that is late finds time already spent, never spent twice */
	ok(sum <= 10 + 200 + 1, "%u tokens in 10 minutes for 8 workers", sum);
	ok(sum >= 190, "and none is lost");
	control_board_free(&b);
}

static void
test_others_result(void)
{
	struct control_board *b = board(true);
	struct control_line *l = control_board_line(b, "a.example");
	uint64_t early = control_line_launch(l, 1, 10);
	uint64_t first = control_line_next(l);

	if (fork() == 0) {
		struct control_line *mine = control_board_line(b,
		    "a.example");
		uint64_t n = control_line_launch(mine, 1, 10.1);

		control_line_result(mine, early, 0);
		control_line_result(mine, n, 2);
		control_line_launch(mine, 1, 10.2);
		_exit(0);		/* in mid-air */
	}
	wait(NULL);
	ok(early < first, "what left before is not asked about");
	is_int(control_line_look(l, first, 10.3).fate, CONTROL_DONE,
	    "another process's control is seen");
	is_int(control_line_look(l, first, 10.3).result, 2, "and its result");
	is_int(control_line_look(l, first + 1, 10.3).fate, CONTROL_FLYING,
	    "a dead worker's control flies on");
	is_int(control_line_look(l, first + 1, 16).fate, CONTROL_LOST,
	    "for five seconds");
	control_board_free(&b);
}

int
main(void)
{
	test_cap();
	test_give_back();
	test_fates();
	test_lines();
	test_workers();
	test_others_result();
	return tap_done();
}
