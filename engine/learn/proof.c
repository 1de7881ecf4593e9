/*
 * proof - what was seen of a zone lately, for the people who must believe it.
 *
 * Called by intake.c, fleet.c and learn.c.  A small ring per zone keeps the
 * last answers that were not clean, as "question -> answer"; a transition takes
 * them along into its history row and its log line, as one JSON object.  No
 * I/O.
 */
#include "config.h"

#include "learn/learn-priv.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

static const char *const kinds[CANARY_KINDS] = {
	[CANARY_MUST_NOT] = "must-not",
	[CANARY_MUST_LIST] = "must-list",
	[CANARY_MUST_NOT6] = "must-not6",
	[CANARY_MUST_LIST6] = "must-list6",
	[CANARY_BENCH] = "bench",
	[CANARY_CLASS_E] = "class-e",
	[CANARY_SHARED] = "shared",
	[CANARY_TESTNET] = "testnet",
	[CANARY_DOC6] = "doc6",
	[CANARY_NAME] = "name",
	[CANARY_PANEL] = "panel",
	[CANARY_INVALID] = "invalid",
};

static const char *const classes[ASK_CLASSES] = {
	[ASK_CLEAN] = "clean",
	[ASK_LISTED] = "listed",
	[ASK_UNMAPPED] = "unmapped",
	[ASK_BOGUS] = "bogus",
	[ASK_BLOCKED] = "blocked",
	[ASK_UNKNOWN] = "unknown",
};

const char *
proof_kind(enum canary c)
{
	return (unsigned)c < CANARY_KINDS ? kinds[c] : "unknown";
}

const char *
proof_class(int cls)
{
	if (cls < 0) {
		return "told";		/* nothing of ours: a peer's word */
	}
	return cls < ASK_CLASSES ? classes[cls] : "unknown";
}

static const char *
rcode_name(int rcode, int cls)
{
	switch (rcode) {
	case 0:
		return cls == ASK_UNKNOWN ? "no usable answer" : "NODATA";
	case 2:
		return "SERVFAIL";
	case 3:
		return "NXDOMAIN";
	case 5:
		return "REFUSED";
	default:
		return "no answer";
	}
}

void
proof_describe(const struct proof_answer *a, char dst[ZONE_DETAIL])
{
	char addr[INET_ADDRSTRLEN];

	if (a->n_addr == 0) {
		snprintf(dst, ZONE_DETAIL, "%.150s -> %s", a->qname,
		    rcode_name(a->rcode, a->cls));
		return;
	}
	inet_ntop(AF_INET, &a->addr[0], addr, sizeof(addr));
	snprintf(dst, ZONE_DETAIL, "%.150s -> %s", a->qname, addr);
	if (a->n_addr > 1) {
		size_t n = strlen(dst);

		snprintf(dst + n, ZONE_DETAIL - n, " and %u more",
		    a->n_addr - 1);
	}
}

void
proof_add(struct proof *p, double at, const char *kind, int cls,
    const char *what)
{
	struct sighting *s = &p->ring[p->n++ % PROOF_KEPT];

	s->at = at;
	s->kind = kind;
	s->cls = cls;
	record_text(s->what, sizeof(s->what), slice_cstr(what));
}

static void
add_counts(struct buf *b, const struct zone_model *z)
{
	buf_addf(b, ",\"dirty\":%u,\"dwell\":%.0f,\"clean_rounds\":%u",
	    z->dirty, z->dwell, z->clean_rounds);
	if (z->fail_run > 0) {
		buf_addf(b, ",\"failures\":%u", z->fail_run);
	}
}

/* What no single answer shows: an old set of name servers, a count. */
static void
add_detail(struct buf *b, const struct zone_model *z)
{
	if (z->detail[0] != '\0' && (z->reason == REASON_NAMESERVERS ||
	    z->reason == REASON_STALE || z->reason == REASON_PARTIAL)) {
		buf_adds(b, ",\"detail\":");
		buf_add_json(b, slice_cstr(z->detail));
	}
}

static void
add_sightings(struct buf *b, const struct proof *p, double now)
{
	unsigned first = p->n > PROOF_KEPT ? p->n - PROOF_KEPT : 0;
	const char *comma = "";

	buf_adds(b, ",\"seen\":[");
	for (unsigned i = first; i < p->n; i++) {
		const struct sighting *s = &p->ring[i % PROOF_KEPT];

		if (now - s->at > HOUR) {
			continue;	/* of an older story */
		}
		buf_addf(b, "%s{\"at\":%.3f,\"kind\":\"%s\","
		    "\"verdict\":\"%s\",\"what\":", comma, s->at, s->kind,
		    proof_class(s->cls));
		buf_add_json(b, slice_cstr(s->what));
		buf_addc(b, '}');
		comma = ",";
	}
	buf_addc(b, ']');
}

const char *
proof_json(const struct proof *p, const struct zone_model *z,
    enum zone_state from, double now, struct arena *a)
{
	struct buf b;

	buf_init(&b, a);
	buf_addf(&b, "{\"from\":\"%s\",\"to\":\"%s\",\"reason\":\"%s\"",
	    zone_state_name(from), zone_state_name(zone_model_state(z)),
	    zone_reason_name(z->reason));
	buf_addf(&b, ",\"weight\":%.3g", zone_model_weight(z));
	add_counts(&b, z);
	add_detail(&b, z);
	add_sightings(&b, p, now);
	buf_addc(&b, '}');
	return buf_cstr(&b);
}
