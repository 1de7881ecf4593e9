/*
 * schema.c - the core settings, one row each.
 *
 * A row here is read by some room; a setting of SpamAssassin's that nothing
 * reads belongs in foreign.c with the reason.  The man page is checked
 * against this table.  Addresses (ADDRS) and lines are used by plugins.
 */
#include "config.h"

#include "conf/conf-priv.h"

/* Forms of row, so that a line says only what is particular to it. */
#define CLEAR(name, of) \
	{ name, SETTING_CLEAR, of, 0, 0, "Empties " of "." }
#define REMOVE(name, of) \
	{ name, SETTING_REMOVE, of, 0, 0, "Takes entries out of " of "." }
#define ALIAS(name, of) \
	{ name, SETTING_ALIAS, of, 0, 0, "Older name of " of "." }
#define ADDRS(name, help) \
	{ name, SETTING_ADDRS, NULL, 0, 0, help }
#define LINES(name, help) \
	{ name, SETTING_LINES, NULL, 0, 0, help }

static const char default_headers[] =
	"all Checker-Version tare _VERSION_ on _HOSTNAME_\n"
	"spam Flag _YESNOCAPS_\n"
	"all Level _STARS(*)_\n"
	"all Status _YESNO_, score=_SCORE_ required=_REQD_ tests=_TESTS_ "
	    "autolearn=_AUTOLEARN_ version=_VERSION_\n";

