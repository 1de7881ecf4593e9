/*
 * store-fleet - nodes of the fleet and what each said last of a zone.
 *
 * Called by fleet.c (writing, one transaction a line) and by `tare zones`.
 * The sums are the peers' own and only shown: no statistic of ours is fed by
 * them.
 */
#include "config.h"

#include "learn/fleet.h"
#include "learn/store-priv.h"

static void
take_seq(struct store_row *row, void *arg)
{
	*(uint64_t *)arg = (uint64_t)row_int(row, 0);
}

int
store_peer_seq(struct store *s, const char *node, uint64_t *seq_r)
{
	struct store_arg args[] = { ARG_S(node) };

	*seq_r = 0;
	return store_each(s, take_seq, seq_r,
	    "SELECT seq FROM peer WHERE name = ?", args);
}

static int
save_node(struct store *s, const struct fleet_line *l, double now)
{
	struct store_arg args[] = { ARG_S(l->node), ARG_I(l->seq),
	    ARG_D(now) };

	return store_run(s, "INSERT INTO peer(name, seq, at) VALUES(?, ?, ?)"
	    " ON CONFLICT(name) DO UPDATE SET seq=excluded.seq,"
	    " at=excluded.at", args);
}

static int
save_zone(struct store *s, const struct fleet_line *l, double now)
{
	struct store_arg args[] = { ARG_S(l->node), ARG_D(now),
	    ARG_S(zone_state_name(l->state)),
	    ARG_S(zone_reason_name(l->reason)), ARG_D(l->since),
	    ARG_D(l->day.lookups), ARG_D(l->day.listed),
	    ARG_D(l->day.controls), ARG_D(l->day.controls_dirty),
	    ARG_D(l->day.subjects), ARG_D(l->day.subjects_listed),
	    ARG_S(l->zone) };

	return store_run(s, "INSERT INTO peer_zone(peer, zone, at, state,"
	    " reason, since, lookups, listed, controls, controls_dirty,"
	    " subjects, subj_listed)"
	    " SELECT ?, id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM zone"
	    " WHERE name = ? ON CONFLICT(peer, zone) DO UPDATE SET"
	    " at=excluded.at, state=excluded.state, reason=excluded.reason,"
	    " since=excluded.since, lookups=excluded.lookups,"
	    " listed=excluded.listed, controls=excluded.controls,"
	    " controls_dirty=excluded.controls_dirty,"
	    " subjects=excluded.subjects, subj_listed=excluded.subj_listed",
	    args);
}

int
store_peer_save(struct store *s, const struct fleet_line *l, double now)
{
	if (store_begin(s) != 0) {
		return -1;
	}
	if (save_node(s, l, now) != 0 || save_zone(s, l, now) != 0) {
		store_rollback(s);
		return -1;
	}
	return store_commit(s);
}

struct sink {
	store_peer_fn *fn;
	void *arg;
};

static void
peer_row(struct store_row *row, void *arg)
{
	struct sink *sink = arg;
	struct store_peer_row r = { .node = row_text(row, 0),
	    .at = row_real(row, 1), .since = row_real(row, 2),
	    .state = row_text(row, 3), .reason = row_text(row, 4),
	    .day = { .lookups = row_real(row, 5),
	    .listed = row_real(row, 6), .controls = row_real(row, 7),
	    .controls_dirty = row_real(row, 8),
	    .subjects = row_real(row, 9),
	    .subjects_listed = row_real(row, 10) } };

	sink->fn(&r, sink->arg);
}

int
store_peers(struct store *s, const char *zone, double since,
    store_peer_fn *fn, void *arg)
{
	struct sink sink = { fn, arg };
	struct store_arg args[] = { ARG_S(zone), ARG_D(since) };

	return store_each(s, peer_row, &sink, "SELECT peer, p.at, since,"
	    " p.state, p.reason, lookups, listed, controls, controls_dirty,"
	    " subjects, subj_listed FROM peer_zone p"
	    " JOIN zone z ON z.id = p.zone WHERE name = ? AND p.at >= ?"
	    " ORDER BY peer", args);
}
