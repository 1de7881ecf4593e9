/*
 * store-log - the tables that are only added to, and reading them.
 *
 * Called by batches and save.c (writing) and by `tare zones` (reading):
 * transitions with their evidence, a ring of probes per zone, sums per zone
 * and hour, exposed messages.
 *
 * A row of a zone that is not in the zone table is silently not written:
 * batch.c saves a zone before anything about it.
 */
#include "config.h"

#include "learn/store-priv.h"

#include <arpa/inet.h>
#include <math.h>
#include <string.h>

#define PROBE_RING	2000
#define HOURS_KEPT	(90 * 24)
#define EXPOSURE_KEPT	(7 * 86400.0)

/* ---- transitions ---- */

static int
event_insert(struct store *s, const struct zone_model *z, double at,
    enum zone_state from, const struct store_arg what[2])
{
	struct store_arg args[] = { ARG_D(at), ARG_S(zone_state_name(from)),
	    ARG_S(zone_state_name(zone_model_state(z))),
	    ARG_S(zone_reason_name(z->pin != ZONE_NEW ? REASON_OPERATOR :
	    z->reason)), what[0], what[1], ARG_S(z->name) };

	return store_run(s, "INSERT INTO zone_event(at, zone, from_state,"
	    " to_state, reason, evidence_json, source)"
	    " SELECT ?, id, ?, ?, ?, ?, ? FROM zone WHERE name = ?", args);
}

/* The zone as it is now and how it came to it: both or none. */
int
store_event(struct store *s, const struct zone_model *z, double at,
    enum zone_state from, const char *evidence_json, const char *source)
{
	const struct store_arg what[2] = { ARG_S(evidence_json),
	    ARG_S(source) };
	bool own = store_idle(s);
	int rc = -1;

	if (!own) {
		return store_zone_save(s, z) != 0 ? -1 :
		    event_insert(s, z, at, from, what);
	}
	store_sync_full(s, true);
	if (store_begin(s) == 0) {
		if (store_zone_save(s, z) == 0 &&
		    event_insert(s, z, at, from, what) == 0) {
			rc = store_commit(s);
		} else {
			store_rollback(s);
		}
	}
	store_sync_full(s, false);
	return rc;
}

struct history_sink {
	store_history_fn *fn;
	void *arg;
};

static void
history_row(struct store_row *row, void *arg)
{
	struct history_sink *sink = arg;
	struct store_history_row r = { .at = row_real(row, 0),
	    .zone = row_text(row, 1), .from_state = row_text(row, 2),
	    .to_state = row_text(row, 3), .reason = row_text(row, 4),
	    .evidence = row_text(row, 5), .source = row_text(row, 6) };

	sink->fn(&r, sink->arg);
}

int
store_history(struct store *s, const char *zone, store_history_fn *fn,
    void *arg)
{
	struct history_sink sink = { fn, arg };
	struct store_arg args[] = { ARG_S(zone) };

	return store_each(s, history_row, &sink, "SELECT e.at, name,"
	    " from_state, to_state, e.reason, evidence_json, source"
	    " FROM zone_event e JOIN zone z ON z.id = e.zone"
	    " WHERE name = ?1 OR ?1 IS NULL ORDER BY e.id", args);
}

/* ---- probes ---- */

int
store_probe(struct store *s, const struct store_probe_row *p)
{
	struct store_arg row[] = { ARG_D(p->at), ARG_S(p->kind),
	    ARG_S(p->qname), ARG_I(p->rcode), ARG_S(p->answer),
	    ARG_D(p->rtt_ms), ARG_S(p->verdict), ARG_S(p->zone) };
	struct store_arg trim[] = { ARG_S(p->zone), ARG_I(PROBE_RING) };

	if (store_run(s, "INSERT INTO zone_probe(zone, at, kind, qname,"
	    " rcode, answer, rtt_ms, verdict) SELECT id, ?, ?, ?, ?, ?, ?, ?"
	    " FROM zone WHERE name = ?", row) != 0) {
		return -1;
	}
	return store_run(s, "DELETE FROM zone_probe WHERE zone = (SELECT id"
	    " FROM zone WHERE name = ?1) AND id <= (SELECT id FROM"
	    " zone_probe WHERE zone = (SELECT id FROM zone WHERE name = ?1)"
	    " ORDER BY id DESC LIMIT 1 OFFSET ?2)", trim);
}

