/*
 * value.c - one small parser per setting type, and the table of them.
 *
 * A parser gets the rest of the line, trimmed.  It either stores the value or
 * says in e what may be written, and then leaves the value as it was.  The
 * slice is copied into conf's arena before it is kept.
 */
#include "config.h"

#include "conf/conf-priv.h"

#include <string.h>

#include "base/endpoint.h"
#include "base/mem.h"

enum { SHOWN = 60 };			/* bytes of a bad value in an error */

static const struct {
	const char *word;
	double value;
} bool_words[] = {
	{ "0", 0 }, { "1", 1 }, { "no", 0 }, { "yes", 1 }, { "false", 0 },
	{ "true", 1 }, { "off", 0 }, { "on", 1 },
};

static const struct {
	char suffix;
	double seconds;
} time_units[] = {
	{ 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 },
	{ 'w', 7 * 86400.0 },
};

static void
store_scalar(struct conf *c, struct conf_value *v, struct slice text,
    double num)
{
	v->text = arena_slice(c->arena, text);
	v->num = num;
}

/* "what" with the range of the row, if it has one. */
static int
bad_number(const struct conf_value *v, struct slice text, const char *what,
    struct err *e)
{
	int shown = text.n > SHOWN ? SHOWN : (int)text.n;

	if (v->row->min == 0 && v->row->max == 0)
		return err_set(e, ERR_CONFIG, "%s: '%.*s' is not %s",
		    v->row->name, shown, text.p ? text.p : "", what);
	return err_set(e, ERR_CONFIG, "%s: '%.*s' is not %s from %.10g to "
	    "%.10g", v->row->name, shown, text.p ? text.p : "", what,
	    v->row->min, v->row->max);
}

static bool
in_range(const struct setting *row, double num)
{
	return (row->min == 0 && row->max == 0) ||
	    (num >= row->min && num <= row->max);
}

static int
parse_bool(struct conf *c, struct conf_value *v, struct slice text,
    struct err *e)
{
	for (size_t i = 0; i < sizeof(bool_words) / sizeof(bool_words[0]);
	    i++) {
		if (slice_eq_nocase(text, slice_cstr(bool_words[i].word))) {
			store_scalar(c, v, text, bool_words[i].value);
			return 0;
		}
	}
	return err_set(e, ERR_CONFIG, "%s: write 1 or 0 (yes, no, true, "
	    "false, on, off)", v->row->name);
}

static int
parse_int(struct conf *c, struct conf_value *v, struct slice text,
    struct err *e)
{
	long n;

	if (slice_to_long(text, &n) != 0 || !in_range(v->row, (double)n))
		return bad_number(v, text, "a whole number", e);
	store_scalar(c, v, text, (double)n);
	return 0;
}

static int
parse_num(struct conf *c, struct conf_value *v, struct slice text,
    struct err *e)
{
	double n;

	if (slice_to_double(text, &n) != 0 || !in_range(v->row, n))
		return bad_number(v, text, "a number", e);
	store_scalar(c, v, text, n);
	return 0;
}

static int
parse_time(struct conf *c, struct conf_value *v, struct slice text,
    struct err *e)
{
	struct slice digits = text;
	double n, unit = 1;

	for (size_t i = 0; text.n > 0 &&
	    i < sizeof(time_units) / sizeof(time_units[0]); i++) {
		if (ascii_lower((unsigned char)text.p[text.n - 1]) ==
		    time_units[i].suffix) {
			unit = time_units[i].seconds;
			digits.n--;
			break;
		}
	}
	if (slice_to_double(digits, &n) != 0 || n < 0 ||
	    !in_range(v->row, n * unit))
		return bad_number(v, text,
		    "a time in seconds (or with s, m, h, d, w after it)", e);
	store_scalar(c, v, text, n * unit);
	return 0;
}

static int
parse_text(struct conf *c, struct conf_value *v, struct slice text,
    struct err *e)
{
	store_scalar(c, v, text, 0);
	return 0;
}

static int
parse_list(struct conf *c, struct conf_value *v, struct slice text,
    struct err *e)
{
	struct slice word;

	text = arena_slice(c->arena, text);
	while (slice_word(&text, &word))
		*VEC_PUSH(c->arena, &v->list) = word;
	return 0;
}

static int
parse_addrs(struct conf *c, struct conf_value *v, struct slice text,
    struct err *e)
{
	struct slice lower = arena_lower(c->arena, text), word;

	while (slice_word(&lower, &word))
		*VEC_PUSH(c->arena, &v->list) = word;
	return 0;
}

static int
parse_lines(struct conf *c, struct conf_value *v, struct slice text,
    struct err *e)
{
	*VEC_PUSH(c->arena, &v->list) = arena_slice(c->arena, text);
	*VEC_PUSH(c->arena, &v->origins) = (struct origin){ 0 };
	return 0;
}

/* All words must be good, or none is taken.  wanted: what to write instead. */
static int
parse_words(struct conf *c, struct conf_value *v, struct slice text,
    bool (*is_good)(struct slice), const char *wanted, struct err *e)
{
	struct slice rest = text, word;

	while (slice_word(&rest, &word)) {
		if (!is_good(word))
			return err_set(e, ERR_CONFIG, "%s: '%.*s': %s",
			    v->row->name, SLICE_FMT(slice_sub(text, 0, SHOWN)),
			    wanted);
	}
	return parse_list(c, v, text, e);
}

