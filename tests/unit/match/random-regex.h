/*
 * random-regex - regexes and subjects that nobody chose, the same in every
 * run; for the tests that compare an analysis with PCRE2.
 */
#ifndef TESTS_MATCH_RANDOM_REGEX_H
#define TESTS_MATCH_RANDOM_REGEX_H

#include "base/buf.h"

struct random {
	uint64_t state;
};

static inline unsigned
pick(struct random *r, unsigned n)
{
	r->state = r->state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(r->state >> 33) % n;
}

static const char *const atoms[] = {
	"a", "b", "B", "ab", "aB", "c", "\xe9", "\xc9", ".", "\\w", "\\x62",
	"[ab]", "[^a]", "[A-C]", "[[:alpha:]]", "\\141", "\\Qab\\E", "\\b",
	"^", "$", "[\xe0-\xe9]", "\\s", "[\\w-]", "[^\\W]", "\\D", "[]a]",
	" ", "#", "\\ ", "(?#b)", "\\E", "[a\\x62\\]]", "\\1", "\\Qb", "x{1",
};
static const char *const opens[] = {
	"(", "(?:", "(?i:", "(?-i:", "(?=", "(?!", "(?<=", "(?>", "(?|",
	"(?<N>", "(?x: ", "(?^:", "(?(1)", "(?s-i:",
};
static const char *const quantifiers[] = {
	"", "", "", "", "", "*", "+", "?", "{2}", "{0,1}", "{1,2}", "{2,}",
	"+?", "*+", "??", "{0}",
};
static const char *const switches[] = { "(?i)", "(?-i)", "(?x)", "(?^)" };

#define PICK(r, table) \
	((table)[pick((r), sizeof(table) / sizeof((table)[0]))])

static inline void
random_regex(struct random *r, struct buf *b, unsigned depth)
{
	unsigned n = 1 + pick(r, 4);

	for (unsigned i = 0; i < n; i++) {
		unsigned kind = pick(r, 12);

		if (kind == 0 && i > 0) {
			buf_addc(b, '|');
		} else if (kind == 1) {
			buf_adds(b, PICK(r, switches));
		} else if (kind <= 4 && depth < 3) {
			buf_adds(b, PICK(r, opens));
			random_regex(r, b, depth + 1);
			buf_addc(b, ')');
			buf_adds(b, PICK(r, quantifiers));
		} else {
			buf_adds(b, PICK(r, atoms));
			buf_adds(b, PICK(r, quantifiers));
		}
	}
}

static inline struct slice
random_subject(struct random *r, char *p, size_t most)
{
	static const char bytes[] = "aabbcABC\xe9\xc9 1.]#x\n";
	size_t n = pick(r, (unsigned)most);

	for (size_t i = 0; i < n; i++)
		p[i] = bytes[pick(r, sizeof(bytes) - 1)];
	return slice_make(p, n);
}

#endif
