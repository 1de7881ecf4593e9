/*
 * ip.c - IPv4 addresses as text.
 *
 * HELO and the relay's own address are compared as they are written, not as
 * numbers: 010.1.2.3 is no address, and private networks are known by their
 * first labels.
 */
#include "config.h"

#include "plugins/relayeval/relayeval.h"

/* The decimal label in front, without leading zeros; -1 if it is none.  The
 * label and a dot behind it are cut off *s. */
static int
take_octet(struct tare_slice *s)
{
	size_t n = 0;
	int value = 0;

	for (; n < s->n && n < 4 && text_is_digit(s->p[n]); n++)
		value = value * 10 + (s->p[n] - '0');
	if (n == 0 || n > 3 || (n > 1 && s->p[0] == '0'))
		return -1;
	*s = text_sub(*s, n + (n < s->n && s->p[n] == '.'), s->n);
	return value;
}

bool
ip_is_private(struct tare_slice ip)
{
	int a = take_octet(&ip), b = take_octet(&ip);

	return a == 10 || a == 127 || (a == 169 && b == 254) ||
	    (a == 172 && b >= 16 && b <= 31) || (a == 192 && b == 168) ||
	    (a == 100 && b >= 64 && b <= 127);
}

bool
ip_is_quad(struct tare_slice s)
{
	size_t dots = 0, run = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (text_is_digit(s.p[i])) {
			run++;
		} else if (s.p[i] == '.' && run > 0) {
			dots++;
			run = 0;
		} else {
			return false;
		}
	}
	return dots == 3 && run > 0;
}

bool
ip_is_public(struct tare_slice ip)
{
	struct tare_slice rest = ip;

	if (!ip_is_quad(ip))
		return false;
	for (int i = 0; i < 4; i++) {
		int octet = take_octet(&rest);

		if (octet < 0 || octet > 255)
			return false;
	}
	return !ip_is_private(ip);
}

struct tare_slice
ip_labels(struct tare_slice ip, unsigned n)
{
	size_t i = 0;

	for (; i < ip.n; i++) {
		if (ip.p[i] == '.' && --n == 0)
			break;
	}
	return text_sub(ip, 0, i);
}
