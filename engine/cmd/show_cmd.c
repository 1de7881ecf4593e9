/*
 * show_cmd.c - tare show: a message as rules of one kind see it.
 *
 * The message is scanned as far as that goes without DNS, because plugins
 * edit the body and rules set tags; then one row of `forms` prints its view.
 * In text, an item's first field stands bare and the others are indented
 * behind their names; with --json each item is an object on a line.  On a
 * terminal, control characters are shown as \xHH: mail must not move the
 * cursor; into a file or pipe the bytes go as they are.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "cmd/show.h"
#include "conf/nearest.h"

static const struct form {
	const char *name;
	const char *what;
	void (*print)(struct showing *s);
} forms[] = {
	{ "body", "lines of body rules; the first is the subject",
	    show_body },
	{ "rawbody", "chunks of rawbody rules", show_rawbody },
	{ "full", "the text of full rules", show_full },
	{ "headers", "values of header rules, by name", show_headers },
	{ "uris", "links, in all the variants that uri rules see",
	    show_uris },
	{ "relays", "Received lines as understood, the nearest first",
	    show_relays },
	{ "html", "what evals can ask about each HTML part", show_html },
	{ "parts", "the MIME tree, as mimeheader rules walk it", show_parts },
	{ "tags", "tags that DNS questions and templates can use",
	    show_tags },
};
#define N_FORMS (sizeof(forms) / sizeof(forms[0]))

/* ---- items (show.h) ---- */

static void
put(struct showing *s, struct slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		/* U+0080 to U+009F are controls, too */
		bool c1 = i > 0 && text.p[i - 1] == '\xc2' && c < 0xa0;

		if (s->terminal && ((c < ' ' && c != '\n' && c != '\t') ||
		    c == 0x7f || c1))
			buf_addf(&s->out, "\\x%02x", c);
		else
			buf_addc(&s->out, (char)c);
	}
}

/* Text that ends without a newline gets one. */
static void
put_line(struct showing *s, struct slice text)
{
	put(s, text);
	if (!slice_ends(text, SLICE("\n")))
		buf_addc(&s->out, '\n');
}

void
item_begin(struct showing *s)
{
	s->fields = 0;
	buf_clear(&s->out);
	if (!s->json)
		return;
	buf_adds(&s->out, "{\"file\":");
	buf_add_json(&s->out, slice_cstr(s->file));
	buf_addf(&s->out, ",\"form\":\"%s\",\"index\":%zu", s->form,
	    s->index);
}

static void
key(struct showing *s, const char *name)
{
	if (s->json)
		buf_addf(&s->out, ",\"%s\":", name);
	else if (s->fields > 0)
		buf_addf(&s->out, "\t%s: ", name);
	s->fields++;
}

void
item_text(struct showing *s, const char *name, struct slice value)
{
	if (!s->json && s->fields > 0 && value.n == 0)
		return;
	key(s, name);
	if (s->json)
		buf_add_json(&s->out, value);
	else
		put_line(s, value);
}

void
item_number(struct showing *s, const char *name, double value)
{
	key(s, name);
	buf_addf(&s->out, "%.6g%s", value, s->json ? "" : "\n");
}

void
item_list(struct showing *s, const char *name, const struct slice *v,
    size_t n)
{
	for (size_t i = 0; !s->json && i < n; i++)
		item_text(s, name, v[i]);
	if (!s->json)
		return;
	key(s, name);
	buf_addc(&s->out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_addc(&s->out, ',');
		buf_add_json(&s->out, v[i]);
	}
	buf_addc(&s->out, ']');
}

void
item_end(struct showing *s)
{
	if (s->json)
		buf_adds(&s->out, "}\n");
	fwrite(s->out.p, 1, s->out.n, stdout);
	s->index++;
}

void
item_pair(struct showing *s, struct slice name, struct slice value)
{
	item_begin(s);
	if (s->json) {
		item_text(s, "name", name);
		item_text(s, "value", value);
	} else {
		put(s, name);
		buf_adds(&s->out, ": ");
		put_line(s, value);
	}
	item_end(s);
}

/* The bytes alone, without a newline added. */
void
item_bytes(struct showing *s, struct slice text)
{
	item_begin(s);
	if (s->json)
		item_text(s, "text", text);
	else
		put(s, text);
	item_end(s);
}

/* ---- the subcommand ---- */

struct run {
	const struct cmd_options *o;
	const struct form *form;
	struct cmd_scanning s;
	bool many;
};

static void
show_one(struct arena *a, struct slice raw, const char *name, void *arg)
{
	struct run *r = arg;
	struct showing s = { .json = r->o->json, .file = name,
		.form = r->form->name, .arena = a,
		.terminal = isatty(STDOUT_FILENO) };
	struct scan *sc;

	scan_run(r->s.scanner, raw, NULL, &sc);
	s.view = scan_view(sc);
	buf_init(&s.out, NULL);
	if (r->many && !s.json)
		printf("== %s\n", name);
	r->form->print(&s);
	buf_free(&s.out);
	scan_free(&sc);
	arena_free(&a);
}

static const struct form *
find_form(struct arena *a, const char *name)
{
	struct buf all;
	struct nearest n;

	buf_init(&all, a);
	nearest_start(&n, slice_cstr(name));
	for (size_t i = 0; i < N_FORMS; i++) {
		if (strcmp(forms[i].name, name) == 0)
			return &forms[i];
		nearest_try(&n, slice_cstr(forms[i].name));
		buf_addf(&all, "\n  %-8s %s", forms[i].name, forms[i].what);
	}
	cmd_warn("there is no form '%s'%s%.*s%s; there are%.*s", name,
	    n.best.n ? ", did you mean " : "", SLICE_FMT(n.best),
	    n.best.n ? "?" : "", SLICE_FMT(buf_slice(&all)));
	return NULL;
}

static int
run(struct cmd_options *o, int argc, char **argv)
{
	const char *mbox = NULL;
	const struct cmd_own own[] = {
		{ "mbox", NULL, &mbox, "each file is an mbox: split it" },
		{ 0 }
	};
	struct input in = { 0 };
	struct run r = { .o = o };
	int rc = cmd_parse(o, &cmd_show, own, argc, argv), bad;

	if (rc != 0)
		return rc < 0 ? ERR_USAGE : 0;
	r.form = find_form(o->arena, o->argc > 0 ? o->argv[0] : "");
	if (r.form == NULL)
		return ERR_USAGE;
	in.mbox = mbox != NULL;
	bad = input_named(o, 1, &in);
	r.many = in.mbox || in.paths.n > 1;
	o->engine.local = true;
	rc = in.paths.n > 0 ? input_scan(o, &in, &r.s, show_one, &r) : 0;
	return rc == 0 && bad ? ERR_NOINPUT : rc;
}

const struct subcommand cmd_show = { "show",
	"FORM [OPTION…] [FILE|DIR…]",
	"a message as rules see it: body, rawbody, full, headers, uris…",
	run };
