/*
 * people.c - senders and recipients of a header, compared.
 */
#include "config.h"

#include "plugins/headereval/headereval.h"

enum {
	RECIPIENTS_ENOUGH = 5,	/* fewer are not compared */
	RECIPIENTS_SORTED = 7,	/* fewer may be sorted by chance */
	RECIPIENTS_MAX = 256,
	ALIKE_BYTES = 2,	/* of names and hosts that count as alike */
};

/* ---- senders ---- */

enum tare_answer
check_for_matching_env_and_hdr_from(struct tare_msg *m,
    const struct tare_call *call)
{
	return eval_answer(text_same_nocase(
	    header_first(m, "EnvelopeFrom:addr"),
	    header_first(m, "From:addr")));
}

/* The last two labels of what follows the last @. */
static struct tare_slice
short_domain(struct tare_slice address)
{
	size_t at = text_behind_last(address, '@'), last, before;
	struct tare_slice host;

	if (at == 0)
		return (struct tare_slice){ "", 0 };
	host = text_sub(address, at, address.n);
	last = text_behind_last(host, '.');
	if (last < 2 || last == host.n)
		return host;
	before = text_behind_last(text_sub(host, 0, last - 1), '.');
	return before < 2 || before == last - 1 ? host :
	    text_sub(host, before, host.n);
}

/* The name is the opposite of what it does; rules rely on that. */
enum tare_answer
check_equal_from_domains(struct tare_msg *m, const struct tare_call *call)
{
	struct tare_slice from = short_domain(header_first(m, "From:addr"));
	struct tare_slice envelope = short_domain(
	    header_first(m, "EnvelopeFrom:addr"));

	return eval_answer(from.n > 0 && envelope.n > 0 &&
	    !text_same_nocase(from, envelope));
}

/* "Name" <x> with the same x as in an ID of a certain mailer. */
static bool
has_quoted_name(struct tare_slice from, struct tare_slice address)
{
	for (size_t i = 0; i + address.n + 2 <= from.n; i++) {
		size_t quote = i;

		if (from.p[i] != '<' || from.p[i + 1 + address.n] != '>' ||
		    !text_same(text_sub(from, i + 1, i + 1 + address.n),
		    address))
			continue;
		while (quote > 0 && text_is_space(from.p[quote - 1]))
			quote--;
		if (quote > 1 && from.p[quote - 1] == '"' &&
		    from.p[quote - 2] != '"' &&
		    text_find(text_sub(from, 0, quote - 1), '"') < quote - 1)
			return true;
	}
	return false;
}

enum tare_answer
check_ratware_name_id(struct tare_msg *m, const struct tare_call *call)
{
	const struct header_context *c = call->plugin;
	struct tare_slice id = header_text(m, "MESSAGEID");
	size_t span[4];

	return eval_answer(tare_regex_match(m, c->re[RATWARE_ID], id, 0,
	    span, 2) && has_quoted_name(header_text(m, "From"),
	    text_sub(id, span[2], span[3])));
}

/* Text in which an address is looked for begins with a forwarder's mark? */
static bool
is_srs(struct tare_slice address)
{
	return address.n >= 5 && text_starts_nocase(address,
	    text_of("srs")) && text_is_digit(address.p[3]) &&
	    memchr("=+-", address.p[4], 3) != NULL;
}

/* domain, any character, user and @, where a word begins or ends. */
static bool
is_embedded(struct tare_slice text, struct tare_slice domain,
    struct tare_slice user)
{
	size_t n = domain.n + 1 + user.n + 1;

	for (size_t i = 0; i + n <= text.n; i++) {
		bool before = i > 0 && text_is_word(text.p[i - 1]);

		if (before != text_is_word(text.p[i]) &&
		    text.p[i + n - 1] == '@' &&
		    text.p[i + domain.n] != '\n' &&
		    text_same_nocase(text_sub(text, i, i + domain.n),
		    domain) && text_same_nocase(text_sub(text,
		    i + domain.n + 1, i + n - 1), user))
			return true;
	}
	return false;
}

