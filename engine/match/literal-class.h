/*
 * literal-class - escapes and character classes of a regex, as its analyses
 * need them; for the files of this room only.
 */
#ifndef MATCH_LITERAL_CLASS_H
#define MATCH_LITERAL_CLASS_H

#include "base/slice.h"

/* Folding of /i on bytes: ASCII and Latin-1 (trap 2). */
unsigned char literal_other_case(unsigned char c);

enum {
	ESCAPE_OTHER = -1,	/* not one byte: a reference, \R, \X … */
	ESCAPE_UNKNOWN = -2,	/* cannot tell where it ends */
};

/*
 * The byte that the escape at s[*at] stands for; *at moves behind it.  A
 * negative code leaves *at alone.
 */
int literal_escape(struct slice s, size_t *at, bool in_class);

/* \d \W …: true, members added, *at behind it. */
bool literal_class_escape(struct slice s, size_t *at, bool member[256]);

enum { CLASS_FOLD = 1, CLASS_SKIP_BLANKS = 2 };
/* […] at s[*at]; false: cannot follow it. */
bool literal_class(struct slice s, size_t *at, unsigned how,
    bool member[256]);

#endif
