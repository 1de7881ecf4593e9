/*
 * tared - what the files of the daemon's program share.
 */
#ifndef CMD_TARED_H
#define CMD_TARED_H

#include "proc/proc.h"

/*
 * Parse the command line; what *opt_r points to lives in the arena or argv.
 * -1: go on (*test_r: only check); else the exit status, and the user was
 * told.
 */
int tared_options(struct arena *a, int argc, char **argv,
    struct daemon_options *opt_r, bool *test_r);

#endif
