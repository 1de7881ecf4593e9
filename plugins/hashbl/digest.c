/*
 * digest - hashes as lists want them; the only file with nettle.
 *
 * SHA-1 and MD5 in hexadecimal, SHA-256 in lower-case base32 (RFC 4648)
 * without padding, because 64 digits would not fit a DNS label.
 *
 * Nettle and not OpenSSL: it computes and does nothing else.  OpenSSL reads
 * its configuration on first use, which a sandboxed worker cannot.
 */
#include "config.h"

#include <nettle/md5.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <nettle/version.h>

#include "plugins/hashbl/hashbl.h"
#include "plugins/text.h"

/* Nettle 4 always gives the whole digest. */
#if NETTLE_VERSION_MAJOR >= 4
#define FINISH(function, context, size, dst) function((context), (dst))
#else
#define FINISH(function, context, size, dst) \
	function((context), (size), (dst))
#endif

static void
hex(const uint8_t *digest, size_t n, char *dst)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*dst++ = digits[digest[i] >> 4];
		*dst++ = digits[digest[i] & 15];
	}
	*dst = '\0';
}

static void
base32(const uint8_t *digest, size_t n, char *dst)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	unsigned bits = 0, held = 0;

	for (size_t i = 0; i < n; i++) {
		bits = (bits << 8 | digest[i]) & 0xffff;
		for (held += 8; held >= 5; held -= 5)
			*dst++ = digits[bits >> (held - 5) & 31];
	}
	if (held > 0)
		*dst++ = digits[bits << (5 - held) & 31];
	*dst = '\0';
}

bool
hashbl_digest(const double opt[HASHBL_OPTIONS], struct tare_slice value,
    char dst[HASHBL_KEY_BYTES])
{
	const uint8_t *p = (const uint8_t *)value.p;
	union {
		struct sha256_ctx sha256;
		struct sha1_ctx sha1;
		struct md5_ctx md5;
	} c;
	uint8_t out[SHA256_DIGEST_SIZE];

	if (opt[HASHBL_SHA256] != 0) {
		sha256_init(&c.sha256);
		sha256_update(&c.sha256, value.n, p);
		FINISH(sha256_digest, &c.sha256, SHA256_DIGEST_SIZE, out);
		base32(out, SHA256_DIGEST_SIZE, dst);
	} else if (opt[HASHBL_SHA1] != 0) {
		sha1_init(&c.sha1);
		sha1_update(&c.sha1, value.n, p);
		FINISH(sha1_digest, &c.sha1, SHA1_DIGEST_SIZE, out);
		hex(out, SHA1_DIGEST_SIZE, dst);
	} else if (opt[HASHBL_MD5] != 0) {
		md5_init(&c.md5);
		md5_update(&c.md5, value.n, p);
		FINISH(md5_digest, &c.md5, MD5_DIGEST_SIZE, out);
		hex(out, MD5_DIGEST_SIZE, dst);
	} else {
		if (value.n >= HASHBL_KEY_BYTES ||
		    memchr(value.p, '\0', value.n) != NULL)
			return false;
		memcpy(dst, value.p, value.n);
		dst[value.n] = '\0';
	}
	return true;
}
