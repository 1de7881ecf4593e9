/*
 * inflate.c - unpack a zlib body piece by piece, with caps; and pack one.
 *
 * spamd unpacks at end of file and without any cap, so 1 MB of zeros packed
 * is 1 GB of memory there (reference/protocol.md 1.3).  Here the stream is
 * unpacked as it arrives, ends where it says it ends (clients that send the
 * uncompressed length would otherwise hang), and is given up when the output
 * passes the message limit, or LIMIT_INFLATE_RATIO times the input once it is
 * larger than RATIO_FREE.
 *
 * Called by request.c; wire_pack by tarec.  Invariant: out never grows past
 * limit.
 */
#include "config.h"

#include "wire/wire-priv.h"

#include <zlib.h>

#include "base/limits.h"
#include "base/mem.h"

#define RATIO_FREE	(1024u * 1024)	/* below this no ratio is asked */
#define PIECE		16384

struct inflater {
	z_stream z;
	size_t limit;
	size_t taken, made;
};

static void
inflater_end(void *arg)
{
	struct inflater *in = arg;

	inflateEnd(&in->z);
}

struct inflater *
inflater_new(struct arena *a, size_t limit)
{
	struct inflater *in = arena_alloc(a, sizeof(*in));

	in->limit = limit;
	if (inflateInit(&in->z) != Z_OK) {
		fatal("zlib: cannot start: %s", in->z.msg ? in->z.msg : "-");
	}
	arena_defer(a, inflater_end, in);
	return in;
}

static bool
over_caps(const struct inflater *in)
{
	if (in->made > in->limit) {
		return true;
	}
	return in->made > RATIO_FREE &&
	    in->made / LIMIT_INFLATE_RATIO > in->taken;
}

enum inflate_state
inflater_feed(struct inflater *in, const void *p, size_t n, struct buf *out)
{
	unsigned char piece[PIECE];
	int rc;

	/* A caller's piece is one read of a socket, far below 4 GB. */
	in->z.next_in = (Bytef *)(uintptr_t)p;
	in->z.avail_in = (uInt)n;
	do {
		size_t before = in->z.avail_in, made;

		in->z.next_out = piece;
		in->z.avail_out = sizeof(piece);
		rc = inflate(&in->z, Z_NO_FLUSH);
		made = sizeof(piece) - in->z.avail_out;
		in->taken += before - in->z.avail_in;
		in->made += made;
		if (over_caps(in)) {
			return INFLATE_TOO_BIG;
		}
		buf_add(out, piece, made);
		if (rc == Z_STREAM_END) {
			return INFLATE_END;
		}
		if (rc != Z_OK && rc != Z_BUF_ERROR) {
			return INFLATE_DAMAGED;
		}
	} while (in->z.avail_in > 0 || in->z.avail_out == 0);
	return INFLATE_MORE;
}

struct slice
wire_pack(struct arena *a, struct slice body)
{
	uLongf n = compressBound((uLong)body.n);
	Bytef *p = arena_alloc(a, n);
	const Bytef *from = (const Bytef *)(body.p ? body.p : "");

	if (compress2(p, &n, from, (uLong)body.n, Z_DEFAULT_COMPRESSION) !=
	    Z_OK) {
		DIE("compressBound lied");
	}
	return slice_make((const char *)p, n);
}
