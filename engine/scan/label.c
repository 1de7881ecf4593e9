/*
 * label.c - what a message teaches about lists, told to the keeper.
 *
 * Called once per message, after its verdict.  The keeper learns from it who
 * sends this site good mail, and how much more often a list names spam than
 * ham.  For both the message needs a label that no list had a part in:
 *
 *	spam	the score without any rule that rests on a list, and without
 *		the metas that need one, reaches required_score
 *	ham	neither that score nor the verdict does
 *
 * A list proves nothing with its own vote, and one that breaks makes neither
 * spam nor ham.  What is in between is told without a label: the keeper gives
 * it one if the sender is known to be good, since ham that a list turned into
 * spam is what the list must answer for.
 *
 * The sender is the host that gave the message to a trusted one: its address is
 * certain.  Its name counts when the trusted host wrote one down, which servers
 * do for names whose address is that of the client.  The domain of From counts
 * when somebody vouches for it: the host's name is in the same registered
 * domain, or our own server says so in Authentication-Results (authres.c).
 * There is no DKIM or SPF in this engine.
 *
 * Of each list one vote: the codes of what counted.  A list of which anything
 * was void on this message, or that did not answer, has none.
 */
#include "config.h"

#include <string.h>

#include "scan/scan-priv.h"

/* ---- the label ---- */

/* No list has said anything; ids_r: the rules of which that was not so. */
static size_t
forget_lists(const struct scan *sc, struct rule_result *v, unsigned *ids_r)
{
	size_t n_zones, n = 0;
	const struct plug_zone *const *zones =
	    plug_zones(sc->scanner->eng->plug, &n_zones);

	for (size_t i = 0; i < n_zones; i++) {
		for (size_t k = 0; k < zones[i]->rules.n; k++) {
			unsigned id = zones[i]->rules.v[k];

			if (v[id].state == RESULT_UNKNOWN)
				continue;
			v[id].state = RESULT_UNKNOWN;
			ids_r[n++] = id;
		}
	}
	return n;
}

static double
score_without_lists(struct scan *sc)
{
	const struct engine *eng = sc->scanner->eng;
	size_t n = eng->rs->rules.n;
	struct arena_mark mark = arena_mark(sc->arena);
	struct rule_result *v = arena_copy(sc->arena, sc->results,
	    n * sizeof(*v));
	unsigned *ids = arena_alloc_array(sc->arena, n + 1, sizeof(*ids));
	double score;

	n = forget_lists(sc, v, ids);
	(void)rule_quiet_change(eng->metas, sc->arena, ids, n, v);
	score = decide_score(sc, v);
	arena_rewind(sc->arena, mark);
	return score;
}

static uint8_t
flags(struct scan *sc)
{
	const struct verdict *v = &sc->verdict;

	if (score_without_lists(sc) >= v->required)
		return MESSAGE_SPAM;
	return v->spam ? 0 : MESSAGE_HAM;
}

/* ---- the sender ---- */

/* Who gave the message to a host that we trust; NULL: nobody did. */
static const struct view_relay *
last_stranger(struct scan *sc)
{
	const struct view_relays *r = view_relays(sc->view);
	const struct view_relay *host;

	if (r->n_trusted >= r->n)
		return NULL;
	host = &r->all[r->n_trusted];
	return host->has_ip && !host->ip_private ? host : NULL;
}

static struct slice
registered(struct scan *sc, struct slice host)
{
	const struct view_domains *d = sc->scanner->eng->view_conf.domains;
	struct slice org = view_domain_registered(d, host);
	struct ip ip;

	/* an address literal is nobody's domain */
	return ip_parse(org, &ip) == 0 ? (struct slice){ NULL, 0 } : org;
}

static struct slice
from_domain(struct scan *sc)
{
	struct view_header_req req;
	struct slice value;
	ptrdiff_t at;

	if (view_header_req_parse(sc->arena, SLICE("From:addr"), &req,
	    NULL) != 0 || !view_header(sc->view, &req, &value))
		return (struct slice){ NULL, 0 };
	value = slice_trim(value);
	at = slice_rchr(value, '@');
	return at < 0 ? (struct slice){ NULL, 0 } : registered(sc,
	    slice_sub(value, (size_t)at + 1, value.n));
}