enum tare_answer
check_ratware_envelope_from(struct tare_msg *m, const struct tare_call *call)
{
	struct tare_slice to = header_first(m, "To:addr");
	struct tare_slice sender = header_first(m, "EnvelopeFrom:addr");
	size_t at = text_find(to, '@');
	struct tare_slice domain;

	if (sender.n == 0 || at == 0 || at + 1 >= to.n || is_srs(sender))
		return TARE_MISS;
	domain = tare_registered_domain(m, tare_domain_ascii(m, text_sub(to,
	    at + 1, to.n)));
	return eval_answer(domain.n > 0 && tare_domain_valid(m, domain) &&
	    is_embedded(sender, domain, text_sub(to, 0, at)));
}

/* ---- recipients ---- */

enum tare_answer
check_for_missing_to_header(struct tare_msg *m, const struct tare_call *call)
{
	struct tare_slice v;

	return eval_answer(!tare_header(m, "To", &v) &&
	    !tare_header(m, "Apparently-To", &v));
}

struct recipients {
	struct tare_slice v[RECIPIENTS_MAX];
	size_t n;
};

/*
 * Neighbours that are the same count once.  The list ends at the first
 * address that Perl takes for false, "0" too.
 */
static void
collect(struct tare_msg *m, struct recipients *r)
{
	static const char *const requests[] = { "ToCc:addr", "Bcc:addr" };
	size_t seen = 0;

	for (size_t k = 0; k < 2 && seen < RECIPIENTS_ENOUGH; k++) {
		size_t n;
		const struct tare_slice *v = tare_header_all(m, requests[k],
		    &n);

		seen += n;
		for (size_t i = 0; i < n && r->n < RECIPIENTS_MAX; i++) {
			if (v[i].n == 0 || text_same(v[i], text_of("0")))
				return;
			if (r->n == 0 || !text_same_nocase(v[i],
			    r->v[r->n - 1]))
				r->v[r->n++] = v[i];
		}
	}
}

static bool
are_sorted(const struct recipients *r)
{
	for (size_t i = 1; i < r->n; i++) {
		if (text_compare(r->v[i - 1], r->v[i]) > 0)
			return false;
	}
	return r->n >= RECIPIENTS_SORTED;
}

static struct tare_slice
first_bytes(struct tare_slice s)
{
	return text_sub(s, 0, s.n < ALIKE_BYTES ? s.n : ALIKE_BYTES);
}

/* One point for alike names, one for alike but different hosts. */
static double
compare_all(const struct recipients *r, const struct tare_slice *hosts)
{
	unsigned points = 0, pairs = 0;

	for (size_t i = 0; i < r->n; i++) {
		for (size_t j = i + 1; j < r->n; j++) {
			points += text_same(first_bytes(r->v[i]),
			    first_bytes(r->v[j]));
			points += text_same(first_bytes(hosts[i]),
			    first_bytes(hosts[j])) &&
			    !text_same(hosts[i], hosts[j]);
			pairs++;
		}
	}
	return (double)points / pairs;
}

/* An address without @ has no host, and those behind it move up. */
static double
how_alike(const struct recipients *r)
{
	struct tare_slice hosts[RECIPIENTS_MAX] = { { NULL, 0 } };
	size_t n = 0;

	if (r->n < RECIPIENTS_ENOUGH)
		return 0;
	for (size_t i = 0; i < r->n; i++) {
		size_t at = text_find(r->v[i], '@');

		if (at < r->v[i].n)
			hosts[n++] = text_sub(r->v[i], at + 1, r->v[i].n);
	}
	return compare_all(r, hosts);
}

static const struct header_message *
judge_recipients(struct tare_msg *m)
{
	struct header_message *h = header_state(m);
	struct recipients r = { .n = 0 };

	if (h->recipients_known)
		return h;
	collect(m, &r);
	h->recipients_known = true;
	h->sorted = are_sorted(&r);
	h->similar = how_alike(&r);
	return h;
}

