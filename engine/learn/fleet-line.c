/*
 * fleet-line - one line of a fleet: written, signed, checked, read.
 *
 * Called by `tare zones export` and `import`, and by the keeper for the line
 * that import hands over.  Pure but for fleet_key_read.  The only file with
 * nettle.
 *
 * A reader trusts the bytes before `,"mac"` only after their HMAC is right,
 * compared in constant time; then it still checks every member, since a node
 * that holds the key may be in other hands.
 *
 * Limits: LIMIT_PEER_LINE bytes.  Members it does not know are passed over, so
 * that a newer tare may add some; a state or reason it does not know is an
 * error of that line.
 */
#include "config.h"

#include "learn/fleet.h"

#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/fdio.h"
#include "base/json.h"

#define KEY_MIN		16u
#define MAC_HEX		(2 * SHA256_DIGEST_SIZE)
/* An export that a timer runs each minute and that waits in a mail queue of
 * ssh connections is younger; clocks of one site differ less. */
#define AGE_MAX		600.0
#define AHEAD_MAX	120.0
#define FORMAT		1

/* ---- key ---- */

int
fleet_key_read(const char *path, struct fleet_key *key_r, struct err *e)
{
	struct arena *a = arena_new();
	struct slice text = { NULL, 0 };
	struct stat st;
	int rc = -1;

	if (stat(path, &st) != 0) {
		err_errno(e, ERR_NOINPUT, "the fleet's key %.200s", path);
	} else if ((st.st_mode & S_IRWXO) != 0) {
		err_set(e, ERR_CONFIG, "the fleet's key %.200s may be read by "
		    "everybody: chmod o= it", path);
	} else if (file_read(path, a, 4096, &text, e) == 0) {
		text = slice_trim(text);
		if (text.n < KEY_MIN || text.n > sizeof(key_r->bytes)) {
			err_set(e, ERR_CONFIG, "the fleet's key %.200s has "
			    "%zu bytes: it needs %u to %zu (make one with "
			    "`openssl rand -hex 32`)", path, text.n, KEY_MIN,
			    sizeof(key_r->bytes));
		} else {
			memcpy(key_r->bytes, text.p, text.n);
			key_r->n = text.n;
			rc = 0;
		}
	}
	arena_free(&a);
	return rc;
}

static void
mac_of(struct slice text, const struct fleet_key *key, char hex_r[MAC_HEX + 1])
{
	struct hmac_sha256_ctx ctx;
	uint8_t digest[SHA256_DIGEST_SIZE];

	hmac_sha256_set_key(&ctx, key->n, key->bytes);
	hmac_sha256_update(&ctx, text.n, (const uint8_t *)text.p);
	hmac_sha256_digest(&ctx, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++) {
		snprintf(hex_r + 2 * i, 3, "%02x", digest[i]);
	}
}

/* ---- what may be said ---- */

bool
fleet_node_valid(struct slice name)
{
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];

		if (!ascii_isalnum(c) && c != '.' && c != '-' && c != '_') {
			return false;
		}
	}
	return name.n > 0 && name.n < FLEET_NODE;
}

bool
fleet_shares(enum zone_state state, enum zone_reason reason)
{
	switch (state) {
	case ZONE_BLOCKED:
	case ZONE_DOWN:
	case ZONE_PINNED_ON:
	case ZONE_PINNED_OFF:
		return false;
	default:
		break;
	}
	switch (reason) {
	case REASON_BLOCKED:
	case REASON_TIMEOUT:
	case REASON_SERVFAIL:
	case REASON_REFUSED:
	case REASON_RESOLVER:
	case REASON_PEER:
	case REASON_OPERATOR:
		return false;
	default:
		return true;
	}
}

/* ---- writing ---- */

/* The sums of a line, in order: a row each. */
static const struct {
	const char *name;
	size_t at;
} sums[] = {
#define SUM(member) offsetof(struct fleet_line, day.member)
	{ "lookups", SUM(lookups) },
	{ "listed", SUM(listed) },
	{ "controls", SUM(controls) },
	{ "controls_dirty", SUM(controls_dirty) },
	{ "subjects", SUM(subjects) },
	{ "subjects_listed", SUM(subjects_listed) },
};
#define SUMS (sizeof(sums) / sizeof(sums[0]))

