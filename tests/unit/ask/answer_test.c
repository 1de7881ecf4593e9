/*
 * answer_test - records out of packets: SOA serials, and many name servers.
 */
#include "config.h"

#include <string.h>

#include "ask/ask-priv.h"
#include "tests/tap/tap.h"

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

int
main(void)
{
	test_soa();
	test_many_servers();
	return tap_done();
}
