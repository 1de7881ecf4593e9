/*
 * engine.c - everything read-only: settings, rules, matcher, plugins.
 *
 * Built once before any fork and shared by all workers.  Order: plugins first
 * (they bring settings and directives), then the shipped rules, the site's
 * *.cf in byte order, then --cf lines: the last one wins.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "scan/scan-priv.h"

struct loading {
	struct view_domains *domains;
	struct rule_host plug_host;
};

/* util_rb_tld, util_rb_2tld, util_rb_3tld, clear_util_rb */
static int
domain_directive(struct view_domains *d, struct slice key, struct slice value)
{
	static const char *const names[] = { "util_rb_tld", "util_rb_2tld",
		"util_rb_3tld" };
	struct slice word;

	if (slice_eq_cstr(key, "clear_util_rb")) {
		view_domains_clear(d);
		return 0;
	}
	for (unsigned i = 0; i < 3; i++) {
		if (!slice_eq_cstr(key, names[i]))
			continue;
		while (slice_word(&value, &word))
			view_domains_add(d, i + 1, word);
		return 0;
	}
	return 1;
}

static int
host_directive(void *arg, struct ruleset *rs, struct slice key,
    struct slice value, const struct origin *origin, struct err *e)
{
	struct loading *ld = arg;

	if (domain_directive(ld->domains, key, value) == 0)
		return 0;
	return ld->plug_host.directive(ld->plug_host.arg, rs, key, value,
	    origin, e);
}

/* What SpamAssassin does in a plugin and tare's engine does itself, and what
 * these are asked for with can(). */
static const char *const built_in[] = { "Check", "MIMEHeader", "ReplaceTags",
	"Rule2XSBody", "MIMEHeader::has_all_header",
	"MIMEHeader::has_capture_rules", "MIMEHeader::has_tflags_concat",
	"MIMEHeader::has_tflags_multiple", "MIMEHeader::has_tflags_range" };

static bool
is_built_in(struct slice name)
{
	struct slice prefix = SLICE("Mail::SpamAssassin::Plugin::");

	if (slice_starts(name, prefix))
		name = slice_sub(name, prefix.n, name.n);
	for (size_t i = 0; i < sizeof(built_in) / sizeof(*built_in); i++) {
		if (slice_eq_cstr(name, built_in[i]))
			return true;
	}
	return false;
}

static bool
host_has_plugin(void *arg, struct slice name)
{
	struct loading *ld = arg;

	return is_built_in(name) ||
	    ld->plug_host.has_plugin(ld->plug_host.arg, name);
}

static int
host_load_plugin(void *arg, struct ruleset *rs, struct slice name,
    struct err *e)
{
	struct loading *ld = arg;

	return ld->plug_host.load_plugin(ld->plug_host.arg, rs, name, e);
}

static bool
host_loadable(void *arg, struct slice name)
{
	struct loading *ld = arg;

	return ld->plug_host.loadable(ld->plug_host.arg, name);
}

static bool
host_can(void *arg, struct slice name)
{
	struct loading *ld = arg;

	return is_built_in(name) ||
	    ld->plug_host.can(ld->plug_host.arg, name);
}

/* The sources in order; a default site directory may be absent. */
static struct rule_source *
sources(struct arena *a, const struct engine_options *o, size_t *n_r)
{
	VEC_OF(struct rule_source) v = { 0 };
	const char *site = o->site_dir ? o->site_dir : TARE_SITE_DIR;

	for (size_t i = 0; i < o->n_rules_dirs; i++)
		*VEC_PUSH(a, &v) = (struct rule_source){
			.path = o->rules_dirs[i] };
	if (o->n_rules_dirs == 0)
		*VEC_PUSH(a, &v) = (struct rule_source){
			.path = TARE_RULES_DIR };
	if (o->site_dir != NULL || access(site, F_OK) == 0)
		*VEC_PUSH(a, &v) = (struct rule_source){ .path = site };
	for (size_t i = 0; i < o->n_cf; i++)
		*VEC_PUSH(a, &v) = (struct rule_source){
			.text = slice_cstr(o->cf[i]), .label = "--cf" };
	*n_r = v.n;
	return v.v;
}

