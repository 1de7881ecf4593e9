/*
 * run_test - rules of every kind over small mails: what hits, how often,
 * where; the same with and without the prefilter; limits give unknown.
 */
#include "config.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "match/match-priv.h"
#include "tests/tap/tap.h"

/* A rule set, its matcher and one message's results. */
struct bench {
	struct arena *arena;		/* rules */
	struct arena *message;
	struct ruleset *rs;
	struct matcher *m;
	struct match_worker *w;
	struct view *v;
	struct rule_result *results;
};

static void
bench_load(struct bench *b, const char *rules, bool no_prefilter)
{
	struct match_options opt = { .no_prefilter = no_prefilter,
		.all = true };
	struct rule_source source = { .text = slice_cstr(rules),
		.label = "test" };
	struct rule_host host = { 0 };
	struct err e = { 0 };

	memset(b, 0, sizeof(*b));
	b->arena = arena_new();
	if (rule_load(b->arena, conf_new(b->arena), &source, 1, &host,
	    &b->rs, &e) != 0 ||
	    match_build(b->arena, b->rs, &opt, &b->m, &e) != 0) {
		ok(false, "load: %s", e.text);
		return;
	}
	b->w = match_worker_new(b->m);
}

static void
bench_run(struct bench *b, struct slice mail)
{
	static const struct view_conf conf = {
		.body_part_scan = 50000,
		.rawbody_part_scan = 500000,
	};

	arena_free(&b->message);
	b->message = arena_new();
	b->v = view_new(b->message, mail_parse(b->message, mail), &conf);
	b->results = arena_alloc_array(b->message, b->rs->rules.n,
	    sizeof(*b->results));
	match_run(b->m, b->w, b->v, b->results, &(double){ 0 });
}

static void
bench_free(struct bench *b)
{
	match_worker_free(&b->w);
	arena_free(&b->message);
	arena_free(&b->arena);
}

static const struct rule_result *
result(const struct bench *b, const char *name)
{
	static const struct rule_result none;
	const struct rule *r = rule_find(b->rs, slice_cstr(name));

	return r != NULL ? &b->results[r->id] : &none;
}

/* Every hit as "NAME NAME=count", unknown as "NAME?". */
static struct slice
summary(struct bench *b)
{
	struct buf out;

	buf_init(&out, b->message);
	for (size_t i = 0; i < b->rs->rules.n; i++) {
		const struct rule *r = b->rs->rules.v[i];
		const struct rule_result *res = &b->results[r->id];

		if (res->state != RESULT_HIT && res->state != RESULT_UNKNOWN)
			continue;
		buf_addf(&out, "%s%.*s", out.n ? " " : "", SLICE_FMT(r->name));
		if (res->state == RESULT_UNKNOWN)
			buf_addc(&out, '?');
		else if (res->value > 1)
			buf_addf(&out, "=%g", res->value);
	}
	return buf_slice(&out);
}

/* Both with and without the prefilter. */
static void
expect(const char *name, const char *rules, struct slice mail,
    const char *want)
{
	for (int off = 0; off <= 1; off++) {
		struct bench b;

		bench_load(&b, rules, off);
		bench_run(&b, mail);
		ok(slice_eq_cstr(summary(&b), want), "%s%s", name,
		    off ? ", no prefilter" : "");
		if (!slice_eq_cstr(summary(&b), want))
			tap_show("got", summary(&b).p, summary(&b).n);
		bench_free(&b);
	}
}

#define MAIL SLICE(							\
	"From: Ann <ann@example.com>\n"					\
	"Subject: cheap pills cheap\n"					\
	"X-Empty:\n"							\
	"Content-Type: multipart/mixed; boundary=b\n"			\
	"\n"								\
	"--b\n"								\
	"Content-Type: text/plain; charset=us-ascii\n"			\
	"\n"								\
	"Buy cheap watches, cheap cheap.\n"				\
	"\n"								\
	"Second para: http://shop.example.com/a?ann@example.com\n"	\
	"--b\n"								\
	"Content-Type: image/gif; name=x.gif\n"				\
	"\n"								\
	"GIF\n"								\
	"--b--\n")

