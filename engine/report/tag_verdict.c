/*
 * tag_verdict.c - tags that say what the verdict is.
 *
 * A separator or character given as "0" or as nothing is the default, as in
 * SpamAssassin, where these values are false.
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/report-priv.h"

static bool
is_false(struct slice arg)
{
	return arg.n == 0 || slice_eq(arg, SLICE("0"));
}

/* "_YESNO(yes,no)_"; what is left out is the usual word. */
static struct slice
yesno(const struct tag_context *c, struct slice arg)
{
	struct slice yes = SLICE("Yes"), no = SLICE("No");
	ptrdiff_t comma = slice_chr(arg, ',', 0);

	if (arg.n > 0)
		yes = slice_sub(arg, 0, comma >= 0 ? (size_t)comma : arg.n);
	if (comma >= 0)
		no = slice_sub(arg, (size_t)comma + 1, arg.n);
	return c->verdict->spam ? yes : no;
}

void
tag_yesno(struct buf *b, const struct tag_context *c,
    const struct tag_call *call)
{
	buf_add_slice(b, yesno(c, call->arg));
}

void
tag_yesnocaps(struct buf *b, const struct tag_context *c,
    const struct tag_call *call)
{
	struct slice word = yesno(c, call->arg);

	for (size_t i = 0; i < word.n; i++)
		buf_addc(b, (char)ascii_upper((unsigned char)word.p[i]));
}

static bool
is_padding(struct slice arg)
{
	for (size_t i = 0; i < arg.n; i++) {
		if (arg.p[i] != arg.p[0])
			return false;
	}
	return arg.n > 0 && (arg.p[0] == '0' || arg.p[0] == ' ');
}

/* _SCORE(00)_ pads to the width of "00" and three more. */
void
tag_score(struct buf *b, const struct tag_context *c,
    const struct tag_call *call)
{
	char text[32];
	size_t n;

	weigh_show(c->verdict->score, c->verdict->required, text);
	n = strlen(text);
	for (size_t i = n; is_padding(call->arg) && i < call->arg.n + 3; i++)
		buf_addc(b, call->arg.p[0]);
	buf_adds(b, text);
}

void
tag_required(struct buf *b, const struct tag_context *c,
    const struct tag_call *call)
{
	buf_addf(b, "%.1f", c->verdict->required);
}

void
tag_stars(struct buf *b, const struct tag_context *c,
    const struct tag_call *call)
{
	double score = c->verdict->score;
	int n = score < 1 ? 0 : score > 50 ? 50 : (int)score;

	for (int i = 0; i < n; i++)
		buf_add_slice(b, is_false(call->arg) ? SLICE("*") :
		    call->arg);
}

/* ---- lists of rules ---- */

struct list {
	struct buf *b;
	struct slice separator;
	bool any;
};

static struct list
list_begin(struct buf *b, struct slice separator)
{
	return (struct list){ b, is_false(separator) ? SLICE(",") : separator,
		false };
}

static void
list_name(struct list *l, struct slice name)
{
	if (l->any)
		buf_add_slice(l->b, l->separator);
	l->any = true;
	buf_add_slice(l->b, name);
}

static void
list_end(const struct list *l)
{
	if (!l->any)
		buf_adds(l->b, "none");
}

/* Hits by name; `multiple` rules once for each hit. */
static void
add_tests(struct buf *b, const struct tag_context *c, struct slice separator,
    bool scores)
{
	const struct verdict *v = c->verdict;
	struct list l = list_begin(b, separator);

	for (size_t i = 0; i < v->n_hits; i++) {
		const struct verdict_hit *h = &v->hits[i];

		for (unsigned k = 0; k < h->count; k++) {
			list_name(&l, h->rule->name);
			if (scores)
				buf_addf(b, "=%.10g", h->points / h->count);
		}
	}
	list_end(&l);
}

void
tag_tests(struct buf *b, const struct tag_context *c,
    const struct tag_call *call)
{
	add_tests(b, c, call->arg, false);
}

void
tag_tests_scores(struct buf *b, const struct tag_context *c,
    const struct tag_call *call)
{
	add_tests(b, c, call->arg, true);
}

static unsigned
subrule_count(const struct verdict *v, size_t i)
{
	return v->subrule_hits == NULL ? 1 : v->subrule_hits[i];
}

void
tag_subtests(struct buf *b, const struct tag_context *c,
    const struct tag_call *call)
{
	const struct verdict *v = c->verdict;
	struct list l = list_begin(b, call->arg);

	for (size_t i = 0; i < v->n_subrules; i++) {
		for (unsigned k = 0; k < subrule_count(v, i); k++)
			list_name(&l, v->subrules[i]);
	}
	list_end(&l);
}

