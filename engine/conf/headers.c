/*
 * headers.c - add_header and remove_header as one list.
 *
 * SpamAssassin keeps a list for spam and one for ham; "all" stands for both,
 * and order between adding and removing counts.  Here each item is a line
 * "all|spam|ham Name template": adding one takes the same header of the same
 * class away first (so the last wins and goes last), and taking "spam X" from
 * "all X" leaves "ham X".  report/ reads the items in order and needs no
 * list of removals.
 */
#include "config.h"

#include "conf/conf-priv.h"

/* Each addition looks at all: more headers than this help no reader. */
#define HEADERS_MAX 200

enum header_class { CLASS_NONE = 0, CLASS_SPAM = 1, CLASS_HAM = 2,
	CLASS_ALL = 3 };

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
			    SLICE_FMT(slice_trim(rest))));
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

	if (slice_word(&words, &class) && slice_word(&words, &name))
		take_out(c, v, class_parse(class), name);
}