struct probe_sink {
	store_probe_fn *fn;
	void *arg;
};

static void
probe_row(struct store_row *row, void *arg)
{
	struct probe_sink *sink = arg;
	struct store_probe_row r = { .at = row_real(row, 0),
	    .zone = row_text(row, 1), .kind = row_text(row, 2),
	    .qname = row_text(row, 3), .rcode = (int)row_int(row, 4),
	    .answer = row_text(row, 5), .rtt_ms = row_real(row, 6),
	    .verdict = row_text(row, 7) };

	sink->fn(&r, sink->arg);
}

int
store_probes(struct store *s, const char *zone, unsigned n,
    store_probe_fn *fn, void *arg)
{
	struct probe_sink sink = { fn, arg };
	struct store_arg args[] = { ARG_S(zone), ARG_I(n) };

	return store_each(s, probe_row, &sink, "SELECT p.at, name, p.kind,"
	    " qname, rcode, answer, rtt_ms, verdict FROM zone_probe p"
	    " JOIN zone z ON z.id = p.zone WHERE name = ?"
	    " ORDER BY p.id DESC LIMIT ?", args);
}

/* ---- sums per hour ---- */

static int64_t
hour_of(double at)
{
	return at >= 0 && at < 1e12 ? (int64_t)floor(at / 3600) : 0;
}

int
store_counts(struct store *s, const struct record_counts *c)
{
	struct store_arg args[] = { ARG_I(hour_of(c->head.at)),
	    ARG_I(c->lookups), ARG_I(c->listed), ARG_I(c->clean),
	    ARG_I(c->bogus), ARG_I(c->blocked), ARG_I(c->unmapped),
	    ARG_I(c->unknown), ARG_I(c->controls), ARG_I(c->controls_dirty),
	    ARG_I(c->voided), ARG_I(c->subjects), ARG_I(c->subjects_listed),
	    ARG_I(c->anchors), ARG_I(c->anchors_listed),
	    ARG_S(c->zone) };

	return store_run(s, "INSERT INTO zone_hour(zone, hour, lookups,"
	    " listed, clean, bogus, blocked, unmapped, unknown, controls,"
	    " controls_dirty, voided, subjects, subj_listed, anchors,"
	    " anchors_listed)"
	    " SELECT id, ?,?,?,?,?,?,?,?,?,?,?,?,?,?,? FROM zone"
	    " WHERE name = ?"
	    " ON CONFLICT(zone, hour) DO UPDATE SET"
	    " lookups=lookups+excluded.lookups,"
	    " listed=listed+excluded.listed, clean=clean+excluded.clean,"
	    " bogus=bogus+excluded.bogus, blocked=blocked+excluded.blocked,"
	    " unmapped=unmapped+excluded.unmapped,"
	    " unknown=unknown+excluded.unknown,"
	    " controls=controls+excluded.controls,"
	    " controls_dirty=controls_dirty+excluded.controls_dirty,"
	    " voided=voided+excluded.voided,"
	    " subjects=subjects+excluded.subjects,"
	    " subj_listed=subj_listed+excluded.subj_listed,"
	    " anchors=anchors+excluded.anchors,"
	    " anchors_listed=anchors_listed+excluded.anchors_listed", args);
}

static void
sum_row(struct store_row *row, void *arg)
{
	struct store_hour_sum *sum = arg;

	*sum = (struct store_hour_sum){ .lookups = row_real(row, 0),
	    .listed = row_real(row, 1), .clean = row_real(row, 2),
	    .bogus = row_real(row, 3), .blocked = row_real(row, 4),
	    .unmapped = row_real(row, 5), .unknown = row_real(row, 6),
	    .controls = row_real(row, 7),
	    .controls_dirty = row_real(row, 8), .voided = row_real(row, 9),
	    .subjects = row_real(row, 10),
	    .subjects_listed = row_real(row, 11),
	    .anchors = row_real(row, 12),
	    .anchors_listed = row_real(row, 13) };
}