const struct setting conf_schema[] = {
	/* ---- verdict and limits ---- */
	{ "required_score", SETTING_NUM, "5", -10000, 10000,
	    "A message with this score or more is spam." },
	ALIAS("required_hits", "required_score"),
	{ "time_limit", SETTING_TIME, "60", 0, 86400,
	    "Seconds after which a scan ends with what is known." },
	{ "max_message_size", SETTING_INT, "268435456", 1, 268435456,
	    "Larger messages are refused before they are read." },
	{ "body_part_scan_size", SETTING_INT, "50000", 0, 268435456,
	    "Bytes of each text part that body rules see; 0: all." },
	{ "rawbody_part_scan_size", SETTING_INT, "500000", 0, 268435456,
	    "Bytes of each text part that rawbody rules see; 0: all." },
	{ "compat", SETTING_BOOL, "1", 0, 0,
	    "Keep SpamAssassin's oddities where rules depend on them." },

	/* ---- relays ---- */
	{ "trusted_networks", SETTING_NETS, NULL, 0, 0,
	    "Relays whose Received lines are believed." },
	{ "internal_networks", SETTING_NETS, NULL, 0, 0,
	    "Our own relays: mail exchangers and what is behind them." },
	{ "msa_networks", SETTING_NETS, NULL, 0, 0,
	    "Our submission servers: their senders are trusted users." },
	CLEAR("clear_trusted_networks", "trusted_networks"),
	CLEAR("clear_internal_networks", "internal_networks"),
	CLEAR("clear_msa_networks", "msa_networks"),
	{ "originating_ip_headers", SETTING_LIST, NULL, 0, 0,
	    "Header fields that name the sender's IP address." },
	CLEAR("clear_originating_ip_headers", "originating_ip_headers"),
	{ "envelope_sender_header", SETTING_TEXT, NULL, 0, 0,
	    "Header field that holds the envelope sender." },
	{ "parse_dkim_uris", SETTING_BOOL, "1", 0, 0,
	    "Signing domains count as URIs of the message." },
	{ "ok_locales", SETTING_TEXT, "all", 0, 0,
	    "Locales whose character sets are expected; all: any." },

	/* ---- DNS ---- */
	{ "skip_rbl_checks", SETTING_BOOL, "0", 0, 0,
	    "Ask no DNS list about IP addresses." },
	{ "dns_available", SETTING_TEXT, "yes", 0, 0,
	    "no: ask no DNS at all; anything else: yes." },
	{ "dns_server", SETTING_SERVERS, NULL, 0, 0,
	    "Resolvers for list zones, ADDRESS or ADDRESS:PORT." },
	CLEAR("clear_dns_servers", "dns_server"),
	{ "rbl_timeout", SETTING_TIME, "5", 0, 300,
	    "Seconds to wait for DNS answers to one message." },

	/* ---- list zones ---- */
	{ "zone_control", SETTING_BOOL, "1", 0, 0,
	    "Confirm a listing that changes the verdict by a control query." },
	{ "zone_controls_per_minute", SETTING_INT, "30", 1, 6000,
	    "Control queries to one zone in a minute, by all workers." },
	{ "zone_clock_scale", SETTING_NUM, "1", 1, 100000,
	    "Zone time runs this much faster: for tests and drills." },
	{ "zone_clock_start", SETTING_NUM, "0", 0, 1e11,
	    "Unix time at which a faster zone time begins; 0: now." },
	LINES("zone_weight", "ZONE WEIGHT: the operator's trust, 0 to 1."),
	LINES("zone_codes", "ZONE ADDRESS...: answers that mean listed."),
	LINES("zone_block_codes",
	    "ZONE ADDRESS...: answers that mean we are refused."),
	LINES("zone_must_not",
	    "ZONE off: the zone lists 127.0.0.1 by design."),
	LINES("zone_must_list",
	    "ZONE ENTRY: the address or name that the zone lists for tests."),
	LINES("zone_ask",
	    "ZONE NAME: ask NAME instead (a key of yours, a mirror)."),
	LINES("zone_quota",
	    "ZONE NUMBER: questions a day that its operator allows."),
	{ "zone_stale_days", SETTING_NUM, "7", 0, 3650,
	    "Days without a new SOA serial that make a zone stale; 0: none." },
	{ "zone_fleet_key", SETTING_TEXT, NULL, 0, 0,
	    "File with the key for tare zones export and import." },
	{ "zone_fleet_node", SETTING_TEXT, NULL, 0, 0,
	    "This node's name in a fleet; nothing: the host's." },
	{ "known_good_host", SETTING_HOSTS, NULL, 0, 0,
	    "Addresses and domains known to send good mail." },
	{ "known_good_authserv", SETTING_LIST, NULL, 0, 0,
	    "Names in our own servers' Authentication-Results." },

	/* ---- reports and rewriting ---- */
	{ "report_safe", SETTING_REPORT_SAFE, "1", 0, 2,
	    "Spam becomes an attachment: 0 no, 1 message, 2 text." },
	{ "rewrite_header", SETTING_REWRITE, NULL, 0, 0,
	    "subject|from|to TEXT: put TEXT into that field of spam." },
	{ "add_header", SETTING_HEADERS, default_headers, 0, 0,
	    "all|spam|ham NAME TEMPLATE: an X-Spam-NAME header." },
	{ "remove_header", SETTING_REMOVE, "add_header", 0, 0,
	    "all|spam|ham NAME: do not add that header." },
	CLEAR("clear_headers", "add_header"),
	{ "fold_headers", SETTING_BOOL, "1", 0, 0,
	    "Break long added headers into lines." },
	{ "report", SETTING_TEMPLATE, NULL, 0, 0,
	    "A line of the report put in front of spam." },
	CLEAR("clear_report_template", "report"),
	{ "unsafe_report", SETTING_TEMPLATE, NULL, 0, 0,
	    "A line added to the report when spam is more than plain text." },
	CLEAR("clear_unsafe_report_template", "unsafe_report"),
	{ "report_wrap_width", SETTING_INT, "75", 0, 998,
	    "Columns at which descriptions in reports are wrapped." },
	LINES("version_tag", "Text added to the version in headers."),
	{ "report_charset", SETTING_TEXT, "UTF-8", 0, 0,
	    "Character set the report is labelled with." },
	{ "report_contact", SETTING_TEXT,
	    "the administrator of that system", 0, 0,
	    "Whom readers of a report may ask." },
	{ "report_hostname", SETTING_TEXT, NULL, 0, 0,
	    "Host name shown in reports; empty: the system's." },
	{ "report_safe_copy_headers", SETTING_LIST, NULL, 0, 0,
	    "Header fields copied to the message around spam." },

	/* ---- senders, recipients and hosts that plugins look up ---- */
	ADDRS("welcomelist_from", "Senders to welcome."),
	ALIAS("whitelist_from", "welcomelist_from"),
	REMOVE("unwelcomelist_from", "welcomelist_from"),
	ALIAS("unwhitelist_from", "unwelcomelist_from"),
	ADDRS("welcomelist_auth", "Senders to welcome if authenticated."),
	ALIAS("whitelist_auth", "welcomelist_auth"),
	ADDRS("def_welcomelist_auth",
	    "As welcomelist_auth, shipped with the rules."),
	ALIAS("def_whitelist_auth", "def_welcomelist_auth"),
	ADDRS("unwelcomelist_auth", "Exceptions from welcomelist_auth."),
	ALIAS("unwhitelist_auth", "unwelcomelist_auth"),
	LINES("welcomelist_from_rcvd",
	    "ADDRESS RELAY: senders to welcome through that relay."),
	ALIAS("whitelist_from_rcvd", "welcomelist_from_rcvd"),
	LINES("def_welcomelist_from_rcvd",
	    "As welcomelist_from_rcvd, shipped with the rules."),
	ALIAS("def_whitelist_from_rcvd", "def_welcomelist_from_rcvd"),
	ADDRS("unwelcomelist_from_rcvd",
	    "Exceptions from welcomelist_from_rcvd."),
	ALIAS("unwhitelist_from_rcvd", "unwelcomelist_from_rcvd"),
	ADDRS("welcomelist_allows_relays",
	    "Senders of welcomelist_from_rcvd that may use other relays."),
	ALIAS("whitelist_allows_relays", "welcomelist_allows_relays"),
	ADDRS("blocklist_from", "Senders to block."),
	ALIAS("blacklist_from", "blocklist_from"),
	REMOVE("unblocklist_from", "blocklist_from"),
	ALIAS("unblacklist_from", "unblocklist_from"),
	ADDRS("welcomelist_to", "Recipients who want more mail."),
	ALIAS("whitelist_to", "welcomelist_to"),
	ADDRS("more_spam_to", "Recipients who want much more mail."),
	ADDRS("all_spam_to", "Recipients who want all mail."),
	ADDRS("blocklist_to", "Recipients whose mail is spam."),
	ALIAS("blacklist_to", "blocklist_to"),
	LINES("enlist_addrlist", "(NAME) ADDRESS...: a named address list."),
	LINES("enlist_uri_host", "(NAME) HOST...: a named host list."),
	LINES("delist_uri_host", "[(NAME)] HOST...: out of the lists again."),
	ADDRS("blocklist_uri_host", "Hosts for the list named BLOCK."),
	ALIAS("blacklist_uri_host", "blocklist_uri_host"),
	ADDRS("welcomelist_uri_host", "Hosts for the list named WELCOME."),
	ALIAS("whitelist_uri_host", "welcomelist_uri_host"),
	{ 0 }
};
