/*
 * tag_message.c - tags about the program, its host and the message.
 */
#include "config.h"

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "report/report-priv.h"

void
tag_version(struct buf *b, const struct tag_context *c,
    const struct tag_call *call)
{
	buf_add_slice(b, c->conf->version);
}

void
tag_subversion(struct buf *b, const struct tag_context *c,
    const struct tag_call *call)
{
	buf_add_slice(b, c->conf->released);
}

/* "# UPDATE version" lines of the rule files. */
void
tag_rules_version(struct buf *b, const struct tag_context *c,
    const struct tag_call *call)
{
	buf_add_slice(b, c->conf->rules_version);
}

void
tag_hostname(struct buf *b, const struct tag_context *c,
    const struct tag_call *call)
{
	buf_add_slice(b, c->conf->hostname);
}

/* The daemon sets these; otherwise the message came from here. */
void
tag_remote_host(struct buf *b, const struct tag_context *c,
    const struct tag_call *call)
{
	if (!tag_add_metadata(b, c, call->name))
		buf_adds(b, "localhost");
}

void
tag_remote_address(struct buf *b, const struct tag_context *c,
    const struct tag_call *call)
{
	if (!tag_add_metadata(b, c, call->name))
		buf_adds(b, "127.0.0.1");
}

void
tag_contact(struct buf *b, const struct tag_context *c,
    const struct tag_call *call)
{
	buf_add_slice(b, conf_text(c->conf->conf, "report_contact"));
}

/* RFC 5322, in English whatever the locale. */
void
tag_date(struct buf *b, const struct tag_context *c,
    const struct tag_call *call)
{
	static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu",
		"Fri", "Sat" };
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr",
		"May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t now = (time_t)clock_wall();
	struct tm tm;
	long zone;

	localtime_r(&now, &tm);
	zone = tm.tm_gmtoff / 60;
	buf_addf(b, "%s, %02d %s %04d %02d:%02d:%02d %c%02ld%02ld",
	    days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
	    tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec,
	    zone < 0 ? '-' : '+', labs(zone) / 60, labs(zone) % 60);
}

void
tag_timing(struct buf *b, const struct tag_context *c,
    const struct tag_call *call)
{
	double ms = c->verdict->ms, cpu = c->verdict->cpu_ms;

	buf_addf(b, "total %.0f ms - cpu: %.1f (%.1f%%), waiting: %.1f "
	    "(%.1f%%)", ms, cpu, ms > 0 ? 100 * cpu / ms : 0,
	    ms > cpu ? ms - cpu : 0, ms > cpu ? 100 * (ms - cpu) / ms : 0);
}

/* Without statistics nothing speaks for either side. */
void
tag_bayes(struct buf *b, const struct tag_context *c,
    const struct tag_call *call)
{
	if (!tag_add_metadata(b, c, call->name))
		buf_adds(b, "0.5");
}

/* What header rules see of it: decoded, each field with its line end. */
void
tag_header(struct buf *b, const struct tag_context *c,
    const struct tag_call *call)
{
	struct view_header_req req;
	struct slice value;

	if (view_header_req_parse(c->arena, call->arg, &req, NULL) == 0 &&
	    view_header(c->view, &req, &value))
		buf_add_slice(b, value);
}

void
tag_metadata(struct buf *b, const struct tag_context *c,
    const struct tag_call *call)
{
	tag_add_metadata(b, c, call->name);
}

void
tag_zones(struct buf *b, const struct tag_context *c,
    const struct tag_call *call)
{
	const struct verdict *v = c->verdict;
	bool any = false;

	for (size_t i = 0; i < v->n_zones; i++) {
		const struct verdict_zone *z = &v->zones[i];

		if (!z->used || (z->state == ZONE_TRUSTED &&
		    z->reason != REASON_RESOLVER))
			continue;
		buf_addf(b, "%s%.*s=%s", any ? ", " : "", SLICE_FMT(z->name),
		    zone_state_name(z->state));
		if (z->reason != REASON_NONE)
			buf_addf(b, " (%s)", zone_reason_name(z->reason));
		any = true;
	}
	if (!any)
		buf_adds(b, "all trusted");
}
