/*
 * log.c - syslog or stderr, one line per event.
 *
 * The only process-wide state is where lines go; proc/ sets it at start.
 */
#include "config.h"

#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"

static struct {
	bool to_stderr;
	enum log_level max;
	char ident[32];
	char role[32];
} sink = { .to_stderr = true, .max = LOG_L_INFO, .ident = "tare" };

void
log_open(const char *ident, bool to_stderr, enum log_level max)
{
	snprintf(sink.ident, sizeof(sink.ident), "%s", ident);
	sink.to_stderr = to_stderr;
	sink.max = max;
	if (!to_stderr)
		openlog(sink.ident, LOG_PID, LOG_MAIL);
}

void
log_role(const char *role)
{
	snprintf(sink.role, sizeof(sink.role), "%s", role);
}

void
log_line(enum log_level level, const char *fmt, ...)
{
	static const int priority[] = { LOG_ERR, LOG_WARNING, LOG_INFO,
		LOG_DEBUG };
	static const char *const word[] = { "error", "warning", "info",
		"debug" };
	char when[32];
	struct buf b;
	va_list ap;

	if (level > sink.max)
		return;
	buf_init(&b, NULL);
	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	if (sink.to_stderr) {
		clock_iso(clock_wall(), when, sizeof(when));
		fprintf(stderr, "%s %s[%d] %s%s%s: %s\n", when, sink.ident,
		    (int)getpid(), sink.role, sink.role[0] ? " " : "",
		    word[level], buf_cstr(&b));
	} else {
		syslog(priority[level], "%s%s%s", sink.role,
		    sink.role[0] ? ": " : "", buf_cstr(&b));
	}
	buf_free(&b);
}

void
log_value(struct buf *b, struct slice v)
{
	size_t max = 200;

	if (v.n == 0)
		buf_addc(b, '-');
	for (size_t i = 0; i < v.n && i < max; i++) {
		unsigned char c = (unsigned char)v.p[i];

		if (c <= 0x20 || c >= 0x7f || c == '"' || c == '\\')
			buf_addf(b, "\\x%02x", c);
		else
			buf_addc(b, (char)c);
	}
	if (v.n > max)
		buf_adds(b, "...");
}
