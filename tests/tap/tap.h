/*
 * tap - the Test Anything Protocol for unit tests, in one header.
 *
 *	int main(void) { test_a(); test_b(); return tap_done(); }
 *
 * ok(cond, "what %d", n), is_int, is_str, is_slice, is_num print one line a
 * check and go on after a failure.  The plan is printed at the end.
 */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/slice.h"

static int tap_count, tap_failures;

__attribute__((unused, format(printf, 4, 5))) static bool
tap_check(bool good, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	tap_count++;
	if (!good)
		tap_failures++;
	printf("%s %d - ", good ? "ok" : "not ok", tap_count);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	if (!good)
		printf("#   at %s:%d\n", file, line);
	fflush(stdout);
	return good;
}

__attribute__((unused)) static void
tap_show(const char *label, const char *p, size_t n)
{
	printf("#   %s: \"", label);
	for (size_t i = 0; i < n && i < 600; i++) {
		unsigned char c = (unsigned char)p[i];
		if (c == '\n')
			printf("\\n");
		else if (c < 0x20 || c >= 0x7f || c == '\\' || c == '"')
			printf("\\x%02x", c);
		else
			putchar(c);
	}
	printf("\"\n");
}

__attribute__((unused)) static bool
tap_slice(struct slice got, struct slice want, const char *file, int line,
    const char *name)
{
	bool good = got.n == want.n &&
	    (got.n == 0 || memcmp(got.p, want.p, got.n) == 0);

	tap_check(good, file, line, "%s", name);
	if (!good) {
		tap_show("got ", got.p, got.n);
		tap_show("want", want.p, want.n);
	}
	return good;
}

__attribute__((unused)) static bool
tap_num(double got, double want, const char *file, int line, const char *name)
{
	bool good = fabs(got - want) <= 1e-9 * (1 + fabs(want));

	tap_check(good, file, line, "%s", name);
	if (!good)
		printf("#   got %.12g, want %.12g\n", got, want);
	return good;
}

#define ok(cond, ...) tap_check((cond), __FILE__, __LINE__, __VA_ARGS__)
#define is_slice(got, want, name) \
	tap_slice((got), (want), __FILE__, __LINE__, (name))
#define is_str(got, want, name) \
	tap_slice(slice_cstr(got), slice_cstr(want), __FILE__, __LINE__, (name))
#define is_cstr(got_slice, want, name) \
	tap_slice((got_slice), slice_cstr(want), __FILE__, __LINE__, (name))
#define is_num(got, want, name) \
	tap_num((got), (want), __FILE__, __LINE__, (name))
#define is_int(got, want, name) is_num((double)(got), (double)(want), (name))

__attribute__((unused)) static int
tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failures ? 1 : 0;
}

#endif
