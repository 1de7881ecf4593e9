/*
 * tarec_input.c - read the message from stdin, and find it in a BSMTP batch.
 *
 * At most max_size + 1 bytes are read: one more than allowed means too big,
 * and what is left in stdin is copied through by tarec_output.c.  With
 * --scan-part all is read, since the tail is wanted; that, too, has an end,
 * LIMIT_MESSAGE_BYTES.
 */
#include "config.h"

#include "cmd/tarec.h"

#include <errno.h>
#include <unistd.h>

#include "base/limits.h"

static int
read_upto(int fd, struct buf *b, size_t limit, struct err *e)
{
	char piece[16384];

	while (b->n < limit) {
		size_t want = limit - b->n < sizeof(piece) ? limit - b->n :
		    sizeof(piece);
		ssize_t n = read(fd, piece, want);

		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n < 0) {
			return err_errno(e, ERR_IO, "cannot read stdin");
		}
		if (n == 0) {
			return 0;
		}
		buf_add(b, piece, (size_t)n);
	}
	return 0;
}

static bool
is_line(struct slice line, struct slice word)
{
	return slice_eq_nocase(slice_trim_right(line), word);
}

/*
 * RFC 2442: the message lies between the DATA line and the line with one dot;
 * a leading dot of its lines is doubled.
 */
static int
bsmtp_split(struct arena *a, struct tarec_input *in, struct err *e)
{
	struct slice rest = in->raw, line;
	struct buf message;
	bool data = false;

	buf_init(&message, a);
	while (slice_line(&rest, &line)) {
		if (!data) {
			data = is_line(line, SLICE("DATA"));
			in->pre.n = (size_t)(rest.p - in->raw.p);
			continue;
		}
		if (is_line(line, SLICE("."))) {
			in->post = slice_make(line.p,
			    (size_t)(in->raw.p + in->raw.n - line.p));
			in->message = buf_slice(&message);
			return 0;
		}
		buf_add_slice(&message, line.p[0] == '.' ?
		    slice_sub(line, 1, line.n) : line);
	}
	return err_set(e, ERR_DATA, data ?
	    "BSMTP: no line with a single dot" : "BSMTP: no DATA line");
}

int
tarec_input_read(struct arena *a, const struct tarec_options *opt,
    struct tarec_input *in_r, struct err *e)
{
	size_t limit = (opt->scan_part ? LIMIT_MESSAGE_BYTES :
	    opt->max_size) + 1;
	struct buf b;
	int rc;

	buf_init(&b, a);
	rc = read_upto(STDIN_FILENO, &b, limit, e);
	in_r->raw = in_r->message = buf_slice(&b);
	in_r->pre = slice_sub(in_r->raw, 0, 0);
	if (rc != 0) {
		return -1;
	}
	if (b.n == 0) {
		return err_set(e, ERR_IO, "no message on stdin");
	}
	in_r->too_big = b.n > opt->max_size;
	in_r->cut = b.n == limit;
	if (opt->bsmtp && !in_r->too_big) {
		return bsmtp_split(a, in_r, e);
	}
	return 0;
}

struct slice
tarec_dot_stuff(struct arena *a, struct slice message)
{
	struct slice rest = message, line = { NULL, 0 };
	struct buf b;

	buf_init(&b, a);
	while (slice_line(&rest, &line)) {
		if (line.p[0] == '.') {
			buf_addc(&b, '.');
		}
		buf_add_slice(&b, line);
	}
	if (line.n > 0 && line.p[line.n - 1] != '\n') {
		buf_adds(&b, "\n");
	}
	return buf_slice(&b);
}
