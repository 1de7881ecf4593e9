/*
 * json - reading JSON text (RFC 8259) that somebody else wrote.
 *
 * json_each walks one object or array and hands every value over as the bytes
 * it was written with; what is nested is walked by calling it again:
 *
 *	json_each(line, on_member, &x)
 *	on_member(key, v, x):  key "seen", v an array
 *		json_each(v->raw, on_seen, x)
 *
 * Nothing is copied and nothing allocated until json_string.  Linear in the
 * text; nesting beyond LIMIT_JSON_DEPTH is an error.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/arena.h"
#include "base/slice.h"

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY,
	JSON_OBJECT };
struct json_value {
	enum json_kind kind;
	struct slice raw;		/* as written; strings with quotes */
};

/*
 * key: of an object's member, without quotes and with its escapes; empty in an
 * array.  false stops the walk.
 */
typedef bool json_fn(struct slice key, const struct json_value *v, void *arg);
/*
 * text is one object or array, white space around it allowed.  0, or -1 when
 * it is not well-formed (fn may have been called before that was known) or fn
 * returned false.
 */
int json_each(struct slice text, json_fn *fn, void *arg);
/*
 * The string's bytes, escapes undone, in the arena; 0 or -1 when v is none.
 * A lone surrogate becomes U+FFFD; other bytes stay as they are.
 */
int json_string(struct arena *a, const struct json_value *v,
    struct slice *text_r);
/* 0, or -1 when v is no number or not finite. */
int json_number(const struct json_value *v, double *number_r);

#endif
