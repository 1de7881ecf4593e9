/*
 * classify - what an answer of a list zone means, before anything scores.
 *
 * Pure.  The order is that of the reliability reference c.1: failures, then
 * addresses that no list returns, then refusals, then listings.  The worst
 * address decides for the whole answer: a list that says "blocked" beside a
 * listing is refusing us.
 */
#include "config.h"

#include <arpa/inet.h>

#include "ask/ask.h"

#define QUAD(a, b, c, d) \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (c) << 8 | (d))

/*
 * Answers that mean "we do not serve you" (reference F5, F6).  zone: only
 * under that name; a row that a rule may override yields to one that names
 * the code exactly: hostkarma uses 127.0.0.1 for its white list, IADB
 * 127.0.1.255 for vouched senders.  The others are reserved by their
 * operators, and rules name them only to report that they were refused.
 */
static const struct block_code {
	uint32_t net, mask;
	const char *zone;
	bool overridable;
} block_codes[] = {
	{ QUAD(127, 255, 255, 0), 0xffffff00, NULL, false },
	{ QUAD(127, 0, 1, 255), 0xffffffff, "spamhaus.org", false },
	{ QUAD(127, 0, 2, 255), 0xffffffff, "spamhaus.org", false },
	{ QUAD(127, 0, 1, 255), 0xffffffff, "spamhaus.net", false },
	{ QUAD(127, 0, 2, 255), 0xffffffff, "spamhaus.net", false },
	{ QUAD(127, 0, 0, 255), 0xffffffff, "dnswl.org", false },
	{ QUAD(127, 0, 10, 0), 0xffffff00, "dnswl.org", false },
	{ QUAD(127, 0, 0, 1), 0xffffffff, NULL, true },
	{ QUAD(127, 0, 1, 255), 0xffffffff, NULL, true },
	{ QUAD(127, 0, 2, 255), 0xffffffff, NULL, true },
};

static bool
zone_under(const char *zone, const char *parent)
{
	struct slice z = slice_cstr(zone), p = slice_cstr(parent);

	return slice_ends_nocase(z, p) &&
	    (z.n == p.n || z.p[z.n - p.n - 1] == '.');
}

/* The first row that applies; rows that cannot be overridden come first. */
static const struct block_code *
find_block_code(const char *zone, uint32_t code)
{
	for (size_t i = 0; i < sizeof(block_codes) / sizeof(block_codes[0]);
	    i++) {
		const struct block_code *b = &block_codes[i];

		if ((code & b->mask) == b->net &&
		    (b->zone == NULL || zone_under(zone, b->zone)))
			return b;
	}
	return NULL;
}

bool
ask_is_block_code(const char *zone, struct in_addr code)
{
	return find_block_code(zone, ntohl(code.s_addr)) != NULL;
}

static enum ask_class
classify_address(const struct ask_zone_conf *z, struct in_addr addr)
{
	uint32_t code = ntohl(addr.s_addr);
	const struct block_code *b;
	enum ask_class said = ASK_UNKNOWN;

	if (code >> 24 != 127)
		return ASK_BOGUS;
	if (z->operator_says != NULL)
		said = z->operator_says(addr, z->arg);
	if (said != ASK_UNKNOWN)
		return said;
	b = find_block_code(z->name, code);
	if (b != NULL && !(b->overridable && z->mapped_exactly != NULL &&
	    z->mapped_exactly(addr, z->arg)))
		return ASK_BLOCKED;
	if (z->mapped == NULL || z->mapped(addr, z->arg))
		return ASK_LISTED;
	return ASK_UNMAPPED;
}

/* Of two addresses in one answer, which one speaks for it. */
static int
severity(enum ask_class c)
{
	static const int order[] = {
		[ASK_CLEAN] = 0, [ASK_UNMAPPED] = 1, [ASK_LISTED] = 2,
		[ASK_BLOCKED] = 3, [ASK_BOGUS] = 4, [ASK_UNKNOWN] = 5,
	};

	return order[c];
}

void
ask_classify(const struct ask_zone_conf *z, struct ask_answer *ans)
{
	bool too_many = ans->n_addr > LIMIT_ANSWER_ADDRS;

	if (too_many)
		ans->n_addr = LIMIT_ANSWER_ADDRS;
	ans->cls = ASK_CLEAN;
	for (unsigned i = 0; i < ans->n_addr; i++) {
		enum ask_class c = classify_address(z, ans->addr[i]);

		ans->addr_cls[i] = (uint8_t)c;
		if (severity(c) > severity(ans->cls))
			ans->cls = c;
	}
	/* A text alone: shown, and confirmed like any listing. */
	if (ans->n_addr == 0 && ans->n_txt > 0)
		ans->cls = ASK_LISTED;
	if (too_many)
		ans->cls = ASK_BOGUS;
	if (ans->rcode == 3 /* NXDOMAIN */)
		ans->cls = ASK_CLEAN;
	else if (ans->rcode != 0)
		ans->cls = ASK_UNKNOWN;
}
