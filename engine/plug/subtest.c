/*
 * subtest.c - which answers of a list a rule means (reference sa-compat 7.3).
 *
 * Forms: none (any), bit mask (of an answer in 127/8), range a-b, value/mask
 * a/m, dotted quad, /regex/, "text", [RCODE,…].  The last two only for askdns.
 */
#include "config.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "plug/plug-priv.h"

enum form { ANY, MASK, RANGE, VALUE_MASK, QUAD, REGEX, TEXT, RCODES };

struct tare_subtest {
	enum form form;
	uint32_t a, b;			/* host order */
	const char *text;		/* as written */
	struct regex *regex;
	uint32_t rcodes;		/* bit per rcode */
	bool notice;			/* its rule is called …BLOCKED… */
};

/* decimal, 0x hex, or dotted quad; false if none of these */
static bool
number(struct slice s, uint32_t *value_r, bool *quad_r)
{
	struct ip ip;
	char text[32], *end;

	*quad_r = false;
	if (s.n == 0 || s.n >= sizeof(text))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	if (slice_chr(s, '.', 0) >= 0) {
		if (ip_parse(s, &ip) != 0 || !ip.v4)
			return false;
		memcpy(value_r, ip.b + 12, 4);
		*value_r = ntohl(*value_r);
		*quad_r = true;
		return true;
	}
	if (!ascii_isdigit((unsigned char)text[0]))
		return false;
	*value_r = (uint32_t)strtoul(text, &end,
	    strncasecmp(text, "0x", 2) == 0 ? 16 : 10);
	return *end == '\0';
}

static bool
parse_numbers(struct tare_subtest *t, struct slice s,
    enum tare_subtest_form form)
{
	ptrdiff_t cut = -1;
	bool quad, quad2;

	if (form != TARE_SUBTEST_RBL) {
		cut = slice_chr(s, '/', 0);
		if (cut < 0)
			cut = slice_chr(s, '-', 0);
	}
	if (cut < 0) {
		if (!number(s, &t->a, &quad))
			return false;
		t->form = quad ? QUAD : MASK;
		return true;
	}
	if (!number(slice_sub(s, 0, (size_t)cut), &t->a, &quad) ||
	    !number(slice_sub(s, (size_t)cut + 1, s.n), &t->b, &quad2))
		return false;
	t->form = s.p[cut] == '-' ? RANGE : VALUE_MASK;
	return true;
}

static int
parse_regex(struct tare_setup *setup, struct tare_subtest *t, struct slice s,
    bool bare, struct tare_err *e)
{
	struct rule_regex re = { .text = s };
	struct err why = { 0 };

	if (!bare && rule_regex_parse(setup->plug->arena, s, &re,
	    &why) != 0) {
		tare_fail(e, "%s", why.text);
		return -1;
	}
	t->form = REGEX;
	t->text = arena_str(setup->plug->arena, re.text);
	t->regex = plug_regex(setup->plug, &re, &why);
	if (t->regex == NULL) {
		tare_fail(e, "sub-test %.*s: %s", SLICE_FMT(s), why.text);
		return -1;
	}
	return 0;
}

static bool
rcode(struct slice word, uint32_t *bit_r)
{
	static const char *const names[] = { "NOERROR", "FORMERR", "SERVFAIL",
		"NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET",
		"NXRRSET", "NOTAUTH", "NOTZONE" };
	long n = 0;

	while ((size_t)n < sizeof(names) / sizeof(*names) &&
	    !slice_eq_nocase(word, slice_cstr(names[n])))
		n++;
	if ((size_t)n == sizeof(names) / sizeof(*names) &&
	    slice_to_long(word, &n) != 0)
		return false;
	*bit_r = n >= 0 && n < 32 ? (uint32_t)1 << n : 0;
	return *bit_r != 0;
}

static int
parse_rcodes(struct tare_subtest *t, struct slice s, struct tare_err *e)
{
	struct slice word;

	t->form = RCODES;
	s = slice_sub(s, 1, s.n - 1);
	for (;;) {
		ptrdiff_t comma = slice_chr(s, ',', 0);
		uint32_t bit;

		word = slice_trim(comma < 0 ? s :
		    slice_sub(s, 0, (size_t)comma));
		if (!rcode(word, &bit)) {
			tare_fail(e, "'%.*s' is no DNS rcode; write e.g. "
			    "[NXDOMAIN,SERVFAIL]", SLICE_FMT(word));
			return -1;
		}
		t->rcodes |= bit;
		if (comma < 0)
			return 0;
		s = slice_sub(s, (size_t)comma + 1, s.n);
	}
}

static int
parse_askdns(struct tare_setup *setup, struct tare_subtest *t, struct slice s,
    struct tare_err *e)
{
	if (s.p[0] == '/' || slice_starts(s, SLICE("m")))
		return parse_regex(setup, t, s, false, e);
	if (s.n >= 2 && (s.p[0] == '"' || s.p[0] == '\'') &&
	    s.p[s.n - 1] == s.p[0]) {
		t->form = TEXT;
		t->text = arena_str(setup->plug->arena,
		    slice_sub(s, 1, s.n - 1));
		return 0;
	}
	if (s.n >= 2 && s.p[0] == '[' && s.p[s.n - 1] == ']')
		return parse_rcodes(t, s, e);
	tare_fail(e, "sub-test '%.*s' is none of: number, a-b, a/mask, "
	    "dotted quad, /regex/, \"text\", [RCODE]", SLICE_FMT(s));
	return -1;
}

