/*
 * opensmtpd_session.c - smtpd's filter protocol, line by line.
 *
 * Called by opensmtpd_cmd.c for each line.  smtpd-filters(7), protocol 0.5 and
 * later (the session comes before the token):
 *
 *   report|0.6|TIME|smtp-in|EVENT|SESSION|...
 *   filter|0.6|TIME|smtp-in|data-line|SESSION|TOKEN|LINE
 *   filter|0.6|TIME|smtp-in|commit|SESSION|TOKEN
 *
 * Data lines are as the client sent them: a leading dot is doubled, a dot
 * alone ends the message.  They are kept until the end, scanned, and sent back
 * marked.  The verdict on the whole message is given at commit.
 *
 * smtpd adds its own Received field after filters have seen a message.  Rules
 * about the client's address need it, so the message is scanned with a field
 * of the same meaning in front, which is taken out of the answer again.
 *
 * Invariant: whatever fails, smtpd gets the whole message back and then a
 * temporary refusal (or, where the operator wants it, no refusal): a message
 * is never delivered in part.
 *
 * Limits: a message of more than LIMIT_MESSAGE_BYTES is not kept: its lines
 * pass as they come, unscanned.
 */
#include "config.h"

#include "cmd/opensmtpd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"

#define FIELDS_MAX 12
#define NAME_MAX_ 255

struct session {
	struct session *next;
	struct opensmtpd *o;
	char id[40], token[40];
	char rdns[NAME_MAX_ + 1], ip[64], helo[NAME_MAX_ + 1];
	struct buf message;		/* dots undone, LF line ends */
	char received[4 * NAME_MAX_];	/* what we put in front */
	bool passing;			/* too long: lines go straight back */
	bool failed;			/* not scanned */
	double score;
	struct exchange *scan;
};

struct fields {
	struct slice v[FIELDS_MAX];
	size_t n;
};

/* ---- sessions ---- */

static struct session *
session_get(struct opensmtpd *o, struct slice id)
{
	struct session *s = o->sessions;

	while (s != NULL && !slice_eq(id, slice_cstr(s->id)))
		s = s->next;
	if (s != NULL || id.n >= sizeof(s->id))
		return s;
	s = mem_alloc(sizeof(*s));
	s->o = o;
	memcpy(s->id, id.p, id.n);
	buf_init(&s->message, NULL);
	s->next = o->sessions;
	o->sessions = s;
	return s;
}

static void
session_forget_message(struct session *s)
{
	exchange_free(&s->scan);
	buf_free(&s->message);
	buf_init(&s->message, NULL);
	s->passing = false;
	s->failed = false;
	s->score = 0;
}

static void
session_free(struct opensmtpd *o, struct session *s)
{
	struct session **at = &o->sessions;

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	session_forget_message(s);
	buf_free(&s->message);
	mem_free(s);
}

void
opensmtpd_end(struct opensmtpd *o)
{
	while (o->sessions != NULL)
		session_free(o, o->sessions);
	buf_free(&o->out);
}

/* Into a header field of ours: nothing that could end it. */
static void
keep_name(char *dst, size_t size, struct slice s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n && n + 1 < size; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c > ' ' && c < 0x7f && strchr("()<>[]\\\"", c) == NULL)
			dst[n++] = (char)c;
	}
	dst[n] = '\0';
}

/* ---- to smtpd ---- */

/* Standard output may be the socket that standard input is: it never blocks. */
void
opensmtpd_flush(struct opensmtpd *o)
{
	while (o->written < o->out.n) {
		ssize_t n = write(STDOUT_FILENO, o->out.p + o->written,
		    o->out.n - o->written);

		if (n > 0) {
			o->written += (size_t)n;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			event_add(o->writable, NULL);
			return;
		} else if (errno != EINTR) {
			event_base_loopbreak(o->base);	/* smtpd is gone */
			break;
		}
	}
	buf_clear(&o->out);
	o->written = 0;
}

