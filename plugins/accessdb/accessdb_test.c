/*
 * accessdb_test - which keys are tried, and the files that hold them.
 *
 * Hash files of real programs are read in tests/parity/optional.t; here one
 * is made by hand, whole and in every way damaged.
 */
#include "config.h"

#include "plugins/accessdb/accessdb.h"
#include "plugins/eval_test.h"

#define LOAD "loadplugin Mail::SpamAssassin::Plugin::AccessDB"

static char path[] = "/tmp/tare-access-XXXXXX";

static void
put_file(const void *bytes, size_t n)
{
	FILE *f = fopen(path, "wb");

	if (f == NULL || fwrite(bytes, 1, n, f) != n || fclose(f) != 0) {
		printf("Bail out! cannot write %s\n", path);
		exit(1);
	}
}

/* Does the rule hit, with that map? */
static const char *
hits(const char *mail, const char *more)
{
	static struct eval_test t;
	char rule[128];
	const char *cf[] = { LOAD, rule, more, "trusted_networks 10.0.0.0/8",
		"internal_networks 10.0.0.0/8", NULL };

	snprintf(rule, sizeof(rule),
	    "header A eval:check_access_database('%s')", path);
	eval_test_open(&t, cf);
	eval_test_hits(&t, mail, strlen(mail));
	eval_test_close(&t);
	return t.hits;
}

#define RELAY(name, ip) "Received: from x (" name " [" ip "]) by mx."	\
	"example.org (Postfix) with ESMTP id 1; Mon, 1 Jul 2024 12:00:00 "  \
	"+0000\n"
#define FROM(address) "From: <" address ">\n"

static void
test_keys(void)
{
	static const struct {
		const char *map, *mail, *hits, *what;
	} t[] = {
		{ "eve@bad.example REJECT", FROM("eve@bad.example"), "A",
		    "an address" },
		{ "From:eve@bad.example REJECT", FROM("eve@bad.example"), "",
		    "a text map folds the tag, SpamAssassin's key does not" },
		{ "bad.example\t550 no", FROM("eve@a.b.bad.example"), "A",
		    "a parent domain, and a number" },
		{ "example ERROR:5.7.1:no", FROM("eve@bad.example"), "A",
		    "the top of it" },
		{ "eve@ discard", FROM("eve@bad.example"), "A", "a user" },
		{ "eve@ discard", FROM("steve@bad.example"), "",
		    "another one" },
		{ "ad.example REJECT", FROM("eve@bad.example"), "",
		    "labels only" },
		{ "bad.example RELAY", FROM("eve@bad.example"), "",
		    "what says nothing" },
		{ "bad.example REJECTED", FROM("eve@bad.example"), "",
		    "nor half a word" },
		{ "bad.example REJECT\nok.bad.example OK",
		    FROM("eve@ok.bad.example"), "", "OK comes first" },
		{ "bad.example OK\nok.bad.example REJECT",
		    FROM("eve@ok.bad.example"), "",
		    "and takes back what refused" },
		{ "bad.example REJECT\nbad.example OK",
		    FROM("eve@bad.example"), "A", "the first of two" },
		{ "EVE@Bad.Example REJECT", FROM("eve@bad.example"), "A",
		    "keys fold" },
		{ "eve@bad.example REJECT", FROM("Eve@bad.example"), "",
		    "senders do not" },
		{ "# eve@bad.example REJECT\n\n  eve@bad.example REJECT",
		    FROM("eve@bad.example"), "", "no entries" },
		{ "192.0.2 REJECT", RELAY("h.bad.example", "192.0.2.9"), "A",
		    "a network" },
		{ "192.0.2.9 REJECT", RELAY("h.bad.example", "192.0.2.9"),
		    "A", "an address of a relay" },
		{ "192.0.2.9 REJECT", RELAY("h.bad.example", "10.0.0.9"), "",
		    "trusted ones are not asked about" },
		{ "bad.example REJECT", RELAY("H.Bad.example", "192.0.2.9"),
		    "A", "the relay's name" },
		{ "bad.example REJECT", RELAY("unknown", "192.0.2.9"), "",
		    "a relay without one" },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char mail[512];

		put_file(t[i].map, strlen(t[i].map));
		snprintf(mail, sizeof(mail), "%sSubject: x\n\nx\n", t[i].mail);
		is_str(hits(mail, "score A 1"), t[i].hits, t[i].what);
	}
	put_file("from:eve@bad.example REJECT", 27);
	is_str(hits(FROM("Eve@Bad.example") "\nx\n", "compat 0"), "",
	    "compat 0 folds senders, not the tag");
	put_file("eve@bad.example REJECT", 22);
	is_str(hits(FROM("Eve@Bad.example") "\nx\n", "compat 0"), "A",
	    "compat 0: a sender in capitals");
}