/*
 * Fields above the Received line that the stranger's own host would have
 * written: a server puts its results above or right below its own line.
 */
static bool
server_vouches(struct scan *sc, const struct view_relay *host,
    struct slice org)
{
	const struct mail_header *h = &sc->mail->root->header;
	struct authres_wish w = { .org = org,
		.domains = sc->scanner->eng->view_conf.domains };
	size_t received = 0;

	w.ids = conf_list(sc->scanner->eng->conf, "known_good_authserv",
	    &w.n_ids);
	for (size_t i = 0; i < h->fields.n && w.n_ids > 0; i++) {
		const struct mail_field *f = &h->fields.v[i];

		if (slice_eq_nocase(f->name, SLICE("Received")) &&
		    received++ > host->header_index)
			return false;
		if (slice_eq_nocase(f->name,
		    SLICE("Authentication-Results")) &&
		    authres_vouches(sc->arena, f->raw, &w))
			return true;
	}
	return false;
}

static bool
fill_sender(struct scan *sc, struct record_message *m)
{
	const struct view_relay *host = last_stranger(sc);
	struct slice host_org, from_org;

	if (host == NULL)
		return false;
	memcpy(m->ip, host->ip.b, sizeof(m->ip));
	m->family = host->ip.v4 ? 4 : 6;
	host_org = registered(sc, host->rdns);
	from_org = from_domain(sc);
	record_text(m->host_org, sizeof(m->host_org), host_org);
	if (from_org.n > 0 && from_org.n < sizeof(m->from_org) &&
	    (slice_eq_nocase(from_org, host_org) ||
	    server_vouches(sc, host, from_org)))
		record_text(m->from_org, sizeof(m->from_org), from_org);
	return true;
}

/* ---- the votes ---- */

static void
add_code(struct record_vote *v, uint32_t code, bool allow)
{
	unsigned i = 0;

	while (i < v->n && v->code[i] != code)
		i++;
	if (i == LIMIT_ANSWER_ADDRS)
		return;
	if (i == v->n)
		v->code[v->n++] = code;
	if (allow)
		v->allow |= (uint8_t)(1u << i);
}

/* False: the zone has no say on this message. */
static bool
fill_vote(struct scan *sc, uint16_t zone, struct record_vote *v)
{
	const struct engine *eng = sc->scanner->eng;

	if (sc->zone_use[zone] != ZONE_ANSWERED)
		return false;
	*v = (struct record_vote){ .zone = record_name_hash(slice_cstr(
	    sc->zones->entries[zone].name)) };
	for (size_t i = 0; i < sc->positives.n; i++) {
		const struct positive *p = sc->positives.v[i];

		if (p->zone != zone)
			continue;
		if (p->state != POSITIVE_COUNTED)
			return false;
		add_code(v, p->code.s_addr, rule_score(
		    eng->rs->rules.v[p->rule], eng->score_set) < 0);
	}
	return true;
}

void
label_send(struct scan *sc)
{
	const struct scanner *s = sc->scanner;
	struct record_message m;

	if (s->opt.evidence == NULL || s->ask == NULL)
		return;
	/* Not all rules have spoken. */
	if (sc->verdict.partial || sc->verdict.ended_as != NULL)
		return;
	record_init(&m.head, RECORD_MESSAGE, s->opt.worker,
	    s->eng->generation, zones_now(s));
	if (!fill_sender(sc, &m))
		return;
	m.flags = flags(sc);
	for (size_t i = 0; i < sc->zones->n; i++) {
		if (m.n == RECORD_ITEMS) {
			s->opt.evidence(&m.head, s->opt.evidence_arg);
			m.n = 0;
			m.flags |= MESSAGE_MORE;
		}
		m.n += fill_vote(sc, (uint16_t)i, &m.v[m.n]);
	}
	s->opt.evidence(&m.head, s->opt.evidence_arg);
}
