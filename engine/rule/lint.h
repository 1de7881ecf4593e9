/*
 * lint - what is odd in a rule set that can be run all the same.
 *
 * The loader reports lines that are wrong while it reads them.  These checks
 * look at the whole table afterwards and are asked for by `tare lint` alone.
 * One row of lint.c's table and one function each; match/lint.h has those
 * that need a regex to be tried.
 *
 * Codes.  Warnings: unknown-rule defined-twice.
 * Information: replaced-rule disabled-rule unused-subrule dead-meta
 * no-description tflag-without-effect nice-adds negative-not-nice
 * plugin-skipped.
 */
#ifndef RULE_LINT_H
#define RULE_LINT_H

#include "rule/rule.h"

/* Add findings to rs.  set: the score set that scores are quoted from. */
void rule_lint(struct ruleset *rs, unsigned set);

#endif
