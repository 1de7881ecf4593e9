/*
 * answer.c - read a spamd reply, for the client.
 *
 * The reply is parsed when it is complete (end of file), so a reply that was
 * cut off is recognised by its Content-length and never half used.  What was
 * read before an error stays in *ans_r: tarec shows the server's own error
 * line.
 *
 * spamc demands exact letters and blanks; this reader takes header names in
 * any case and "True;9.0/5.0" as well.
 *
 * Codes in e: ERR_PROTOCOL for what is not the protocol or not whole, ERR_IO
 * for a reply that ends after its first line (spamd's way of saying error;
 * spamc reports 74 for it, protocol.md 2.2).
 */
#include "config.h"

#include "wire/wire-priv.h"

static bool
cut_line(struct slice *rest, struct slice *line_r)
{
	if (!slice_line(rest, line_r)) {
		return false;
	}
	if (line_r->n > 0 && line_r->p[line_r->n - 1] == '\n') {
		line_r->n--;
	}
	if (line_r->n > 0 && line_r->p[line_r->n - 1] == '\r') {
		line_r->n--;
	}
	return true;
}

/* "SPAMD/1.1 0 EX_OK" */
static int
status_line(struct slice line, struct wire_answer *ans)
{
	static const struct slice protocol = { "SPAMD/", 6 };
	struct slice version, code;
	long number;

	if (!slice_starts(line, protocol)) {
		return -1;
	}
	line = slice_sub(line, protocol.n, line.n);
	if (!slice_word(&line, &version) || !slice_word(&line, &code) ||
	    slice_to_double(version, &ans->version) != 0 ||
	    ans->version < 1.0 || slice_to_long(code, &number) != 0 ||
	    number < 0 || number > 255) {
		return -1;
	}
	ans->code = (int)number;
	ans->text = slice_trim(line);
	ans->pong = slice_eq_cstr(ans->text, "PONG") && number == 0;
	return 0;
}

/* "True ; 7.3 / 5.0" */
static int
spam_value(struct slice value, struct wire_answer *ans)
{
	ptrdiff_t semi = slice_chr(value, ';', 0);
	ptrdiff_t slash = slice_chr(value, '/', 0);
	struct slice word, score, required;

	if (semi < 0 || slash < semi) {
		return -1;
	}
	word = slice_trim(slice_sub(value, 0, (size_t)semi));
	score = slice_trim(slice_sub(value, (size_t)semi + 1, (size_t)slash));
	required = slice_trim(slice_sub(value, (size_t)slash + 1, value.n));
	if (slice_to_double(score, &ans->score) != 0 ||
	    slice_to_double(required, &ans->required) != 0) {
		return -1;
	}
	ans->has_spam = true;
	ans->spam = slice_eq_nocase(word, SLICE("True")) ||
	    slice_eq_nocase(word, SLICE("Yes"));
	return 0;
}

struct lengths {
	bool has;
	long n;
};

static int
header_line(struct slice line, struct wire_answer *ans,
    struct lengths *length)
{
	ptrdiff_t colon = slice_chr(line, ':', 0);
	struct slice name, value;

	if (colon < 0) {
		return -1;
	}
	name = slice_trim(slice_sub(line, 0, (size_t)colon));
	value = slice_trim(slice_sub(line, (size_t)colon + 1, line.n));
	if (slice_eq_nocase(name, SLICE("Content-length"))) {
		length->has = true;
		return slice_to_long(value, &length->n);
	}
	if (slice_eq_nocase(name, SLICE("Spam"))) {
		return spam_value(value, ans);
	}
	if (slice_eq_nocase(name, SLICE("DidSet"))) {
		ans->did_set = header_targets(value);
	} else if (slice_eq_nocase(name, SLICE("DidRemove"))) {
		ans->did_remove = header_targets(value);
	}
	return 0;
}

int
wire_answer_parse(struct slice bytes, struct wire_answer *ans_r,
    struct err *e)
{
	struct lengths length = { false, 0 };
	struct slice rest = bytes, line;

	*ans_r = (struct wire_answer){ .version = 0 };
	if (bytes.n == 0) {
		return err_set(e, ERR_IO, "the server closed without a reply");
	}
	if (!cut_line(&rest, &line) || status_line(line, ans_r) != 0) {
		return err_set(e, ERR_PROTOCOL, "not a spamd reply");
	}
	ans_r->header = slice_sub(rest, 0, 0);
	for (;;) {
		if (!cut_line(&rest, &line)) {
			if (ans_r->pong) {
				return 0;
			}
			return err_set(e, ERR_IO, "the server said: %d %.*s",
			    ans_r->code, SLICE_FMT(ans_r->text));
		}
		if (line.n == 0) {
			break;
		}
		if (header_line(line, ans_r, &length) != 0) {
			return err_set(e, ERR_PROTOCOL,
			    "bad reply header \"%.*s\"",
			    SLICE_FMT(slice_sub(line, 0, 80)));
		}
		ans_r->header.n = (size_t)(rest.p - ans_r->header.p);
	}
	ans_r->body = rest;
	if (ans_r->code != 0) {
		return err_set(e, ERR_PROTOCOL, "the server said: %d %.*s",
		    ans_r->code, SLICE_FMT(ans_r->text));
	}
	if (length.has && (length.n < 0 || (size_t)length.n != rest.n)) {
		return err_set(e, ERR_PROTOCOL,
		    "reply of %zu bytes where %ld were announced", rest.n,
		    length.n);
	}
	ans_r->has_length = length.has;
	return 0;
}
