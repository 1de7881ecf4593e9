/*
 * fuzz_date - dates in any text; a date that is found lies in 1970..2038.
 */
#include "config.h"

#include <stdlib.h>

#include "mail/mail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	long long when;

	if (mail_date_parse(slice_make((const char *)data, n), &when) == 0 &&
	    (when < 0 || when > 2145916800LL + 100 * 3600))
		abort();
	return 0;
}