static struct slice
redirect(const void *arg, struct slice uri, struct arena *a)
{
	struct regex_span spans[2];

	if (regex_search(arg, uri, 0, spans, 2) != REGEX_HIT ||
	    spans[1].start == SIZE_MAX)
		return (struct slice){ NULL, 0 };
	return slice_sub(uri, spans[1].start, spans[1].end);
}

static void
redirectors(struct engine *eng, bool few)
{
	const struct ruleset *rs = eng->rs;
	struct view_redirector *v = arena_alloc_array(eng->arena,
	    rs->redirector_patterns.n + 1, sizeof(*v));
	size_t n = 0;

	for (size_t i = 0; i < rs->redirector_patterns.n; i++) {
		struct rule_regex re = { 0 };
		struct err why = { 0 };
		struct regex *compiled = NULL;

		if (rule_regex_parse(eng->arena, rs->redirector_patterns.v[i],
		    &re, &why) == 0)
			compiled = few ? regex_check(eng->arena, &re, &why) :
			    regex_compile(eng->arena, &re, &why);
		if (compiled == NULL) {
			rule_finding(eng->rs, FINDING_ERROR,
			    &(struct origin){ "redirector_pattern", 0, 0 },
			    "bad-regex", "%s", why.text);
			continue;
		}
		v[n++] = (struct view_redirector){ redirect, compiled };
	}
	eng->view_conf.redirectors = v;
	eng->view_conf.n_redirectors = n;
}

static void
fill_view_conf(struct engine *eng, const struct view_domains *domains,
    bool few)
{
	struct conf *c = eng->conf;
	struct view_conf *v = &eng->view_conf;

	v->body_part_scan = (size_t)conf_int(c, "body_part_scan_size");
	v->rawbody_part_scan = (size_t)conf_int(c, "rawbody_part_scan_size");
	v->trusted = conf_nets(c, "trusted_networks");
	v->internal = conf_nets(c, "internal_networks");
	v->msa = conf_nets(c, "msa_networks");
	v->trusted_set = v->trusted->nets.n > 0;
	v->internal_set = v->internal->nets.n > 0;
	v->envelope_sender_header = conf_text(c, "envelope_sender_header");
	v->originating_ip_headers = conf_list(c, "originating_ip_headers",
	    &v->n_originating_ip_headers);
	v->parse_dkim_uris = conf_bool(c, "parse_dkim_uris");
	v->domains = domains;
	v->received = received_cache_new(eng->arena);
	redirectors(eng, few);
}

static void
fill_limits(struct engine *eng, bool local)
{
	struct conf *c = eng->conf;

	eng->required = conf_num(c, "required_score");
	eng->net = !local && !conf_bool(c, "skip_rbl_checks") &&
	    !slice_eq_cstr(conf_text(c, "dns_available"), "no");
	eng->confirm = conf_bool(c, "zone_control");
	eng->score_set = local ? 0 : 1;
	eng->dns_deadline = conf_num(c, "rbl_timeout");
	eng->scan_deadline = conf_num(c, "time_limit");
}

/* A template names all subrules that hit, so all have to run. */
static bool
shows_subrules(const struct conf *c)
{
	static const struct slice tag = { "_SUBTESTS", 9 };
	size_t n;
	const struct slice *headers = conf_list(c, "add_header", &n);

	for (size_t i = 0; i < n; i++) {
		if (slice_find(headers[i], tag, 0) >= 0)
			return true;
	}
	return slice_find(conf_text(c, "report"), tag, 0) >= 0;
}