/* Everything but the final brace. */
static void
add_members(const struct fleet_line *l, struct buf *b)
{
	buf_addf(b, "{\"tare\":%d,\"node\":", FORMAT);
	buf_add_json(b, slice_cstr(l->node));
	buf_addf(b, ",\"seq\":%llu,\"at\":%.3f,\"zone\":",
	    (unsigned long long)l->seq, l->at);
	buf_add_json(b, slice_cstr(l->zone));
	buf_addf(b, ",\"state\":\"%s\",\"reason\":\"%s\",\"since\":%.3f,"
	    "\"evidence\":", zone_state_name(l->state),
	    zone_reason_name(l->reason), l->since);
	buf_add_json(b, slice_cstr(l->evidence));
	for (size_t i = 0; i < SUMS; i++) {
		double d;

		memcpy(&d, (const char *)l + sums[i].at, sizeof(d));
		buf_addf(b, ",\"%s\":%.0f", sums[i].name, d);
	}
}

void
fleet_line_json(const struct fleet_line *l, struct buf *out)
{
	add_members(l, out);
	buf_addc(out, '}');
}

void
fleet_line_write(const struct fleet_line *l, const struct fleet_key *key,
    struct buf *out)
{
	size_t from = out->n;
	char mac[MAC_HEX + 1];

	add_members(l, out);
	mac_of(slice_make(out->p + from, out->n - from), key, mac);
	buf_addf(out, ",\"mac\":\"%s\"}\n", mac);
}

/* ---- reading ---- */

struct reader {
	struct fleet_line *l;
	struct arena *a;
	double format;
	unsigned have;			/* bits by row of members[] */
	const char *wrong;		/* a member that is not as it must be */
};

static bool
read_text(struct reader *r, const struct json_value *v, char *dst, size_t size)
{
	struct slice s;

	if (json_string(r->a, v, &s) != 0 || s.n >= size ||
	    memchr(s.p != NULL ? s.p : "", '\0', s.n) != NULL) {
		return false;
	}
	record_text(dst, size, s);
	return true;
}

static bool
read_format(struct reader *r, const struct json_value *v)
{
	return json_number(v, &r->format) == 0;
}

static bool
read_node(struct reader *r, const struct json_value *v)
{
	return read_text(r, v, r->l->node, sizeof(r->l->node)) &&
	    fleet_node_valid(slice_cstr(r->l->node));
}

static bool
read_seq(struct reader *r, const struct json_value *v)
{
	double d;

	/* as exact as a double is */
	if (json_number(v, &d) != 0 || d < 1 || d > 9007199254740992.0) {
		return false;
	}
	r->l->seq = (uint64_t)d;
	return true;
}

static bool
read_at(struct reader *r, const struct json_value *v)
{
	return json_number(v, &r->l->at) == 0;
}

static bool
read_zone(struct reader *r, const struct json_value *v)
{
	char *z = r->l->zone;

	if (!read_text(r, v, z, sizeof(r->l->zone)) || z[0] == '\0') {
		return false;
	}
	for (; *z != '\0'; z++) {
		unsigned char c = (unsigned char)*z;

		if (!ascii_isalnum(c) && strchr(".-_", c) == NULL) {
			return false;
		}
		*z = (char)ascii_lower(c);
	}
	return true;
}

static bool
read_state(struct reader *r, const struct json_value *v)
{
	struct slice s;
	int n = json_string(r->a, v, &s) == 0 ? zone_state_parse(s) : -1;

	r->l->state = (enum zone_state)(n < 0 ? 0 : n);
	return n >= 0;
}

static bool
read_reason(struct reader *r, const struct json_value *v)
{
	struct slice s;
	int n = json_string(r->a, v, &s) == 0 ? zone_reason_parse(s) : -1;

	r->l->reason = (enum zone_reason)(n < 0 ? 0 : n);
	return n >= 0;
}

static bool
read_since(struct reader *r, const struct json_value *v)
{
	return json_number(v, &r->l->since) == 0;
}

/* It goes into logs and terminals: no control characters. */
static bool
read_evidence(struct reader *r, const struct json_value *v)
{
	char *p = r->l->evidence;

	if (!read_text(r, v, p, sizeof(r->l->evidence))) {
		return false;
	}
	for (; *p != '\0'; p++) {
		if (!isprint((unsigned char)*p)) {
			*p = '?';
		}
	}
	return true;
}

static const struct member {
	const char *name;
	bool (*read)(struct reader *, const struct json_value *);
} members[] = {
	{ "tare", read_format },
	{ "node", read_node },
	{ "seq", read_seq },
	{ "at", read_at },
	{ "zone", read_zone },
	{ "state", read_state },
	{ "reason", read_reason },
	{ "since", read_since },
	{ "evidence", read_evidence },
};
#define MEMBERS (sizeof(members) / sizeof(members[0]))
#define ALL_MEMBERS ((1u << MEMBERS) - 1)