static void
test_headers(void)
{
	expect("header rules",
	    "header H_HIT Subject =~ /pills/\n"
	    "header H_CASE Subject =~ /PILLS/\n"
	    "header H_CASE_I Subject =~ /PILLS/i\n"
	    "header H_COUNT Subject =~ /cheap/\n"
	    "tflags H_COUNT multiple\n"
	    "header H_MAX Subject =~ /e/\n"
	    "tflags H_MAX multiple maxhits=2\n"
	    "header H_END Subject =~ /cheap$/\n", MAIL,
	    "H_HIT H_CASE_I H_COUNT=2 H_MAX=2 H_END");
	expect("absent fields (trap 5)",
	    "header A_NOT X-No !~ /x/\n"
	    "header A_NOT_HIT Subject !~ /pills/\n"
	    "header A_EMPTY X-No =~ /^$/\n"
	    "header A_UNSET X-No =~ /^UN$/ [if-unset: UN]\n"
	    "header A_SET X-Empty =~ /^UN/ [if-unset: UN]\n"
	    "header A_EX exists:X-No\n"
	    "header A_EX2 exists:X-Empty\n"
	    "header A_EX3 exists:From\n", MAIL,
	    "A_NOT A_EMPTY A_UNSET A_EX2 A_EX3");
}

static void
test_texts(void)
{
	expect("body rules",
	    "body B_HIT /watches/\n"
	    "body B_SUBJECT /pills/\n"
	    "body B_NOSUBJECT /pills/\n"
	    "tflags B_NOSUBJECT nosubject\n"
	    "body B_COUNT /cheap/i\n"
	    "tflags B_COUNT multiple\n"
	    "body B_MAX /cheap/i\n"
	    "tflags B_MAX multiple maxhits=4\n"
	    "body B_ACROSS /cheap\\..*Second/s\n", MAIL,
	    "B_HIT B_SUBJECT B_COUNT=5 B_MAX=4");
	expect("rawbody, full and uri rules",
	    "rawbody R_HIT /cheap\\.\\n/\n"
	    "rawbody R_SUBJECT /pills/\n"
	    "full F_HIT /Subject: .*--b--/s\n"
	    "full F_COUNT /\\n--b/\n"
	    "tflags F_COUNT multiple\n"
	    "uri U_HIT m{^http://shop\\.example\\.com/}\n"
	    "uri U_MISS /pills/\n", MAIL,
	    "R_HIT F_HIT F_COUNT=3 U_HIT");
	expect("mimeheader rules",
	    "mimeheader M_HIT Content-Type =~ /image/\n"
	    "mimeheader M_MISS Content-Type =~ /video/\n"
	    "mimeheader M_NOT Content-Type !~ /image/\n"
	    "mimeheader M_NOT2 Content-Type !~ /video/\n"
	    "mimeheader M_EMPTY Content-ID =~ /^$/\n"
	    "mimeheader M_FIRST Content-Type =~ /t/\n"
	    "tflags M_FIRST multiple\n", MAIL,
	    "M_HIT M_NOT M_NOT2 M_EMPTY M_FIRST=2");
	expect("mimeheader !~ as intended", "compat 0\n"
	    "mimeheader M_NOT Content-Type !~ /image/\n"
	    "mimeheader M_NOT2 Content-Type !~ /video/\n", MAIL, "M_NOT2");
}

/* Parts by number, and all fields as one text. */
static void
test_parts(void)
{
	expect("range=",
	    "mimeheader R1 Content-Type =~ /multipart/\ntflags R1 range=1\n"
	    "mimeheader R2 Content-Type =~ /multipart/\ntflags R2 range=2-\n"
	    "mimeheader R3 Content-Type =~ /image/\ntflags R3 range=3\n"
	    "mimeheader R4 Content-Type =~ /image/\ntflags R4 range=-2\n"
	    "mimeheader R5 Content-Type =~ /plain/\ntflags R5 range=2-2\n"
	    "mimeheader R6 Content-Type =~ /./\ntflags R6 range=9-\n"
	    "mimeheader R7 Content-Type =~ /./\ntflags R7 range=3-1\n"
	    "mimeheader R8 Content-Type =~ /t/\n"
	    "tflags R8 multiple range=2-\n", MAIL, "R1 R3 R5 R8=3");
	expect("concat",
	    "mimeheader C1 Content-Type =~ /plain.*image/s\n"
	    "tflags C1 concat\n"
	    "mimeheader C2 Content-Type =~ /plain.*image/s\n"
	    "mimeheader C3 Content-Type =~ /multipart/\n"
	    "tflags C3 range=2- concat\n"
	    "mimeheader C4 X-None =~ /^\\n\\n\\n$/\ntflags C4 concat\n"
	    "mimeheader C5 X-None =~ /^(?:uu\\n){3}$/ [if-unset: uu]\n"
	    "tflags C5 concat\n"
	    "mimeheader C6 Content-Type =~ /t/\n"
	    "tflags C6 multiple concat maxhits=4\n", MAIL, "C1 C4 C5 C6=4");
}

