/*
 * fuzz_mail - the message parser and everything lazy behind it, on any bytes.
 */
#include "config.h"

#include <stdlib.h>

#include "mail/mail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
look_at_part(struct mail *m, struct mail_part *p)
{
	struct slice name, bytes, s = mail_part_decoded(m, p);
	bool unicode, bad;
	size_t end;

	mail_to_utf8(m->arena, s, p->charset, &unicode, &bad);
	while (mail_decode_uu(m->arena, s, &name, &bytes, &end))
		s = slice_sub(s, end, s.n);
	for (size_t i = 0; i < p->header.fields.n; i++)
		mail_field_decoded(m->arena, &p->header.fields.v[i]);
	if (p->header_offset > m->raw.n || p->body_offset > m->raw.n ||
	    p->body_length > m->raw.n - p->body_offset)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new();
	struct mail *m = mail_parse(a, slice_make((const char *)data, n));

	for (size_t i = 0; i < m->parts.n; i++)
		look_at_part(m, m->parts.v[i]);
	arena_free(&a);
	return 0;
}
