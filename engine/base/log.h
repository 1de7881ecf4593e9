/*
 * log - one line per event, key=value; used by proc/ and cmd/ only.
 *
 * Values from mail must pass through log_value() (controls, spaces and
 * quotes escaped), so that no message can forge a line.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/buf.h"

enum log_level { LOG_L_ERROR, LOG_L_WARN, LOG_L_INFO, LOG_L_DEBUG };

/* to_stderr: foreground; else syslog facility mail. */
void log_open(const char *ident, bool to_stderr, enum log_level max);
/* Name of the role in each line: master, worker[3], keeper. */
void log_role(const char *role);
void log_line(enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Append v, escaped and cut at 200 bytes. */
void log_value(struct buf *b, struct slice v);

#endif
