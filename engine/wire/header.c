/*
 * header.c - the header lines of a request: one row of a table each.
 *
 * Names are taken in any letter case: spamd ignores "Content-Length" and then
 * waits for an end of file that never comes.  Unknown headers are ignored, as
 * Exim and others send some.  The last of several wins.
 *
 * Called by request.c.  A returned text is what is wrong, in spamd's words.
 */
#include "config.h"

#include "wire/wire-priv.h"

static const char *
take_length(struct arena *a, struct wire_request *rq, struct slice value)
{
	size_t n = 0;

	value = slice_trim_right(value);
	for (size_t i = 0; i < value.n; i++) {
		if (!ascii_isdigit((unsigned char)value.p[i])) {
			value.n = 0;
			break;
		}
		/* saturate: 20 digits are too big, not wrapped */
		if (n < SIZE_MAX / 100) {
			n = n * 10 + (size_t)(value.p[i] - '0');
		}
	}
	if (value.n == 0) {
		return "(Content-Length contains non-numeric bytes)";
	}
	rq->has_length = true;
	rq->length = n;
	return NULL;
}

static const char *
take_user(struct arena *a, struct wire_request *rq, struct slice value)
{
	for (size_t i = 0; i < value.n; i++) {
		if ((unsigned char)value.p[i] < 0x20) {
			return "(User header contains control chars)";
		}
	}
	rq->user = arena_slice(a, value);
	return NULL;
}

static const char *
take_compress(struct arena *a, struct wire_request *rq, struct slice value)
{
	if (slice_find_nocase(value, SLICE("zlib"), 0) < 0) {
		return arena_printf(a, "(compression type not supported: "
		    "%.*s)", SLICE_FMT(slice_sub(value, 0, 100)));
	}
	rq->zlib = true;
	return NULL;
}

static const char *
take_class(struct arena *a, struct wire_request *rq, struct slice value)
{
	rq->message_class = arena_lower(a, slice_trim(value));
	return NULL;
}

struct wire_targets
header_targets(struct slice value)
{
	struct wire_targets t = { false, false };

	for (size_t i = 0; i < value.n; i++) {
		size_t from = i;
		struct slice word;

		while (i < value.n &&
		    ascii_isalnum((unsigned char)value.p[i])) {
			i++;
		}
		word = slice_sub(value, from, i);
		if (slice_eq_nocase(word, SLICE("local"))) {
			t.local = true;
		} else if (slice_eq_nocase(word, SLICE("remote"))) {
			t.remote = true;
		}
	}
	return t;
}

static const char *
take_set(struct arena *a, struct wire_request *rq, struct slice value)
{
	rq->set = header_targets(value);
	return NULL;
}

static const char *
take_remove(struct arena *a, struct wire_request *rq, struct slice value)
{
	rq->remove = header_targets(value);
	return NULL;
}

static const struct {
	const char *name;
	const char *(*take)(struct arena *, struct wire_request *,
	    struct slice);
} headers[] = {
	{ "Content-length", take_length },
	{ "User", take_user },
	{ "Compress", take_compress },
	{ "Message-class", take_class },
	{ "Set", take_set },
	{ "Remove", take_remove },
};

const char *
header_take(struct arena *a, struct wire_request *rq, struct slice line)
{
	ptrdiff_t colon = slice_chr(line, ':', 0);
	struct slice name, value;

	if (colon < 0) {
		return "(header not in 'Name: value' format)";
	}
	name = slice_sub(line, 0, (size_t)colon);
	value = slice_trim_left(slice_sub(line, (size_t)colon + 1, line.n));
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		if (slice_eq_nocase(name, slice_cstr(headers[i].name))) {
			return headers[i].take(a, rq, value);
		}
	}
	return NULL;
}

/*
 * spamd learns a missing or unknown class as ham, which poisons statistics
 * (protocol.md 1.3); here only "forget" may go without one.
 */
const char *
header_check(const struct wire_request *rq)
{
	bool known = slice_eq_cstr(rq->message_class, "spam") ||
	    slice_eq_cstr(rq->message_class, "ham");

	if (rq->verb != WIRE_TELL) {
		return NULL;
	}
	if (rq->set.local && rq->remove.local) {
		return "Unable to set local and remove local in the same "
		    "operation.";
	}
	if (rq->set.remote && rq->remove.remote) {
		return "Unable to set remote and remove remote in the same "
		    "operation.";
	}
	if (!known && (rq->message_class.n > 0 || rq->set.local)) {
		return "(Message-class header contains invalid class)";
	}
	return NULL;
}
