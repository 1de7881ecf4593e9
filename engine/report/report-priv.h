/*
 * report-priv - shared inside the room: template tags, lines, header fields,
 * and what undo reads of what rewriting writes.
 */
#ifndef REPORT_REPORT_PRIV_H
#define REPORT_REPORT_PRIV_H

#include "report/report.h"

struct tag_context {
	struct arena *arena;
	const struct report_conf *conf;
	const struct verdict *verdict;
	struct view *view;
	bool in_header;		/* in an add_header: ADDEDHEADER stays */
};

/* ---- tag.c ---- */
/*
 * Expand _TAG_ and _TAG(args)_ in a template; unknown ones stay.  The result
 * holds what the message says as it says it: clean it before it is written.
 */
struct slice tag_expand(const struct tag_context *c, struct slice text);

struct tag_call {
	struct slice name, arg;
};
typedef void tag_fn(struct buf *b, const struct tag_context *c,
    const struct tag_call *call);
/* tag_verdict.c */
tag_fn tag_added_header, tag_autolearn, tag_autolearn_score, tag_required,
    tag_score, tag_stars, tag_subjprefix, tag_subtests,
    tag_subtests_collapsed, tag_tests, tag_tests_scores, tag_yesno,
    tag_yesnocaps;
/* tag_message.c */
tag_fn tag_bayes, tag_contact, tag_date, tag_header, tag_hostname,
    tag_metadata, tag_remote_address, tag_remote_host, tag_rules_version,
    tag_subversion, tag_timing, tag_version, tag_zones;
/* text.c */
tag_fn tag_preview, tag_report, tag_summary;
/* The values of a message's tag of that name, joined; false if unset. */
bool tag_add_metadata(struct buf *b, const struct tag_context *c,
    struct slice name);

/* ---- text.c ---- */
/* "zone bl.example.org quarantined: wildcard": for one voided rule. */
void report_void(struct buf *b, const struct verdict_hit *h);

/* ---- wrap.c ---- */
struct wrap {
	struct slice first;	/* in front of the first line */
	struct slice prefix;	/* in front of the others */
	size_t width;		/* a TAB counts for 8 */
	bool overflow;		/* look only at what is there: the last piece
				 * of a line may stick out */
	bool after_comma;	/* break behind blanks and commas, keeping
				 * them; otherwise at each blank */
};
/* Adds the lines of text, with LF between. */
void report_wrap(struct buf *b, struct slice text, const struct wrap *w);

/* ---- encode.c ---- */
/* One line; what is not ASCII becomes an RFC 2047 word. */
void report_encode(struct buf *b, struct slice line);
void report_base64(struct buf *b, struct slice bytes);

/* ---- clean.c ---- */
/* As report_clean, but LF and TAB stay, and of CR LF the LF. */
struct slice report_clean_lines(struct arena *a, struct slice s);

/* ---- headers.c ---- */
/* The message's own line end: "\r\n" or "\n", as its first line has it. */
const char *report_eol(const struct mail *m);
/* The block of X-Spam- lines; eol "\n" for _ADDEDHEADER_. */
void report_block(struct buf *b, const struct tag_context *c, bool spam,
    const char *eol);

/* ---- field.c: header blocks as bytes ---- */
/* One field with its folds off *rest; also what only stands where a field
 * should.  False at the end. */
bool field_next(struct slice *rest, struct slice *field_r);
/* "Name:" or "Name :" begins the field, letters folded. */
bool field_is(struct slice field, struct slice name);
/* A scanner's line: X-Spam-… (but X-Spam-Prev-…) or X-Tare-…. */
bool field_is_mark(struct slice field);
/* Behind the colon and the blanks after it, folds and line end included. */
struct slice field_value(struct slice field);
/* Offset of the value in the field. */
size_t field_value_at(struct slice field);
/* The line end at the end of b, if there is one, or eol is added. */
void field_end_line(struct buf *b, const char *eol);

/* ---- kept.c: the sender's own X-Spam- lines ---- */
/* field, which is a mark that came with the message, as X-Tare-Kept. */
void kept_add(struct buf *b, struct slice field, const char *eol);
/* Undo of it: false, and nothing added, unless field holds marks only. */
bool kept_restore(struct buf *b, struct slice field);

/* ---- rewrite_field.c: rewrite_header and subjprefix ---- */
enum { REWRITE_SUBJECT, REWRITE_FROM, REWRITE_TO, REWRITE_FIELDS };
extern const struct slice rewrite_names[REWRITE_FIELDS];
struct rewriting {
	struct slice tag[REWRITE_FIELDS];	/* empty: leave it alone */
	struct slice prefix;			/* of rules; Subject only */
};
void rewrite_prepare(const struct tag_context *c, struct rewriting *rw_r);
/* Which of the names the field has, or -1. */
int rewrite_which(struct slice field);
bool rewrite_wanted(const struct rewriting *rw, int which);
/* The field with its tag: marked in place, or for a new message around it. */
void rewrite_in_place(struct buf *b, const struct rewriting *rw, int which,
    struct slice field);
void rewrite_copy(struct buf *b, const struct rewriting *rw, int which,
    struct slice value, const char *eol);

/* ---- enclose.c ---- */
/* Spam as a part of a new message; block: its X-Spam- lines. */
struct slice report_enclose(const struct tag_context *c, struct slice block);
/* text.c: what is added to the report of a message that is not plain text. */
struct slice report_unsafe_text(const struct tag_context *c);

/* ---- unwrap.c ---- */
/*
 * Take out of a message that enclose.c, or SpamAssassin, made: the original,
 * and the fields that later hosts put before and behind ours.  False if it is
 * none.
 */
struct unwrapped {
	struct slice before, behind;
	struct slice original;
};
bool undo_unwrap(struct arena *a, const struct mail *m,
    struct unwrapped *u_r);

/* ---- undo.c ---- */
/* What X-Tare-Undo says; all zero where that line is not needed. */
struct undo_note {
	bool counted;		/* only the last n_previous X-Spam-Prev-
				 * fields are ours */
	unsigned n_previous;
	bool made_subject;	/* there was no Subject */
	bool cut;		/* the last line had no line end */
	const char *eol;	/* of the field itself, when read */
};
void undo_note_add(struct buf *b, const struct undo_note *n,
    const char *eol);
/* False, and all zero, where there is no such field. */
bool undo_note_read(struct slice head, struct undo_note *n_r);
/* A marked header block (without envelope and blank line) as it was; last:
 * nothing comes behind it. */
struct slice undo_header(struct arena *a, struct slice head, bool last);

#endif
