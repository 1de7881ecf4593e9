/*
 * conn.c - one client, from accept to close.
 *
 * Phases and their ends (reference/protocol.md 3: every phase has its own
 * deadline, and all together end before an MTA gives up):
 *
 *   READ     header within 30 s; then 60 s between pieces of the body, and
 *            180 s in all for a client that drips
 *   QUEUED   whole, waits for a place (queue.c)
 *   SCAN     the engine's own deadline, and a last resort behind it
 *   WRITE    60 s between pieces that the client takes, 120 s in all
 *   LINGER   half-closed; what still arrives is read and dropped, briefly
 *
 * A client that goes away in SCAN has its scan cancelled.  A half-close says
 * nothing (spamc does it right after its request), so this is seen as a
 * hang-up: at once on unix sockets, on TCP when the client was reset.
 *
 * Invariant: a reply is complete before its first byte is sent; an error
 * reply is one line, never followed by anything (2.3).
 */
#include "config.h"

#include "proc/worker-priv.h"

#include <sys/socket.h>

#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"

#define TOTAL_SECONDS	290	/* MTAs give up after 300 s */
#define HEADER_SECONDS	30
#define BODY_SECONDS	60
#define READ_SECONDS	180
#define SCAN_SECONDS	30	/* beyond the engine's own deadline */
#define PIECE_SECONDS	60	/* between pieces of the reply */
#define WRITE_SECONDS	120
#define LINGER_SECONDS	5
#define HELD_BYTES	(512u * 1024 * 1024)	/* of all messages here */
#define PIECE		65536
#define PIECES		4	/* per wake-up: others wait, too */

enum { EX_TIMEOUT_SPAMD = 79 };		/* not in sysexits.h */

static void on_io(evutil_socket_t fd, short what, void *arg);

/* In so many seconds, but not after the end of all patience. */
static void
set_deadline(struct conn *c, double seconds)
{
	double left = TOTAL_SECONDS - (clock_mono() - c->accepted);
	struct timeval tv = { 0, 0 };

	if (seconds > left) {
		seconds = left;
	}
	if (seconds > 0) {
		tv.tv_sec = (time_t)seconds;
		tv.tv_usec = (suseconds_t)((seconds - (double)tv.tv_sec) *
		    1e6);
	}
	event_add(c->timer, &tv);
}

/* Between two pieces, and for all of this phase. */
static void
set_deadlines(struct conn *c, double piece, double all)
{
	double left = all - (clock_mono() - c->since);

	set_deadline(c, piece < left ? piece : left);
}

static void
enter(struct conn *c, enum conn_phase phase)
{
	c->phase = phase;
	c->since = clock_mono();
}

/* ---- the end ---- */

void
conn_free(struct conn *c)
{
	struct worker *w = c->w;
	bool had_place = c->scan != NULL;

	if (c->phase == CONN_QUEUED) {
		queue_remove(w, c);
	}
	if (had_place) {
		scan_free(&c->scan);
		place_leave(w, c->place);
	}
	event_free(c->io);
	event_free(c->timer);
	close(c->fd);
	*c->prev = c->next;
	if (c->next != NULL) {
		c->next->prev = c->prev;
	}
	w->n_conns--;
	w->held -= c->received;
	arena_free(&c->arena);
	mem_free(c);
	if (had_place) {
		queue_run(w);
	}
	worker_room(w);
}

/* ---- WRITE and LINGER ---- */

/* False when there was an end, and c is gone. */
static bool
linger_read(struct conn *c)
{
	char piece[PIECE];

	for (unsigned i = 0; i < PIECES; i++) {
		ssize_t n = recv(c->fd, piece, sizeof(piece), 0);

		if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			return true;
		}
		c->lingered += n > 0 ? (size_t)n : 0;
		if (n <= 0 || c->lingered > LIMIT_MESSAGE_BYTES) {
			conn_free(c);
			return false;
		}
	}
	return true;
}

/* Most clients half-close after their request: then the end is here now. */
static void
linger(struct conn *c)
{
	enter(c, CONN_LINGER);
	shutdown(c->fd, SHUT_WR);
	event_del(c->io);
	if (!linger_read(c)) {
		return;
	}
	event_add(c->timer, &(struct timeval){ LINGER_SECONDS, 0 });
	event_assign(c->io, c->w->base, c->fd, EV_READ | EV_PERSIST, on_io, c);
	event_add(c->io, NULL);
}