static bool
is_server(struct slice word)
{
	struct endpoint at;

	return endpoint_parse_address(word, &at) == 0;
}

static int
parse_servers(struct conf *c, struct conf_value *v, struct slice text,
    struct err *e)
{
	return parse_words(c, v, text, is_server, "a resolver is an address, "
	    "as names are looked up there: write 192.0.2.1, 192.0.2.1:5353, "
	    "2001:db8::1 or [2001:db8::1]:5353 (ports are 1 to 65535)", e);
}

static bool
is_host(struct slice word)
{
	struct ip ip;

	return ip_parse(word, &ip) == 0 ||
	    (slice_chr(word, '.', 0) > 0 && slice_is_domain(word));
}

static int
parse_hosts(struct conf *c, struct conf_value *v, struct slice text,
    struct err *e)
{
	return parse_words(c, v, text, is_host, "write addresses (192.0.2.1, "
	    "2001:db8::1) and domains (example.org), no networks", e);
}

/* All words must be networks, or none is taken. */
static int
parse_nets(struct conf *c, struct conf_value *v, struct slice text,
    struct err *e)
{
	struct slice copy = arena_slice(c->arena, text), rest = copy, word;
	struct ip_net net;

	while (slice_word(&rest, &word)) {
		if (ip_net_parse(word, &net, e) != 0)
			return -1;
	}
	while (slice_word(&copy, &word)) {
		if (ip_net_parse(word, &net, e) != 0)
			DIE("network parsed once but not twice");
		ip_set_add(c->arena, &v->nets, net);
		*VEC_PUSH(c->arena, &v->list) = word;
	}
	return 0;
}

/*
 * One line of a template.  Quotes around a line keep its outer blanks; an
 * empty line is an empty line of the report.
 */
static int
parse_template(struct conf *c, struct conf_value *v, struct slice text,
    struct err *e)
{
	if (text.n >= 2 && text.p[0] == '"' && text.p[text.n - 1] == '"')
		text = slice_sub(text, 1, text.n - 1);
	v->lines.arena = c->arena;
	buf_add_slice(&v->lines, text);
	buf_addc(&v->lines, '\n');
	v->text = buf_slice(&v->lines);
	return 0;
}

static int
parse_ignored(struct conf *c, struct conf_value *v, struct slice text,
    struct err *e)
{
	store_scalar(c, v, text, 0);
	return 0;
}

static void
clear_list(struct conf_value *v)
{
	v->list.n = 0;
	v->origins.n = 0;
	v->nets.nets.n = 0;
}

static void
clear_template(struct conf_value *v)
{
	buf_clear(&v->lines);
	v->text = (struct slice){ 0 };
}

/* Exact words, letters folded.  One pass, however many words there are. */
static void
remove_words(struct conf *c, struct conf_value *v, struct slice words)
{
	struct map *gone = map_new(c->arena, true);
	struct slice word;
	size_t kept = 0;

	while (slice_word(&words, &word))
		map_put(gone, word, v);
	for (size_t i = 0; i < v->list.n; i++) {
		if (!map_has(gone, v->list.v[i]))
			v->list.v[kept++] = v->list.v[i];
	}
	v->list.n = kept;
}

/* By enum setting_type.  ALIAS, CLEAR and REMOVE never reach a parser. */
static const struct conf_type types[SETTING_TYPES] = {
	[SETTING_BOOL] = { "yes or no", parse_bool, NULL, NULL },
	[SETTING_INT] = { "whole number", parse_int, NULL, NULL },
	[SETTING_NUM] = { "number", parse_num, NULL, NULL },
	[SETTING_TIME] = { "time", parse_time, NULL, NULL },
	[SETTING_TEXT] = { "text", parse_text, NULL, NULL },
	[SETTING_LIST] = { "list of words", parse_list, clear_list,
	    remove_words },
	[SETTING_NETS] = { "list of networks", parse_nets, clear_list, NULL },
	[SETTING_ADDRS] = { "list of addresses", parse_addrs, clear_list,
	    remove_words },
	[SETTING_TEMPLATE] = { "lines of text", parse_template,
	    clear_template, NULL },
	[SETTING_ALIAS] = { "other name", parse_ignored, NULL, NULL },
	[SETTING_IGNORED] = { "ignored", parse_ignored, NULL, NULL },
	[SETTING_LINES] = { "list of lines", parse_lines, clear_list, NULL },
	[SETTING_SERVERS] = { "list of resolvers", parse_servers, clear_list,
	    remove_words },
	[SETTING_HOSTS] = { "list of addresses and domains", parse_hosts,
	    clear_list, remove_words },
	[SETTING_HEADERS] = { "list of headers", conf_headers_add,
	    conf_headers_clear, conf_headers_remove },
	[SETTING_REPORT_SAFE] = { "whole number", conf_headers_report_safe,
	    NULL, NULL },
	[SETTING_REWRITE] = { "list of lines", conf_headers_rewrite,
	    clear_list, NULL },
	[SETTING_CLEAR] = { "empties a list", parse_ignored, NULL, NULL },
	[SETTING_REMOVE] = { "removes from a list", parse_ignored, NULL,
	    NULL },
};

const struct conf_type *
conf_type(enum setting_type type)
{
	return &types[type];
}