static void
put_line(struct session *s, struct slice line)
{
	buf_addf(&s->o->out, "filter-dataline|%s|%s|%s", s->id, s->token,
	    line.n > 0 && line.p[0] == '.' ? "." : "");
	buf_add_slice(&s->o->out, line);
	buf_addc(&s->o->out, '\n');
}

static void
put_end(struct session *s)
{
	buf_addf(&s->o->out, "filter-dataline|%s|%s|.\n", s->id, s->token);
	opensmtpd_flush(s->o);
}

/* Whole lines, without our Received field wherever it was copied to. */
static void
put_message(struct session *s, struct slice m)
{
	struct slice ours = slice_cstr(s->received);

	while (m.n > 0) {
		ptrdiff_t end = slice_chr(m, '\n', 0);
		struct slice line = slice_sub(m, 0, end < 0 ? m.n :
		    (size_t)end);

		m = slice_sub(m, line.n + (end >= 0), m.n);
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		if (ours.n == 0 || !slice_eq(line, ours))
			put_line(s, line);
	}
}

/* ---- the message ---- */

static void
on_scanned(const struct wire_answer *ans, const char *why, void *arg)
{
	struct session *s = arg;

	s->failed = ans == NULL;
	if (ans != NULL) {
		s->score = ans->score;
		put_message(s, ans->body);
	} else {
		fprintf(stderr, "tare opensmtpd: session %s: not scanned: "
		    "%s\n", s->id, why);
		s->received[0] = '\0';
		put_message(s, buf_slice(&s->message));
	}
	put_end(s);
	exchange_free(&s->scan);
	buf_free(&s->message);
	buf_init(&s->message, NULL);
}

/* One line: put_message must find it again. */
static void
make_received(struct session *s)
{
	time_t now = time(NULL);
	struct tm tm;
	char date[64];

	gmtime_r(&now, &tm);
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S +0000", &tm);
	snprintf(s->received, sizeof(s->received),
	    "Received: from %s (%s [%s]) by localhost (OpenSMTPD) with ESMTP "
	    "id %s; %s", s->helo[0] ? s->helo : "unknown",
	    s->rdns[0] ? s->rdns : "unknown", s->ip, s->id, date);
}

static void
scan(struct session *s)
{
	struct buf b;

	buf_init(&b, NULL);
	s->received[0] = '\0';
	if (s->ip[0] != '\0') {
		make_received(s);
		buf_addf(&b, "%s\n", s->received);
	}
	buf_add_slice(&b, buf_slice(&s->message));
	s->scan = exchange_start(s->o, buf_slice(&b), on_scanned, s);
	buf_free(&b);
}

static void
pass_from_here(struct session *s)
{
	s->received[0] = '\0';
	put_message(s, buf_slice(&s->message));
	buf_clear(&s->message);
	s->passing = true;
	fprintf(stderr, "tare opensmtpd: session %s: not scanned: longer "
	    "than %zu bytes\n", s->id, (size_t)LIMIT_MESSAGE_BYTES);
}

static void
on_data_line(struct session *s, struct slice line)
{
	bool end = slice_eq(line, SLICE("."));

	if (!end && line.n > 0 && line.p[0] == '.')
		line = slice_sub(line, 1, line.n);
	if (!end && !s->passing &&
	    s->message.n + line.n + 1 > LIMIT_MESSAGE_BYTES)
		pass_from_here(s);
	if (end && s->passing)
		put_end(s);
	else if (end)
		scan(s);
	else if (s->passing)
		put_line(s, line);
	else {
		buf_add_slice(&s->message, line);
		buf_addc(&s->message, '\n');
	}
}

static void
on_commit(struct session *s)
{
	struct opensmtpd *o = s->o;

	buf_addf(&o->out, "filter-result|%s|%s|", s->id, s->token);
	if (s->failed && !o->passthrough)
		buf_adds(&o->out, "reject|451 4.7.1 This message could not be "
		    "checked, try again later\n");
	else if (o->reject > 0 && s->score >= o->reject)
		buf_addf(&o->out, "reject|550 5.7.1 This message scored %.1f "
		    "points\n", s->score);
	else
		buf_adds(&o->out, "proceed\n");
	session_forget_message(s);
	opensmtpd_flush(o);
}

