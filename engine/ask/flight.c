/*
 * flight - one question on the wire, and everyone who waits for it.
 *
 * Found by (zone, name, type): an identical question joins.  One that was
 * answered a short time ago is not sent (known.c), and libunbound may answer
 * while it is being asked: so an answer is only noted and delivered by a timer
 * on the next turn of the loop.  An asker whose deadline is over is told
 * UNKNOWN; the flight goes on, because a late answer shows that the zone is
 * slow and not dead.  When the time-out has passed, or libunbound gives up, the
 * zone counts a failure: reference c.3 wants a dead zone DOWN within 15
 * lookups, so none may wait much longer than that to be known.
 *
 * Limits: max_inflight flights that are sent, half of them for one zone, so
 * that a dead list cannot take the places of the others.
 */
#include "config.h"

#include <arpa/nameser.h>
#include <stdio.h>
#include <string.h>

#include "ask/ask-priv.h"
#include "base/clock.h"
#include "base/mem.h"

/* ---- the table of flights that others may join ---- */

static struct flight **
bucket(struct ask *a, uint64_t hash)
{
	return &a->table[hash % FLIGHT_BUCKETS];
}

static void
table_remove(struct flight *f)
{
	struct flight **at = bucket(f->ask, f->hash);

	for (; *at != NULL; at = &(*at)->hash_next) {
		if (*at == f) {
			*at = f->hash_next;
			return;
		}
	}
}

static struct flight *
table_find(struct ask *a, const struct question *what,
    const struct asked_name *name)
{
	struct flight *f = *bucket(a, name->hash);

	while (f != NULL && (f->hash != name->hash || f->type != what->type ||
	    f->zone != what->zone || strcmp(f->qname, name->text) != 0))
		f = f->hash_next;
	return f;
}

/* ---- one flight ---- */

static void
flight_overdue(void *arg)
{
	struct flight *f = arg;

	if (f->landed || f->failed)
		return;
	evidence_overdue(f);
	f->failed = true;
}

static struct flight *
flight_new(struct ask *a, const struct question *what,
    const struct asked_name *name)
{
	struct flight *f = mem_alloc(sizeof(*f) + name->n + 1);

	memcpy(f->qname, name->text, name->n);
	f->ask = a;
	f->zone = what->zone;
	f->type = what->type;
	f->control = what->control;
	f->key_len = name->key_len;
	f->hash = name->hash;
	f->next = a->flights;
	if (f->next != NULL)
		f->next->prev = f;
	a->flights = f;
	return f;
}

/* It has one of the places, or has it no more. */
static void
count_place(struct flight *f, int delta)
{
	f->placed = delta > 0;
	f->ask->inflight += (unsigned)delta;
	if (f->zone != NULL)
		f->zone->inflight += (unsigned)delta;
}

static void
flight_free(struct flight *f)
{
	struct ask *a = f->ask;

	if (f->prev != NULL)
		f->prev->next = f->next;
	else
		a->flights = f->next;
	if (f->next != NULL)
		f->next->prev = f->prev;
	if (f->placed)
		count_place(f, -1);
	query_drop_all(&f->askers);
	deadline_stop(a->deadlines, &f->overdue);
	arena_free(&f->arena);
	mem_free(f);
}

/* The name as it is sent; everything else knows the zone by its own. */
static const char *
wire_name(const struct flight *f, char dst[LIMIT_DNS_NAME + 1])
{
	const char *as = f->zone != NULL ? f->zone->conf.ask_as : NULL;
	int n;

	if (as == NULL)
		return f->qname;
	n = snprintf(dst, LIMIT_DNS_NAME + 1, "%.*s.%s", (int)f->key_len,
	    f->qname, as);
	return n <= LIMIT_DNS_NAME ? dst : NULL;
}

/* Its answer is there, and waits for the next turn of the loop. */
static void
flight_note(struct flight *f)
{
	struct ask *a = f->ask;

	f->landed = true;
	f->ans.qname = f->qname;
	if (a->landed_head == NULL)
		ask_timer_set(a->deliver, 0);
	*a->landed_tail = f;
	a->landed_tail = &f->landed_next;
}

