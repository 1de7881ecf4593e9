/*
 * wire-priv - what the files of this room share.
 */
#ifndef WIRE_WIRE_PRIV_H
#define WIRE_WIRE_PRIV_H

#include "wire/wire.h"

/* The codes a reply's first line may carry (sysexits, plus spamd's 79). */
enum { WIRE_EX_UNAVAILABLE = 69, WIRE_EX_PROTOCOL = 76 };

/* ---- header.c: NULL, or what is wrong (lives in the arena) ---- */
const char *header_take(struct arena *a, struct wire_request *rq,
    struct slice line);
/* "local, remote", by token: "nonlocal" is neither. */
struct wire_targets header_targets(struct slice value);
/* Once all are there: do they make sense together? */
const char *header_check(const struct wire_request *rq);

/* ---- inflate.c: a zlib stream with an end, a size cap and a ratio cap ---- */
enum inflate_state {
	INFLATE_MORE,
	INFLATE_END,		/* the stream is whole; the rest is ignored */
	INFLATE_DAMAGED,
	INFLATE_TOO_BIG,	/* over limit bytes or over the ratio */
};
struct inflater;
/* Lives in the arena, which also releases zlib's memory. */
struct inflater *inflater_new(struct arena *a, size_t limit);
/* Append what n more bytes of stream say to out. */
enum inflate_state inflater_feed(struct inflater *in, const void *p, size_t n,
    struct buf *out);

#endif
