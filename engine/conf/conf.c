/*
 * conf.c - the values: rows by name, setting one, reading one.
 *
 * rule/ calls conf_set for each line that is a setting; plug/ adds rows before
 * that; everyone reads through the getters afterwards.  After loading nothing
 * changes any more, so the struct is shared by fork.
 *
 * Invariants: every value has a row of a real type (an IGNORED one included);
 * ALIAS, CLEAR and REMOVE rows name a row that exists.
 * A getter that asks for the wrong type or an unknown name is our bug.
 */
#include "config.h"

#include "conf/conf-priv.h"

#include "base/mem.h"
#include "conf/nearest.h"

#define NAME_MAX_BYTES 64

/* Lower case, '-' to '_', into dst; empty when it can be no name. */
static struct slice
fold_name(struct slice name, char dst[NAME_MAX_BYTES])
{
	if (name.n > NAME_MAX_BYTES)
		return (struct slice){ 0 };
	for (size_t i = 0; i < name.n; i++) {
		dst[i] = name.p[i] == '-' ? '_'
		    : (char)ascii_lower((unsigned char)name.p[i]);
	}
	return slice_make(dst, name.n);
}

static struct conf_value *
lookup(const struct conf *c, struct slice name)
{
	char folded[NAME_MAX_BYTES];

	name = fold_name(name, folded);
	return name.n == 0 ? NULL : map_get(c->by_name, name);
}

static bool
points_elsewhere(const struct setting *row)
{
	return row->type == SETTING_ALIAS || row->type == SETTING_CLEAR ||
	    row->type == SETTING_REMOVE;
}

/* The value behind aliases; every alias has a target (check_targets). */
static struct conf_value *
follow(const struct conf *c, struct conf_value *v)
{
	while (v != NULL && v->row->type == SETTING_ALIAS)
		v = lookup(c, slice_cstr(v->row->def));
	return v;
}

struct conf *
conf_new(struct arena *a)
{
	struct conf *c = arena_alloc(a, sizeof(*c));
	struct err e;

	c->arena = a;
	c->by_name = map_new(a, false);
	if (conf_add_schema(c, conf_schema, "core", &e) != 0 ||
	    conf_add_schema(c, conf_foreign, "core", &e) != 0)
		DIE("core settings: %s", e.text);
	return c;
}

/* The default, parsed by the row's own parser. */
static int
set_default(struct conf *c, struct conf_value *v, struct err *e)
{
	const struct setting *row = v->row;
	struct slice rest = slice_cstr(row->def), line;

	if (row->def == NULL || points_elsewhere(row))
		return 0;
	if (row->type != SETTING_LINES && row->type != SETTING_HEADERS)
		return conf_type(row->type)->parse(c, v, rest, e);
	while (slice_line(&rest, &line)) {
		if (conf_type(row->type)->parse(c, v, slice_trim(line), e))
			return -1;
	}
	return 0;
}

static int
add_row(struct conf *c, const struct setting *row, const char *owner,
    struct err *e)
{
	struct slice name = slice_cstr(row->name);
	struct conf_value *v = map_get(c->by_name, name);

	if (v != NULL && v->row->type == row->type)
		return 0;
	if (v != NULL && v->row->type != SETTING_IGNORED)
		return err_set(e, ERR_SOFTWARE, "setting %s of %s: %s has it "
		    "as '%s'", row->name, owner, v->owner,
		    conf_type(v->row->type)->name);
	if (v == NULL) {
		v = arena_alloc(c->arena, sizeof(*v));
		*VEC_PUSH(c->arena, &c->rows) = v;
		map_put(c->by_name, name, v);
	}
	*v = (struct conf_value){ .row = row, .owner = owner };
	if (set_default(c, v, e) != 0)
		return err_set(e, ERR_SOFTWARE, "setting %s of %s: its "
		    "default is not valid", row->name, owner);
	return 0;
}

/* An alias must lead to a value in one step or a few, never in a circle. */
static int
check_target(const struct conf *c, const struct setting *row, struct err *e)
{
	const struct setting *at = row;
	struct conf_value *v;

	for (int steps = 0; points_elsewhere(at) && steps < 4; steps++) {
		v = at->def == NULL ? NULL : lookup(c, slice_cstr(at->def));
		if (v == NULL)
			break;
		at = v->row;
	}
	if (points_elsewhere(at))
		return err_set(e, ERR_SOFTWARE, "setting %s points at %s, "
		    "which is no setting", row->name,
		    row->def ? row->def : "nothing");
	return 0;
}

int
conf_add_schema(struct conf *c, const struct setting *rows, const char *owner,
    struct err *e)
{
	for (const struct setting *r = rows; r->name != NULL; r++) {
		if (add_row(c, r, owner, e) != 0)
			return -1;
	}
	for (const struct setting *r = rows; r->name != NULL; r++) {
		if (check_target(c, r, e) != 0)
			return -1;
	}
	return 0;
}

static void
note_origin(struct conf_value *v, const struct origin *origin)
{
	v->is_set = true;
	v->origin = origin ? *origin : (struct origin){ 0 };
	if (v->origins.n > 0)
		v->origins.v[v->origins.n - 1] = v->origin;
}

