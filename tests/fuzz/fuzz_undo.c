/*
 * fuzz_undo - whatever a sender writes: marked in any way, undo gives it back
 * byte for byte; and undone without having been marked, its body stays its body
 * and its header gets no field that was not in it.
 */
#include "config.h"

#include <stdlib.h>

#include "tests/unit/report/fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Settings are kept for the life of the program, so they are made once. */
static struct fixture fixtures[FIXTURE_MODES];

static void
make_fixtures(void)
{
	for (size_t k = 0; k < FIXTURE_MODES; k++) {
		fixture_init(&fixtures[k]);
		fixture_mode(&fixtures[k], k);
	}
}

static void
check_marked(struct fixture *f, const char *mode, struct slice raw)
{
	struct arena_mark mark = arena_mark(f->a);
	struct slice out = fixture_rewrite(f, raw), back;

	back = report_undo(f->a, out);
	if (!slice_eq(back, raw)) {
		printf("# marked %s, comes back otherwise\n", mode);
		tap_show("was ", raw.p, raw.n);
		tap_show("out ", out.p, out.n);
		tap_show("back", back.p, back.n);
		fflush(stdout);
		abort();
	}
	arena_rewind(f->a, mark);
}

/* What the field says, without the white space around it, is in text. */
static bool
stands_in(struct slice field, struct slice text)
{
	struct slice line;

	while (slice_line(&field, &line)) {
		if (slice_chr(line, ':', 0) >= 0)
			line = slice_sub(line, (size_t)slice_chr(line, ':', 0)
			    + 1, line.n);
		if (slice_find_nocase(text, slice_trim(line), 0) < 0)
			return false;
	}
	return true;
}

static void
check_unmarked(struct arena *a, struct slice raw)
{
	struct mail *was = mail_parse(a, raw), *is;
	size_t end = was->envelope_length + was->header_length;
	struct slice back = report_undo(a, raw), head, field;
	struct slice body = slice_sub(raw, end, raw.n);
	struct unwrapped u;

	if (undo_unwrap(a, was, &u))
		return;
	if (!slice_ends(back, body))
		abort();
	is = mail_parse(a, back);
	head = slice_sub(back, is->envelope_length, is->envelope_length +
	    is->header_length);
	while (field_next(&head, &field)) {
		if (!field_is_mark(field) && !stands_in(field, raw))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice raw = slice_make((const char *)data, n);
	struct arena *a = arena_new();

	if (fixtures[0].a == NULL)
		make_fixtures();
	for (size_t k = 0; k < FIXTURE_MODES; k++)
		check_marked(&fixtures[k], fixture_modes[k].name, raw);
	check_unmarked(a, raw);
	arena_free(&a);
	return 0;
}
