/*
 * zones_fleet.c - tare zones export and import: evidence between the nodes of
 * a site (learn/fleet.h tells the story).
 *
 *	ssh mx2 tare zones export | tare zones import
 *
 * The key and this node's name are settings, or options.  export reads the
 * database.  import checks signature and age of every line here and hands the
 * good ones to the daemon, which knows what it has heard before.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "cmd/zones.h"
#include "learn/fleet.h"

#define DAY 86400.0
#define INPUT_BYTES (16u * 1024 * 1024)

struct fleet_args {
	struct fleet_key key;
	char node[FLEET_NODE];
};

/* The part of the host's name that peers see. */
static void
host_name(char *dst, size_t size)
{
	if (gethostname(dst, size) != 0)
		dst[0] = '\0';
	dst[size - 1] = '\0';
}

static int
read_settings(const struct zones *z, const char **key_r, char *node,
    size_t size)
{
	struct engine *eng;

	if (cmd_engine(z->o, &eng) != 0)
		return ERR_CONFIG;
	if (*key_r == NULL && conf_text(eng->conf, "zone_fleet_key").n > 0)
		*key_r = arena_str(z->o->arena, conf_text(eng->conf,
		    "zone_fleet_key"));
	if (node[0] == '\0')
		snprintf(node, size, "%.*s", SLICE_FMT(conf_text(eng->conf,
		    "zone_fleet_node")));
	engine_free(&eng);
	return 0;
}

/* Options first, then settings; the node's name defaults to the host's. */
static int
fleet_begin(const struct zones *z, struct fleet_args *f_r)
{
	const char *key = z->key;
	struct err e = { 0 };
	int rc = 0;

	memset(f_r, 0, sizeof(*f_r));
	if (z->node != NULL)
		snprintf(f_r->node, sizeof(f_r->node), "%s", z->node);
	if (key == NULL || z->node == NULL)
		rc = read_settings(z, &key, f_r->node, sizeof(f_r->node));
	if (rc != 0)
		return rc;
	if (key == NULL) {
		cmd_warn("which key?  Set zone_fleet_key to a file that all "
		    "nodes have, or say --key FILE (make one with `openssl "
		    "rand -hex 32`)");
		return ERR_USAGE;
	}
	if (f_r->node[0] == '\0')
		host_name(f_r->node, sizeof(f_r->node));
	if (!fleet_node_valid(slice_cstr(f_r->node))) {
		cmd_warn("'%s' cannot be a node's name: set zone_fleet_node, "
		    "or say --node NAME", f_r->node);
		return ERR_USAGE;
	}
	if (fleet_key_read(key, &f_r->key, &e) != 0) {
		cmd_warn("%s", e.text);
		return (int)e.code;
	}
	return 0;
}

/* ---- export ---- */

struct export {
	struct zones *z;
	const struct fleet_args *f;
	uint64_t seq;
	struct buf out;
	int rc;
	bool found;
};

static void
export_zone(const struct zone_model *m, void *arg)
{
	struct export *x = arg;
	struct fleet_line l = { .at = clock_wall(), .state =
		zone_model_state(m), .reason = m->reason, .since = m->since };

	if (x->z->zone != NULL && strcmp(m->name, x->z->zone) != 0)
		return;
	x->found = true;
	if (x->rc != 0 || !fleet_shares(l.state, l.reason))
		return;
	l.seq = ++x->seq;
	memcpy(l.node, x->f->node, sizeof(l.node));
	memcpy(l.zone, m->name, sizeof(l.zone));
	memcpy(l.evidence, m->detail, sizeof(l.evidence));
	x->rc = store_sums(x->z->store, m->name, x->z->now - DAY, &l.day);
	fleet_line_write(&l, &x->f->key, &x->out);
}

int
zones_export(struct zones *z)
{
	struct fleet_args f;
	struct export x = { .z = z, .f = &f };
	int rc = fleet_begin(z, &f);

	if (rc != 0)
		return rc;
	rc = zones_open(z);
	if (rc != 0)
		return rc;
	/* one line a microsecond at most: the next export begins later */
	x.seq = (uint64_t)(clock_wall() * 1e6);
	buf_init(&x.out, NULL);
	rc = store_zones(z->store, export_zone, &x);
	rc = rc != 0 ? rc : x.rc;
	if (rc == 0)
		fwrite(x.out.p, 1, x.out.n, stdout);
	buf_free(&x.out);
	if (rc == 0 && !x.found && z->zone != NULL) {
		zones_close(z, 0);
		return zones_unknown(z);
	}
	return zones_close(z, rc);
}

