/*
 * names - a set of words from rule files; see names.h.
 *
 * A table of chains that doubles when it is as full as wide.  Only rule files
 * put words in, so an unseeded hash is enough: mail cannot make a chain long.
 */
#include "config.h"

#include "plugins/names.h"
#include "plugins/text.h"

#define FIRST_WIDTH 64

struct name {
	struct name *next;
	struct tare_slice text;
	const void *value;
};

struct names {
	struct name **chains;
	size_t width, n;
};

struct names *
names_new(struct tare_setup *setup)
{
	struct names *s = tare_setup_alloc(setup, sizeof(*s));

	s->width = FIRST_WIDTH;
	s->chains = tare_setup_alloc(setup, s->width * sizeof(*s->chains));
	return s;
}

/* FNV-1a over lower case. */
static struct name **
chain_of(const struct names *s, struct tare_slice text)
{
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < text.n; i++)
		h = (h ^ (unsigned char)text_lower(text.p[i])) *
		    1099511628211u;
	return &s->chains[h % s->width];
}

static struct name *
find(const struct names *s, struct tare_slice text)
{
	struct name *at = *chain_of(s, text);

	while (at != NULL && !text_same_nocase(at->text, text))
		at = at->next;
	return at;
}

static void
widen(struct tare_setup *setup, struct names *s)
{
	struct names wide = { .width = 2 * s->width, .n = s->n };

	wide.chains = tare_setup_alloc(setup, wide.width *
	    sizeof(*wide.chains));
	for (size_t i = 0; i < s->width; i++) {
		while (s->chains[i] != NULL) {
			struct name *one = s->chains[i];
			struct name **to = chain_of(&wide, one->text);

			s->chains[i] = one->next;
			one->next = *to;
			*to = one;
		}
	}
	*s = wide;
}

void
names_put(struct tare_setup *setup, struct names *s, struct tare_slice text,
    const void *value)
{
	struct name *one = find(s, text), **chain;

	if (one == NULL) {
		if (s->n >= s->width)
			widen(setup, s);
		one = tare_setup_alloc(setup, sizeof(*one));
		one->text = text_of(tare_setup_strdup(setup, text));
		chain = chain_of(s, text);
		one->next = *chain;
		*chain = one;
		s->n++;
	}
	one->value = value;
}

const void *
names_get(const struct names *s, struct tare_slice text)
{
	const struct name *one = find(s, text);

	return one != NULL ? one->value : NULL;
}

size_t
names_count(const struct names *s)
{
	return s->n;
}