/* Each once, with a number; SpamAssassin takes no separator but a comma. */
void
tag_subtests_collapsed(struct buf *b, const struct tag_context *c,
    const struct tag_call *call)
{
	const struct verdict *v = c->verdict;
	struct list l = list_begin(b, SLICE(","));

	for (size_t i = 0; i < v->n_subrules; i++) {
		unsigned count = subrule_count(v, i);

		list_name(&l, v->subrules[i]);
		if (count > 1)
			buf_addf(b, "(%u)", count);
	}
	list_end(&l);
}

/* ---- learning ---- */

/* "no" is what SpamAssassin says when it learned nothing of a message. */
void
tag_autolearn(struct buf *b, const struct tag_context *c,
    const struct tag_call *call)
{
	if (!tag_add_metadata(b, c, call->name))
		buf_adds(b, "no autolearn_force=no");
}

/* What counts for learning: without what statistics and users say. */
void
tag_autolearn_score(struct buf *b, const struct tag_context *c,
    const struct tag_call *call)
{
	const struct verdict *v = c->verdict;
	double sum = 0;

	for (size_t i = 0; i < v->n_hits; i++) {
		const struct verdict_hit *h = &v->hits[i];

		if ((h->rule->tflags & (TF_NOAUTOLEARN | TF_USERCONF |
		    TF_LEARN)) == 0)
			sum += rule_score(h->rule, c->conf->score_set & 1) *
			    h->count * h->weight;
	}
	buf_addf(b, "%.10g", weigh_round(sum));
}

/* ---- subjprefix ---- */

struct prefixed {
	const struct rule *rule;
};

/* The order in which SpamAssassin runs rules of one priority. */
static int
stage(const struct rule *r)
{
	static const int stages[RULE_KINDS] = { [RULE_BODY] = 1,
		[RULE_URI] = 2, [RULE_RAWBODY] = 3, [RULE_FULL] = 4,
		[RULE_META] = 5 };
	static const int texts[] = { [TEXT_HEADER] = 0, [TEXT_BODY] = 1,
		[TEXT_URI] = 2, [TEXT_RAWBODY] = 3, [TEXT_FULL] = 4 };

	return r->kind == RULE_EVAL ? texts[r->text] : stages[r->kind];
}

static int
by_order(const void *pa, const void *pb)
{
	const struct rule *a = ((const struct prefixed *)pa)->rule;
	const struct rule *b = ((const struct prefixed *)pb)->rule;

	if (a->priority != b->priority)
		return a->priority < b->priority ? -1 : 1;
	if (stage(a) != stage(b))
		return stage(a) - stage(b);
	return slice_cmp(a->name, b->name);
}

static size_t
collect(const struct tag_context *c, struct prefixed *list)
{
	const struct verdict *v = c->verdict;
	size_t n = 0;

	for (size_t i = 0; i < v->n_hits; i++) {
		if (v->hits[i].rule->subjprefix.n > 0)
			list[n++].rule = v->hits[i].rule;
	}
	for (size_t i = 0; i < v->n_subrules; i++) {
		const struct rule *r = c->conf->rs == NULL ||
		    c->conf->rs->by_name == NULL ? NULL :
		    rule_find(c->conf->rs, v->subrules[i]);

		if (r != NULL && r->subjprefix.n > 0)
			list[n++].rule = r;
	}
	qsort(list, n, sizeof(*list), by_order);
	return n;
}

/* Those of all hits, in the order they run, with blanks; no text twice. */
void
tag_subjprefix(struct buf *b, const struct tag_context *c,
    const struct tag_call *call)
{
	const struct verdict *v = c->verdict;
	struct prefixed *list = arena_alloc_array(c->arena,
	    v->n_hits + v->n_subrules + 1, sizeof(*list));
	size_t n = collect(c, list), from = b->n;

	for (size_t i = 0; i < n; i++) {
		struct slice text = list[i].rule->subjprefix;

		if (slice_find(slice_make(b->p + from, b->n - from), text,
		    0) >= 0)
			continue;
		buf_add_slice(b, text);
		buf_addc(b, ' ');
	}
}

/* ---- the headers themselves, for a report ---- */

void
tag_added_header(struct buf *b, const struct tag_context *c,
    const struct tag_call *call)
{
	bool spam = slice_ends(call->name, SLICE("SPAM")) ||
	    (c->verdict->spam && !slice_ends(call->name, SLICE("HAM")));

	report_block(b, c, spam, "\n");
}