static void
test_position(void)
{
	struct bench b;
	const struct rule_result *r;

	bench_load(&b, "body P /w(?:atch)es/\n", false);
	bench_run(&b, MAIL);
	r = result(&b, "P");
	is_int(r->state, RESULT_HIT, "hit");
	ok(r->line >= 1, "not in the Subject line");
	is_int(r->length, 7, "length of the match");
	is_cstr(slice_sub(view_body(b.v)->v[r->line], r->start,
	    r->start + r->length), "watches", "its text");
	is_num(r->weight, 1, "full weight");
	is_int(r->zone, RESULT_NO_ZONE, "no zone");
	bench_free(&b);
}

static void
test_captures(void)
{
	const char *rules =
	    "uri T_TEMPLATE /\\?%{ANN_ADDR}$/\n"
	    "uri T_OTHER /\\?x%{ANN_ADDR}$/\n"
	    "uri T_UNSET /%{NO_SUCH}|shop/\n"
	    "header T_UNSET_NOT From !~ /%{NO_SUCH}/\n"
	    "header CAPTURE From:addr =~ /^(?<ANN_ADDR>.+)$/\n";
	struct bench b;
	struct slice plus = SLICE("From: a+b.c@example.com\n\n"
	    "http://example.org/?a+b.c@example.com\n");
	struct slice dots = SLICE("From: a.c@example.com\n\n"
	    "http://example.org/?abc@example.com\n");

	expect("a template hits what was captured", rules, MAIL,
	    "T_TEMPLATE CAPTURE");
	expect("captured text is quoted", rules, plus, "T_TEMPLATE CAPTURE");
	expect("a dot is no wildcard", rules, dots, "CAPTURE");
	expect("nothing captured", rules, SLICE("Subject: x\n\ny\n"), "");
	bench_load(&b, rules, false);
	bench_run(&b, MAIL);
	bench_run(&b, dots);
	is_cstr(summary(&b), "CAPTURE", "a worker's second message has its "
	    "own tags");
	bench_run(&b, MAIL);
	is_cstr(summary(&b), "T_TEMPLATE CAPTURE", "and so has its third");
	bench_free(&b);
}

static void
test_bad_regex(void)
{
	struct bench b;
	bool found = false;

	bench_load(&b, "body BAD /a(?<=b+)/\nbody GOOD /cheap/\n", false);
	bench_run(&b, MAIL);
	is_cstr(summary(&b), "GOOD", "a refused regex never hits");
	is_int(result(&b, "BAD")->state, RESULT_MISS, "it misses");
	for (size_t i = 0; i < b.rs->findings.n; i++)
		found = found || strcmp(b.rs->findings.v[i].code,
		    "bad-regex") == 0;
	ok(found, "and is a finding");
	bench_free(&b);
}

