/*
 * tarec_part.c - messages that are not scanned as they are: a line in their
 * header says so, and of those over the size limit head and tail are scanned.
 *
 * Passing a message through when the daemon is down hides an outage for
 * weeks, so --mark adds one line, the X-Tare-Error of `tare filter`, with the
 * reason.  A later scan removes it.
 *
 * --scan-part: spamc skips a message over -s, which every spammer knows.  Its
 * first three quarters and its last quarter of what -s allows say most of
 * what there is to say: header, text, links, the names of what is attached.
 * They are cut at ends of lines and sent as one message with HEADERS, whose
 * reply replaces the header of the whole message; its body stays as it is.
 */
#include "config.h"

#include "cmd/tarec.h"

#define REASON_MAX	200
#define HEAD_SHARE(n)	((n) / 4 * 3)

/* The line at the beginning of s, without its end. */
static struct slice
first_line(struct slice s)
{
	struct slice line;

	return slice_line(&s, &line) ? slice_trim_right(line) :
	    slice_sub(s, 0, 0);
}

/* Behind a "From " line of mbox and Return-Path, which stay first (4.1). */
static size_t
header_place(struct slice message)
{
	static const struct slice path = { "Return-Path:", 12 };
	struct slice rest = message, line;
	size_t at = 0;
	bool folded = false;

	for (unsigned i = 0; slice_line(&rest, &line); i++) {
		bool from = i == 0 && slice_starts(line, SLICE("From "));
		bool is_path = slice_eq_nocase(slice_sub(line, 0, path.n),
		    path);
		bool more = folded && (line.p[0] == ' ' || line.p[0] == '\t');

		if (!from && !is_path && !more) {
			break;
		}
		folded = is_path || more;
		at = (size_t)(rest.p - message.p);
	}
	/* a last line without an end is not to be joined with ours */
	return at > 0 && message.p[at - 1] != '\n' ? 0 : at;
}

struct slice
tarec_add_header(struct arena *a, struct slice message, const char *name,
    const char *value)
{
	size_t at = header_place(message);
	ptrdiff_t nl = slice_chr(message, '\n', 0);
	bool crlf = nl > 0 && message.p[nl - 1] == '\r';
	struct buf b;

	buf_init(&b, a);
	buf_reserve(&b, message.n + REASON_MAX + 100);
	buf_add_slice(&b, slice_sub(message, 0, at));
	buf_addf(&b, "%s: ", name);
	for (size_t i = 0; value[i] != '\0' && i < REASON_MAX; i++) {
		unsigned char c = (unsigned char)value[i];

		/* it may quote a server: it must stay one line */
		buf_addc(&b, c < 0x20 || c >= 0x7f ? '?' : (char)c);
	}
	buf_adds(&b, crlf ? "\r\n" : "\n");
	buf_add_slice(&b, slice_sub(message, at, message.n));
	return buf_slice(&b);
}

/* ---- head and tail ---- */

/* The end of the last line that ends in s, or all of s. */
static size_t
last_line_end(struct slice s)
{
	ptrdiff_t nl = slice_rchr(s, '\n');

	return nl < 0 ? s.n : (size_t)nl + 1;
}

struct slice
tarec_sample(struct arena *a, const struct tarec_options *opt,
    struct slice message, const char **what_r)
{
	size_t head = last_line_end(slice_sub(message, 0,
	    HEAD_SHARE(opt->max_size)));
	struct slice tail = slice_sub(message, message.n -
	    (opt->max_size - head), message.n);
	ptrdiff_t nl = slice_chr(tail, '\n', 0);
	struct slice parts[2] = { slice_sub(message, 0, head), tail };

	if (nl >= 0 && (size_t)nl + 1 < tail.n) {
		parts[1] = slice_sub(tail, (size_t)nl + 1, tail.n);
	}
	*what_r = arena_printf(a, "the first %zu and the last %zu of %zu "
	    "bytes were scanned", parts[0].n, parts[1].n, message.n);
	return arena_join(a, parts, 2, slice_make(NULL, 0));
}

/* ---- a header that comes back ---- */

size_t
tarec_header_length(struct slice message)
{
	struct slice rest = message, line;

	while (slice_line(&rest, &line)) {
		if (slice_eq(line, SLICE("\n")) ||
		    slice_eq(line, SLICE("\r\n"))) {
			break;
		}
	}
	return message.n - rest.n;
}

/* The first Content-Type field with its folded lines, or an empty slice. */
static struct slice
content_type(struct slice message)
{
	static const struct slice name = { "Content-Type:", 13 };
	struct slice rest = slice_sub(message, 0,
	    tarec_header_length(message)), line;
	struct slice field = { NULL, 0 };

	while (slice_line(&rest, &line)) {
		bool more = line.p[0] == ' ' || line.p[0] == '\t';

		if (field.n > 0 && more) {
			field.n += line.n;
		} else if (field.n > 0) {
			break;
		} else if (slice_eq_nocase(slice_sub(line, 0, name.n),
		    name)) {
			field = line;
		}
	}
	return slice_trim_right(field);
}

bool
tarec_header_fits(struct slice header, struct slice message)
{
	return slice_eq(content_type(header), content_type(message)) &&
	    first_line(header).n > 0;
}
