/*
 * good - the senders this site knows to be good.
 *
 * Called by the brain: tally.c adds what the workers delivered, pick.c takes
 * panels out of it, batch.c writes what changed.  A sender is the address that
 * handed mail to a host of ours, and, where somebody vouches for it, the
 * domain of the From line.  Who is good is panel_known_good()'s to say: 20 ham
 * on 14 days, no spam in 30; or the operator (known_good_host).
 *
 * What is believed of a message is what a list cannot have caused: ham is ham
 * with and without all lists, spam is spam without them, and everything in
 * between says nothing.  A list that breaks can neither make nor unmake a
 * known-good sender.
 *
 * Spam of a stranger is not kept: there is no end of those.  At ROWS_MAX the
 * quarter that has been silent for longest goes, the known-good ones last.
 *
 * Rows stay where they are until then, so an index of a row is good for the
 * length of a call only.
 */
#include "config.h"

#include "learn/learn-priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"

/* A busy site has some thousand regular senders; 6 MB. */
#define ROWS_MAX	20000u
#define INDEX_SIZE	65536u		/* a power of two above 2 * ROWS_MAX */
#define DAY_OF(t)	floor((t) / DAY)

struct good {
	struct good_row *rows;
	size_t n, cap;
	uint32_t *index;		/* row + 1, by key; 0: none */
};

static void
good_free(void *ptr)
{
	struct good *g = ptr;

	mem_free(g->rows);
	mem_free(g->index);
}

struct good *
good_new(struct arena *a)
{
	struct good *g = arena_alloc(a, sizeof(*g));

	g->index = mem_alloc_array(INDEX_SIZE, sizeof(*g->index));
	arena_defer(a, good_free, g);
	return g;
}

/* ---- keys ---- */

uint64_t
good_key_ip(const uint8_t ip[16])
{
	uint64_t h = hash_stable(ip, 16, 0x6970u);

	return h != 0 ? h : 1;
}

uint64_t
good_key_domain(struct slice name)
{
	return record_name_hash(name);
}

/* ---- the table ---- */

static uint32_t *
slot_of(const struct good *g, uint64_t key)
{
	size_t i = (size_t)(key ^ key >> 32) % INDEX_SIZE;

	while (g->index[i] != 0 && g->rows[g->index[i] - 1].key != key) {
		i = (i + 1) % INDEX_SIZE;
	}
	return &g->index[i];
}

static struct good_row *
find(const struct good *g, uint64_t key)
{
	uint32_t i = *slot_of(g, key);

	return i != 0 ? &g->rows[i - 1] : NULL;
}

size_t
good_rows(const struct good *g, const struct good_row **rows_r)
{
	*rows_r = g->rows;
	return g->n;
}

struct panel_row
good_panel_row(const struct good_row *r)
{
	return (struct panel_row){ .subject = slice_cstr(r->subject),
		.net = r->net, .org = r->org, .ham = r->ham, .days = r->days,
		.last_ham = r->last_ham, .last_spam = r->last_spam,
		.by_operator = r->by_operator };
}

static bool
known(const struct good_row *r, double now)
{
	struct panel_row p = good_panel_row(r);

	return panel_known_good(&p, now);
}

bool
good_known(const struct good *g, uint64_t key, double now)
{
	const struct good_row *r = find(g, key);

	return r != NULL && known(r, now);
}

static void
rebuild_index(struct good *g)
{
	memset(g->index, 0, INDEX_SIZE * sizeof(*g->index));
	for (size_t i = 0; i < g->n; i++) {
		*slot_of(g, g->rows[i].key) = (uint32_t)i + 1;
	}
}

/* Those worth keeping first. */
static int
by_worth(const void *pa, const void *pb)
{
	const struct good_row *a = pa, *b = pb;

	if (a->kept != b->kept) {
		return a->kept ? -1 : 1;
	}
	return a->last_ham > b->last_ham ? -1 : a->last_ham < b->last_ham;
}

static void
make_room(struct good *g, double now)
{
	for (size_t i = 0; i < g->n; i++) {
		g->rows[i].kept = known(&g->rows[i], now);
	}
	qsort(g->rows, g->n, sizeof(*g->rows), by_worth);
	g->n -= g->n / 4;
	rebuild_index(g);
}

static struct good_row *
add(struct good *g, const struct good_row *like, double now)
{
	struct good_row *r;

	if (g->n == ROWS_MAX) {
		make_room(g, now);
	}
	if (g->n == g->cap) {
		g->cap = g->cap > 0 ? 2 * g->cap : 64;
		g->rows = mem_realloc(g->rows, mem_mul(g->cap,
		    sizeof(*g->rows)));
	}
	*slot_of(g, like->key) = (uint32_t)g->n + 1;
	r = &g->rows[g->n++];
	*r = *like;
	return r;
}

/* ---- who a sender is ---- */

/* 0, or -1 if subject is neither an address nor a name. */
int
good_row_of(struct slice subject, struct slice org, struct good_row *r_r)
{
	struct subject j;
	struct ip ip;

	*r_r = (struct good_row){ 0 };
	subject = slice_trim(subject);
	if (subject.n == 0 || subject.n >= sizeof(r_r->subject)) {
		return -1;
	}
	if (ip_parse(subject, &ip) == 0) {
		char text[IP_TEXT_MAX];

		r_r->kind = ZONE_KIND_IP;
		r_r->family = ip.v4 ? 4 : 6;
		r_r->key = good_key_ip(ip.b);
		subject_of_ip(&ip, &j);
		ip_text(&ip, text);
		record_text(r_r->subject, sizeof(r_r->subject),
		    slice_cstr(text));
	} else if (slice_chr(subject, '.', 0) > 0 &&
	    slice_is_domain(subject)) {
		r_r->kind = ZONE_KIND_DOMAIN;
		r_r->key = good_key_domain(subject);
		subject_of_domain(subject, &j);
		record_text(r_r->subject, sizeof(r_r->subject), subject);
		org = subject;
	} else {
		return -1;
	}
	r_r->net = j.net;
	r_r->org = org.n > 0 ? record_name_hash(org) : 0;
	record_text(r_r->org_text, sizeof(r_r->org_text), org);
	return 0;
}

/* ---- what happened ---- */

void
good_ham(struct good *g, const struct good_row *who, double now)
{
	struct good_row *r = find(g, who->key);

	if (r == NULL) {
		r = add(g, who, now);
	}
	if (r->ham == 0 || DAY_OF(now) > DAY_OF(r->last_ham)) {
		r->days++;
	}
	r->ham++;
	r->last_ham = now;
	r->unsaved = true;
}

void
good_spam(struct good *g, uint64_t key, double now)
{
	struct good_row *r = find(g, key);

	if (r != NULL) {
		r->last_spam = now;
		r->unsaved = true;
	}
}

void
good_by_operator(struct good *g, const struct good_row *who, double now)
{
	struct good_row *r = find(g, who->key);

	if (r == NULL) {
		r = add(g, who, now);
	}
	r->by_operator = true;
}

/* A row of the store; one that mail has made meanwhile is newer. */
void
good_restore(struct good *g, const struct good_row *row, double now)
{
	struct good_row *r = find(g, row->key);

	if (r == NULL) {
		add(g, row, now);
		return;
	}
	r->ham += row->ham;
	r->days += row->days;
	r->last_ham = fmax(r->last_ham, row->last_ham);
	r->last_spam = fmax(r->last_spam, row->last_spam);
}

void
good_saved(struct good *g)
{
	for (size_t i = 0; i < g->n; i++) {
		g->rows[i].unsaved = false;
	}
}