static void
test_info(void)
{
	struct bench b;
	struct match_info info;

	struct arena *a = arena_new();
	struct buf rules;

	buf_init(&rules, a);
	buf_adds(&rules, "body A /watches/\nbody B /\\w\\d/\n"
	    "body C /foo|bar/\nbody D /f[a-z][_\\W]?x/\n"
	    "header E Subject =~ /quux/\n");
	for (unsigned i = 0; i < 50; i++)
		buf_addf(&rules, "body F%u /garply%u/\n", i, i);
	bench_load(&b, buf_cstr(&rules), false);
	info = match_info(b.m, rule_find(b.rs, SLICE("C"))->id);
	ok(info.prefiltered && info.n_literals == 2, "two literals");
	info = match_info(b.m, rule_find(b.rs, SLICE("D"))->id);
	ok(info.prefiltered && info.n_literals == 0 && info.n_chains == 1,
	    "a chain where there are no literals");
	info = match_info(b.m, rule_find(b.rs, SLICE("B"))->id);
	ok(!info.prefiltered && info.why != NULL, "none, with a reason");
	info = match_info(b.m, rule_find(b.rs, SLICE("E"))->id);
	ok(info.prefiltered && info.n_literals == 0 && info.n_chains == 1,
	    "a chain where few rules look at a text");
	arena_free(&a);
	info = match_info(b.m, 999999);
	ok(!info.prefiltered && info.why != NULL, "no such rule");
	bench_free(&b);
}

/* A mail whose body makes (?:\w+)+(?!.)[!;] slow on every line. */
static struct slice
slow_mail(struct arena *a, size_t lines)
{
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, "Subject: x\n\nneedle b\n\n");
	for (size_t i = 0; i < lines; i++) {
		buf_adds(&b, "a! ");	/* so that no gate is shut */
		for (size_t j = 0; j < 400; j++)
			buf_addc(&b, 'a');
		buf_adds(&b, "\n\n");
	}
	return buf_slice(&b);
}

static void
test_limits(void)
{
	struct arena *a = arena_new();
	struct bench b;
	double began = clock_cpu();

	bench_load(&b, "body SLOW /(?:\\w+)+(?!.)[!;]/\n"
	    "body SLOW_NOT_ALL /(?:\\w+)+(?!.)[!;]|^needle b/\n"
	    "body QUICK /needle/\n"
	    "header NOT_SLOW X-No !~ /(?:\\w+)+(?!.)[!;]/\n", false);
	bench_run(&b, slow_mail(a, 3));
	is_cstr(summary(&b), "SLOW? SLOW_NOT_ALL QUICK NOT_SLOW",
	    "a limit is unknown, unless it hits elsewhere");
	ok(result(&b, "SLOW")->why != NULL, "unknown says why");
	ok(view_mail(b.v)->defects & DEFECT_REGEX_LIMIT, "and is a defect");
	bench_run(&b, slow_mail(a, 300));
	is_int(result(&b, "SLOW")->state, RESULT_UNKNOWN, "many slow lines");
	is_int(result(&b, "QUICK")->state, RESULT_HIT,
	    "do not blind other rules");
	ok(clock_cpu() - began < LIMIT_REGEX_BUDGET_SEC, "in good time");
	bench_run(&b, MAIL);
	is_cstr(summary(&b), "NOT_SLOW", "the next message starts afresh");
	bench_free(&b);
	arena_free(&a);
}

/* ---- both ways ---- */

static unsigned
pick(uint64_t *state, unsigned n)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*state >> 33) % n;
}

static const char *const words[] = {
	"cheap", "Pills", "watch", "free", "x", "", "a.b", "\xc3\xa9t\xc3\xa9",
	"http://www.example.com/cheap", "no\\w+ce", "[Ff]ree", "(?:now|today)",
	"wat.h", "^free", "now$", "che+ap", "\\bin\\b", "pi(?!z)lls",
	"w[a4]t[_\\W]{0,3}c", "(?:f|ph|\xc3[\xa8-\xab])r[e3]+", "[a-z]{8,}",
	"(?:free$|free ){2}", "(?:n|\\bt)o(?:w|day)", "[^a]{9}", "(?=x)x|p",
	"name: phone, city ", "(?:(?:your |my )?(?:names?|address|phone|email|"
	"city|country|age|gender|employment|nationality|occupation|income|"
	"account number|routing number|date of birth)[:., ]{1,3}){3}",
};
#define WORD(state) \
	words[pick((state), sizeof(words) / sizeof(words[0]))]

