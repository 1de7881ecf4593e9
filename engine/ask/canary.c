/*
 * canary - names that a healthy list does not list (reference c.2).
 *
 * A canary must look like an ordinary question (letters, digits, hyphens:
 * some servers fail on others, F16), must have the shape the zone is asked
 * in, so that a zone listing every address is seen even if it denies every
 * other name (F3), and must not be in any cache.  Addresses are therefore
 * walked, not drawn: each pool is stepped through from a random start with a
 * random stride that is prime to the pool's size, so that a process repeats
 * one only when all have been used.
 *
 * The walks are per-process state, kept static because two ask objects of one
 * process must not share names either; a fork starts new ones.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "ask/ask.h"
#include "base/ip.h"
#include "base/mem.h"
#include "weigh/weigh.h"

#define TESTNET_SIZE (3u * 256)

/* RFC 2544, RFC 1112 4, RFC 6598; TEST-NETs (RFC 5737) are apart. */
static const struct pool {
	uint32_t base, size;
} pools[] = {
	[CANARY_BENCH] = { 0xc6120000, 1u << 17 },
	[CANARY_CLASS_E] = { 0xf0000000, 1u << 28 },
	[CANARY_SHARED] = { 0x64400000, 1u << 22 },
	[CANARY_TESTNET] = { 0, TESTNET_SIZE },
};
static const uint32_t testnets[] = { 0xc0000200, 0xc6336400, 0xcb007100 };

struct walk {
	pid_t pid;			/* whose it is: 0 nobody's */
	uint64_t at, stride;
};

static void
random_bytes(void *p, size_t n)
{
	unsigned char *at = p;

	while (n > 0) {
		ssize_t got = getrandom(at, n < 256 ? n : 256, 0);

		if (got <= 0)
			fatal("ask: getrandom failed");
		at += got;
		n -= (size_t)got;
	}
}

static uint32_t
random_below(uint32_t n)
{
	uint64_t r;

	random_bytes(&r, sizeof(r));
	return (uint32_t)(r % n);
}

/* The next member of the pool, 0 … size - 1. */
static uint32_t
walk_next(enum canary c)
{
	static struct walk walks[CANARY_TESTNET + 1];
	struct walk *w = &walks[c];
	uint32_t size = pools[c].size;

	if (w->pid != getpid()) {
		w->pid = getpid();
		w->at = random_below(size);
		/* Sizes are 2^n or 3 * 2^n: neither divides 6k + 1. */
		w->stride = (uint64_t)random_below(size / 6) * 6 + 1;
	}
	w->at = (w->at + w->stride) % size;
	return (uint32_t)w->at;
}

static void
random_text(char *dst, size_t n, const char *alphabet, uint32_t size)
{
	for (size_t i = 0; i < n; i++)
		dst[i] = alphabet[random_below(size)];
	dst[n] = '\0';
}

/* 12 to 20 letters. */
static void
random_label(char *dst)
{
	random_text(dst, 12 + random_below(9), "abcdefghijklmnopqrstuvwxyz",
	    26);
}

static void
reserved4(enum canary c, char dst[128])
{
	uint32_t i = walk_next(c), ip;

	ip = c == CANARY_TESTNET ? testnets[i / 256] + i % 256 :
	    pools[c].base + i;
	snprintf(dst, 128, "%u.%u.%u.%u", ip & 255, ip >> 8 & 255,
	    ip >> 16 & 255, ip >> 24);
}

/* A random address in 2001:db8::/32 (RFC 3849), nibbles reversed. */
static void
reserved6(char dst[128])
{
	static const char prefix[] = "8.b.d.0.1.0.0.2";
	char nibbles[24 + 1], *p = dst;

	random_text(nibbles, 24, "0123456789abcdef", 16);
	for (size_t i = 0; i < 24; i++) {
		*p++ = nibbles[i];
		*p++ = '.';
	}
	memcpy(p, prefix, sizeof(prefix));
}

/* ::FFFF:7F00:1 and ::FFFF:7F00:2 (RFC 5782 5). */
static void
test_point6(uint8_t last, char dst[128])
{
	struct ip ip = { .b = { [10] = 0xff, 0xff, 127, 0, 0, last } };

	ip_reverse(&ip, dst);
}

/* What a name or hash zone is asked with. */
static void
reserved_name(uint8_t zone_kind, char dst[128])
{
	if (zone_kind == ZONE_KIND_HASH) {
		random_text(dst, 40, "0123456789abcdef", 16);
		return;
	}
	random_label(dst);
	strcat(dst, ".com");
}

void
ask_canary(enum canary c, uint8_t zone_kind, char dst[128])
{
	bool ip = zone_kind == ZONE_KIND_IP;

	switch (c) {
	case CANARY_MUST_NOT:
		strcpy(dst, ip ? "1.0.0.127" : "invalid");
		break;
	case CANARY_MUST_LIST:
		strcpy(dst, ip ? "2.0.0.127" : "test");
		break;
	case CANARY_MUST_NOT6:
		test_point6(1, dst);
		break;
	case CANARY_MUST_LIST6:
		test_point6(2, dst);
		break;
	case CANARY_BENCH:
	case CANARY_CLASS_E:
	case CANARY_SHARED:
	case CANARY_TESTNET:
		reserved4(c, dst);
		break;
	case CANARY_DOC6:
		reserved6(dst);
		break;
	case CANARY_NAME:
		reserved_name(zone_kind, dst);
		break;
	case CANARY_PANEL:
		dst[0] = '\0';
		break;
	case CANARY_INVALID:
		random_label(dst);
		strcat(dst, ".invalid");
		break;
	}
}

/*
 * The test networks have 768 addresses: a forwarder may still hold the last
 * answer when one comes round, so they serve only when nothing else does.
 */
enum canary
ask_canary_pick(unsigned allowed, uint8_t zone_kind)
{
	static const struct {
		unsigned bit;
		enum canary c;
	} choices[] = {
		{ POOL_BENCH, CANARY_BENCH }, { POOL_CLASS_E, CANARY_CLASS_E },
		{ POOL_SHARED, CANARY_SHARED }, { POOL_DOC6, CANARY_DOC6 },
	};
	enum canary fit[sizeof(choices) / sizeof(choices[0])];
	uint32_t n = 0;

	if (zone_kind != ZONE_KIND_IP)
		return CANARY_NAME;
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		if (allowed & choices[i].bit)
			fit[n++] = choices[i].c;
	}
	if (n > 0)
		return fit[random_below(n)];
	return allowed & POOL_TESTNET ? CANARY_TESTNET : CANARY_BENCH;
}
