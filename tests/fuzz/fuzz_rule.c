/*
 * fuzz_rule - any bytes as a .cf file: loaded, finished, every meta evaluated.
 */
#include "config.h"

#include "rule/rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
yes(void *arg, struct slice name)
{
	return name.n % 2 == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rule_host host = { .has_plugin = yes, .can = yes };
	struct rule_source src = { .label = "fuzz",
	    .text = slice_make((const char *)data, size) };
	struct arena *a = arena_new();
	struct rule_result *results;
	struct ruleset *rs;
	struct err e;

	if (rule_load(a, conf_new(a), &src, 1, &host, &rs, &e) == 0) {
		results = arena_alloc_array(a, rs->rules.n + 1,
		    sizeof(*results));
		for (size_t i = 0; i < rs->rules.n; i++)
			results[i].state = i % 4;
		for (size_t i = 0; i < rs->n_metas; i++)
			rule_meta_eval(rs, rs->rules.v[rs->meta_order[i]],
			    results, i & 3, &results[rs->meta_order[i]]);
	}
	arena_free(&a);
	return 0;
}