struct tare_subtest *
tare_subtest_new(struct tare_setup *setup, struct tare_zone *z, unsigned rule,
    enum tare_subtest_form form, const char *text, struct tare_err *e)
{
	struct arena *a = setup->plug->arena;
	struct tare_subtest *t = arena_alloc(a, sizeof(*t));
	const struct rule *r = setup->rs->rules.v[rule];
	struct slice s = slice_trim(slice_cstr(text));
	int rc = 0;

	t->text = arena_str(a, s);
	t->notice = slice_find(r->name, SLICE("BLOCKED"), 0) >= 0;
	if (s.n == 0)
		t->form = ANY;
	else if (parse_numbers(t, s, form))
		rc = 0;
	else if (form == TARE_SUBTEST_RBL)
		rc = parse_regex(setup, t, s, true, e);
	else if (form == TARE_SUBTEST_ASKDNS)
		rc = parse_askdns(setup, t, s, e);
	else {
		tare_fail(e, "sub-test '%s' is none of: number, a-b, a/mask, "
		    "dotted quad", t->text);
		rc = -1;
	}
	if (rc != 0)
		return NULL;
	if (z != NULL) {
		if (t->form == ANY)
			z->any_code = true;
		*VEC_PUSH(a, &z->tests) = t;
		*VEC_PUSH(a, &z->pub.rules) = rule;
		if (rule_score(r, setup->score_set) < 0)
			z->pub.conf.allow = true;
	}
	return t;
}

bool
plug_subtest_takes(const struct tare_subtest *t, struct in_addr code)
{
	uint32_t v = ntohl(code.s_addr);
	char text[INET_ADDRSTRLEN];

	switch (t->form) {
	case ANY:
		return true;
	case MASK:
		return v >> 24 == 127 && (v & t->a) != 0;
	case RANGE:
		return v >= t->a && v <= t->b;
	case VALUE_MASK:
		return (v & t->b) == (t->a & t->b);
	case QUAD:
		return v == t->a;
	case REGEX:
		inet_ntop(AF_INET, &code, text, sizeof(text));
		return regex_search(t->regex, slice_cstr(text), 0, NULL, 0) ==
		    REGEX_HIT;
	case TEXT:
		inet_ntop(AF_INET, &code, text, sizeof(text));
		return strcmp(text, t->text) == 0;
	case RCODES:
		break;
	}
	return false;
}

bool
plug_subtest_is_notice(const struct tare_subtest *t)
{
	return t->notice;
}

/* Of 1024 addresses that differ in one number, at most this many. */
#define FEW 8

/*
 * A regex means this very code when it takes hardly another one:
 * ^127\.0\.0\.[12]$ does, ^127\.0\.\d+\.1$ does not.
 */
static bool
regex_means(const struct tare_subtest *t, struct in_addr code)
{
	unsigned taken = 0;

	if (!plug_subtest_takes(t, code))
		return false;
	for (unsigned i = 0; i < 1024 && taken <= FEW; i++) {
		unsigned shift = i / 256 * 8;
		uint32_t v = (ntohl(code.s_addr) & ~(0xffu << shift)) |
		    i % 256 << shift;
		struct in_addr other = { htonl(v) };

		taken += v != ntohl(code.s_addr) &&
		    plug_subtest_takes(t, other);
	}
	return taken <= FEW;
}

bool
plug_subtest_is_exact(const struct tare_subtest *t, struct in_addr code)
{
	if (t->form == REGEX)
		return regex_means(t, code);
	return (t->form == QUAD || t->form == TEXT) &&
	    plug_subtest_takes(t, code);
}

static bool
match_text(const struct tare_subtest *t, const struct tare_listing *l)
{
	for (unsigned i = 0; i < l->n_txt; i++) {
		struct slice txt = slice_in(l->txt[i]);

		if (t->form == ANY)
			return true;
		if (t->form == REGEX && regex_search(t->regex, txt, 0, NULL,
		    0) == REGEX_HIT)
			return true;
		if (t->form == TEXT && slice_eq_cstr(txt, t->text))
			return true;
	}
	return false;
}

bool
tare_subtest_match(const struct tare_subtest *t, const struct tare_listing *l,
    struct in_addr *code_r)
{
	if (t->form == RCODES)
		return l->rcode >= 0 && l->rcode < 32 &&
		    (t->rcodes & 1u << l->rcode) != 0;
	for (unsigned i = 0; i < l->n_addr; i++) {
		bool usable = l->addr_cls[i] == TARE_LIST_LISTED ||
		    (l->addr_cls[i] == TARE_LIST_BLOCKED && t->notice);

		if (usable && plug_subtest_takes(t, l->addr[i])) {
			if (code_r != NULL)
				*code_r = l->addr[i];
			return true;
		}
	}
	if (l->n_addr == 0 && l->cls == TARE_LIST_LISTED) {
		if (code_r != NULL)
			code_r->s_addr = htonl(0x7f000002);
		return match_text(t, l);
	}
	return false;
}
