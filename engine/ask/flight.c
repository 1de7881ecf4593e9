/*
 * flight - one question on the wire, and everyone who waits for it.
 *
 * Found by (zone, name, type): an identical question joins.  One that was
 * answered a short time ago is not sent (known.c), and libunbound may answer
 * while it is being asked: so an answer is only noted and delivered by a timer
 * on the next turn of the loop.  An asker whose
 * deadline is over is told UNKNOWN; the flight goes on, because a late answer
 * shows that the zone is slow and not dead.  When the time-out has passed, or
 * libunbound gives up, the zone counts a failure: reference c.3 wants a dead
 * zone DOWN within 15 lookups, so none may wait much longer than that to be
 * known.
 *
 * Limits: max_inflight flights, half of them for one zone, so that a dead
 * list cannot take the places of the others.
 */
#include "config.h"

#include <arpa/nameser.h>
#include <stdio.h>
#include <string.h>

#include "ask/ask-priv.h"
#include "base/clock.h"
#include "base/mem.h"

#define LABEL_MAX 63

/* ---- names ---- */

/*
 * Only letters, digits, hyphen and underscore: the name is given to
 * libunbound as text, where a backslash would begin an escape.
 */
static bool
name_valid(const char *name, size_t n)
{
	size_t label = 0;

	if (n == 0 || n > LIMIT_DNS_NAME)
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c == '.') {
			if (label == 0)
				return false;
			label = 0;
		} else if ((!ascii_isword(c) && c != '-') ||
		    ++label > LABEL_MAX) {
			return false;
		}
	}
	return label > 0;
}

/* key.zone in lower case; its length, or 0 if it is no name. */
static size_t
make_name(const struct question *what, char dst[LIMIT_DNS_NAME + 1],
    size_t *key_len_r)
{
	struct slice key = slice_cstr(what->key), zone = { NULL, 0 };
	size_t n;

	if (what->zone != NULL)
		zone = slice_cstr(what->zone->conf.name);
	else if (key.n > 1 && key.p[key.n - 1] == '.')
		key.n--;
	n = key.n + (zone.n > 0 ? zone.n + 1 : 0);
	if (key.n == 0 || key.n > LIMIT_DNS_NAME || n > LIMIT_DNS_NAME)
		return 0;
	for (size_t i = 0; i < key.n; i++)
		dst[i] = (char)ascii_lower((unsigned char)key.p[i]);
	if (zone.n > 0) {
		dst[key.n] = '.';
		memcpy(dst + key.n + 1, zone.p, zone.n);
	}
	dst[n] = '\0';
	*key_len_r = key.n;
	return name_valid(dst, n) ? n : 0;
}

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
table_find(struct ask *a, const struct question *what, const char *qname,
    uint64_t hash)
{
	struct flight *f = *bucket(a, hash);

	while (f != NULL && (f->hash != hash || f->type != what->type ||
	    f->zone != what->zone || strcmp(f->qname, qname) != 0))
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

static void
flight_link(struct flight *f)
{
	struct ask *a = f->ask;

	f->next = a->flights;
	if (f->next != NULL)
		f->next->prev = f;
	a->flights = f;
	a->inflight++;
	if (f->zone != NULL)
		f->zone->inflight++;
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
	a->inflight--;
	if (f->zone != NULL)
		f->zone->inflight--;
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
	char qname[LIMIT_DNS_NAME + 1];
	size_t key_len, n = make_name(what, qname, &key_len);
	uint64_t hash = hash_bytes(qname, n) + (unsigned)what->type;
	struct flight *f;

	if (n == 0)
		return NULL;
	if ((f = table_find(a, what, qname, hash)) != NULL)
		return f;
	if (!have_room(a, what))
		return NULL;
	f = mem_alloc(sizeof(*f) + n + 1);
	memcpy(f->qname, qname, n);
	f->ask = a;
	f->zone = what->zone;
	f->type = what->type;
	f->control = what->control;
	f->key_len = key_len;
	f->hash = hash;
	flight_link(f);
	if (!flight_recall(f))
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
