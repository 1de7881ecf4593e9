/*
 * headers.c - the settings that say which headers a message gets: add_header
 * with its removals, report_safe, rewrite_header.
 *
 * SpamAssassin keeps a list for spam and one for ham; "all" stands for both,
 * and order between adding and removing counts.  Here each item is a line
 * "all|spam|ham Name template": adding one takes the same header of the same
 * class away first (so the last wins and goes last), and taking "spam X" from
 * "all X" leaves "ham X".  report/ reads the items in order and needs no
 * list of removals.
 *
 * As there: Checker-Version can be changed, but not removed (undo and readers
 * know a marked message by it); report_safe 0 adds "spam Report _REPORT_" at
 * that place, so that remove_header after it takes it away again.
 */
#include "config.h"

#include "conf/conf-priv.h"

/* Each addition looks at all: more headers than this help no reader. */
#define HEADERS_MAX 200

enum header_class { CLASS_NONE = 0, CLASS_SPAM = 1, CLASS_HAM = 2,
	CLASS_ALL = 3 };

static const struct slice checker = { "Checker-Version", 15 };

static const struct {
	const char *word;
	enum header_class class;
} classes[] = {
	{ "all", CLASS_ALL }, { "spam", CLASS_SPAM }, { "ham", CLASS_HAM },
	{ "nonspam", CLASS_HAM },
};

static enum header_class
class_parse(struct slice word)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (slice_eq_nocase(word, slice_cstr(classes[i].word)))
			return classes[i].class;
	}
	return CLASS_NONE;
}

static const char *
class_name(enum header_class class)
{
	return class == CLASS_ALL ? "all" : class == CLASS_SPAM ? "spam"
	    : "ham";
}

/* Letters, digits, '_' and '-', as the name goes into a header line. */
static bool
name_valid(struct slice name)
{
	for (size_t i = 0; i < name.n; i++) {
		if (!ascii_isword((unsigned char)name.p[i]) &&
		    name.p[i] != '-')
			return false;
	}
	return name.n > 0;
}

/* Behind the blank after a name: quotes may have kept more of them. */
static struct slice
after_blank(struct slice s)
{
	return slice_sub(s, s.n > 0 ? 1 : 0, s.n);
}

/* Take one header of the given classes out of the list. */
static void
take_out(struct conf *c, struct conf_value *v, enum header_class class,
    struct slice name)
{
	size_t kept = 0;

	for (size_t i = 0; i < v->list.n; i++) {
		struct slice line = v->list.v[i], rest = line, word, have;
		enum header_class now, left;

		slice_word(&rest, &word);
		now = class_parse(word);
		if (!slice_word(&rest, &have))
			have = (struct slice){ 0 };
		left = slice_eq_nocase(have, name) ? now & ~class : now;
		if (left == CLASS_NONE)
			continue;
		if (left != now)
			line = slice_cstr(arena_printf(c->arena,
			    "%s %.*s %.*s", class_name(left), SLICE_FMT(have),
			    SLICE_FMT(after_blank(rest))));
		v->list.v[kept++] = line;
	}
	v->list.n = kept;
}

int
conf_headers_add(struct conf *c, struct conf_value *v, struct slice line,
    struct err *e)
{
	struct slice rest = line, word, name;
	enum header_class class;

	if (!slice_word(&rest, &word) ||
	    (class = class_parse(word)) == CLASS_NONE ||
	    !slice_word(&rest, &name) || !name_valid(name))
		return err_set(e, ERR_CONFIG, "write 'all', 'spam' or 'ham', "
		    "a header name of letters, digits, '_' and '-', and its "
		    "text");
	rest = slice_trim(rest);
	if (rest.n >= 2 && rest.p[0] == '"' && rest.p[rest.n - 1] == '"')
		rest = slice_sub(rest, 1, rest.n - 1);
	take_out(c, v, class, name);
	if (v->list.n >= HEADERS_MAX)
		return err_set(e, ERR_CONFIG, "more than %d headers to add: "
		    "remove some", HEADERS_MAX);
	*VEC_PUSH(c->arena, &v->list) = slice_cstr(arena_printf(c->arena,
	    "%s %.*s %.*s", class_name(class), SLICE_FMT(name),
	    SLICE_FMT(rest)));
	return 0;
}

void
conf_headers_remove(struct conf *c, struct conf_value *v, struct slice words)
{
	struct slice class, name;

	if (slice_word(&words, &class) && slice_word(&words, &name) &&
	    !slice_eq(name, checker))
		take_out(c, v, class_parse(class), name);
}

static bool
item_parse(struct slice item, enum header_class *class_r,
    struct slice *name_r)
{
	struct slice word;

	if (!slice_word(&item, &word) || !slice_word(&item, name_r))
		return false;
	*class_r = class_parse(word);
	return true;
}

void
conf_headers_clear(struct conf_value *v)
{
	size_t kept = 0;

	for (size_t i = 0; i < v->list.n; i++) {
		enum header_class class;
		struct slice name;

		if (item_parse(v->list.v[i], &class, &name) &&
		    slice_eq_nocase(name, checker))
			v->list.v[kept++] = v->list.v[i];
	}
	v->list.n = kept;
}

/* ---- report_safe ---- */

static bool
has_item(const struct conf_value *v, enum header_class wanted,
    struct slice wanted_name)
{
	for (size_t i = 0; i < v->list.n; i++) {
		enum header_class class;
		struct slice name;

		if (item_parse(v->list.v[i], &class, &name) &&
		    (class & wanted) != 0 &&
		    slice_eq_nocase(name, wanted_name))
			return true;
	}
	return false;
}

int
conf_headers_report_safe(struct conf *c, struct conf_value *v,
    struct slice text, struct err *e)
{
	struct conf_value *items = map_get(c->by_name, SLICE("add_header"));

	if (conf_type(SETTING_INT)->parse(c, v, text, e) != 0)
		return -1;
	if (v->num == 0 && items != NULL &&
	    !has_item(items, CLASS_SPAM, SLICE("Report")))
		return conf_headers_add(c, items,
		    SLICE("spam Report _REPORT_"), e);
	return 0;
}

/* ---- rewrite_header ---- */

static const char *
rewritable(struct slice name)
{
	static const char *const names[] = { "Subject", "From", "To" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (slice_eq_nocase(name, slice_cstr(names[i])))
			return names[i];
	}
	return NULL;
}

int
conf_headers_rewrite(struct conf *c, struct conf_value *v, struct slice line,
    struct err *e)
{
	struct slice rest = line, word;
	const char *name;
	size_t kept = 0;

	if (!slice_word(&rest, &word) || (name = rewritable(word)) == NULL)
		return err_set(e, ERR_CONFIG, "write 'subject', 'from' or "
		    "'to' and the text to put there");
	rest = slice_trim(rest);
	for (size_t i = 0; i < v->list.n; i++) {
		if (!slice_starts(v->list.v[i], slice_cstr(name)))
			v->list.v[kept++] = v->list.v[i];
	}
	v->list.n = kept;
	if (rest.n == 0)
		return 0;
	*VEC_PUSH(c->arena, &v->list) = slice_cstr(arena_printf(c->arena,
	    "%s %.*s", name, SLICE_FMT(rest)));
	return 0;
}
