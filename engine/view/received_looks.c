/*
 * received_looks - formats that need a closer look than a pattern.
 *
 * Called by received_formats.c for a row that names a function here, after
 * the row's pattern has matched and its fields are taken.  Each function
 * returns RECEIVED_RELAY, or RECEIVED_NEXT to refuse the line after all (the
 * caller then restores the fields).
 */
#include "config.h"

#include "view/received.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum received_result
received_look_webmail(struct received_line *l)
{
	return received_has(l->text, " (SquirrelMail authenticated user ") ||
	    received_has(l->text, " (NaSMail authenticated user ") ?
	    RECEIVED_RELAY : RECEIVED_NEXT;
}

/* The id after "with mapi id" is a version number. */
enum received_result
received_look_mapi(struct received_line *l)
{
	l->field[RF_ID] = SLICE("");
	return RECEIVED_RELAY;
}

enum received_result
received_look_xmail(struct received_line *l)
{
	struct received_captures caps;

	if (received_try(l, SEARCH " id <%(t%W+%)t>", l->text, &caps)) {
		received_take(l, &caps);
	}
	if (received_try(l, SEARCH " from <%(e%W+%)e>", l->text, &caps)) {
		received_take(l, &caps);
	}
	return RECEIVED_RELAY;
}

/* helo= and ident= in any order inside Exim's comment. */
enum received_result
received_look_sub(struct received_line *l)
{
	struct received_captures caps;
	struct slice sub = l->field[RF_SUB], rest = sub;

	if (received_try(l, SEARCH "helo=%h", sub, &caps)) {
		received_take(l, &caps);
		/* an ident= inside the HELO is not one */
		rest = slice_make(caps.v[RF_HELO].p + caps.v[RF_HELO].n,
		    sub.n - (size_t)(caps.v[RF_HELO].p - sub.p) -
		    caps.v[RF_HELO].n);
		sub.n -= rest.n + caps.v[RF_HELO].n;
	}
	if (received_try(l, SEARCH "ident=%(d%W*%)d", sub, &caps) ||
	    received_try(l, SEARCH "ident=%(d%W*%)d", rest, &caps)) {
		received_take(l, &caps);
	}
	return RECEIVED_RELAY;
}

/*
 * The other Exim shapes: pieces found anywhere.  Without an address and a
 * "by" the line goes on to the common formats, and the pieces stay.
 */
enum received_result
received_look_exim_pieces(struct received_line *l)
{
	static const char *const pieces[] = { "%r ", SEARCH " (%h) ",
		SEARCH " [%i{.%N+}?] ", SEARCH "by %b " };
	struct received_captures caps;
	bool by = false;

	for (size_t i = 0; i < COUNT(pieces); i++) {
		by = received_try(l, pieces[i], l->text, &caps);
		if (by) {
			received_take(l, &caps);
		}
	}
	return by && l->field[RF_IP].n > 0 ? RECEIVED_RELAY : RECEIVED_NEXT;
}

/* "with HTTP" as words: not "with HTTPS". */
enum received_result
received_look_http(struct received_line *l)
{
	struct received_captures caps;

	return received_try(l, SEARCH "%.with HTTP%.", l->text, &caps) ?
	    RECEIVED_RELAY : RECEIVED_NEXT;
}

/* Sendmail puts the caller's ident before the name; qmail-ldap lines only
 * look like sendmail's. */
enum received_result
received_look_ident(struct received_line *l)
{
	struct received_captures caps;
	struct slice *rdns = &l->field[RF_RDNS];
	ptrdiff_t at;

	if (received_try(l, SEARCH " by %W+ (qmail-%W+) with ", l->text,
	    &caps)) {
		return RECEIVED_NEXT;
	}
	at = slice_chr(*rdns, '@', 0);
	if (at >= 0 && slice_starts(*rdns, SLICE("IDENT:"))) {
		l->field[RF_IDENT] = slice_sub(*rdns, 6, (size_t)at);
		*rdns = slice_sub(*rdns, (size_t)at + 1, rdns->n);
		at = slice_chr(*rdns, '@', 0);
	}
	if (at >= 0) {
		l->field[RF_IDENT] = slice_sub(*rdns, 0, (size_t)at);
		*rdns = slice_sub(*rdns, (size_t)at + 1, rdns->n);
	}
	return RECEIVED_RELAY;
}

enum received_result
received_look_hotmail(struct received_line *l)
{
	struct received_captures caps;

	if (received_try(l, "%i ", l->text, &caps)) {
		received_take(l, &caps);
	}
	return RECEIVED_RELAY;
}

/*
 * The qmail family (trap 17: Exchange Online lines end here as well).  The
 * row only says that the line is one; which of four shapes gives the fields.
 * "unknown" instead of a name: the tcpserver in front did not look it up.
 */
enum received_result
received_look_qmail(struct received_line *l)
{
	static const char *const shapes[] = {
		"%r (" HELO " %(h%Q*%)h) (%(d%W*%)d@{[}?%i{]}?)"
		    QMAIL_ENVELOPE " by %b",
		"%r (" HELO " %(h%Q*%)h) ({[}?%i{]}?)" QMAIL_ENVELOPE
		    " by %b",
		"%r (%(d%W*%)d@{[}?%i{]}?)" QMAIL_ENVELOPE " by %b",
		"%r ({[}?%i{]}?)" QMAIL_ENVELOPE " by %b",
	};
	struct received_captures caps;

	for (size_t i = 0; i < COUNT(shapes); i++) {
		if (received_try(l, shapes[i], l->text, &caps)) {
			received_take(l, &caps);
			if (i >= 2) {
				l->field[RF_HELO] = l->field[RF_RDNS];
			}
			break;
		}
	}
	if (slice_eq(l->field[RF_RDNS], SLICE("unknown"))) {
		l->field[RF_RDNS] = SLICE("");
	} else {
		l->looked_up = true;
	}
	return RECEIVED_RELAY;
}

/* Courier says when the name server did not answer: nothing is known. */
enum received_result
received_look_softdns(struct received_line *l)
{
	if (slice_eq(l->field[RF_RDNS], SLICE("softdnserr"))) {
		l->looked_up = false;
		l->field[RF_RDNS] = SLICE("");
	}
	return RECEIVED_RELAY;
}

enum received_result
received_look_obtuse(struct received_line *l)
{
	l->looked_up = !slice_eq(l->field[RF_RDNS], SLICE("UNKNOWN"));
	return RECEIVED_RELAY;
}
