/*
 * idn - ASCII forms of names in other scripts; private to this room.
 */
#ifndef VIEW_IDN_H
#define VIEW_IDN_H

#include "base/arena.h"

/*
 * A host name in lower-case UTF-8 to its ASCII form: each label that is not
 * ASCII becomes xn--… (RFC 3492).  False if a label would be longer than 63
 * bytes or is not UTF-8.
 */
bool idn_to_ace(struct arena *a, struct slice host, struct slice *ace_r);
/* The characters that count as a full stop (RFC 3490 3.1 and two that mail
 * clients take for one) become ".". */
struct slice idn_normalise_dots(struct arena *a, struct slice host);

#endif