static bool
read_sum(struct reader *r, size_t i, const struct json_value *v)
{
	double d;

	if (json_number(v, &d) != 0 || d < 0 || d > 1e15) {
		r->wrong = sums[i].name;
		return false;
	}
	memcpy((char *)r->l + sums[i].at, &d, sizeof(d));
	return true;
}

static bool
on_member(struct slice key, const struct json_value *v, void *arg)
{
	struct reader *r = arg;

	for (size_t i = 0; i < MEMBERS; i++) {
		if (!slice_eq_cstr(key, members[i].name)) {
			continue;
		}
		if ((r->have & 1u << i) != 0 || !members[i].read(r, v)) {
			r->wrong = members[i].name;
			return false;
		}
		r->have |= 1u << i;
		return true;
	}
	for (size_t i = 0; i < SUMS; i++) {
		if (slice_eq_cstr(key, sums[i].name)) {
			return read_sum(r, i, v);
		}
	}
	return true;
}

static int
say_wrong(const struct reader *r, int rc, struct err *e)
{
	if (r->wrong != NULL) {
		return err_set(e, ERR_DATA, "its \"%s\" is not what it must "
		    "be (is a newer tare there?)", r->wrong);
	}
	if (rc != 0) {
		return err_set(e, ERR_DATA, "it is no JSON object");
	}
	for (size_t i = 0; i < MEMBERS; i++) {
		if ((r->have & 1u << i) == 0) {
			return err_set(e, ERR_DATA, "it has no \"%s\"",
			    members[i].name);
		}
	}
	return err_set(e, ERR_DATA, "its format is %g, this tare knows %d",
	    r->format, FORMAT);
}

int
fleet_line_parse(struct slice json, struct fleet_line *l_r, struct err *e)
{
	struct reader r = { .l = l_r, .a = arena_new() };
	int rc;

	memset(l_r, 0, sizeof(*l_r));
	rc = json.n > 0 && json.p[0] == '{' ?
	    json_each(json, on_member, &r) : -1;
	if (rc != 0 || r.have != ALL_MEMBERS || r.format != FORMAT) {
		rc = say_wrong(&r, rc, e);
	}
	arena_free(&r.a);
	return rc;
}

int
fleet_line_read(struct slice text, const struct fleet_key *key,
    struct fleet_line *l_r, struct err *e)
{
	static const struct slice label = SLICE(",\"mac\":\"");
	struct slice line = slice_trim(text), tail, signed_part;
	size_t tail_n = label.n + MAC_HEX + 2;
	char mac[MAC_HEX + 1];
	struct arena *a;
	struct buf b;
	int rc;

	if (line.n > LIMIT_PEER_LINE) {
		return err_set(e, ERR_DATA, "it is longer than %u bytes",
		    LIMIT_PEER_LINE);
	}
	tail = slice_sub(line, line.n > tail_n ? line.n - tail_n : 0, line.n);
	if (line.n <= tail_n || !slice_starts(tail, label) ||
	    !slice_ends(tail, SLICE("\"}"))) {
		return err_set(e, ERR_DATA, "it is not signed: not a line of "
		    "`tare zones export`");
	}
	signed_part = slice_sub(line, 0, line.n - tail_n);
	mac_of(signed_part, key, mac);
	if (!memeql_sec(mac, tail.p + label.n, MAC_HEX)) {
		return err_set(e, ERR_DATA, "its signature is wrong: the "
		    "sender has another key, or it was changed on the way");
	}
	a = arena_new();
	buf_init(&b, a);
	buf_add_slice(&b, signed_part);
	buf_addc(&b, '}');
	rc = fleet_line_parse(buf_slice(&b), l_r, e);
	arena_free(&a);
	return rc;
}

int
fleet_line_fresh(const struct fleet_line *l, double now, struct err *e)
{
	double age = now - l->at;

	if (age > AGE_MAX) {
		return err_set(e, ERR_DATA, "it was written %.0f s ago, and "
		    "after %.0f s evidence is stale", age, AGE_MAX);
	}
	if (age < -AHEAD_MAX) {
		return err_set(e, ERR_DATA, "it comes from %.0f s in the "
		    "future: set the clocks of %s and of this machine", -age,
		    l->node);
	}
	return 0;
}
