/*
 * html_resolve - relative references to absolute URIs.
 *
 * RFC 3986 5.2 with SpamAssassin's liberties, which the `uri` rules see:
 * a reference with the base's own scheme is relative; a network path to
 * `www.` or `ftp.` gets a scheme when the base has none; a fragment ends at a
 * line feed.
 *
 * Called by html_link.c.  The path is walked once; nothing is decoded.
 */
#include "config.h"


#include "view/html-priv.h"
#include "view/uri.h"

struct parts {
	struct slice scheme, authority, path, query, fragment;
	bool has_scheme, has_authority, has_query, has_fragment;
};

static struct parts
split(struct slice s)
{
	struct parts p = { 0 };
	size_t i = uri_span(s, 0, ":/?#"), end;

	if (i > 0 && i < s.n && s.p[i] == ':') {
		p.has_scheme = true;
		p.scheme = slice_sub(s, 0, i);
		i++;
	} else {
		i = 0;
	}
	if (slice_starts(slice_sub(s, i, s.n), SLICE("//"))) {
		end = uri_span(s, i + 2, "/?#");
		p.has_authority = true;
		p.authority = slice_sub(s, i + 2, end);
		i = end;
	}
	end = uri_span(s, i, "?#");
	p.path = slice_sub(s, i, end);
	i = end;
	if (i < s.n && s.p[i] == '?') {
		end = uri_span(s, i, "#");
		p.has_query = true;
		p.query = slice_sub(s, i + 1, end);
		i = end;
	}
	if (i < s.n && s.p[i] == '#') {
		p.has_fragment = true;
		p.fragment = slice_sub(s, i + 1, uri_span(s, i, "\n"));
	}
	return p;
}

/* s without `.` and `..` segments. */
static struct slice
remove_dots(struct arena *a, struct slice s)
{
	struct buf out;
	size_t i = 0;

	if (slice_find(s, SLICE("./"), 0) < 0 && !slice_ends(s, SLICE("."))) {
		return slice_eq(s, SLICE("0")) ? (struct slice){ 0 } : s;
	}
	buf_init(&out, a);
	if (slice_starts(s, SLICE("./"))) {
		i = 1;
	} else if (slice_starts(s, SLICE("../"))) {
		i = 2;
	}
	while (i < s.n) {
		size_t end = uri_span(s, i + 1, "/");
		struct slice segment = slice_sub(s, i, end);
		bool up = slice_eq(segment, SLICE("/.."));

		if (!up && !slice_eq(segment, SLICE("/."))) {
			buf_add_slice(&out, segment);
			i = end;
			continue;
		}
		if (up) {
			ptrdiff_t slash = slice_rchr(buf_slice(&out), '/');

			out.n = slash < 0 ? 0 : (size_t)slash;
		}
		if (end == s.n) {
			buf_addc(&out, '/');
		}
		i = end;
	}
	return buf_slice(&out);
}

/* The reference's path behind the base's last slash. */
static struct slice
merge(struct arena *a, const struct parts *base, struct slice path)
{
	struct slice both[2] = { base->path, path };
	ptrdiff_t slash = slice_rchr(base->path, '/');

	if (base->has_authority && base->path.n == 0) {
		both[0] = SLICE("/");
	} else {
		both[0] = slice_sub(base->path, 0, (size_t)(slash + 1));
	}
	return arena_join(a, both, 2, SLICE(""));
}

/* `www1.…` without a scheme is meant to be http. */
static struct slice
guess_scheme(struct slice authority)
{
	static const struct { struct slice prefix, scheme; } guesses[] = {
		{ { "www", 3 }, { "http:", 5 } },
		{ { "ftp", 3 }, { "ftp:", 4 } },
	};

	for (size_t k = 0; k < 2; k++) {
		size_t i = guesses[k].prefix.n;

		if (!slice_starts_nocase(authority, guesses[k].prefix)) {
			continue;
		}
		while (i < authority.n &&
		    ascii_isdigit((unsigned char)authority.p[i])) {
			i++;
		}
		if (i < authority.n && authority.p[i] == '.') {
			return guesses[k].scheme;
		}
	}
	return (struct slice){ 0 };
}

static struct slice
compose(struct arena *a, const struct parts *t)
{
	struct buf b;

	buf_init(&b, a);
	if (t->has_scheme && !slice_eq(t->scheme, SLICE("0"))) {
		buf_add_slice(&b, t->scheme);
		buf_addc(&b, ':');
	} else if (t->has_authority) {
		buf_add_slice(&b, guess_scheme(t->authority));
	}
	if (t->has_authority) {
		buf_adds(&b, "//");
		buf_add_slice(&b, t->authority);
	}
	buf_add_slice(&b, t->path);
	if (t->has_query) {
		buf_addc(&b, '?');
		buf_add_slice(&b, t->query);
	}
	if (t->has_fragment) {
		buf_addc(&b, '#');
		buf_add_slice(&b, t->fragment);
	}
	return buf_slice(&b);
}

struct slice
html_resolve(struct arena *a, struct slice base_text, struct slice ref)
{
	struct parts r = split(ref), base = split(base_text);
	struct parts t = r;

	if (r.has_scheme && base.has_scheme &&
	    slice_eq(r.scheme, base.scheme)) {
		t.has_scheme = false;	/* http:x.html, RFC 3986 5.2.2 */
	}
	if (!t.has_scheme) {
		t.has_scheme = base.has_scheme;
		t.scheme = base.scheme;
		if (!r.has_authority) {
			t.has_authority = base.has_authority;
			t.authority = base.authority;
			if (r.path.n == 0) {
				t.path = base.path;
				t.has_query = r.has_query || base.has_query;
				t.query = r.has_query ? r.query : base.query;
				return compose(a, &t);
			}
			if (r.path.p[0] != '/') {
				t.path = merge(a, &base, r.path);
			}
		}
	}
	t.path = remove_dots(a, t.path);
	return compose(a, &t);
}