/* ---- from smtpd ---- */

/* The first n fields; the last one keeps its bars. */
static void
split(struct slice line, size_t n, struct fields *f_r)
{
	f_r->n = 0;
	while (f_r->n + 1 < n) {
		ptrdiff_t bar = slice_chr(line, '|', 0);

		if (bar < 0)
			break;
		f_r->v[f_r->n++] = slice_sub(line, 0, (size_t)bar);
		line = slice_sub(line, (size_t)bar + 1, line.n);
	}
	f_r->v[f_r->n++] = line;
}

static void
on_connect(struct opensmtpd *o, const struct fields *f)
{
	struct session *s = session_get(o, f->v[5]);
	struct slice src;
	ptrdiff_t colon;

	if (s == NULL || f->n < 9)
		return;
	src = f->v[8];
	colon = slice_rchr(src, ':');
	if (colon < 0 || slice_starts(src, SLICE("unix:")))
		return;
	keep_name(s->ip, sizeof(s->ip), slice_sub(src, 0, (size_t)colon));
	keep_name(s->rdns, sizeof(s->rdns), f->v[6]);
}

static void
on_identify(struct opensmtpd *o, const struct fields *f)
{
	struct session *s = session_get(o, f->v[5]);

	if (s != NULL && f->n >= 8)
		keep_name(s->helo, sizeof(s->helo), f->v[7]);
}

static void
on_reset(struct opensmtpd *o, const struct fields *f)
{
	struct session *s = session_get(o, f->v[5]);

	if (s != NULL)
		session_forget_message(s);
}

static void
on_disconnect(struct opensmtpd *o, const struct fields *f)
{
	struct session *s = session_get(o, f->v[5]);

	if (s != NULL)
		session_free(o, s);
}

static const struct {
	const char *event;
	void (*fn)(struct opensmtpd *o, const struct fields *f);
} reports[] = {
	{ "link-connect", on_connect },
	{ "link-identify", on_identify },
	{ "tx-reset", on_reset },
	{ "link-disconnect", on_disconnect },
};

static int
on_report(struct opensmtpd *o, struct slice line)
{
	struct fields f;

	split(line, FIELDS_MAX, &f);
	if (f.n < 6)
		return -1;
	for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++) {
		if (slice_eq(f.v[4], slice_cstr(reports[i].event)))
			reports[i].fn(o, &f);
	}
	return 0;
}

static int
on_filter(struct opensmtpd *o, struct slice line)
{
	struct session *s;
	struct fields f;

	split(line, 8, &f);
	if (f.n < 7 || (s = session_get(o, f.v[5])) == NULL ||
	    f.v[6].n >= sizeof(s->token))
		return -1;
	memcpy(s->token, f.v[6].p, f.v[6].n);
	s->token[f.v[6].n] = '\0';
	if (slice_eq(f.v[4], SLICE("data-line")) && f.n == 8)
		on_data_line(s, f.v[7]);
	else if (slice_eq(f.v[4], SLICE("commit")))
		on_commit(s);
	else
		return -1;
	return 0;
}

static int
on_config(struct opensmtpd *o, struct slice line)
{
	static const char registration[] =
	    "register|report|smtp-in|link-connect\n"
	    "register|report|smtp-in|link-identify\n"
	    "register|report|smtp-in|tx-reset\n"
	    "register|report|smtp-in|link-disconnect\n"
	    "register|filter|smtp-in|data-line\n"
	    "register|filter|smtp-in|commit\n"
	    "register|ready\n";

	if (slice_eq(line, SLICE("config|ready"))) {
		buf_adds(&o->out, registration);
		opensmtpd_flush(o);
	}
	return 0;
}

int
opensmtpd_line(struct opensmtpd *o, struct slice line)
{
	if (slice_starts(line, SLICE("config|")))
		return on_config(o, line);
	if (slice_starts(line, SLICE("report|")))
		return on_report(o, line);
	if (slice_starts(line, SLICE("filter|")))
		return on_filter(o, line);
	return -1;
}
