/*
 * answer_test - records out of packets: SOA serials, many name servers, and
 * how long an answer is good.
 */
#include "config.h"

#include <string.h>

#include "ask/ask-priv.h"
#include "tests/tap/tap.h"

#define A	1
#define NS	2
#define SOA	6

struct packet {
	unsigned char p[4000];
	size_t n;
};

static void
put(struct packet *k, uint32_t v, unsigned bytes)
{
	while (bytes-- > 0)
		k->p[k->n++] = (unsigned char)(v >> 8 * bytes);
}

static void
put_label(struct packet *k, const char *s)
{
	put(k, (uint32_t)strlen(s), 1);
	memcpy(k->p + k->n, s, strlen(s));
	k->n += strlen(s);
}

/* A reply about "z.", with so many answers to come. */
static struct packet
reply(unsigned answers, unsigned type)
{
	struct packet k = { .n = 0 };

	put(&k, 0x12348180, 4);
	put(&k, 0x00010000 | answers, 4);
	put(&k, 0, 4);
	put_label(&k, "z");
	put(&k, 0, 1);
	put(&k, type << 16 | 1, 4);
	return k;
}

static void
begin_record(struct packet *k, unsigned type, unsigned length)
{
	put(k, 0xc00c, 2);
	put(k, type << 16 | 1, 4);
	put(k, 300, 4);
	put(k, length, 2);
}

static void
test_soa(void)
{
	struct arena *a = arena_new();
	struct packet k = reply(1, SOA);
	struct ask_answer ans;

	begin_record(&k, SOA, 5 + 2 + 20);
	put_label(&k, "ns");
	put(&k, 0xc00c, 2);
	put(&k, 0xc00c, 2);
	put(&k, 4000000001u, 4);
	put(&k, 1, 4);
	put(&k, 2, 4);
	put(&k, 3, 4);
	put(&k, 4, 4);
	answer_parse(a, k.p, k.n, 0, SOA, &ans);
	is_int(ans.rcode, 0, "read");
	is_int(ans.n_txt, 1, "one text");
	is_slice(ans.txt[0], SLICE("4000000001"), "the serial");
	for (size_t cut = 1; cut < 27; cut++) {
		answer_parse(a, k.p, k.n - cut, 0, SOA, &ans);
		if (ans.n_txt != 0)
			break;
	}
	is_int(ans.n_txt, 0, "a packet that was cut says nothing");
	k = reply(1, SOA);
	begin_record(&k, SOA, 4 + 8);
	put(&k, 0xc00cc00c, 4);
	put(&k, 1, 4);
	put(&k, 2, 4);
	answer_parse(a, k.p, k.n, 0, SOA, &ans);
	is_int(ans.n_txt, 0, "nor does a record that is too short");
	arena_free(&a);
}

static void
test_many_servers(void)
{
	static const unsigned numbers[] = { 1, 26, LIMIT_ANSWER_NAMES, 40 };
	struct arena *a = arena_new();

	for (size_t c = 0; c < 4; c++) {
		struct packet k = reply(numbers[c], NS);
		unsigned n = numbers[c] < LIMIT_ANSWER_NAMES ? numbers[c] :
		    LIMIT_ANSWER_NAMES;
		struct ask_answer ans;

		for (unsigned i = 0; i < numbers[c]; i++) {
			char label[16];

			snprintf(label, sizeof(label), "ns%02u", i);
			begin_record(&k, NS, 7);	/* "ns00", then "z" */
			put_label(&k, label);
			put(&k, 0xc00c, 2);
		}
		answer_parse(a, k.p, k.n, 0, NS, &ans);
		ok(ans.n_txt == n, "%u servers: %u", numbers[c], ans.n_txt);
		is_slice(ans.txt[0], SLICE("ns00.z"), "by name");
	}
	arena_free(&a);
}

/* An answer of no records; its authority says how long it is good. */
static struct packet
denial(unsigned rcode, uint32_t ttl, uint32_t minimum)
{
	struct packet k = reply(0, A);

	k.p[3] |= (unsigned char)rcode;
	k.p[9] = 1;
	put(&k, 0xc00c, 2);
	put(&k, SOA << 16 | 1, 4);
	put(&k, ttl, 4);
	put(&k, 2 + 2 + 20, 2);
	put(&k, 0xc00cc00c, 4);
	for (int i = 0; i < 4; i++)
		put(&k, 9, 4);
	put(&k, minimum, 4);
	return k;
}

/* RFC 2308 5 for what there is not; the shortest of all for what there is. */
static void
test_ttl(void)
{
	static const struct {
		unsigned rcode;
		uint32_t ttl, minimum, want;
	} rows[] = {
		{ 3, 300, 7, 7 }, { 3, 8, 60, 8 }, { 0, 300, 7, 7 },
		{ 3, 0, 60, 0 }, { 0, UINT32_MAX, UINT32_MAX, UINT32_MAX },
	};
	struct ask_answer ans;
	struct packet k;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		k = denial(rows[i].rcode, rows[i].ttl, rows[i].minimum);
		answer_parse(NULL, k.p, k.n, (int)rows[i].rcode, A, &ans);
		is_int(ans.rcode, rows[i].rcode, "denied");
		is_int(ans.ttl, rows[i].want, "for so long");
		answer_parse(NULL, k.p, k.n - 1, (int)rows[i].rcode, A, &ans);
		is_int(ans.ttl, 0, "cut: for no time");
	}
	k = reply(0, A);
	answer_parse(NULL, k.p, k.n, 0, A, &ans);
	is_int(ans.ttl, 0, "nor is one that says nothing of it");

	k = reply(2, A);
	begin_record(&k, 5, 2);
	put(&k, 0xc00c, 2);
	k.p[k.n - 2 - 2 - 4 + 3] = 9;	/* its time, was 300 */
	k.p[k.n - 2 - 2 - 4 + 2] = 0;
	begin_record(&k, A, 4);
	put(&k, 0x7f000002, 4);
	answer_parse(NULL, k.p, k.n, 0, A, &ans);
	is_int(ans.n_addr, 1, "an address behind an alias");
	is_int(ans.ttl, 9, "is good as long as the alias");
}

/* What an alias leads to does not exist. */
static void
test_ttl_of_denied_alias(void)
{
	struct packet k = denial(3, 300, 60), alias = reply(1, A);
	struct ask_answer ans;
	size_t answer_at = alias.n;

	begin_record(&alias, 5, 2);
	put(&alias, 0xc00c, 2);
	alias.p[answer_at + 8] = 0;	/* its time, was 300 … */
	alias.p[answer_at + 9] = 5;	/* … is 5 */
	alias.p[3] |= 3;
	alias.p[9] = 1;
	memcpy(alias.p + alias.n, k.p + answer_at, k.n - answer_at);
	alias.n += k.n - answer_at;
	answer_parse(NULL, alias.p, alias.n, 3, A, &ans);
	is_int(ans.rcode, 3, "no such name");
	is_int(ans.n_addr, 0, "no address");
	is_int(ans.ttl, 5, "for as long as the alias");
}

static void
test_has_records(void)
{
	struct packet none = reply(0, A), one = reply(1, A);

	ok(!answer_has_records(none.p, none.n), "none");
	ok(answer_has_records(one.p, one.n), "one");
	ok(!answer_has_records(one.p, 11), "cut");
	ok(!answer_has_records(NULL, 0), "no packet");
}

int
main(void)
{
	test_ttl();
	test_ttl_of_denied_alias();
	test_has_records();
	test_soa();
	test_many_servers();
	return tap_done();
}