int
store_sums(struct store *s, const char *zone, double since,
    struct store_hour_sum *sum_r)
{
	struct store_arg args[] = { ARG_S(zone), ARG_I(hour_of(since)) };

	memset(sum_r, 0, sizeof(*sum_r));
	return store_each(s, sum_row, sum_r, "SELECT sum(lookups),"
	    " sum(listed), sum(clean), sum(bogus), sum(blocked),"
	    " sum(unmapped), sum(unknown), sum(controls),"
	    " sum(controls_dirty), sum(voided), sum(subjects),"
	    " sum(subj_listed), sum(anchors), sum(anchors_listed)"
	    " FROM zone_hour WHERE zone ="
	    " (SELECT id FROM zone WHERE name = ?) AND hour >= ?", args);
}

/* ---- exposed messages ---- */

int
store_exposure(struct store *s, const struct record_exposure *x)
{
	struct in_addr a = { .s_addr = x->code };
	char code[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &a, code, sizeof(code));
	struct store_arg args[] = { ARG_D(x->head.at), ARG_S(x->msg_id),
	    ARG_S(x->queue_id), ARG_S(code), ARG_S(x->rule),
	    ARG_D((double)x->points), ARG_D((double)x->score),
	    ARG_D((double)x->required), ARG_I(x->spam_with),
	    ARG_I(x->spam_without), ARG_I(x->voided), ARG_S(x->zone) };
	return store_run(s, "INSERT INTO exposure(at, msg_id, queue_id, zone,"
	    " code, rule, points, score, required, action_with,"
	    " action_without, voided) SELECT ?, ?, ?, id, ?, ?, ?, ?, ?, ?,"
	    " ?, ? FROM zone WHERE name = ?", args);
}

struct exposure_sink {
	store_exposure_fn *fn;
	void *arg;
};

static void
exposure_row(struct store_row *row, void *arg)
{
	struct exposure_sink *sink = arg;
	struct store_exposure_row r = { .at = row_real(row, 0),
	    .zone = row_text(row, 1), .msg_id = row_text(row, 2),
	    .queue_id = row_text(row, 3), .rule = row_text(row, 4),
	    .code = row_text(row, 5), .points = row_real(row, 6),
	    .spam_with = row_int(row, 7) != 0,
	    .spam_without = row_int(row, 8) != 0,
	    .voided = row_int(row, 9) != 0, .score = row_real(row, 10),
	    .required = row_real(row, 11) };

	sink->fn(&r, sink->arg);
}

int
store_exposures(struct store *s, const char *zone, double since,
    store_exposure_fn *fn, void *arg)
{
	struct exposure_sink sink = { fn, arg };
	struct store_arg args[] = { ARG_S(zone), ARG_D(since) };

	return store_each(s, exposure_row, &sink, "SELECT x.at, name, msg_id,"
	    " queue_id, rule, code, points, action_with, action_without,"
	    " voided, score, required FROM exposure x"
	    " JOIN zone z ON z.id = x.zone WHERE (name = ?1 OR ?1 IS NULL)"
	    " AND x.at >= ?2 ORDER BY x.at", args);
}

/* A sender silent for so long counts no more (panel.c), nor does its past. */
#define GOOD_KEPT	(90 * 86400.0)

int
store_expire(struct store *s, double now)
{
	struct store_arg good[] = { ARG_D(now - GOOD_KEPT) };
	struct store_arg hours[] = { ARG_I(hour_of(now) - HOURS_KEPT) };
	struct store_arg exposure[] = { ARG_D(now - EXPOSURE_KEPT) };

	if (store_run(s, "DELETE FROM zone_hour WHERE hour < ?", hours) != 0) {
		return -1;
	}
	if (store_run(s, "DELETE FROM good_subject WHERE last_ham < ?",
	    good) != 0) {
		return -1;
	}
	return store_run(s, "DELETE FROM exposure WHERE at < ?", exposure);
}