static void
write_some(struct conn *c)
{
	while (c->reply.n > 0) {
		ssize_t n = send(c->fd, c->reply.p, c->reply.n,
		    MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n < 0 && errno == EAGAIN) {
			event_add(c->io, NULL);	/* nothing if it is there */
			return;
		}
		if (n < 0) {
			conn_free(c);
			return;
		}
		c->reply = slice_sub(c->reply, (size_t)n, c->reply.n);
		set_deadlines(c, PIECE_SECONDS, WRITE_SECONDS);
	}
	linger(c);
}

static void
start_write(struct conn *c, struct slice reply)
{
	enter(c, CONN_WRITE);
	c->reply = reply;
	event_del(c->io);
	event_assign(c->io, c->w->base, c->fd, EV_WRITE | EV_PERSIST, on_io,
	    c);
	set_deadlines(c, PIECE_SECONDS, WRITE_SECONDS);
	write_some(c);		/* most replies go at once */
}

/* One line, and a counted error: never silent, never half a reply. */
static void
reply_error(struct conn *c, struct slice line)
{
	struct buf b;

	c->w->slot->errors++;
	/* the line quotes the client: it must not forge a field of the log */
	buf_init(&b, c->arena);
	buf_add_json(&b, slice_trim_right(line));
	/* health checkers that connect and close are no event */
	log_line(c->received > 0 ? LOG_L_WARN : LOG_L_DEBUG,
	    "event=refused peer=%s port=%s reply=%s", c->peer.addr,
	    c->peer.port, buf_cstr(&b));
	start_write(c, line);
}

/*
 * Before or after its request was read: the same line, so that a client
 * falls back or comes again.  The tick logs how many there were.
 */
void
conn_busy(struct conn *c)
{
	c->w->slot->errors++;
	c->w->n_busy++;
	start_write(c, SLICE("SPAMD/1.0 75 Temporary failure: "
	    "too busy, try again later\r\n"));
}

/* ---- SCAN ---- */

static void
on_scanned(struct scan *sc, const struct verdict *v, void *arg)
{
	struct conn *c = arg;
	struct worker *w = c->w;
	struct outcome o = { .rq = wire_request(c->parser),
		.report = &w->report, .peer = &c->peer, .user = c->user,
		.scan = sc, .verdict = v,
		.seconds = clock_mono() - c->accepted };
	struct slice reply;

	place_busy(w, c->place, true);
	reply = outcome_reply(c->arena, &o);
	outcome_log(&o);
	w->slot->scans++;
	if (v->spam) {
		w->slot->spam++;
	} else {
		w->slot->ham++;
	}
	w->slot->bytes += v->bytes;
	w->scans_done++;
	scan_free(&c->scan);
	place_leave(w, c->place);
	start_write(c, reply);
	queue_run(w);
	worker_room(w);
}

void
conn_scan(struct conn *c)
{
	struct worker *w = c->w;
	const struct wire_request *rq = wire_request(c->parser);
	uint64_t f = fingerprint_make(hash_bulk(rq->body.p, rq->body.n, 0));

	if (poison_has(w->d->poison, f)) {
		reply_error(c, wire_reply_error(c->arena, ERR_SOFTWARE,
		    "Internal software error: this message was there when "
		    "two workers crashed and is not scanned again"));
		return;
	}
	enter(c, CONN_SCAN);
	c->user = peer_user(c->arena, w, &c->peer, rq->user);
	c->place = place_take(w, f);
	set_deadline(c, w->d->engine->scan_deadline + SCAN_SECONDS);
	place_busy(w, c->place, true);
	c->scan = scan_start(w->scanner, rq->body, NULL, on_scanned, c);
	place_busy(w, c->place, false);
	worker_heartbeat(w);
}

/* ---- READ ---- */

