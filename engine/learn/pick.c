/*
 * pick - the members of one panel, and which of them an answer is from.
 *
 * Called by learn.c when the machine wishes a panel, by the owner who asks its
 * questions (learn_panel_next), and by intake.c.  A zone of addresses is asked
 * about addresses, of the families it serves; a zone of names about domains;
 * one of hashes has no panel, since nobody's hash is known to be good.
 *
 * The members are kept as they were picked, with the name each is asked by,
 * until the next panel: a table that changes meanwhile changes nothing.
 */
#include "config.h"

#include "learn/learn-priv.h"

#include <stdio.h>
#include <string.h>

static bool
suits(const struct zone_model *z, const struct good_row *r)
{
	if (z->kind == ZONE_KIND_IP) {
		return r->kind == ZONE_KIND_IP && (r->family == 4 ||
		    (z->pools & POOL_DOC6));
	}
	return z->kind == ZONE_KIND_DOMAIN && r->kind == ZONE_KIND_DOMAIN;
}

/* The rows that suit, as panel_pick wants them. */
static struct panel_row *
rows_for(const struct learn *l, const struct zone_model *z, struct arena *a,
    size_t *n_r)
{
	const struct good_row *all;
	size_t n = good_rows(l->good, &all);
	struct panel_row *rows = arena_alloc_array(a, n + 1, sizeof(*rows));

	*n_r = 0;
	for (size_t i = 0; i < n; i++) {
		if (suits(z, &all[i])) {
			rows[(*n_r)++] = good_panel_row(&all[i]);
		}
	}
	return rows;
}

static void
set_name(struct picked *p, size_t i, const struct panel_row *row,
    uint64_t turn)
{
	struct ip ip;

	p->v[i].turn = turn;
	if (ip_parse(row->subject, &ip) == 0) {
		ip_reverse(&ip, p->v[i].key);
	} else {
		record_text(p->v[i].key, sizeof(p->v[i].key), row->subject);
	}
}

static void
pick_members(struct learn *l, struct zone_slot *slot, double now)
{
	struct arena *scratch = arena_new();
	struct panel panel;
	struct zone_event ev = { .type = ZEV_PANEL, .now = now,
	    .panel = &panel };
	size_t n;
	const struct panel_row *rows = rows_for(l, &slot->model, scratch, &n);

	panel_pick(scratch, rows, n, slot->model.stat.turn, now, &panel);
	if (slot->picked == NULL) {
		slot->picked = arena_alloc(l->arena, sizeof(*slot->picked));
	}
	slot->picked->n = panel.n;
	slot->picked->next = slot->picked->until = 0;
	for (size_t i = 0; i < panel.n; i++) {
		set_name(slot->picked, i, &rows[panel.member[i].row],
		    panel.member[i].turn);
	}
	learn_apply(l, slot, &ev);
	arena_free(&scratch);
}

bool
pick_panel(struct learn *l, struct zone_slot *slot, double now)
{
	struct picked *p;

	if (slot->model.panel_batches == 0) {
		pick_members(l, slot, now);
	}
	p = slot->picked;
	if (p == NULL) {
		return false;
	}
	p->until = p->next + stat_panel_wanted(&slot->model.stat);
	if (p->until > p->n) {
		p->until = p->n;
	}
	return p->next < p->until;
}

bool
learn_panel_next(struct learn *l, const char *zone, char key[LEARN_KEY])
{
	struct zone_slot *slot = learn_find(l, zone);
	struct picked *p = slot != NULL ? slot->picked : NULL;

	if (p == NULL || p->next >= p->until) {
		return false;
	}
	record_text(key, LEARN_KEY, slice_cstr(p->v[p->next++].key));
	return true;
}

/* Whose answer it is: qname is the member's name in the zone. */
bool
pick_turn(const struct zone_slot *slot, const char *qname, uint64_t *turn_r)
{
	const struct picked *p = slot->picked;

	for (size_t i = 0; p != NULL && i < p->next; i++) {
		size_t n = strlen(p->v[i].key);

		if (slice_eq_nocase(slice_cstr(p->v[i].key),
		    slice_sub(slice_cstr(qname), 0, n)) && qname[n] == '.') {
			*turn_r = p->v[i].turn;
			return true;
		}
	}
	return false;
}
