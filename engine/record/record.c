/*
 * record - build, check and send one fixed record.
 *
 * Used by workers (ask/, scan/) to send and by the keeper to check what it
 * received.  A row of types[] per record type: its size, and where its
 * NUL-padded texts are, so that the keeper never runs off the end of a name
 * sent by a worker that hostile mail has taken over.
 *
 * Invariants: a record on the wire is exactly as long as its type says; a
 * layout change means a new RECORD_VERSION (the sizes below are asserted).
 *
 * Limits: numbers are not judged here beyond "is a number"; the reader clamps
 * times and counts where they matter.
 */
#include "config.h"

#include "record/record.h"

#include <sys/socket.h>

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"

#define TEXTS_MAX 4

struct text {
	uint16_t at, size;
};

struct type {
	size_t size;
	struct text text[TEXTS_MAX];
};

#define TEXT(rec, member)						\
	{ offsetof(struct rec, member), sizeof(((struct rec *)0)->member) }

static const struct type types[] = {
	[RECORD_COUNTS] = { sizeof(struct record_counts),
	    { TEXT(record_counts, zone) } },
	[RECORD_ANSWER] = { sizeof(struct record_answer),
	    { TEXT(record_answer, zone), TEXT(record_answer, qname) } },
	[RECORD_CONTROL] = { sizeof(struct record_answer),
	    { TEXT(record_answer, zone), TEXT(record_answer, qname) } },
	[RECORD_EXPOSURE] = { sizeof(struct record_exposure),
	    { TEXT(record_exposure, zone), TEXT(record_exposure, msg_id),
	    TEXT(record_exposure, queue_id), TEXT(record_exposure, rule) } },
	[RECORD_SUBJECTS] = { sizeof(struct record_subjects), { { 0, 0 } } },
	[RECORD_MESSAGE] = { sizeof(struct record_message),
	    { TEXT(record_message, host_org),
	    TEXT(record_message, from_org) } },
};

/* An accidental layout change must not pass as the same version. */
_Static_assert(sizeof(struct record_head) == 32, "record_head");
_Static_assert(sizeof(struct record_counts) == 232, "record_counts");
_Static_assert(sizeof(struct record_answer) == 456, "record_answer");
_Static_assert(sizeof(struct record_exposure) == 480, "record_exposure");

_Static_assert(sizeof(struct record_subjects) == 552, "record_subjects");
_Static_assert(sizeof(struct record_message) == 1080, "record_message");

static const struct type *
type_find(unsigned type)
{
	if (type >= sizeof(types) / sizeof(types[0]) || types[type].size == 0) {
		return NULL;
	}
	return &types[type];
}

void
record_init(struct record_head *h, enum record_type type, uint32_t worker,
    uint64_t generation, double at)
{
	const struct type *t = type_find(type);

	if (t == NULL) {
		DIE("record type %d", (int)type);
	}
	memset(h, 0, t->size);
	h->magic = RECORD_MAGIC;
	h->version = RECORD_VERSION;
	h->type = (uint16_t)type;
	h->length = (uint32_t)t->size;
	h->worker = worker;
	h->generation = generation;
	h->at = at;
}

void
record_text(char *dst, size_t size, struct slice s)
{
	size_t n = s.n < size ? s.n : size - 1;

	memset(dst, 0, size);
	if (n > 0) {
		memcpy(dst, s.p, n);
	}
}

uint64_t
record_name_hash(struct slice name)
{
	uint64_t h = 0x6e616d65u;

	for (size_t i = 0; i < name.n; i++) {
		char c = (char)ascii_lower((unsigned char)name.p[i]);

		h = hash_stable(&c, 1, h);
	}
	return h != 0 ? h : 1;
}

static bool
texts_end(const struct type *t, const char *p)
{
	for (size_t i = 0; i < TEXTS_MAX && t->text[i].size > 0; i++) {
		if (p[t->text[i].at + t->text[i].size - 1u] != '\0') {
			return false;
		}
	}
	return true;
}

static bool
votes_sane(const struct record_message *m)
{
	for (unsigned i = 0; m->n <= RECORD_ITEMS && i < m->n; i++) {
		if (m->v[i].n > LIMIT_ANSWER_ADDRS) {
			return false;
		}
	}
	return m->n <= RECORD_ITEMS;
}

/* Members whose range other code indexes or computes with. */
static bool
members_sane(const char *p, unsigned type)
{
	struct record_answer a;
	struct record_exposure x;
	struct record_subjects s;
	struct record_message m;

	if (type == RECORD_ANSWER || type == RECORD_CONTROL) {
		memcpy(&a, p, sizeof(a));
		return a.n_addr <= LIMIT_ANSWER_ADDRS &&
		    a.is_control == (type == RECORD_CONTROL);
	}
	if (type == RECORD_EXPOSURE) {
		memcpy(&x, p, sizeof(x));
		return isfinite(x.points) && isfinite(x.score) &&
		    isfinite(x.required);
	}
	if (type == RECORD_SUBJECTS) {
		memcpy(&s, p, sizeof(s));
		return s.n <= RECORD_ITEMS;
	}
	if (type == RECORD_MESSAGE) {
		memcpy(&m, p, sizeof(m));
		return votes_sane(&m);
	}
	return true;
}

int
record_check(const void *p, size_t n)
{
	struct record_head h;
	const struct type *t;

	if (n < sizeof(h)) {
		return -1;
	}
	memcpy(&h, p, sizeof(h));	/* p need not be aligned */
	if (h.magic != RECORD_MAGIC || h.version != RECORD_VERSION) {
		return -1;
	}
	t = type_find(h.type);
	if (t == NULL || n != t->size || h.length != n || !isfinite(h.at)) {
		return -1;
	}
	return texts_end(t, p) && members_sane(p, h.type) ? 0 : -1;
}

int
record_send(int fd, const struct record_head *h)
{
	ssize_t n;

	do {
		n = send(fd, h, h->length, MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n == (ssize_t)h->length ? 0 : -1;
}
