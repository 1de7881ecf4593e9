/*
 * outcome.c - a verdict as the reply a client asked for, and as a log line.
 *
 * The log line keeps the layout of spamd's `result:` line, which log
 * analysers parse (reference/protocol.md 3); whatever is added goes to its
 * end.  Everything in it that a client or a message chose has its blanks,
 * commas and controls replaced, so that no message can forge a field.
 */
#include "config.h"

#include "proc/worker-priv.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"

/* The score as shown: a ham score never rounds up to the threshold. */
static double
shown_score(const struct verdict *v)
{
	char text[32];

	weigh_show(v->score, v->required, text);
	return strtod(text, NULL);
}

static struct slice
body_of(struct arena *a, const struct outcome *o)
{
	struct view *view = scan_view(o->scan);
	struct report_conf conf = *o->report;

	/* The client joins this header and its own body.  spamd answers with
	 * the header of a report that wraps the message, which does not fit. */
	conf.in_place = o->rq->verb == WIRE_HEADERS;
	view_tag_add(view, SLICE("REMOTEHOSTNAME"), slice_cstr(o->peer->host));
	view_tag_add(view, SLICE("REMOTEHOSTADDR"), slice_cstr(o->peer->addr));
	switch (o->rq->verb) {
	case WIRE_SYMBOLS:
		return report_tests(a, o->verdict);
	case WIRE_REPORT:
	case WIRE_REPORT_IFSPAM:
		return report_text(a, o->report, o->verdict, view);
	case WIRE_PROCESS:
	case WIRE_HEADERS:
		return report_rewrite(a, &conf, o->verdict, view);
	default:
		return slice_make(NULL, 0);
	}
}

struct slice
outcome_reply(struct arena *a, const struct outcome *o)
{
	struct wire_reply rp = { .spam = o->verdict->spam,
		.score = shown_score(o->verdict),
		.required = o->verdict->required };

	rp.body = body_of(scan_arena(o->scan), o);
	return wire_reply_bytes(a, o->rq, &rp);
}

/* Names, ids and labels: one word without commas, at most 200 bytes. */
static void
add_word(struct buf *b, struct slice s, const char *if_empty)
{
	s = slice_sub(slice_trim(s), 0, 200);
	if (s.n == 0) {
		buf_adds(b, if_empty);
	}
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		buf_addc(b, c <= 0x20 || c == ',' || c >= 0x7f ? '_' :
		    (char)c);
	}
}

static struct slice
header(const struct outcome *o, struct slice name)
{
	const struct mail *m = view_mail(scan_view(o->scan));
	const struct mail_field *f;

	if (m->root == NULL) {
		return slice_make(NULL, 0);
	}
	f = mail_field_last(&m->root->header, name);
	return f != NULL ? f->raw : slice_make(NULL, 0);
}

void
outcome_log(const struct outcome *o)
{
	struct arena *a = scan_arena(o->scan);
	const struct verdict *v = o->verdict;
	struct slice rmid = header(o, SLICE("Resent-Message-ID"));
	struct slice tests = report_tests(a, v);
	struct buf b;

	buf_init(&b, a);
	buf_addf(&b, "result: %s %2d - %.*s scantime=%.1f,size=%zu,user=",
	    v->spam ? "Y" : ".", (int)v->score, SLICE_FMT(tests), o->seconds,
	    v->bytes);
	add_word(&b, o->user, "(unknown)");
	buf_addf(&b, ",uid=%u,required_score=%.1f,rhost=%s,raddr=%s,rport=%s,"
	    "mid=", (unsigned)getuid(), v->required, o->peer->host,
	    o->peer->addr, o->peer->port);
	add_word(&b, header(o, SLICE("Message-ID")), "(unknown)");
	if (rmid.n > 0) {
		buf_adds(&b, ",rmid=");
		add_word(&b, rmid, "-");
	}
	buf_adds(&b, ",autolearn=no autolearn_force=no");
	if (o->peer->known) {
		buf_addf(&b, ",peeruid=%u", (unsigned)o->peer->uid);
	}
	if (o->rq->user.n > 0 && !slice_eq(o->rq->user, o->user)) {
		buf_adds(&b, ",asked=");
		add_word(&b, o->rq->user, "-");
	}
	log_line(LOG_L_INFO, "spamd: %s", buf_cstr(&b));
}
