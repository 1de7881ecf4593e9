/*
 * name - what a question asks for, as a name in DNS.
 *
 * key.zone in lower case, so that the same question is known again.  Used by
 * flight.c.
 */
#include "config.h"

#include <string.h>

#include "ask/ask-priv.h"
#include "base/map.h"

/*
 * Only letters, digits, hyphen and underscore: the name is given to
 * libunbound as text, where a backslash would begin an escape.
 */
static bool
name_valid(const char *name, size_t n)
{
	size_t label = 0;

	if (n == 0 || n > LIMIT_DNS_NAME)
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c == '.') {
			if (label == 0)
				return false;
			label = 0;
		} else if ((!ascii_isword(c) && c != '-') ||
		    ++label > LIMIT_DNS_LABEL) {
			return false;
		}
	}
	return label > 0;
}

bool
name_make(const struct question *what, struct asked_name *name)
{
	struct slice key = slice_cstr(what->key), zone = { NULL, 0 };
	char *dst = name->text;
	size_t n;

	if (what->zone != NULL)
		zone = slice_cstr(what->zone->conf.name);
	else if (key.n > 1 && key.p[key.n - 1] == '.')
		key.n--;
	n = key.n + (zone.n > 0 ? zone.n + 1 : 0);
	if (key.n == 0 || key.n > LIMIT_DNS_NAME || n > LIMIT_DNS_NAME)
		return false;
	for (size_t i = 0; i < key.n; i++)
		dst[i] = (char)ascii_lower((unsigned char)key.p[i]);
	if (zone.n > 0) {
		dst[key.n] = '.';
		memcpy(dst + key.n + 1, zone.p, zone.n);
	}
	dst[n] = '\0';
	name->n = n;
	name->key_len = key.n;
	name->hash = hash_bytes(dst, n) + (unsigned)what->type;
	return name_valid(dst, n);
}
