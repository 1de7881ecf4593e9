/*
 * watch.c - operators who wait for the verdicts of a probe round.
 *
 * Used by the keeper.  `probe ZONE` leaves its connection here; every answer
 * to a probe of that zone becomes a line of JSON, and when the round is over
 * the zone itself is the last one and the connection is closed.  A round that
 * was already running when the operator asked is not the one: the next is.
 *
 * Limits: WATCHERS at a time; a round ends within seconds, so they go.
 */
#include "config.h"

#include "proc/proc-priv.h"

#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define WATCHERS	8

struct watcher {
	int fd;			/* -1: free */
	bool later;		/* a round is running that is not meant */
	char zone[LIMIT_ZONE_NAME];
	struct buf out;
};

struct watch {
	struct watcher v[WATCHERS];
};

struct watch *
watch_new(void)
{
	struct watch *w = mem_alloc(sizeof(*w));

	for (size_t i = 0; i < WATCHERS; i++) {
		w->v[i].fd = -1;
	}
	return w;
}

void
watch_free(struct watch **w)
{
	for (size_t i = 0; *w != NULL && i < WATCHERS; i++) {
		if ((*w)->v[i].fd >= 0) {
			close((*w)->v[i].fd);
			buf_free(&(*w)->v[i].out);
		}
	}
	mem_free(*w);
	*w = NULL;
}

int
watch_add(struct watch *w, const char *zone, int fd, bool later)
{
	for (size_t i = 0; i < WATCHERS; i++) {
		if (w->v[i].fd < 0) {
			w->v[i].fd = fd;
			w->v[i].later = later;
			record_text(w->v[i].zone, sizeof(w->v[i].zone),
			    slice_cstr(zone));
			buf_init(&w->v[i].out, NULL);
			return 0;
		}
	}
	return -1;
}

static bool
is_of(const struct watcher *v, const char *zone)
{
	return v->fd >= 0 && strcmp(v->zone, zone) == 0;
}

bool
watch_waits(const struct watch *w, int fd)
{
	for (size_t i = 0; i < WATCHERS; i++) {
		if (w->v[i].fd == fd) {
			return true;
		}
	}
	return false;
}

void
watch_drop(struct watch *w, int fd)
{
	for (size_t i = 0; i < WATCHERS; i++) {
		if (w->v[i].fd == fd) {
			buf_free(&w->v[i].out);
			w->v[i].fd = -1;
		}
	}
}

/* What mail brought is no part of the round. */
static bool
of_probe(const struct store_probe_row *row)
{
	return strcmp(row->kind, "control") != 0 &&
	    strcmp(row->kind, "answer") != 0;
}

void
watch_seen(struct watch *w, const struct store_probe_row *row)
{
	for (size_t i = 0; i < WATCHERS; i++) {
		struct buf *b = &w->v[i].out;

		if (!is_of(&w->v[i], row->zone) || w->v[i].later ||
		    !of_probe(row)) {
			continue;
		}
		buf_addf(b, "{\"kind\":\"%s\",\"question\":", row->kind);
		buf_add_json(b, slice_cstr(row->qname));
		buf_adds(b, ",\"answer\":");
		buf_add_json(b, slice_cstr(row->answer));
		buf_addf(b, ",\"verdict\":\"%s\",\"ms\":%.1f}\n",
		    row->verdict, row->rtt_ms);
	}
}

void
watch_ended(struct watch *w, const struct zone_model *z, double now,
    bool another)
{
	for (size_t i = 0; i < WATCHERS; i++) {
		struct watcher *v = &w->v[i];

		if (!is_of(v, z->name)) {
			continue;
		}
		if (v->later && another) {
			v->later = false;
			continue;
		}
		keeper_zone_json(&v->out, z, now);
		buf_addc(&v->out, '\n');
		keeper_reply(v->fd, buf_slice(&v->out));
		buf_free(&v->out);
		v->fd = -1;
	}
}
