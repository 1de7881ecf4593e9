/*
 * hosts.c - is the host of a link on a list?
 *
 * A list is made of enlist_uri_host lines (and two shorter forms) in order,
 * less delist_uri_host.  "!host" answers no for what is below host.  Of a
 * host and its parents the first on the list decides.
 */
#include "config.h"

#include "plugins/wlbleval/wlbleval.h"

#define PARENTS 11		/* names tried; the longest are left out */

/* What a name on a list stands for. */
static const char listed[] = "yes", exempt[] = "no", removed[] = "removed";

/* ---- reading ---- */

static void
put(struct tare_setup *setup, struct names *t, struct tare_slice words)
{
	struct tare_slice word;

	while (text_word(&words, &word)) {
		bool no = word.p[0] == '!';

		names_put(setup, t, text_sub(word, no, word.n),
		    no ? exempt : listed);
	}
}

/* The shorter form's words are already apart. */
static void
put_words(struct tare_setup *setup, struct names *t, const char *setting)
{
	size_t n;
	const struct tare_slice *v = tare_setup_list(setup, setting, &n);

	for (size_t i = 0; i < n; i++)
		put(setup, t, v[i]);
}

/* A line without a list's name is about all lists. */
static void
take_out(struct tare_setup *setup, struct names *t, const char *list)
{
	size_t n;
	const struct tare_slice *lines = tare_setup_list(setup,
	    "delist_uri_host", &n);

	for (size_t i = 0; i < n; i++) {
		struct tare_slice words = lines[i], word;

		if (!wlbl_line(lines[i], list, &words) && words.n > 0 &&
		    words.p[0] == '(')
			continue;
		while (text_word(&words, &word))
			names_put(setup, t, text_sub(word,
			    word.p[0] == '!', word.n), removed);
	}
}

static void *
read_list(struct tare_setup *setup, const char *list)
{
	struct names *t = names_new(setup);
	size_t n;
	const struct tare_slice *lines = tare_setup_list(setup,
	    "enlist_uri_host", &n);

	for (size_t i = 0; i < n; i++) {
		struct tare_slice words;

		if (wlbl_line(lines[i], list, &words))
			put(setup, t, words);
	}
	if (strcmp(list, "BLOCK") == 0)
		put_words(setup, t, "blocklist_uri_host");
	if (strcmp(list, "WELCOME") == 0)
		put_words(setup, t, "welcomelist_uri_host");
	take_out(setup, t, list);
	return t;
}

int
host_list_prepare(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	if (call->nargs < 1) {
		tare_fail(e, "the name of a list is wanted");
		return -1;
	}
	*prepared_r = read_list(setup, call->args[0]);
	return 0;
}

int
host_list_prepare_block(struct tare_setup *setup,
    const struct tare_call *call, void **prepared_r, struct tare_err *e)
{
	*prepared_r = read_list(setup, "BLOCK");
	return 0;
}

int
host_list_prepare_welcome(struct tare_setup *setup,
    const struct tare_call *call, void **prepared_r, struct tare_err *e)
{
	*prepared_r = read_list(setup, "WELCOME");
	return 0;
}

/* ---- asking ---- */

/* Four numbers: an address has no parents. */
static bool
is_address(struct tare_slice host)
{
	size_t dots = 0;

	for (size_t i = 0; i < host.n; i++) {
		if (host.p[i] == '.' && i > 0 && host.p[i - 1] != '.')
			dots++;
		else if (!text_is_digit(host.p[i]))
			return false;
	}
	return dots == 3 && host.p[host.n - 1] != '.';
}

/* The verdict on this very name; NULL: none. */
static const char *
verdict(const struct names *t, struct tare_slice name)
{
	const char *v = names_get(t, name);

	return v != removed ? v : NULL;
}

static bool
is_listed(const struct names *t, struct tare_slice host)
{
	const char *v = NULL;
	size_t labels = 1;

	if (host.n == 0)
		return false;
	if (host.n > 1 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		return verdict(t, text_sub(host, 1, host.n - 1)) == listed;
	if (is_address(host))
		return verdict(t, host) == listed;
	for (size_t i = 0; i < host.n; i++)
		labels += host.p[i] == '.';
	for (; labels > 1; labels--) {
		if (labels <= PARENTS)
			v = verdict(t, host);
		if (v != NULL)
			return v == listed;
		host = text_sub(host, text_find(host, '.') + 1, host.n);
	}
	return verdict(t, host) == listed;
}

enum tare_answer
check_uri_host_listed(struct tare_msg *m, const struct tare_call *call)
{
	size_t n;
	const struct tare_uri *uris = tare_uris(m, &n);

	for (size_t i = 0; i < n; i++) {
		if (text_starts_nocase(uris[i].raw, text_of("mailto:")))
			continue;
		for (size_t k = 0; k < uris[i].n_hosts; k++) {
			if (is_listed(call->prepared, uris[i].hosts[k]))
				return TARE_HIT;
		}
	}
	return TARE_MISS;
}
