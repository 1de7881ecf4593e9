/*
 * err - why something failed, for the person who can mend it.
 *
 * Functions return 0 or -1 (or a negative enum err_code) and fill the
 * struct err that the caller passed; passing NULL is allowed.  Library
 * rooms never print: proc/ and cmd/ do.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/slice.h"

enum err_code {
	ERR_NONE = 0,
	ERR_USAGE = 64,		/* the numbers are sysexits(3), */
	ERR_DATA = 65,		/* so a main can exit with them */
	ERR_NOINPUT = 66,
	ERR_UNAVAILABLE = 69,
	ERR_SOFTWARE = 70,
	ERR_OS = 71,
	ERR_IO = 74,
	ERR_TEMP = 75,
	ERR_PROTOCOL = 76,
	ERR_CONFIG = 78,
};

struct err {
	enum err_code code;
	char text[480];
};

/* Both return -1, so that `return err_set(…);` reads well. */
int err_set(struct err *e, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* As err_set, with ": strerror(errno)" at the end. */
int err_errno(struct err *e, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