enum tare_answer
sorted_recipients(struct tare_msg *m, const struct tare_call *call)
{
	return eval_answer(judge_recipients(m)->sorted);
}

enum tare_answer
similar_recipients(struct tare_msg *m, const struct tare_call *call)
{
	const struct header_range *r = call->prepared;
	double similar = judge_recipients(m)->similar;

	return eval_answer((!r->has_min || similar >= r->min) &&
	    (!r->has_max || similar < r->max));
}

/* ---- the recipient in Subject ---- */

static size_t
skip_spaces(struct tare_slice s, size_t i)
{
	while (i < s.n && text_is_space(s.p[i]))
		i++;
	return i;
}

static bool
is_punctuation(char c)
{
	return c != '\0' && strchr(",:;!?-", c) != NULL;
}

/* At the end, or at the newline that ends the text. */
static bool
at_end(struct tare_slice s, size_t i)
{
	return i == s.n || (i + 1 == s.n && s.p[i] == '\n');
}

/* The name from i to the end, in any case. */
static bool
ends_with_name(struct tare_slice s, size_t i, struct tare_slice name)
{
	return i <= s.n && text_starts_nocase(text_sub(s, i, s.n), name) &&
	    at_end(s, i + name.n);
}

/* "Re: name", "fw: word name" */
static bool
is_reply_to(struct tare_slice s, struct tare_slice name)
{
	size_t i, word;

	if (!text_starts_nocase(s, text_of("re:")) &&
	    !text_starts_nocase(s, text_of("fw:")))
		return false;
	i = skip_spaces(s, 3);
	if (ends_with_name(s, i, name))
		return true;
	for (word = i; i < s.n && text_is_word(s.p[i]);)
		i++;
	return i > word && skip_spaces(s, i) > i &&
	    ends_with_name(s, skip_spaces(s, i), name);
}

/* "name, …" with the case as in To. */
static bool
is_greeting(struct tare_slice s, struct tare_slice name)
{
	size_t i;

	if (!text_starts(s, name))
		return false;
	i = skip_spaces(s, name.n);
	return i < s.n && is_punctuation(s.p[i]) &&
	    (i + 1 == s.n || text_is_space(s.p[i + 1]));
}

/* ", name!" and nothing else. */
static bool
is_address(struct tare_slice s, struct tare_slice name)
{
	size_t i = skip_spaces(s, 1), end;

	if (s.n == 0 || s.p[0] != ',' ||
	    !text_starts_nocase(text_sub(s, i, s.n), name))
		return false;
	end = i + name.n;
	return end < s.n && is_punctuation(s.p[end]) && at_end(s, end + 1);
}

/* The whole address as a word of its own. */
static bool
has_word(struct tare_slice s, struct tare_slice word)
{
	bool first = text_is_word(word.p[0]);
	bool last = text_is_word(word.p[word.n - 1]);

	for (size_t i = 0; i + word.n <= s.n; i++) {
		size_t end = i + word.n;

		if (text_same_nocase(text_sub(s, i, end), word) &&
		    first != (i > 0 && text_is_word(s.p[i - 1])) &&
		    last != (end < s.n && text_is_word(s.p[end])))
			return true;
	}
	return false;
}

enum tare_answer
check_for_to_in_subject(struct tare_msg *m, const struct tare_call *call)
{
	struct tare_slice to = header_first(m, "To:addr");
	struct tare_slice subject = header_text(m, "Subject"), name;

	if (to.n == 0)
		return TARE_MISS;
	if (strcmp(call->args[0], "address") == 0)
		return eval_answer(has_word(subject, to));
	if (strcmp(call->args[0], "user") != 0)
		return TARE_MISS;
	name = text_sub(to, 0, text_find(to, '@'));
	return eval_answer(ends_with_name(subject, 0, name) ||
	    is_reply_to(subject, name) || is_greeting(subject, name) ||
	    is_address(subject, name));
}