/* Addresses without end, of labels without end. */
static void
test_hostile(void)
{
	static char mail[300000];
	size_t n = (size_t)snprintf(mail, sizeof(mail), "From: <a@");

	while (n < 250000) {
		memcpy(mail + n, "b.", 2);
		n += 2;
	}
	snprintf(mail + n, sizeof(mail) - n, "bad.example>\n\nx\n");
	put_file("bad.example REJECT", 18);
	is_str(hits(mail, "score A 1"), "", "a name too long for any map");
}

/* ---- files ---- */

static void
test_unreadable(void)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *says;
	} t[] = {
		{ "a\0b REJECT", 10, "neither text nor" },
		{ NULL, 0, "No such file" },
	};
	struct eval_test et;
	char rule[128];
	const char *cf[] = { LOAD, rule, NULL };

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		const struct ruleset *rs;
		bool said = false;

		if (t[i].bytes != NULL)
			put_file(t[i].bytes, t[i].n);
		snprintf(rule, sizeof(rule), "header A eval:"
		    "check_access_database('%s%s')", path,
		    t[i].bytes ? "" : ".none");
		eval_test_open(&et, cf);
		rs = et.engine->rs;
		for (size_t k = 0; k < rs->findings.n; k++)
			said |= strstr(rs->findings.v[k].text, t[i].says) !=
			    NULL && rs->findings.v[k].level == FINDING_WARNING;
		ok(said, "a warning: %s", t[i].says);
		is_str(eval_test_hits(&et, FROM("a") "\nx\n", 13), "",
		    "and the rule does not hit");
		eval_test_close(&et);
	}
}

/* ---- hash files ---- */

enum { PAGE = 512, PAGES = 3 };

struct image {
	unsigned char bytes[PAGE * PAGES];
	bool big_endian;
};

static void
number(struct image *f, size_t at, uint32_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		f->bytes[at + (f->big_endian ? bytes - 1 - i : i)] =
		    (unsigned char)(v >> 8 * i);
}

/* Two entries: one on page 1, one whose value is on page 2. */
static void
make_image(struct image *f, bool big_endian)
{
	static const char key[] = "eve@bad.example";
	size_t at = PAGE;

	*f = (struct image){ .big_endian = big_endian };
	number(f, 12, 0x061561, 4);
	number(f, 16, 9, 4);
	number(f, 20, PAGE, 4);
	f->bytes[25] = 8;
	number(f, 32, PAGES - 1, 4);
	number(f, at + 20, 4, 2);
	f->bytes[at + 25] = 13;
	number(f, at + 26, PAGE - 16, 2);
	memcpy(f->bytes + at + PAGE - 16, "\1eve@bad.example", 16);
	number(f, at + 28, PAGE - 24, 2);
	memcpy(f->bytes + at + PAGE - 24, "\1REJECT\0", 8);
	number(f, at + 30, PAGE - 32, 2);
	memcpy(f->bytes + at + PAGE - 32, "\1long.ex\0", 8);
	number(f, at + 32, PAGE - 44, 2);
	f->bytes[at + PAGE - 44] = 3;
	number(f, at + PAGE - 40, 2, 4);
	number(f, at + PAGE - 36, 6, 4);
	at = 2 * PAGE;
	number(f, at + 22, 6, 2);
	f->bytes[at + 25] = 7;
	memcpy(f->bytes + at + 26, "550 no", 6);
	ok(sizeof(key) == 16, "the key fills its item");
}

