/*
 * answer - the records of a DNS packet that we asked for.
 *
 * Pure: bytes in, struct ask_answer out.  The packet comes from libunbound,
 * which has scrubbed it, but is read as if it came from the network.  Records
 * of the asked type count wherever a CNAME put them in the answer section.
 * The strings of a TXT record are joined (RFC 5782 2.1, RFC 7208 3.3).
 */
#include "config.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <resolv.h>
#include <stdio.h>
#include <string.h>

#include "ask/ask-priv.h"

struct record_view {
	struct arena *arena;
	const ns_msg *msg;
	const ns_rr *rr;
	struct ask_answer *ans;
};

static void
add_text(struct record_view *v, struct slice s)
{
	unsigned most = ns_rr_type(*v->rr) == ns_t_ns ? LIMIT_ANSWER_NAMES :
	    LIMIT_ANSWER_ADDRS;

	if (v->ans->txt == NULL)
		v->ans->txt = arena_alloc_array(v->arena, LIMIT_ANSWER_NAMES,
		    sizeof(*v->ans->txt));
	if (v->ans->n_txt < most)
		v->ans->txt[v->ans->n_txt++] = arena_slice(v->arena, s);
}

static void
take_a(struct record_view *v)
{
	struct ask_answer *ans = v->ans;

	if (ns_rr_rdlen(*v->rr) != 4)
		return;
	if (ans->n_addr < LIMIT_ANSWER_ADDRS)
		memcpy(&ans->addr[ans->n_addr++], ns_rr_rdata(*v->rr), 4);
	else
		ans->n_addr = LIMIT_ANSWER_ADDRS + 1;
}

static void
take_aaaa(struct record_view *v)
{
	char text[INET6_ADDRSTRLEN];

	if (ns_rr_rdlen(*v->rr) == 16 && inet_ntop(AF_INET6,
	    ns_rr_rdata(*v->rr), text, sizeof(text)) != NULL)
		add_text(v, slice_cstr(text));
}

static void
take_txt(struct record_view *v)
{
	const unsigned char *p = ns_rr_rdata(*v->rr);
	size_t left = ns_rr_rdlen(*v->rr), n = 0;
	char joined[LIMIT_ANSWER_TXT];

	while (left > 0) {
		size_t len = p[0];

		if (len > left - 1)
			len = left - 1;
		if (len > sizeof(joined) - n)
			break;
		memcpy(joined + n, p + 1, len);
		n += len;
		p += len + 1;
		left -= len + 1;
	}
	add_text(v, slice_make(joined, n));
}

/* A name that begins skip bytes into the record's data. */
static void
take_name(struct record_view *v, size_t skip)
{
	char text[NS_MAXDNAME];

	if (ns_rr_rdlen(*v->rr) > skip && ns_name_uncompress(
	    ns_msg_base(*v->msg), ns_msg_end(*v->msg),
	    ns_rr_rdata(*v->rr) + skip, text, sizeof(text)) != -1)
		add_text(v, slice_cstr(text));
}

/* Two names, then serial, refresh, retry, expire, minimum (RFC 1035 3.3.13). */
static void
take_soa(struct record_view *v)
{
	const unsigned char *p = ns_rr_rdata(*v->rr);
	const unsigned char *end = p + ns_rr_rdlen(*v->rr);
	char text[16];
	int n;

	for (int i = 0; i < 2; i++) {
		n = dn_skipname(p, end);
		if (n < 0)
			return;
		p += n;
	}
	if (end - p < 20)
		return;
	snprintf(text, sizeof(text), "%lu", (unsigned long)ns_get32(p));
	add_text(v, slice_cstr(text));
}

static void
take(struct record_view *v)
{
	switch (ns_rr_type(*v->rr)) {
	case ns_t_a:
		take_a(v);
		break;
	case ns_t_aaaa:
		take_aaaa(v);
		break;
	case ns_t_txt:
		take_txt(v);
		break;
	case ns_t_mx:
		take_name(v, 2);
		break;
	case ns_t_soa:
		take_soa(v);
		break;
	case ns_t_ns:
	case ns_t_ptr:
	case ns_t_cname:
		take_name(v, 0);
		break;
	default:
		break;
	}
}

static uint32_t
lesser(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* How long a "no" is good: the SOA's own time or its last number, what is
 * less (RFC 2308 5); 0: there is none. */
static uint32_t
ttl_of_no(ns_msg *msg)
{
	ns_rr rr;

	for (int i = 0; i < ns_msg_count(*msg, ns_s_ns); i++) {
		if (ns_parserr(msg, ns_s_ns, i, &rr) == -1)
			return 0;
		if (ns_rr_type(rr) == ns_t_soa && ns_rr_rdlen(rr) > 20)
			return lesser((uint32_t)ns_rr_ttl(rr),
			    (uint32_t)ns_get32(ns_rr_rdata(rr) +
			    ns_rr_rdlen(rr) - 4));
	}
	return 0;
}

/* Those of the type that was asked for; a name that is denied has none, but an
 * alias may stand before it, whose time counts, too. */
static int
parse_records(struct arena *a, ns_msg *msg, int type, struct ask_answer *ans)
{
	bool found = false;
	ns_rr rr;

	ans->ttl = UINT32_MAX;
	for (int i = 0; i < ns_msg_count(*msg, ns_s_an); i++) {
		if (ns_parserr(msg, ns_s_an, i, &rr) == -1)
			return -1;
		ans->ttl = lesser(ans->ttl, (uint32_t)ns_rr_ttl(rr));
		if ((int)ns_rr_type(rr) != type ||
		    ans->rcode != ns_r_noerror)
			continue;
		found = true;
		take(&(struct record_view){ a, msg, &rr, ans });
	}
	if (!found)
		ans->ttl = lesser(ans->ttl, ttl_of_no(msg));
	return 0;
}

bool
answer_has_records(const void *packet, size_t len)
{
	const unsigned char *p = packet;

	return p != NULL && len >= NS_HFIXEDSZ && (p[6] | p[7]) != 0;
}

/*
 * rcode is what libunbound's callback says, which is 0 for every answer it
 * could get; whether the name exists stands in the packet.
 */
void
answer_parse(struct arena *a, const void *packet, size_t len, int rcode,
    int type, struct ask_answer *ans)
{
	ns_msg msg;

	memset(ans, 0, sizeof(*ans));
	ans->rcode = rcode;
	if (rcode != ns_r_noerror && rcode != ns_r_nxdomain)
		return;
	if (packet == NULL || len > NS_MAXMSG ||
	    ns_initparse(packet, (int)len, &msg) == -1) {
		ans->rcode = ns_r_servfail;
		return;
	}
	ans->rcode = ns_msg_getflag(msg, ns_f_rcode);
	if (parse_records(a, &msg, type, ans) == -1) {
		memset(ans, 0, sizeof(*ans));
		ans->rcode = ns_r_servfail;
	}
}
