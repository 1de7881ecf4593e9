/*
 * mimeeval - what the files of this plugin share: mimeeval.c (evals), facts.c
 * (one pass over the MIME parts), part.c (the header of one part).
 */
#ifndef PLUGINS_MIMEEVAL_H
#define PLUGINS_MIMEEVAL_H

#include "plugins/eval.h"

/* What check_for_mime can ask for; the names are in mimeeval.c. */
enum mime_fact { ALTERNATIVE, ASCII_ILLEGAL, ATTACHMENT, BAD_ISO_CHARSET,
	BASE64_COUNT, BASE64_TEXT, FARAWAY_CHARSET, HTML_COUNT, PARTS_CUT,
	QP_BYTES, QP_COUNT, QP_LONG_LINE, QP_RATIO, RATIO, TEXT_COUNT,
	UNICODE_RATIO, MIME_FACTS };

/* What the whole message's parts add up to. */
struct mime_facts {
	double is[MIME_FACTS];
	size_t base64_length;	/* longest line of a base64 part */
	bool capitals;		/* a charset in which capitals say nothing */
	bool done;
};

/*
 * The header of one part as the evals read it: from the fields, which may
 * say other things than the parser made of them (a multipart without a
 * boundary is text/plain to the parser and a multipart here).
 */
struct mime_head {
	struct tare_slice type;		/* lower case, as struct tare_part's */
	struct tare_slice charset;	/* lower case */
	bool has_charset;		/* there is one, even if it is empty */
	struct tare_slice cte, disposition;	/* lower case, no newline */
};

/* ---- facts.c ---- */
const struct mime_facts *mime_facts_get(struct tare_msg *);

/* ---- part.c ---- */
void mime_head_read(struct tare_msg *, const struct tare_part *,
    struct mime_head *head_r);
/* Is it one whose text has capitals everywhere (koi8-r, iso-2022-jp)? */
bool mime_charset_has_capitals(struct tare_slice charset);
/* Some ASCII charset's name stands in it. */
bool mime_charset_has_ascii(struct tare_slice charset);
/* "iso-…-…" that is none. */
bool mime_charset_is_bad_iso(struct tare_slice charset);

/* ---- mimeeval.c ---- */
struct mime_facts *mime_state(struct tare_msg *);

#endif
