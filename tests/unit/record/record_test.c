/*
 * record_test - records between our own processes.
 *
 * What is proved: a record goes through a SEQPACKET pair whole; whatever a
 * stranger, an old version or a taken-over worker sends is refused; a full
 * queue or a dead reader never blocks and never kills.
 */
#include "config.h"

#include "record/record.h"

#include <sys/socket.h>

#include <string.h>
#include <unistd.h>

#include "tests/tap/tap.h"

static const struct {
	enum record_type type;
	size_t size;
	const char *name;
} types[] = {
	{ RECORD_COUNTS, sizeof(struct record_counts), "counts" },
	{ RECORD_ANSWER, sizeof(struct record_answer), "answer" },
	{ RECORD_CONTROL, sizeof(struct record_answer), "control" },
	{ RECORD_EXPOSURE, sizeof(struct record_exposure), "exposure" },
	{ RECORD_SUBJECTS, sizeof(struct record_subjects), "subjects" },
	{ RECORD_MESSAGE, sizeof(struct record_message), "message" },
};
#define N_TYPES (sizeof(types) / sizeof(types[0]))

static void
make(union record *r, enum record_type type)
{
	memset(r, 0xa5, sizeof(*r));
	record_init(&r->head, type, 3, 77, 1.5e9);
	if (type == RECORD_CONTROL) {
		r->answer.is_control = 1;
	}
}

static void
test_init_zeroes_the_whole_record(void)
{
	for (size_t i = 0; i < N_TYPES; i++) {
		union record r;
		const char *p = (const char *)&r;
		size_t dirty = 0;

		memset(&r, 0xa5, sizeof(r));
		record_init(&r.head, types[i].type, 3, 77, 1.5e9);
		for (size_t k = sizeof(r.head); k < types[i].size; k++) {
			dirty += p[k] != 0;
		}
		is_int(dirty, 0, types[i].name);
		is_int(r.head.length, types[i].size, "length of the type");
	}
}

static void
test_well_formed_passes(void)
{
	union record r;

	for (size_t i = 0; i < N_TYPES; i++) {
		make(&r, types[i].type);
		is_int(record_check(&r, types[i].size), 0, types[i].name);
	}
}

static void
test_every_wrong_length_fails(void)
{
	union record r;

	for (size_t i = 0; i < N_TYPES; i++) {
		int passed = 0;

		make(&r, types[i].type);
		for (size_t n = 0; n <= sizeof(r); n++) {
			passed += record_check(&r, n) == 0;
		}
		is_int(passed, 1, types[i].name);
	}
}

static void
test_unaligned_input(void)
{
	char b[1 + sizeof(struct record_counts)];
	union record r;

	make(&r, RECORD_COUNTS);
	memcpy(b + 1, &r, sizeof(struct record_counts));
	is_int(record_check(b + 1, sizeof(struct record_counts)), 0,
	    "a record at an odd address");
}

static void
test_strangers_fail(void)
{
	size_t n = sizeof(struct record_counts);
	union record r;

	make(&r, RECORD_COUNTS);
	r.head.magic ^= 1;
	is_int(record_check(&r, n), -1, "other magic");
	make(&r, RECORD_COUNTS);
	r.head.version++;
	is_int(record_check(&r, n), -1, "newer version");
	make(&r, RECORD_COUNTS);
	r.head.type = 0;
	is_int(record_check(&r, n), -1, "type 0");
	make(&r, RECORD_COUNTS);
	r.head.type = 0xffff;
	is_int(record_check(&r, n), -1, "type 65535");
	make(&r, RECORD_COUNTS);
	r.head.length--;
	is_int(record_check(&r, n), -1, "length that lies");
	make(&r, RECORD_COUNTS);
	r.head.at = NAN;
	is_int(record_check(&r, n), -1, "time that is no number");
	make(&r, RECORD_COUNTS);
	r.head.at = INFINITY;
	is_int(record_check(&r, n), -1, "time without end");
}

static void
test_hostile_members_fail(void)
{
	union record r;

	make(&r, RECORD_COUNTS);
	memset(r.counts.zone, 'z', sizeof(r.counts.zone));
	is_int(record_check(&r, sizeof(r.counts)), -1, "zone without NUL");
	make(&r, RECORD_ANSWER);
	memset(r.answer.qname, 'q', sizeof(r.answer.qname));
	is_int(record_check(&r, sizeof(r.answer)), -1, "qname without NUL");
	make(&r, RECORD_ANSWER);
	r.answer.n_addr = LIMIT_ANSWER_ADDRS + 1;
	is_int(record_check(&r, sizeof(r.answer)), -1, "too many addresses");
	make(&r, RECORD_ANSWER);
	r.answer.is_control = 1;
	is_int(record_check(&r, sizeof(r.answer)), -1,
	    "an answer that says it is a control");
	make(&r, RECORD_EXPOSURE);
	memset(r.exposure.rule, 'R', sizeof(r.exposure.rule));
	is_int(record_check(&r, sizeof(r.exposure)), -1, "rule without NUL");
	make(&r, RECORD_EXPOSURE);
	r.exposure.points = NAN;
	is_int(record_check(&r, sizeof(r.exposure)), -1, "points NaN");
}

static void
test_text_is_cut_and_padded(void)
{
	char d[8];

	memset(d, 'x', sizeof(d));
	record_text(d, sizeof(d), SLICE("abc"));
	is_str(d, "abc", "short text");
	is_int(d[7], 0, "padded");
	record_text(d, sizeof(d), SLICE("0123456789"));
	is_str(d, "0123456", "long text is cut");
	record_text(d, sizeof(d), (struct slice){ NULL, 0 });
	is_str(d, "", "empty slice");
}

static void
test_through_a_socket(void)
{
	union record out, in;
	int fd[2];

	ok(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd) == 0, "socketpair");
	for (size_t i = 0; i < N_TYPES; i++) {
		make(&out, types[i].type);
		is_int(record_send(fd[0], &out.head), 0, types[i].name);
	}
	for (size_t i = 0; i < N_TYPES; i++) {
		ssize_t n = recv(fd[1], &in, sizeof(in), 0);

		is_int(n, types[i].size, "arrives whole, one by one");
		is_int(record_check(&in, (size_t)n), 0, "and passes");
		is_int(in.head.type, types[i].type, "in order");
	}
	close(fd[0]);
	close(fd[1]);
}

static void
test_full_queue_drops_without_waiting(void)
{
	union record r, in;
	int fd[2], sent = 0, got = 0;
	ssize_t n;

	ok(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd) == 0, "socketpair");
	make(&r, RECORD_EXPOSURE);
	while (sent < 1000000 && record_send(fd[0], &r.head) == 0) {
		sent++;
	}
	ok(sent > 0 && sent < 1000000, "the queue fills (%d), send returns",
	    sent);
	while ((n = recv(fd[1], &in, sizeof(in), MSG_DONTWAIT)) > 0) {
		got += record_check(&in, (size_t)n) == 0;
	}
	is_int(got, sent, "what was accepted arrives, all of it whole");
	close(fd[1]);
	is_int(record_send(fd[0], &r.head), -1,
	    "no reader: dropped, no SIGPIPE");
	close(fd[0]);
}

int
main(void)
{
	test_init_zeroes_the_whole_record();
	test_well_formed_passes();
	test_every_wrong_length_fails();
	test_unaligned_input();
	test_strangers_fail();
	test_hostile_members_fail();
	test_text_is_cut_and_padded();
	test_through_a_socket();
	test_full_queue_drops_without_waiting();
	return tap_done();
}