static void
flight_send(struct flight *f)
{
	char room[LIMIT_DNS_NAME + 1];
	const char *name = wire_name(f, room);

	f->sent = clock_mono();
	f->sending = true;
	if (name == NULL ||
	    resolver_send(f->ask->resolver, name, f->type, f) == -1)
		flight_landed(f, ns_r_servfail, NULL, 0, false);
	f->sending = false;
}

/* It was answered already, and the answer is good. */
static bool
flight_recall(struct flight *f)
{
	struct ask *a = f->ask;

	if (f->control || !known_get(a->known, f, &f->ans))
		return false;
	f->cached = true;
	flight_note(f);
	return true;
}

static void
flight_start(struct flight *f)
{
	struct ask *a = f->ask;
	struct flight **slot = bucket(a, f->hash);

	count_place(f, 1);
	f->hash_next = *slot;
	*slot = f;
	f->overdue.fn = flight_overdue;
	f->overdue.arg = f;
	deadline_set(a->deadlines, &f->overdue, a->conf.timeout);
	flight_send(f);
}

static bool
have_room(const struct ask *a, const struct question *what)
{
	return a->inflight < a->conf.max_inflight && (what->zone == NULL ||
	    what->control ||
	    what->zone->inflight < (a->conf.max_inflight + 1) / 2);
}

struct flight *
flight_join(struct ask *a, const struct question *what)
{
	struct asked_name name;
	struct flight *f;

	if (!name_make(what, &name))
		return NULL;
	if ((f = table_find(a, what, &name)) != NULL)
		return f;
	f = flight_new(a, what, &name);
	if (flight_recall(f))
		return f;
	if (!have_room(a, what)) {
		flight_free(f);
		return NULL;
	}
	flight_start(f);
	return f;
}

void
flight_landed(struct flight *f, int rcode, const void *packet, size_t len,
    bool bogus)
{
	if (f->landed)
		return;
	f->cached = f->sending;
	table_remove(f);
	if (f->type != ns_t_a && answer_has_records(packet, len))
		f->arena = arena_new();
	answer_parse(f->arena, packet, len, bogus ? ns_r_servfail : rcode,
	    f->type, &f->ans);
	f->ans.rtt = clock_mono() - f->sent;
	known_put(f->ask->known, f);
	flight_note(f);
}

/* ---- delivery ---- */

static void
classify_name(struct ask_answer *ans)
{
	if (ans->n_addr > LIMIT_ANSWER_ADDRS)
		ans->n_addr = LIMIT_ANSWER_ADDRS;
	if (ans->rcode != ns_r_noerror && ans->rcode != ns_r_nxdomain)
		ans->cls = ASK_UNKNOWN;
	else
		ans->cls = ans->n_addr + ans->n_txt > 0 ? ASK_LISTED :
		    ASK_CLEAN;
	memset(ans->addr_cls, ans->cls, sizeof(ans->addr_cls));
}

static void
flight_deliver_one(struct flight *f)
{
	if (f->zone != NULL) {
		ask_classify(&f->zone->conf, &f->ans);
		evidence_answer(f);
	} else {
		classify_name(&f->ans);
	}
	while (f->askers.head != NULL)
		query_answer(f->askers.head, &f->ans);
	flight_free(f);
}

void
flight_deliver(void *arg)
{
	struct ask *a = arg;
	struct flight *f = a->landed_head;

	/* Those that land during a callback wait for the next turn. */
	a->landed_head = NULL;
	a->landed_tail = &a->landed_head;
	a->delivering = true;
	while (f != NULL) {
		struct flight *next = f->landed_next;

		flight_deliver_one(f);
		f = next;
	}
	a->delivering = false;
	evidence_send_subjects(a);
}

/* ---- all of them ---- */

/* After a change of context.  Nobody waits for it: it is not worth asking. */
void
flight_resend_all(struct ask *a)
{
	struct flight *f, *next;

	for (f = a->flights; f != NULL; f = next) {
		next = f->next;
		if (f->landed)
			continue;
		if (f->askers.head != NULL) {
			flight_send(f);
			continue;
		}
		table_remove(f);
		flight_free(f);
	}
}

void
flight_drop_all(struct ask *a)
{
	while (a->flights != NULL)
		flight_free(a->flights);
}