/* On texts that have much in common, and with a tag in the regex. */
static void
add_formed(struct buf *b, uint64_t *state, unsigned i)
{
	static const char *const fields[] = { "helo=", "rdns=", "by=", "=" };

	buf_addf(b, "header L%u X-Spam-Relays-Untrusted %s "
	    "m{^[^\\]]+ ?%s\\S*%s}%s\n", i, pick(state, 8) ? "=~" : "!~",
	    fields[pick(state, 4)], WORD(state), pick(state, 2) ? "i" : "");
	if (pick(state, 4) == 0)
		buf_addf(b, "%s P%u m{%s%%{CAP}%s}i\n", pick(state, 2) ?
		    "uri" : "body", i, pick(state, 2) ? WORD(state) :
		    "http://www.", pick(state, 2) ? WORD(state) : "[.;]");
}

static char *
random_rules(struct arena *a, uint64_t *state, unsigned n)
{
	static const char *const kinds[] = { "body", "rawbody", "uri", "full" };
	struct buf b;

	buf_init(&b, a);
	for (unsigned i = 0; i < n; i++) {
		const char *kind = kinds[pick(state, 4)];

		buf_addf(&b, "%s R%u m{%s%s%s}%s\n", kind, i, WORD(state),
		    pick(state, 2) ? ".{0,3}" : "", WORD(state),
		    pick(state, 2) ? "i" : "");
		if (pick(state, 3) == 0)
			buf_addf(&b, "tflags R%u multiple\n", i);
		buf_addf(&b, "header S%u Subject %s m{%s}i\n", i,
		    pick(state, 3) ? "=~" : "!~", WORD(state));
		add_formed(&b, state, i);
	}
	buf_adds(&b, "header CAPTURE Subject =~ /(?<CAP>[a-z]+)/\n");
	return buf_cstr(&b);
}

static struct slice
random_mail(struct arena *a, uint64_t *state)
{
	static const char *const hosts[] = { "cheap", "pills", "watch", "x",
		"free-now", "in.today" };
	struct buf b;

	buf_init(&b, a);
	for (unsigned i = pick(state, 3); i > 0; i--)
		buf_addf(&b, "Received: from %s.example.com (%s.example.com "
		    "[192.0.2.%u])\n\tby mx.example.net with SMTP id %u; "
		    "Thu, 22 Aug 2002 11:37:40 -0400\n",
		    hosts[pick(state, 6)], hosts[pick(state, 6)],
		    pick(state, 255), pick(state, 9999));
	buf_addf(&b, "Subject: %s %s\n\n", WORD(state), WORD(state));
	for (unsigned i = pick(state, 60); i > 0; i--)
		buf_addf(&b, "%s%s", WORD(state),
		    pick(state, 5) ? " " : "\n\n");
	return buf_slice(&b);
}

static bool
same_results(const struct bench *x, const struct bench *y)
{
	for (size_t i = 0; i < x->rs->rules.n; i++) {
		const struct rule_result *p = &x->results[i];
		const struct rule_result *q = &y->results[i];

		if (p->state != q->state || p->value != q->value ||
		    p->line != q->line || p->start != q->start ||
		    p->length != q->length)
			return false;
	}
	return true;
}

static void
test_both_ways(void)
{
	struct arena *a = arena_new();
	uint64_t state = 31337;
	unsigned different = 0, hits = 0, automata = 0;

	for (unsigned round = 0; round < 20; round++) {
		/* few: chains; many: literals too */
		char *rules = random_rules(a, &state, round % 2 ? 60 : 300);
		struct bench with, without;

		bench_load(&with, rules, false);
		bench_load(&without, rules, true);
		for (unsigned i = 0; i < 20; i++) {
			struct slice mail = random_mail(a, &state);

			bench_run(&with, mail);
			bench_run(&without, mail);
			different += !same_results(&with, &without);
			hits += summary(&with).n > 0;
		}
		for (size_t i = 0; i < with.m->groups.n; i++)
			automata += with.m->groups.v[i]->automaton != NULL;
		bench_free(&with);
		bench_free(&without);
	}
	ok(hits > 200, "most random mails hit something");
	ok(automata > 0, "an automaton was asked, too");
	is_int(different, 0, "the prefilter changes no result");
	arena_free(&a);
}

int
main(void)
{
	test_headers();
	test_texts();
	test_parts();
	test_position();
	test_captures();
	test_bad_regex();
	test_info();
	test_limits();
	test_both_ways();
	return tap_done();
}
