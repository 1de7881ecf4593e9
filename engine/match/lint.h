/*
 * lint - checks of regexes that have to try them.
 *
 * Codes.  Warnings: always-matches catastrophic-regex.  Information:
 * slow-regex no-literal.  See rule/lint.h for the rest.
 */
#ifndef MATCH_LINT_H
#define MATCH_LINT_H

#include "match/match.h"

/* Add findings to rs about the rules that m runs. */
void match_lint(struct ruleset *rs, const struct matcher *m);

#endif
