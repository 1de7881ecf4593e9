/*
 * header_test - what the tests of headereval share: a rule, the header of a
 * mail, and whether it hits.
 */
#ifndef PLUGINS_HEADEREVAL_HEADER_TEST_H
#define PLUGINS_HEADEREVAL_HEADER_TEST_H

#include "plugins/eval_test.h"

struct test_case {
	const char *eval, *header;
	bool hit;
};

static void
check(const char *eval, const char *header, const char *setting, bool hit)
{
	char rule[256], mail[4096];
	const char *cf[] = { rule, "score A 1", setting,
		"trusted_networks 10.0.0.0/8", "internal_networks 10.0.0.0/8",
		NULL };
	struct eval_test t;
	int n;

	snprintf(rule, sizeof(rule), "header A eval:%s", eval);
	n = snprintf(mail, sizeof(mail), "%s\nHello.\n", header);
	eval_test_open(&t, cf);
	if (!is_str(eval_test_hits(&t, mail, (size_t)n), hit ? "A" : "",
	    eval))
		printf("# %s\n", header);
	eval_test_close(&t);
}

static void
check_all(const struct test_case *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check(c[i].eval, c[i].header, "score A 1", c[i].hit);
}

#define CHECK_ALL(cases) check_all(cases, sizeof(cases) / sizeof(cases[0]))

/* A relay that nobody has an interest in. */
#define RELAY "Received: from a.example.net (a.example.net [192.0.2.1])" \
	" by mx.example.org (Postfix) with ESMTP id 1;"			\
	" Mon, 1 Jul 2024 12:00:00 +0000\n"
#define FROM(address) RELAY "From: <" address ">\n"

#endif
