/*
 * mail-priv - what the files of this room share.
 *
 * A message, and every message inside it, is a mail_doc: a header block and
 * a text.  The text is the body as SpamAssassin splits it into lines.  The
 * MIME tree is built from a queue of mail_items, so no depth of nesting
 * costs stack.
 */
#ifndef MAIL_MAIL_PRIV_H
#define MAIL_MAIL_PRIV_H

#include "mail/mail.h"

/* ---- text.c: the body with LF ends, and the way back to the source ---- */

/* From here on, text byte `text` came from source byte `source`. */
struct mail_text_mark {
	size_t text, source;
};

struct mail_text {
	struct slice bytes;
	struct slice source;		/* bytes were made from this */
	VEC_OF(struct mail_text_mark) marks;	/* none: bytes are source */
	struct mail_text_mark cursor;	/* last position asked for */
	bool crlf;
};

void mail_text_make(struct arena *a, struct slice source, bool crlf,
    struct mail_text *t_r);
/*
 * Where in the source the text byte at offset begins, its lost CR included.
 * Fastest when asked in rising order: then linear over all questions.
 */
size_t mail_text_source(struct mail_text *t, size_t offset);
/* in with CRLF made LF; in itself when it has none. */
struct slice mail_text_unix(struct arena *a, struct slice in);
/* in with bare LFs made CRLF; in itself when it has none. */
struct slice mail_text_crlf(struct arena *a, struct slice in);
/* in with a newline put after every LIMIT_PART_LINE bytes of a line. */
struct slice mail_text_broken(struct arena *a, struct slice in);

/* ---- field.c: one header block ---- */

struct mail_block {
	struct mail_header header;	/* offsets count from the input */
	size_t length;		/* of the fields, without the blank line */
	size_t body;		/* where the body begins */
	uint32_t defects;
};

/* At most max_fields fields are kept. */
void mail_block_parse(struct arena *a, struct slice in, bool crlf,
    size_t max_fields, struct mail_block *b_r);
/* A field of a MIME part; SpamAssassin splits those in another way. */
void mail_block_add_part_field(struct arena *a, struct mail_header *h,
    struct slice text);
/* `name:`, or with blanks before the colon when they are allowed. */
bool mail_field_line(struct slice line, bool blanks);

/* ---- part.c and multipart.c: the tree ---- */

struct mail_doc {
	struct slice bytes;
	size_t body;			/* offset of the text's source */
	struct mail_text text;
	struct mail_doc *parent;	/* NULL: bytes are mail->raw */
	size_t base;			/* of bytes, in the parent's text */
	struct mail_part *holder;	/* the message/rfc822 part */
	bool traced;			/* bytes lie in the parent's text */
};

struct mail_item {
	struct mail_part *part;
	struct mail_doc *doc;
	struct slice text;
	size_t offset;			/* of text, in the doc's text */
	bool traced;			/* text lies in the doc's text */
	struct mail_ctype ctype;
	struct slice boundary;		/* own or inherited; empty: none */
	unsigned levels;		/* how much deeper we may go */
	bool blank_first;		/* a blank line stands before text */
};

/* What is left of the limits is shared by everything below the root. */
struct mail_builder {
	struct mail *mail;
	VEC_OF(struct mail_item) queue;
	size_t n_parts;
	size_t fields_left;
	size_t copy_left;
};

/*
 * Bytes that broken lines and decoded inner messages may take in all, for
 * each byte of the message: each level of nesting may copy once more, and
 * honest mail has few such levels.
 */
#define MAIL_COPIES_MAX 4
#define MAIL_COPIES_FREE 65536

/* Take n from copy_left; false if that is too much. */
bool mail_copy_charge(struct mail_builder *b, size_t n);

/* Parse mail->raw into mail->root and everything below. */
void mail_tree_build(struct mail *m);
struct mail_part *mail_part_add(struct mail_builder *b,
    struct mail_part *parent);
/* Offset in mail->raw of an offset in the doc's text or bytes. */
size_t mail_doc_text_offset(struct mail_doc *d, size_t offset);
size_t mail_doc_bytes_offset(struct mail_doc *d, size_t offset);
/* Split one multipart; its parts are added to the tree and the queue. */
void mail_multipart_parse(struct mail_builder *b, struct mail_item it);

/* ---- addr_text.c: lexical pieces of addresses ---- */

/*
 * These return the end of what begins at s[i], or 0 if it does not: a text up
 * to an unescaped `close` without an unescaped `open`; a quoted string;
 * user@domain.
 */
size_t mail_addr_quoted_end(struct slice s, size_t i, char open, char close);
size_t mail_addr_quote_end(struct slice s, size_t i);
size_t mail_addr_end(struct slice s, size_t i);
/* All of s is user@domain; and it does not have a lone quote in it. */
bool mail_addr_is(struct slice s);
bool mail_addr_is_plausible(struct slice s);
/* user@host of user@host@more, and host of it. */
struct slice mail_addr_cut(struct slice s);
struct slice mail_addr_host(struct slice s);
/* A host name of two labels or more that DNS would take. */
bool mail_addr_is_fqdn(struct slice host);
/* s without (comments); a phrase also without quotes and escapes. */
struct slice mail_addr_without_comments(struct arena *a, struct slice s);
struct slice mail_addr_clean_phrase(struct arena *a, struct slice s);

/* ---- word.c ---- */

/* Joined to one line and to UTF-8, but without decoding words. */
struct slice mail_word_plain(struct arena *a, struct slice text);

/* ---- charset.c ---- */

/*
 * As mail_to_utf8, with one choice more: insist keeps to the declared
 * charset and replaces what does not fit by U+FFFD, as is done for RFC 2047
 * words.
 */
struct slice mail_charset_decode(struct arena *a, struct slice in,
    struct slice charset, bool insist, bool *unicode_r, bool *bad_r);

/* ---- charset_jis.c ---- */

struct slice mail_jis_to_euc(struct arena *a, struct slice in);

/* ---- charset_name.c ---- */

enum mail_charset {
	CHARSET_UNKNOWN,
	CHARSET_ASCII,
	CHARSET_UTF8,
	CHARSET_CP1252,		/* also what is called ISO-8859-1 */
	CHARSET_UTF16,		/* of unknown endianness */
	CHARSET_JIS,		/* ISO-2022-JP and its kin */
	CHARSET_ICONV,
};

/* Name for iconv_open in buf when CHARSET_ICONV is returned. */
enum mail_charset mail_charset_find(struct slice name, char *buf, size_t size);
/* A 7-bit text in this charset is plain ASCII. */
bool mail_charset_over_ascii(struct slice name);

#endif