/* clear_X and unX: change the list they name. */
static int
set_elsewhere(struct conf *c, const struct setting *row, struct slice value,
    const struct origin *origin, struct err *e)
{
	struct conf_value *v = follow(c, lookup(c, slice_cstr(row->def)));
	const struct conf_type *type = conf_type(v->row->type);

	if (row->type == SETTING_CLEAR && value.n > 0)
		return err_set(e, ERR_CONFIG, "%s takes no value", row->name);
	if (row->type == SETTING_REMOVE && value.n == 0)
		return err_set(e, ERR_CONFIG, "%s: say what to remove from %s",
		    row->name, v->row->name);
	if (row->type == SETTING_CLEAR && type->clear != NULL)
		type->clear(v);
	if (row->type == SETTING_REMOVE && type->remove != NULL)
		type->remove(c, v, value);
	note_origin(v, origin);
	/* Networks cleared are networks to be guessed again, as in
	 * SpamAssassin; an empty list would mean that there are none. */
	if (row->type == SETTING_CLEAR && v->row->type == SETTING_NETS)
		v->is_set = false;
	return 0;
}

int
conf_set(struct conf *c, struct slice name, struct slice value,
    const struct origin *origin, struct err *e)
{
	struct conf_value *v = follow(c, lookup(c, name));
	const struct conf_type *type;

	if (v == NULL)
		return 1;
	value = slice_trim(value);
	if (points_elsewhere(v->row))
		return set_elsewhere(c, v->row, value, origin, e);
	type = conf_type(v->row->type);
	if (value.n == 0 && type->clear != NULL &&
	    v->row->type != SETTING_TEMPLATE)
		type->clear(v);
	else if (type->parse(c, v, value, e) != 0)
		return -1;
	note_origin(v, origin);
	return 0;
}

const struct setting *
conf_find(const struct conf *c, struct slice name)
{
	struct conf_value *v = follow(c, lookup(c, name));

	return v == NULL ? NULL : v->row;
}

const char *
conf_nearest(const struct conf *c, struct slice name)
{
	char folded[NAME_MAX_BYTES];
	struct nearest n;

	nearest_start(&n, fold_name(name, folded));
	for (size_t i = 0; i < c->rows.n; i++) {
		if (c->rows.v[i]->row->type != SETTING_IGNORED)
			nearest_try(&n, slice_cstr(c->rows.v[i]->row->name));
	}
	return n.best.p;
}

/* The value a getter wants; types is a set of 1 << enum setting_type. */
static const struct conf_value *
get(const struct conf *c, const char *name, unsigned types)
{
	const struct conf_value *v = follow(c, lookup(c, slice_cstr(name)));

	if (v == NULL)
		DIE("no setting is named %s", name);
	if ((types & 1u << v->row->type) == 0)
		DIE("setting %s is a %s", name, conf_type(v->row->type)->name);
	return v;
}

#define NUMBERS (1u << SETTING_BOOL | 1u << SETTING_INT | \
	1u << SETTING_NUM | 1u << SETTING_TIME | \
	1u << SETTING_REPORT_SAFE)
#define LISTS (1u << SETTING_LIST | 1u << SETTING_ADDRS | \
	1u << SETTING_LINES | 1u << SETTING_HEADERS | 1u << SETTING_NETS | \
	1u << SETTING_REWRITE | 1u << SETTING_SERVERS | \
	1u << SETTING_HOSTS | \
	1u << SETTING_CLEAR | 1u << SETTING_REMOVE)

bool
conf_bool(const struct conf *c, const char *name)
{
	return get(c, name, NUMBERS)->num != 0;
}

long
conf_int(const struct conf *c, const char *name)
{
	return (long)get(c, name, NUMBERS)->num;
}

double
conf_num(const struct conf *c, const char *name)
{
	return get(c, name, NUMBERS)->num;
}

struct slice
conf_text(const struct conf *c, const char *name)
{
	return get(c, name, ~LISTS)->text;
}

const struct slice *
conf_list(const struct conf *c, const char *name, size_t *n_r)
{
	const struct conf_value *v = get(c, name, LISTS);

	*n_r = v->list.n;
	return v->list.v;
}

const struct ip_set *
conf_nets(const struct conf *c, const char *name)
{
	return &get(c, name, 1u << SETTING_NETS)->nets;
}

bool
conf_is_set(const struct conf *c, const char *name)
{
	return get(c, name, ~0u)->is_set;
}

struct origin
conf_origin(const struct conf *c, const char *name)
{
	return get(c, name, ~0u)->origin;
}

struct origin
conf_line_origin(const struct conf *c, const char *name, size_t i)
{
	const struct conf_value *v = get(c, name, 1u << SETTING_LINES);

	return i < v->origins.n ? v->origins.v[i] : v->origin;
}

const struct setting *
conf_row(const struct conf *c, size_t i, const char **owner_r)
{
	if (i >= c->rows.n)
		return NULL;
	if (owner_r != NULL)
		*owner_r = c->rows.v[i]->owner;
	return c->rows.v[i]->row;
}

struct slice
conf_shown(const struct conf *c, const char *name, struct arena *a)
{
	const struct conf_value *v = get(c, name, ~0u);
	unsigned words = 1u << SETTING_LIST | 1u << SETTING_ADDRS |
	    1u << SETTING_NETS | 1u << SETTING_SERVERS | 1u << SETTING_HOSTS;

	if ((LISTS & 1u << v->row->type) == 0)
		return arena_slice(a, v->text);
	return arena_join(a, v->list.v, v->list.n,
	    words & 1u << v->row->type ? SLICE(" ") : SLICE("\n"));
}