static int
load_rules(struct engine *eng, const struct engine_options *opt,
    struct err *e)
{
	struct loading ld = { view_domains_new(eng->arena),
		plug_host(eng->plug) };
	struct rule_host host = { &ld, host_has_plugin, host_can,
		host_directive, host_load_plugin, host_loadable };
	struct rule_source *src;
	size_t n;

	src = sources(eng->arena, opt, &n);
	if (rule_load(eng->arena, eng->conf, src, n, &host, &eng->rs, e) != 0)
		return -1;
	if (opt->subrules || shows_subrules(eng->conf))
		rule_need_subrules(eng->rs);
	fill_limits(eng, opt->local);
	fill_view_conf(eng, ld.domains, opt->few);
	return 0;
}

int
engine_load(const struct engine_options *opt, struct engine **eng_r,
    struct err *e)
{
	static const char *const installed[] = { TARE_PLUGIN_DIR };
	struct arena *a = arena_new();
	struct engine *eng = arena_alloc(a, sizeof(*eng));
	struct match_options mo = { 0 };
	struct plug_options po = { opt->plugin_dirs, opt->n_plugin_dirs,
		opt->few };

	eng->arena = a;
	eng->conf = conf_new(a);
	if (po.n_dirs == 0) {
		po.dirs = installed;
		po.n_dirs = access(TARE_PLUGIN_DIR, F_OK) == 0 ? 1 : 0;
	}
	if (plug_open(a, eng->conf, &po, &eng->plug, e) != 0 ||
	    load_rules(eng, opt, e) != 0 ||
	    plug_prepare(eng->plug, eng->rs, eng->score_set, e) != 0)
		goto fail;
	mo.no_prefilter = opt->no_prefilter;
	mo.score_set = eng->score_set;
	mo.all = opt->lint;
	mo.cache_dir = opt->cache_dir;
	mo.few = opt->few;
	if (plan_make(eng, &mo, e) != 0)
		goto fail;
	eng->generation = eng->rs->fingerprint;
	if (!opt->few)
		mem_trim();
	*eng_r = eng;
	return 0;
fail:
	arena_free(&a);
	return -1;
}

bool
engine_wants_zone(const struct engine *eng, const struct plug_zone *z)
{
	for (size_t i = 0; i < z->rules.n; i++) {
		if (eng->needed[z->rules.v[i]])
			return true;
	}
	return false;
}

void
engine_free(struct engine **engp)
{
	struct engine *eng = *engp;
	struct arena *a;

	if (eng == NULL)
		return;
	a = eng->arena;
	arena_free(&a);
	*engp = NULL;
}

/* "0.1.0-local": the version with what version_tag adds, as one word. */
static struct slice
shown_version(const struct engine *eng)
{
	size_t n;
	const struct slice *tags = conf_list(eng->conf, "version_tag", &n);
	struct buf b;

	buf_init(&b, eng->arena);
	buf_adds(&b, PACKAGE_VERSION);
	for (size_t i = 0; i < n; i++) {
		buf_addc(&b, '-');
		for (size_t k = 0; k < tags[i].n; k++) {
			unsigned char c = (unsigned char)tags[i].p[k];

			buf_addc(&b, ascii_isalnum(c) || c == '.' ?
			    (char)ascii_lower(c) : '_');
		}
	}
	return buf_slice(&b);
}

struct report_conf
engine_report_conf(const struct engine *eng)
{
	struct report_conf rc = { .conf = eng->conf, .rs = eng->rs,
		.score_set = eng->score_set };
	struct slice host = conf_text(eng->conf, "report_hostname");
	char name[256] = "localhost";

	if (host.n == 0) {
		gethostname(name, sizeof(name) - 1);
		host = arena_slice(eng->arena, slice_cstr(name));
	}
	rc.hostname = host;
	rc.version = shown_version(eng);
	rc.released = SLICE(PACKAGE_RELEASED);
	rc.rules_version = eng->rs->update_versions;
	return rc;
}