static void
on_request(struct conn *c)
{
	struct worker *w = c->w;
	const struct wire_request *rq = wire_request(c->parser);

	event_del(c->io);
	switch (rq->verb) {
	case WIRE_PING:
		start_write(c, wire_reply_bytes(c->arena, rq, NULL));
		return;
	case WIRE_SKIP:
		log_line(LOG_L_INFO, "event=skipped peer=%s", c->peer.addr);
		linger(c);
		return;
	default:
		break;
	}
	event_del(c->timer);
	if (queue_is_full(w)) {
		conn_busy(c);
		return;
	}
	queue_add(w, c);
	queue_run(w);
}

static void
read_deadline(struct conn *c)
{
	if (wire_in_body(c->parser)) {
		set_deadlines(c, BODY_SECONDS, READ_SECONDS);
	}
	/* else the header's own is running */
}

/* One piece; false when there is no more to read now. */
static bool
read_piece(struct conn *c)
{
	char piece[PIECE];
	ssize_t n = recv(c->fd, piece, sizeof(piece), 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		return false;
	}
	if (n < 0) {
		conn_free(c);
		return false;
	}
	if (c->arena == NULL) {
		c->arena = arena_new();
		c->parser = wire_parser_new(c->arena, c->w->message_limit,
		    false);
	}
	c->received += (size_t)n;
	c->w->held += (size_t)n;
	if (c->w->held > HELD_BYTES && c->w->held > c->received) {
		conn_busy(c);
		return false;
	}
	switch (wire_feed(c->parser, piece, (size_t)n)) {
	case WIRE_DONE:
		on_request(c);
		return false;
	case WIRE_FAILED:
		reply_error(c, wire_error(c->parser));
		return false;
	case WIRE_MORE:
		break;
	}
	read_deadline(c);
	return true;
}

static void
on_io(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	switch (c->phase) {
	case CONN_READ:
		for (unsigned i = 0; i < PIECES && read_piece(c); i++) {
			continue;
		}
		break;
	case CONN_WRITE:
		write_some(c);
		break;
	case CONN_LINGER:
		linger_read(c);
		break;
	default:
		break;
	}
}

/* In spamd's words, with the seconds that are over. */
static void
reply_timeout(struct conn *c, const char *doing)
{
	reply_error(c, wire_reply_error(c->arena, EX_TIMEOUT_SPAMD,
	    arena_printf(c->arena, "Timeout: (%.0f second %s)",
	    clock_mono() - c->since, doing)));
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;
	struct worker *w = c->w;
	enum wire_verb verb;

	if (c->phase == CONN_READ && c->received > 0) {
		reply_timeout(c, "socket timeout reading input from client");
	} else if (c->phase == CONN_SCAN) {
		verb = wire_request(c->parser)->verb;
		scan_free(&c->scan);
		place_leave(w, c->place);
		reply_timeout(c, arena_printf(c->arena,
		    "timeout while trying to %s", wire_verb_name(verb)));
		queue_run(w);
	} else {
		conn_free(c);
	}
}

/* ---- the beginning ---- */

static struct conn *
conn_make(struct worker *w, int fd, const struct listener *l)
{
	struct conn *c = mem_alloc(sizeof(*c));

	c->w = w;
	c->fd = fd;
	enter(c, CONN_READ);
	c->accepted = c->since;
	c->io = event_new(w->base, fd, EV_READ | EV_PERSIST, on_io, c);
	c->timer = evtimer_new(w->base, on_timer, c);
	if (c->io == NULL || c->timer == NULL) {
		fatal("no event: out of memory");
	}
	peer_name(&c->peer, fd, l->name);
	c->next = w->conns;
	c->prev = &w->conns;
	if (c->next != NULL) {
		c->next->prev = &c->next;
	}
	w->conns = c;
	w->n_conns++;
	if (w->n_conns > w->crowd) {
		w->crowd = w->n_conns;
	}
	return c;
}

void
conn_turn_away(struct worker *w, int fd, const struct listener *l)
{
	conn_busy(conn_make(w, fd, l));
}

void
conn_new(struct worker *w, int fd, const struct listener *l)
{
	struct conn *c = conn_make(w, fd, l);

	event_add(c->io, NULL);
	set_deadline(c, w->draining ? CONN_DRAIN_SECONDS : HEADER_SECONDS);
}
