/*
 * canary_test - names that nobody lists: shape, range, no repetition.
 */
#include "config.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ask/ask.h"
#include "tests/tap/tap.h"
#include "weigh/weigh.h"

#define DRAWS 2000

static bool
ldh_only(const char *s)
{
	size_t label = 0;

	for (; *s != '\0'; s++) {
		if (*s == '.') {
			if (label == 0)
				return false;
			label = 0;
		} else if (!ascii_isalnum((unsigned char)*s) && *s != '-') {
			return false;
		} else if (++label > 63) {
			return false;
		}
	}
	return label > 0;
}

/* The address whose list name this is; 0 if it is none. */
static uint32_t
address(const char *s)
{
	unsigned a, b, c, d;
	char more;

	if (sscanf(s, "%u.%u.%u.%u%c", &d, &c, &b, &a, &more) != 4 ||
	    (a | b | c | d) > 255)
		return 0;
	return a << 24 | b << 16 | c << 8 | d;
}

static bool
in_net(uint32_t ip, uint32_t net, unsigned prefix)
{
	return ip >> (32 - prefix) == net >> (32 - prefix);
}

static bool
in_pool(enum canary c, uint32_t ip)
{
	switch (c) {
	case CANARY_BENCH:
		return in_net(ip, 0xc6120000, 15);
	case CANARY_CLASS_E:
		return in_net(ip, 0xf0000000, 4);
	case CANARY_SHARED:
		return in_net(ip, 0x64400000, 10);
	case CANARY_TESTNET:
		return in_net(ip, 0xc0000200, 24) ||
		    in_net(ip, 0xc6336400, 24) || in_net(ip, 0xcb007100, 24);
	default:
		return false;
	}
}

static int
by_value(const void *a, const void *b)
{
	return strcmp(a, b);
}

static bool
all_differ(char (*names)[128], size_t n)
{
	qsort(names, n, sizeof(*names), by_value);
	for (size_t i = 1; i < n; i++) {
		if (strcmp(names[i - 1], names[i]) == 0)
			return false;
	}
	return true;
}

static void
test_addresses(enum canary c, const char *what, size_t draws)
{
	static char names[DRAWS][128];
	bool inside = true, ldh = true;

	for (size_t i = 0; i < draws; i++) {
		ask_canary(c, ZONE_KIND_IP, names[i]);
		inside = inside && in_pool(c, address(names[i]));
		ldh = ldh && ldh_only(names[i]);
	}
	ok(inside, "%s: every address is of the pool", what);
	ok(ldh, "%s: only letters, digits, hyphens", what);
	ok(all_differ(names, draws), "%s: %zu draws differ", what, draws);
}

static void
test_names(enum canary c, uint8_t kind, const char *suffix, const char *what)
{
	static char names[DRAWS][128];
	bool shape = true;

	for (size_t i = 0; i < DRAWS; i++) {
		struct slice s;

		ask_canary(c, kind, names[i]);
		s = slice_cstr(names[i]);
		shape = shape && ldh_only(names[i]) &&
		    slice_ends(s, slice_cstr(suffix)) && s.n >= 12;
	}
	ok(shape, "%s: shape", what);
	ok(all_differ(names, DRAWS), "%s: all differ", what);
}

static void
test_doc6(void)
{
	char name[128];

	ask_canary(CANARY_DOC6, ZONE_KIND_IP, name);
	is_int(strlen(name), 63, "32 nibbles");
	ok(slice_ends(slice_cstr(name), SLICE(".8.b.d.0.1.0.0.2")),
	    "in 2001:db8::/32: %s", name);
	ok(ldh_only(name), "only hexadecimal digits");
}

static void
test_fixed(void)
{
	char name[128];

	ask_canary(CANARY_MUST_NOT, ZONE_KIND_IP, name);
	is_str(name, "1.0.0.127", "must not list 127.0.0.1");
	ask_canary(CANARY_MUST_LIST, ZONE_KIND_IP, name);
	is_str(name, "2.0.0.127", "must list 127.0.0.2");
	ask_canary(CANARY_MUST_NOT, ZONE_KIND_DOMAIN, name);
	is_str(name, "invalid", "must not list invalid");
	ask_canary(CANARY_MUST_LIST, ZONE_KIND_DOMAIN, name);
	is_str(name, "test", "must list test");
}

static void
test_pick(void)
{
	unsigned seen = 0;

	for (int i = 0; i < 400; i++)
		seen |= 1u << ask_canary_pick(POOL_BENCH | POOL_CLASS_E |
		    POOL_SHARED | POOL_TESTNET | POOL_NAME, ZONE_KIND_IP);
	is_int(seen, 1u << CANARY_BENCH | 1u << CANARY_CLASS_E |
	    1u << CANARY_SHARED, "all large pools, not the small one");
	is_int(ask_canary_pick(POOL_TESTNET, ZONE_KIND_IP), CANARY_TESTNET,
	    "the small one when nothing else works");
	is_int(ask_canary_pick(0, ZONE_KIND_IP), CANARY_BENCH,
	    "no pool known: still an address");
	is_int(ask_canary_pick(POOL_BENCH, ZONE_KIND_DOMAIN), CANARY_NAME,
	    "a domain zone is asked for a name");
	is_int(ask_canary_pick(POOL_DOC6, ZONE_KIND_IP), CANARY_DOC6, "IPv6");
}

/* Two workers must not walk the same way. */
static void
test_fork(void)
{
	char mine[128] = "", theirs[128] = "";
	int fd[2], status;
	pid_t pid;

	ask_canary(CANARY_CLASS_E, ZONE_KIND_IP, mine);
	if (pipe(fd) == -1 || (pid = fork()) == -1) {
		ok(false, "pipe and fork");
		return;
	}
	if (pid == 0) {
		ask_canary(CANARY_CLASS_E, ZONE_KIND_IP, mine);
		_exit(write(fd[1], mine, sizeof(mine)) == sizeof(mine) ? 0 : 1);
	}
	ask_canary(CANARY_CLASS_E, ZONE_KIND_IP, mine);
	ok(read(fd[0], theirs, sizeof(theirs)) == sizeof(theirs) &&
	    waitpid(pid, &status, 0) == pid && status == 0, "child answered");
	ok(strcmp(mine, theirs) != 0, "parent and child differ after a fork");
	close(fd[0]);
	close(fd[1]);
}

int
main(void)
{
	test_addresses(CANARY_BENCH, "198.18/15", DRAWS);
	test_addresses(CANARY_CLASS_E, "240/4", DRAWS);
	test_addresses(CANARY_SHARED, "100.64/10", DRAWS);
	test_addresses(CANARY_TESTNET, "TEST-NET", 768);
	test_names(CANARY_NAME, ZONE_KIND_DOMAIN, ".com", "name");
	test_names(CANARY_NAME, ZONE_KIND_HASH, "", "hash");
	test_names(CANARY_INVALID, ZONE_KIND_IP, ".invalid", "invalid");
	test_doc6();
	test_fixed();
	test_pick();
	test_fork();
	return tap_done();
}
