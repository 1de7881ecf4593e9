/*
 * hostname - can DNS be asked for this name?  Not installed.
 *
 * At least two labels of letters, digits, hyphens within, and underscores
 * below the second level.  Dots at the end do not count.
 */
#ifndef PLUGINS_HOSTNAME_H
#define PLUGINS_HOSTNAME_H

#include "plugins/text.h"

/* RFC 1035 2.3.4 */
#define HOSTNAME_MAX 253
#define HOSTNAME_LABEL_MAX 63

static inline bool
hostname_label(struct tare_slice s, bool underscore)
{
	if (s.n < 1 || s.n > HOSTNAME_LABEL_MAX || s.p[0] == '-' ||
	    s.p[s.n - 1] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!text_is_word(s.p[i]) && s.p[i] != '-')
			return false;
		if (s.p[i] == '_' && !underscore)
			return false;
	}
	return true;
}

static inline bool
hostname_valid(struct tare_slice s)
{
	unsigned labels = 0;
	size_t end;

	while (s.n > 0 && s.p[s.n - 1] == '.')
		s.n--;
	end = s.n;
	if (s.n > HOSTNAME_MAX)
		return false;
	for (size_t i = s.n + 1; i-- > 0;) {
		if (i > 0 && s.p[i - 1] != '.')
			continue;
		if (!hostname_label(text_sub(s, i, end), labels++ >= 2))
			return false;
		end = i > 0 ? i - 1 : 0;
	}
	return labels >= 2;
}

#endif
