/*
 * hyper.c - the prefilter with Hyperscan: a block-mode literal database.
 *
 * Only literals go in, so a database of thousands compiles in milliseconds
 * (whole regexes would take minutes, reference/sa-compat 4.5).  Caseless
 * literals fold ASCII only; literal_set.c has spelt out Latin-1 pairs.
 *
 * Used by build.c and run.c through prefilter.h.
 */
#include "config.h"

#ifdef HAVE_HYPERSCAN

#include <hs.h>
#include <limits.h>
#include <stdlib.h>

#include "base/mem.h"
#include "match/prefilter.h"

struct prefilter {
	hs_database_t *db;
	unsigned n_ids;			/* reported ones are below */
};

struct prefilter_scratch {
	hs_scratch_t *hs;
};

struct forward {
	unsigned n_ids;
	prefilter_hit *hit;
	void *arg;
};

static void
database_free(void *db)
{
	hs_free_database(db);
}

static hs_database_t *
compile(struct arena *a, const struct prefilter_literal *v, size_t n,
    struct err *e)
{
	const char **text = arena_alloc_array(a, n, sizeof(*text));
	size_t *length = arena_alloc_array(a, n, sizeof(*length));
	unsigned *flags = arena_alloc_array(a, n, sizeof(*flags));
	unsigned *ids = arena_alloc_array(a, n, sizeof(*ids));
	hs_compile_error_t *why = NULL;
	hs_database_t *db = NULL;

	for (size_t i = 0; i < n; i++) {
		text[i] = v[i].text.p;
		length[i] = v[i].text.n;
		flags[i] = HS_FLAG_SINGLEMATCH |
		    (v[i].nocase ? HS_FLAG_CASELESS : 0);
		ids[i] = v[i].id;
	}
	if (hs_compile_lit_multi(text, flags, ids, length, (unsigned)n,
	    HS_MODE_BLOCK, NULL, &db, &why) != HS_SUCCESS) {
		err_set(e, ERR_SOFTWARE, "hyperscan: %s",
		    why ? why->message : "unknown error");
		hs_free_compile_error(why);
		return NULL;
	}
	return db;
}

struct prefilter *
prefilter_new(struct arena *a, const struct prefilter_literal *v, size_t n,
    struct err *e)
{
	struct arena *scratch = arena_new();
	hs_database_t *db = compile(scratch, v, n, e);
	struct prefilter *p;

	arena_free(&scratch);
	if (db == NULL)
		return NULL;
	p = arena_alloc(a, sizeof(*p));
	p->db = db;
	p->n_ids = UINT_MAX;
	arena_defer(a, database_free, db);
	return p;
}

void
prefilter_identity(struct buf *b)
{
	hs_platform_info_t cpu = { 0 };

	(void)hs_populate_platform(&cpu);
	buf_addf(b, "hyperscan %s %u %llx", hs_version(), cpu.tune,
	    cpu.cpu_features);
}

bool
prefilter_pack(const struct prefilter *p, struct buf *b)
{
	char *bytes = NULL;
	size_t n;

	if (hs_serialize_database(p->db, &bytes, &n) != HS_SUCCESS)
		return false;
	pack_array(b, bytes, n, 1);
	free(bytes);
	return true;
}

/* Hyperscan checks its own version, processor and checksum. */
struct prefilter *
prefilter_unpack(struct arena *a, struct unpack *u, size_t n_ids)
{
	struct prefilter *p = arena_alloc(a, sizeof(*p));
	size_t n;
	const char *bytes = unpack_array(u, 1, &n);

	p->n_ids = (unsigned)n_ids;
	if (u->bad || hs_deserialize_database(bytes, n, &p->db) !=
	    HS_SUCCESS) {
		u->bad = true;
		return p;
	}
	arena_defer(a, database_free, p->db);
	return p;
}

size_t
prefilter_size(const struct prefilter *p)
{
	size_t n = 0;

	hs_database_size(p->db, &n);
	return n;
}

int
prefilter_scratch_fit(struct prefilter_scratch **s, const struct prefilter *p)
{
	if (*s == NULL)
		*s = mem_alloc(sizeof(**s));
	return hs_alloc_scratch(p->db, &(*s)->hs) == HS_SUCCESS ? 0 : -1;
}

void
prefilter_scratch_free(struct prefilter_scratch **s)
{
	if (*s == NULL)
		return;
	hs_free_scratch((*s)->hs);
	mem_free(*s);
	*s = NULL;
}

static int
on_match(unsigned id, unsigned long long from, unsigned long long to,
    unsigned flags, void *arg)
{
	const struct forward *f = arg;

	if (id < f->n_ids)
		f->hit(id, f->arg);
	return 0;
}

int
prefilter_scan(const struct prefilter *p, struct prefilter_scratch *s,
    struct slice text, prefilter_hit *hit, void *arg)
{
	struct forward f = { p->n_ids, hit, arg };

	if (text.n == 0)
		return 0;
	if (text.n > UINT_MAX)
		return -1;
	return hs_scan(p->db, text.p, (unsigned)text.n, 0, s->hs, on_match,
	    &f) == HS_SUCCESS ? 0 : -1;
}

#endif
