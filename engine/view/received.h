/*
 * received - one Received line to what it says about a relay; private to
 * this room.  relay.c calls received_parse for each line, top to bottom.
 */
#ifndef VIEW_RECEIVED_H
#define VIEW_RECEIVED_H

#include "view/view.h"

/* What a format can tell; RF_SUB is text that a format looks into again. */
enum received_field {
	RF_HELO, RF_RDNS, RF_IP, RF_BY, RF_IDENT, RF_ENVFROM, RF_ID, RF_AUTH,
	RF_SUB, RF_COUNT
};

struct received_captures {
	struct slice v[RF_COUNT];	/* p NULL: not captured */
};

/* ---- patterns (received_pattern.c, received_match.c) ---- */
/*
 * Which pairs of neighbouring bytes a text has, letters in lower case, by a
 * hash: where a pair of the literals of a pattern is missing, the pattern need
 * not be tried.
 */
struct received_pairs {
	uint64_t v[4];
};
void received_pairs_add(struct received_pairs *pairs, struct slice text);

struct received_line;
/* Does the pattern match at the start of line?  text is compiled when it is
 * first needed and must be a string that stays.  Linear in line.n. */
bool received_try(struct received_line *l, const char *text,
    struct slice line, struct received_captures *caps_r);
/* From now on patterns are tried on parts of whole, which lets most of them
 * be refused at a glance; on other texts they are tried all the same. */
void received_look_at(struct received_line *l, struct slice whole);
/* False: the pattern cannot match, wherever in the text of received_look_at. */
bool received_may_match(struct received_line *l, const char *text);
/* Parts that several patterns share. */
#define SEARCH	"%A*?"		/* in front: anywhere in the line */
#define HELO	"{HE|EH}LO"		/* a literal helps refusing */
#define QMAIL_ENVELOPE "{ (envelope-sender <%W+>)}?"

/* ---- addresses (received_ip.c) ---- */
/* Length of an IP address as SpamAssassin recognises it at line[pos]; 0. */
size_t received_ip_length(struct slice line, size_t pos);
/* First IP address anywhere in text; empty if none. */
struct slice received_find_ip(struct slice text);

/* ---- formats (received_formats.c) ---- */
enum received_start { START_FROM, START_FROM_UPPER, START_FROM_PAREN };

/* Formats that only one mail server writes: tried when its mark is in the
 * line, and only those of the first mark found. */
enum received_family {
	FAMILY_NONE, FAMILY_SMTPSVC, FAMILY_EXCHANGE, FAMILY_XMAIL,
	FAMILY_ECELERITY, FAMILY_EXIM, FAMILY_POSTFIX, FAMILY_SCALIX,
	FAMILY_DOMINO
};

enum received_result {
	RECEIVED_RELAY,
	RECEIVED_IGNORED,	/* known, says nothing */
	RECEIVED_FETCHER,	/* ignored; a POP or IMAP fetch */
	RECEIVED_UNPARSEABLE,
	RECEIVED_NEXT		/* within formats: try the next one */
};

struct received_line {
	struct arena *arena;
	struct received_cache *cache;
	struct slice whole;		/* of received_look_at */
	struct received_pairs pairs;	/* in it */
	struct slice text;		/* after "from " */
	struct slice field[RF_COUNT];	/* p NULL: undefined */
	bool looked_up;			/* this server looks up rDNS */
	bool scanner;			/* qmail-scanner: see relay.c */
	short row;			/* of the format that decided; or 0 */
};

/* Try the formats in order; fills l->field. */
enum received_result received_formats_try(struct received_line *l,
    enum received_start start);
/* Captured fields replace those that were there. */
void received_take(struct received_line *l,
    const struct received_captures *caps);
bool received_has(struct slice s, const char *what);

/* ---- closer looks (received_looks.c), by the row that needs them ---- */
enum received_result received_look_webmail(struct received_line *l);
enum received_result received_look_mapi(struct received_line *l);
enum received_result received_look_xmail(struct received_line *l);
enum received_result received_look_sub(struct received_line *l);
enum received_result received_look_exim_pieces(struct received_line *l);
enum received_result received_look_http(struct received_line *l);
enum received_result received_look_ident(struct received_line *l);
enum received_result received_look_hotmail(struct received_line *l);
enum received_result received_look_qmail(struct received_line *l);
enum received_result received_look_softdns(struct received_line *l);
enum received_result received_look_obtuse(struct received_line *l);

/* ---- logins (received_login.c) ---- */
/* Name of the method, empty if the line speaks of none. */
struct slice received_login(struct received_line *l, struct slice line);

/* ---- lines (received.c) ---- */
/*
 * Parse one unfolded or folded value.  *relay_r is set for RECEIVED_RELAY;
 * *scanner_from_r gets the envelope sender of a qmail-scanner line, which
 * belongs to the next relay (else it is left alone).  Only the first
 * LIMIT_FIELD_VALUE bytes are read.
 */
enum received_result received_parse(struct arena *a, struct received_cache *c,
    struct slice value, struct view_relay *relay_r,
    struct slice *scanner_from_r);

#endif
