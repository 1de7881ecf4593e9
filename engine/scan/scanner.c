/*
 * scanner.c - a process's part of the engine: DNS, scratch, zone snapshot.
 */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "scan/scan-priv.h"

/* dns_server values as ask/ wants them. */
static const char *const *
servers(struct scanner *s, size_t *n_r)
{
	const struct slice *v = conf_list(s->eng->conf, "dns_server", n_r);
	const char **out = arena_alloc_array(s->arena, *n_r + 1,
	    sizeof(*out));

	for (size_t i = 0; i < *n_r; i++)
		out[i] = arena_str(s->arena, v[i]);
	return out;
}

static int
start_dns(struct scanner *s, struct err *e)
{
	struct conf *c = s->eng->conf;
	struct ask_conf ac = {
		.timeout = 2.0,
		.clock_scale = s->clock_scale,
		.controls_per_minute =
		    (unsigned)conf_int(c, "zone_controls_per_minute"),
		.board = s->opt.board,
		.max_inflight = LIMIT_QUESTIONS_INFLIGHT,
		.worker = s->opt.worker,
		.generation = s->eng->generation,
	};

	ac.servers = servers(s, &ac.n_servers);
	return ask_new(s->opt.base, &ac, s->opt.evidence,
	    s->opt.evidence_arg, &s->ask, e);
}

int
scanner_new(const struct engine *eng, const struct scanner_options *opt,
    struct scanner **s_r, struct err *e)
{
	struct scanner *s = mem_alloc(sizeof(*s));

	s->eng = eng;
	s->opt = *opt;
	s->arena = arena_new();
	s->clock_scale = conf_num(eng->conf, "zone_clock_scale");
	if (s->opt.clock_start == 0)
		s->opt.clock_start = clock_wall();
	if (eng->net && start_dns(s, e) != 0) {
		scanner_free(&s);
		return -1;
	}
	s->match = arena_alloc_array(s->arena, eng->n_steps,
	    sizeof(struct match_worker *));
	for (size_t i = 0; i < eng->n_steps; i++)
		s->match[i] = match_worker_new(eng->steps[i].matcher);
	if (plug_start(eng->plug, e) != 0) {
		scanner_free(&s);
		return -1;
	}
	*s_r = s;
	return 0;
}

void
scanner_free(struct scanner **sp)
{
	struct scanner *s = *sp;

	if (s == NULL)
		return;
	if (s->open_scans > 0)
		DIE("%u scans are still open", s->open_scans);
	plug_stop(s->eng->plug);
	zones_release(&s->zones);
	for (size_t i = 0; s->match != NULL && i < s->eng->n_steps; i++)
		match_worker_free(&s->match[i]);
	if (s->ask != NULL)
		ask_free(&s->ask);
	while (s->n_spares > 0)
		arena_free(&s->spares[--s->n_spares]);
	arena_free(&s->arena);
	mem_free(s);
	*sp = NULL;
}

struct ask *
scanner_ask(struct scanner *s)
{
	return s->ask;
}
