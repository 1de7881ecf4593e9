/*
 * schema - the tables of the zone database, one step per version.
 *
 * Used by store-open.c only.  store_schema[v] turns version v into v + 1; a new
 * version is a new row at the end, and no row that was released changes.
 * PRAGMA user_version holds the version, application_id says "tare".
 *
 *	zone		what is believed of each zone now, one row each, the
 *			sums of its alarms (s_*) and what its name servers
 *			said last (ns_*, soa_*) included
 *	zone_code	per answer code: first and last seen, precision; the
 *			row "*" is of all codes together, and its ns and nh
 *			are those of every code
 *	zone_hour	sums per zone and hour, 90 days, only ever added to
 *	zone_probe	the last 2000 probes of each zone
 *	zone_event	every transition with its evidence, never trimmed
 *	good_subject	senders known to be good: the panel
 *	exposure	messages that a zone touched, 7 days
 *	peer		nodes of the fleet, and the newest line of each
 *	peer_zone	what each of them said last of a zone
 *	resolver	one row: was it found to lie?
 *
 * States and reasons are words (weigh/names.c): a word that an older tare
 * does not know reads as NEW, which counts nothing.
 */
#include "config.h"

#include "learn/store-priv.h"

const char *const store_schema[STORE_VERSION] = {
	"CREATE TABLE zone("
	"  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
	"  kind INTEGER NOT NULL DEFAULT 0,"
	"  direction INTEGER NOT NULL DEFAULT 0,"
	"  w_operator REAL NOT NULL DEFAULT 1,"
	"  state TEXT NOT NULL DEFAULT 'new',"
	"  reason TEXT NOT NULL DEFAULT 'none',"
	"  state_since REAL NOT NULL DEFAULT 0, detail TEXT,"
	"  dwell_s REAL, requarantines_24h INTEGER,"
	"  quarantined_at REAL, incident_since REAL,"
	"  before_suspect TEXT, before_down TEXT, settled REAL,"
	"  dirty INTEGER, dirty_bogus INTEGER, hint INTEGER, dirty_at REAL,"
	"  backoff_s REAL,"
	"  pin TEXT, pin_until REAL, pin_weight REAL,"
	"  enrolled INTEGER, must_not INTEGER, must_list INTEGER,"
	"  pools INTEGER,"
	"  lookups_learning INTEGER, learning_since REAL,"
	"  p0 REAL, g REAL, s_all REAL, s_part REAL, s_anchor REAL,"
	"  s_low REAL, ns_set TEXT, soa_serial INTEGER, soa_seen REAL,"
	"  last_clean_control REAL, p95_ms REAL, epoch INTEGER);"

	"CREATE TABLE zone_code("
	"  zone INTEGER NOT NULL REFERENCES zone(id), code TEXT NOT NULL,"
	"  first_seen REAL, last_seen REAL, w_precision REAL,"
	"  hs REAL NOT NULL DEFAULT 0, ns REAL NOT NULL DEFAULT 0,"
	"  hh REAL NOT NULL DEFAULT 0, nh REAL NOT NULL DEFAULT 0,"
	"  decayed_at REAL, PRIMARY KEY(zone, code)) WITHOUT ROWID;"

	"CREATE TABLE zone_hour("
	"  zone INTEGER NOT NULL REFERENCES zone(id), hour INTEGER NOT NULL,"
	"  lookups INTEGER NOT NULL DEFAULT 0,"
	"  listed INTEGER NOT NULL DEFAULT 0,"
	"  clean INTEGER NOT NULL DEFAULT 0,"
	"  bogus INTEGER NOT NULL DEFAULT 0,"
	"  blocked INTEGER NOT NULL DEFAULT 0,"
	"  unmapped INTEGER NOT NULL DEFAULT 0,"
	"  unknown INTEGER NOT NULL DEFAULT 0,"
	"  controls INTEGER NOT NULL DEFAULT 0,"
	"  controls_dirty INTEGER NOT NULL DEFAULT 0,"
	"  voided INTEGER NOT NULL DEFAULT 0,"
	"  subjects INTEGER NOT NULL DEFAULT 0,"
	"  subj_listed INTEGER NOT NULL DEFAULT 0,"
	"  anchors INTEGER NOT NULL DEFAULT 0,"
	"  anchors_listed INTEGER NOT NULL DEFAULT 0,"
	"  PRIMARY KEY(zone, hour)) WITHOUT ROWID;"
	"CREATE INDEX zone_hour_hour ON zone_hour(hour);"

	"CREATE TABLE zone_probe("
	"  id INTEGER PRIMARY KEY,"
	"  zone INTEGER NOT NULL REFERENCES zone(id), at REAL NOT NULL,"
	"  kind TEXT, qname TEXT, rcode INTEGER, answer TEXT, rtt_ms REAL,"
	"  verdict TEXT);"
	"CREATE INDEX zone_probe_zone ON zone_probe(zone, id);"

	"CREATE TABLE zone_event("
	"  id INTEGER PRIMARY KEY, at REAL NOT NULL,"
	"  zone INTEGER NOT NULL REFERENCES zone(id),"
	"  from_state TEXT NOT NULL, to_state TEXT NOT NULL,"
	"  reason TEXT NOT NULL, evidence_json TEXT,"
	"  source TEXT NOT NULL DEFAULT 'local');"
	"CREATE INDEX zone_event_zone ON zone_event(zone, at);"

	"CREATE TABLE good_subject("
	"  kind INTEGER NOT NULL, subject TEXT NOT NULL, net TEXT,"
	"  ham INTEGER NOT NULL DEFAULT 0, days INTEGER NOT NULL DEFAULT 0,"
	"  last_ham REAL, last_spam REAL,"
	"  PRIMARY KEY(kind, subject)) WITHOUT ROWID;"

	"CREATE TABLE exposure("
	"  at REAL NOT NULL, msg_id TEXT, queue_id TEXT,"
	"  zone INTEGER NOT NULL REFERENCES zone(id), code TEXT, rule TEXT,"
	"  points REAL, action_with INTEGER, action_without INTEGER,"
	"  voided INTEGER);"
	"CREATE INDEX exposure_at ON exposure(at);"
	"CREATE INDEX exposure_zone ON exposure(zone, at);",

	/* 2: verdicts in exposure, a fleet */
	"ALTER TABLE exposure ADD COLUMN score REAL;"
	"ALTER TABLE exposure ADD COLUMN required REAL;"

	"CREATE TABLE peer("
	"  name TEXT PRIMARY KEY, seq INTEGER NOT NULL, at REAL NOT NULL)"
	"  WITHOUT ROWID;"

	"CREATE TABLE peer_zone("
	"  peer TEXT NOT NULL, zone INTEGER NOT NULL REFERENCES zone(id),"
	"  at REAL NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL,"
	"  since REAL NOT NULL, lookups INTEGER, listed INTEGER,"
	"  controls INTEGER, controls_dirty INTEGER, subjects INTEGER,"
	"  subj_listed INTEGER, PRIMARY KEY(peer, zone)) WITHOUT ROWID;",

	/* 3: statistics and panels, name servers, IPv6, the resolver */
	"ALTER TABLE zone ADD COLUMN p0_n REAL;"
	"ALTER TABLE zone ADD COLUMN g_n REAL;"
	"ALTER TABLE zone ADD COLUMN panel_at REAL;"
	"ALTER TABLE zone ADD COLUMN low_at REAL;"
	"ALTER TABLE zone ADD COLUMN episode_at REAL;"
	"ALTER TABLE zone ADD COLUMN episode_sum REAL;"
	"ALTER TABLE zone ADD COLUMN episode_asked INTEGER;"
	"ALTER TABLE zone ADD COLUMN panel_again INTEGER;"
	"ALTER TABLE zone ADD COLUMN panel_calm INTEGER;"
	"ALTER TABLE zone ADD COLUMN panel_rang INTEGER;"
	"ALTER TABLE zone ADD COLUMN panel_turn REAL;"
	"ALTER TABLE zone ADD COLUMN panel_next REAL;"
	"ALTER TABLE zone ADD COLUMN healthy_panels INTEGER;"
	"ALTER TABLE zone ADD COLUMN watch_s REAL;"
	"ALTER TABLE zone ADD COLUMN ns_domain TEXT;"
	"ALTER TABLE zone ADD COLUMN soa_known INTEGER;"
	"ALTER TABLE zone ADD COLUMN soa_usual_s REAL;"
	"ALTER TABLE zone ADD COLUMN must_not6 INTEGER;"
	"ALTER TABLE zone ADD COLUMN must_list6 INTEGER;"
	"ALTER TABLE zone ADD COLUMN seen6 REAL;"
	"ALTER TABLE zone_code ADD COLUMN allow INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE good_subject ADD COLUMN org TEXT;"

	"CREATE TABLE resolver("
	"  id INTEGER PRIMARY KEY CHECK(id = 1), bad INTEGER NOT NULL,"
	"  bad_at REAL, hold_s REAL, hold_until REAL);",
};