/* ---- import ---- */

struct import {
	struct zones *z;
	const struct fleet_args *f;
	const char *file;
	unsigned line, good, doubted, refused;
};

static void
say(struct import *im, const struct fleet_line *l, const char *result,
    const char *why)
{
	bool refused = strcmp(result, "refused") == 0;
	struct buf b;

	if (!im->z->o->json) {
		if (refused)
			cmd_warn("%s:%u: refused: %s", im->file, im->line,
			    why);
		return;
	}
	buf_init(&b, NULL);
	buf_addf(&b, "{\"line\":%u,\"node\":", im->line);
	buf_add_json(&b, slice_cstr(l->node));
	buf_adds(&b, ",\"zone\":");
	buf_add_json(&b, slice_cstr(l->zone));
	buf_addf(&b, ",\"result\":\"%s\",\"why\":", result);
	buf_add_json(&b, slice_cstr(why));
	buf_addc(&b, '}');
	puts(buf_cstr(&b));
	buf_free(&b);
}

static void
refuse(struct import *im, const struct fleet_line *l, const char *why)
{
	im->refused++;
	say(im, l, "refused", why);
}

/* What the daemon made of it: "ok RESULT". */
static void
take_result(struct import *im, const struct fleet_line *l,
    struct slice answer)
{
	struct slice word;

	slice_word(&answer, &word);
	answer = slice_trim(answer);
	if (slice_eq_cstr(answer, "replay")) {
		refuse(im, l, "it is not newer than the last line of that "
		    "node: a replay");
		return;
	}
	if (slice_eq_cstr(answer, "full")) {
		refuse(im, l, "too many nodes have been heard");
		return;
	}
	im->good++;
	im->doubted += slice_eq_cstr(answer, "doubted");
	say(im, l, arena_str(im->z->o->arena, answer), "");
}

static int
hand_over(struct import *im, const struct fleet_line *l)
{
	struct slice answer;
	struct buf b;
	int rc;

	buf_init(&b, im->z->o->arena);
	buf_adds(&b, "peer ");
	fleet_line_json(l, &b);
	rc = zones_tell(im->z, buf_cstr(&b), &answer);
	if (rc == 0)
		take_result(im, l, answer);
	return rc;
}

/* 0, or the status to end with: the daemon does not answer. */
static int
import_line(struct import *im, struct slice text)
{
	struct fleet_line l = { .seq = 0 };
	struct err e = { 0 };

	im->line++;
	text = slice_trim(text);
	if (text.n == 0)
		return 0;
	if (fleet_line_read(text, &im->f->key, &l, &e) != 0 ||
	    fleet_line_fresh(&l, clock_wall(), &e) != 0) {
		refuse(im, &l, e.text);
		return 0;
	}
	if (strcmp(l.node, im->f->node) == 0) {
		im->good++;
		say(im, &l, "own", "");
		return 0;
	}
	return hand_over(im, &l);
}

static int
read_input(const struct zones *z, const char *file, struct slice *text_r)
{
	struct err e = { 0 };
	int rc = strcmp(file, "-") == 0 ?
	    fd_read_all(STDIN_FILENO, z->o->arena, INPUT_BYTES, text_r, &e) :
	    file_read(file, z->o->arena, INPUT_BYTES, text_r, &e);

	if (rc == 0)
		return 0;
	cmd_warn("%s", e.text);
	return (int)e.code;
}

int
zones_import(struct zones *z)
{
	struct fleet_args f;
	struct import im = { .z = z, .f = &f };
	struct slice text, line;
	int rc = fleet_begin(z, &f);

	im.file = z->o->argc > 1 ? z->o->argv[1] : "-";
	if (rc == 0)
		rc = read_input(z, im.file, &text);
	while (rc == 0 && slice_line(&text, &line))
		rc = import_line(&im, line);
	if (rc != 0)
		return rc;
	if (!z->o->json)
		printf("%u lines taken, %u zones are being looked into, %u "
		    "lines refused\n", im.good, im.doubted, im.refused);
	if (cmd_flush() != 0)
		return ERR_TEMP;
	return im.refused > 0 ? ERR_DATA : 0;
}
