/*
 * test - what the files of `tare test` share.
 */
#ifndef CMD_TEST_H
#define CMD_TEST_H

#include "cmd/cmd.h"

/* Of test lines, or of the lines of .expect files. */
struct tally {
	size_t passed, failed, without;
};

/*
 * Scan the NAME.eml files below dir and compare with NAME.expect; tells of
 * what is not as expected.  0; or an exit status when files could not be
 * read or say something that cannot be understood.
 */
int expect_run(const struct cmd_options *o, const struct engine *eng,
    struct scanner *s, const char *dir, struct tally *tally);

#endif
