/*
 * fuzz_addr - addresses, encoded words and Content-Type in any header value.
 */
#include "config.h"

#include "mail/mail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new();
	struct slice value = slice_make((const char *)data, n);
	struct mail_addr *addrs;
	struct mail_ctype ct;
	size_t n_addrs;

	mail_addrs_parse(a, value, &addrs, &n_addrs);
	for (size_t i = 0; i < n_addrs; i++)
		mail_words_decode(a, addrs[i].phrase);
	mail_ctype_parse(a, value, &ct);
	arena_free(&a);
	return 0;
}