struct seen {
	unsigned n;
	char text[200];
};

static void
note(struct tare_slice key, struct tare_slice value, void *arg)
{
	struct seen *s = arg;
	size_t used = strlen(s->text);

	s->n++;
	if (used < sizeof(s->text) - 1)
		snprintf(s->text + used, sizeof(s->text) - used, "%.*s=%.*s ",
		    (int)key.n, key.p, (int)value.n, value.p);
}

static int
walk(const void *bytes, size_t n, struct seen *s, struct tare_err *e)
{
	*s = (struct seen){ 0 };
	/* Exact room, so that a sanitizer sees a byte too far. */
	char *copy = malloc(n + (n == 0));
	struct tare_slice file = { copy, n };
	int rc;

	memcpy(copy, bytes, n);
	rc = access_is_hash(file) ? access_hash_each(file, note, s, e) : 1;
	free(copy);
	return rc;
}

static void
test_hash(void)
{
	for (int big = 0; big < 2; big++) {
		struct image f;
		struct tare_err e;
		struct seen s;

		make_image(&f, big);
		is_int(walk(f.bytes, sizeof(f.bytes), &s, &e), 0, "a hash");
		is_str(s.text, "eve@bad.example=REJECT long.ex=550 no ",
		    "its entries");
		put_file(f.bytes, sizeof(f.bytes));
		is_str(hits(FROM("eve@bad.example") "\nx\n", "score A 1"),
		    "A", "used by a rule");
		is_str(hits(FROM("a@long.ex") "\nx\n", "score A 1"),
		    "A", "a value elsewhere, a key with its NUL");
		is_str(hits(FROM("eve@good.example") "\nx\n", "score A 1"),
		    "", "another sender");
	}
}

static void
test_other_files(void)
{
	static const struct {
		size_t at;
		uint32_t value;
		unsigned bytes;
		const char *says;
	} t[] = {
		{ 12, 0x053162, 4, "btree" }, { 16, 10, 4, "version 10" },
		{ 16, 6, 4, "version 6" }, { 24, 1, 1, "plain" },
		{ 26, 1, 1, "checksums" }, { 20, 500, 4, "500" },
		{ 20, 1u << 31, 4, "cannot be" },
		{ PAGE + 20, 600, 2, "page 1 is damaged" },
		{ PAGE + 26, 600, 2, "page 1 is damaged" },
		{ PAGE + PAGE - 40, 9, 4, "page 1 is damaged" },
		{ PAGE + PAGE - 40, 1, 4, "page 1 is damaged" },
		{ 2 * PAGE + 22, 600, 2, "page 1 is damaged" },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct image f;
		struct tare_err e = { "" };
		struct seen s;

		make_image(&f, false);
		number(&f, t[i].at, t[i].value, t[i].bytes);
		is_int(walk(f.bytes, sizeof(f.bytes), &s, &e), -1, t[i].says);
		ok(strstr(e.text, t[i].says) != NULL, "%s", e.text);
	}
}

/* Cut anywhere, any byte changed: an error or fewer entries, no more. */
static void
test_damage(void)
{
	struct image f;
	struct tare_err e;
	struct seen s;
	unsigned errors = 0, most = 0;

	make_image(&f, false);
	for (size_t n = 0; n < sizeof(f.bytes); n++)
		errors += walk(f.bytes, n, &s, &e) != 0;
	is_int(errors, sizeof(f.bytes), "a file that is cut off is refused");
	for (size_t i = 0; i < sizeof(f.bytes); i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			f.bytes[i] ^= (unsigned char)(1u << bit);
			walk(f.bytes, sizeof(f.bytes), &s, &e);
			most = s.n > most ? s.n : most;
			f.bytes[i] ^= (unsigned char)(1u << bit);
		}
	}
	ok(most <= 3, "no entries out of nothing: %u at most", most);
}

int
main(void)
{
	if (mkstemp(path) < 0)
		return 1;
	test_keys();
	test_hostile();
	test_unreadable();
	test_hash();
	test_other_files();
	test_damage();
	unlink(path);
	return tap_done();
}
