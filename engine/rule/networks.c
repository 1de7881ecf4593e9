/*
 * networks.c - internal_networks and msa_networks must lie inside
 * trusted_networks, or, when those are not set, msa inside internal.
 *
 * Otherwise a Received line of our own relay would count as written by a
 * stranger.  SpamAssassin drops such a network; lint says so here.
 */
#include "config.h"

#include "rule/rule-priv.h"

/* Sets larger than this together are not compared: each net of one is looked
 * up in the other. */
#define COMPARISONS_MAX 10000000

static bool
contains(const struct ip_set *set, const struct ip_net *net)
{
	for (size_t i = 0; i < set->nets.n; i++) {
		struct ip_set one = { { &set->nets.v[i], 1, 1 } };

		if (!set->nets.v[i].exclude && set->nets.v[i].bits <=
		    net->bits && ip_set_has(&one, &net->addr))
			return true;
	}
	return false;
}

static void
check(struct loader *l, const char *name, const char *outer)
{
	const struct ip_set *nets = conf_nets(l->conf, name);
	const struct ip_set *set = conf_nets(l->conf, outer);
	struct origin at = conf_origin(l->conf, name);
	size_t n;
	const struct slice *text = conf_list(l->conf, name, &n);

	if (!conf_is_set(l->conf, name) ||
	    nets->nets.n * (set->nets.n + 1) > COMPARISONS_MAX)
		return;
	for (size_t i = 0; i < nets->nets.n && i < n; i++) {
		if (nets->nets.v[i].exclude ||
		    contains(set, &nets->nets.v[i]))
			continue;
		rule_finding(l->rs, FINDING_WARNING, &at, "untrusted-network",
		    "%.*s is in %s but not in %s: add it there",
		    SLICE_FMT(text[i]), name, outer);
	}
}

void
networks_check(struct loader *l)
{
	bool trusted = conf_is_set(l->conf, "trusted_networks");

	if (trusted)
		check(l, "internal_networks", "trusted_networks");
	else if (!conf_is_set(l->conf, "internal_networks"))
		return;
	check(l, "msa_networks", trusted ? "trusted_networks"
	    : "internal_networks");
}
