/*
 * foreign.c - SpamAssassin's settings that have no effect here, and why.
 *
 * They are accepted so that existing site files load; lint tells the reason
 * once for each.  A plugin that registers a setting or a directive of the
 * same name takes its row over.  Directives of SpamAssassin plugins that tare
 * has a plugin for are not here: see rule/owner.c.
 */
#include "config.h"

#include "conf/conf-priv.h"

#define IGNORED(name, why) { name, SETTING_IGNORED, why, 0, 0, why }

#define STATISTICS \
	"needs a statistics plugin, and none that takes it is " \
	"loaded"
#define PREFERENCES \
	"preferences per user are not read; settings are the site's"
#define COUNTRIES \
	"there is no country database"
#define RESOLVER \
	"libunbound chooses ports and options by itself"
#define ZONE_HEALTH \
	"every zone that refuses us is found and left alone for as " \
	"long as it does"
#define ZONE_WEIGHT \
	"write 'zone_weight ZONE 0' to switch a list off"
#define ENVELOPE \
	"name the header in envelope_sender_header instead"
#define LINT \
	"lint only warns of such a regex"
#define STORE \
	"SQLite does its own locking"
#define MBOX \
	"mailboxes are split at lines beginning 'From '"
#define REPUTATION \
	"there is no sender reputation store"
#define CHECKSUM \
	"checksum networks are not asked"
#define MACROS \
	"office files are not searched for macros"
#define FEEDS \
	"no lists of phishing sites are fetched or read"
#define LIMITS \
	"limits are built in; use time_limit and the service " \
	"manager"
#define CHARSETS \
	"texts are always converted to UTF-8"
#define MASSCHECK \
	"results of earlier runs are never used again"
#define REPORTING \
	"spam is not reported to third parties"

const struct setting conf_foreign[] = {
	IGNORED("bayes_auto_expire", STATISTICS),
	IGNORED("bayes_auto_learn", STATISTICS),
	IGNORED("bayes_expiry_max_db_size", STATISTICS),
	IGNORED("bayes_file_mode", STATISTICS),
	IGNORED("bayes_ignore_from", STATISTICS),
	IGNORED("bayes_ignore_header", STATISTICS),
	IGNORED("bayes_ignore_to", STATISTICS),
	IGNORED("bayes_journal_max_size", STATISTICS),
	IGNORED("bayes_learn_during_report", STATISTICS),
	IGNORED("bayes_learn_to_journal", STATISTICS),
	IGNORED("bayes_min_ham_num", STATISTICS),
	IGNORED("bayes_min_spam_num", STATISTICS),
	IGNORED("bayes_path", STATISTICS),
	IGNORED("bayes_seen_ttl", STATISTICS),
	IGNORED("bayes_sql_dsn", STATISTICS),
	IGNORED("bayes_sql_override_username", STATISTICS),
	IGNORED("bayes_sql_password", STATISTICS),
	IGNORED("bayes_sql_username", STATISTICS),
	IGNORED("bayes_sql_username_authorized", STATISTICS),
	IGNORED("bayes_store_module", STATISTICS),
	IGNORED("bayes_token_sources", STATISTICS),
	IGNORED("bayes_token_ttl", STATISTICS),
	IGNORED("bayes_use_hapaxes", STATISTICS),
	IGNORED("use_bayes", STATISTICS),
	IGNORED("use_bayes_rules", STATISTICS),
	IGNORED("use_learner", STATISTICS),
	IGNORED("allow_user_rules", PREFERENCES),
	IGNORED("user_scores_dsn", PREFERENCES),
	IGNORED("user_scores_fallback_to_global", PREFERENCES),
	IGNORED("user_scores_ldap_password", PREFERENCES),
	IGNORED("user_scores_ldap_username", PREFERENCES),
	IGNORED("user_scores_sql_custom_query", PREFERENCES),
	IGNORED("user_scores_sql_password", PREFERENCES),
	IGNORED("user_scores_sql_username", PREFERENCES),
	IGNORED("country_db_path", COUNTRIES),
	IGNORED("country_db_type", COUNTRIES),
	IGNORED("geodb_module", COUNTRIES),
	IGNORED("geodb_options", COUNTRIES),
	IGNORED("geodb_search_path", COUNTRIES),
	IGNORED("uri_country_db_isp_path", COUNTRIES),
	IGNORED("uri_country_db_path", COUNTRIES),
	IGNORED("dns_local_ports_avoid", RESOLVER),
	IGNORED("dns_local_ports_none", RESOLVER),
	IGNORED("dns_local_ports_permit", RESOLVER),
	IGNORED("dns_options", RESOLVER),
	IGNORED("dns_test_interval", RESOLVER),
	IGNORED("dns_block_rule", ZONE_HEALTH),
	IGNORED("dns_block_time", ZONE_HEALTH),
	IGNORED("dns_query_restriction", ZONE_WEIGHT),
	IGNORED("clear_dns_query_restriction", ZONE_WEIGHT),
	IGNORED("clear_dns_query_restrictions", ZONE_WEIGHT),
	IGNORED("always_trust_envelope_sender", ENVELOPE),
	IGNORED("ignore_always_matching_regexps", LINT),
	IGNORED("normalize_charset", CHARSETS),
	IGNORED("lock_method", STORE),
	IGNORED("mbox_format_from_regex", MBOX),
	IGNORED("auto_welcomelist_factor", REPUTATION),
	IGNORED("auto_welcomelist_factory", REPUTATION),
	IGNORED("auto_welcomelist_ipv4_mask_len", REPUTATION),
	IGNORED("auto_welcomelist_ipv6_mask_len", REPUTATION),
	IGNORED("auto_whitelist_factor", REPUTATION),
	IGNORED("auto_whitelist_factory", REPUTATION),
	IGNORED("auto_whitelist_ipv4_mask_len", REPUTATION),
	IGNORED("auto_whitelist_ipv6_mask_len", REPUTATION),
	IGNORED("use_auto_welcomelist", REPUTATION),
	IGNORED("use_auto_whitelist", REPUTATION),
	IGNORED("auto_welcomelist_db_modules", REPUTATION),
	IGNORED("auto_welcomelist_distinguish_signed", REPUTATION),
	IGNORED("auto_welcomelist_file_mode", REPUTATION),
	IGNORED("auto_welcomelist_path", REPUTATION),
	IGNORED("auto_whitelist_db_modules", REPUTATION),
	IGNORED("auto_whitelist_distinguish_signed", REPUTATION),
	IGNORED("auto_whitelist_file_mode", REPUTATION),
	IGNORED("auto_whitelist_path", REPUTATION),
	IGNORED("txrep_autolearn", REPUTATION),
	IGNORED("txrep_dilution_factor", REPUTATION),
	IGNORED("txrep_expiry_days", REPUTATION),
	IGNORED("txrep_factor", REPUTATION),
	IGNORED("txrep_factory", REPUTATION),
	IGNORED("txrep_ipv4_mask_len", REPUTATION),
	IGNORED("txrep_ipv6_mask_len", REPUTATION),
	IGNORED("txrep_learn_bonus", REPUTATION),
	IGNORED("txrep_learn_penalty", REPUTATION),
	IGNORED("txrep_report_details", REPUTATION),
	IGNORED("txrep_spf", REPUTATION),
	IGNORED("txrep_track_messages", REPUTATION),
	IGNORED("txrep_user2global_ratio", REPUTATION),
	IGNORED("txrep_weight_domain", REPUTATION),
	IGNORED("txrep_weight_email", REPUTATION),
	IGNORED("txrep_weight_email_ip", REPUTATION),
	IGNORED("txrep_weight_helo", REPUTATION),
	IGNORED("txrep_weight_ip", REPUTATION),
	IGNORED("txrep_welcomelist_out", REPUTATION),
	IGNORED("txrep_whitelist_out", REPUTATION),
	IGNORED("use_txrep", REPUTATION),
	IGNORED("user_awl_dsn", REPUTATION),
	IGNORED("user_awl_sql_override_username", REPUTATION),
	IGNORED("user_awl_sql_password", REPUTATION),
	IGNORED("user_awl_sql_table", REPUTATION),
	IGNORED("user_awl_sql_username", REPUTATION),
	IGNORED("bayes_auto_learn_on_error", STATISTICS),
	IGNORED("bayes_auto_learn_threshold_nonspam", STATISTICS),
	IGNORED("bayes_auto_learn_threshold_spam", STATISTICS),
	IGNORED("dcc_body_max", CHECKSUM),
	IGNORED("dcc_dccifd_path", CHECKSUM),
	IGNORED("dcc_fuz1_max", CHECKSUM),
	IGNORED("dcc_fuz2_max", CHECKSUM),
	IGNORED("dcc_home", CHECKSUM),
	IGNORED("dcc_learn_score", CHECKSUM),
	IGNORED("dcc_options", CHECKSUM),
	IGNORED("dcc_path", CHECKSUM),
	IGNORED("dcc_rep_percent", CHECKSUM),
	IGNORED("dcc_timeout", CHECKSUM),
	IGNORED("dccifd_options", CHECKSUM),
	IGNORED("use_dcc", CHECKSUM),
	IGNORED("use_dcc_rep", CHECKSUM),
	IGNORED("pyzor_count_min", CHECKSUM),
	IGNORED("pyzor_fork", CHECKSUM),
	IGNORED("pyzor_max", CHECKSUM),
	IGNORED("pyzor_options", CHECKSUM),
	IGNORED("pyzor_path", CHECKSUM),
	IGNORED("pyzor_perl", CHECKSUM),
	IGNORED("pyzor_server_file", CHECKSUM),
	IGNORED("pyzor_timeout", CHECKSUM),
	IGNORED("pyzor_welcomelist_factor", CHECKSUM),
	IGNORED("pyzor_welcomelist_min", CHECKSUM),
	IGNORED("pyzor_whitelist_factor", CHECKSUM),
	IGNORED("pyzor_whitelist_min", CHECKSUM),
	IGNORED("use_pyzor", CHECKSUM),
	IGNORED("razor_config", CHECKSUM),
	IGNORED("razor_fork", CHECKSUM),
	IGNORED("razor_timeout", CHECKSUM),
	IGNORED("use_razor2", CHECKSUM),
	IGNORED("olemacro_download_marker", MACROS),
	IGNORED("olemacro_extended_scan", MACROS),
	IGNORED("olemacro_exts", MACROS),
	IGNORED("olemacro_macro_exts", MACROS),
	IGNORED("olemacro_max_file", MACROS),
	IGNORED("olemacro_num_mime", MACROS),
	IGNORED("olemacro_num_zip", MACROS),
	IGNORED("olemacro_prefer_contentdisposition", MACROS),
	IGNORED("olemacro_skip_ctypes", MACROS),
	IGNORED("olemacro_skip_exts", MACROS),
	IGNORED("olemacro_zip_depth", MACROS),
	IGNORED("olemacro_zips", MACROS),
	IGNORED("phishing_openphish_feed", FEEDS),
	IGNORED("phishing_phishstats_feed", FEEDS),
	IGNORED("phishing_phishstats_minscore", FEEDS),
	IGNORED("phishing_phishtank_feed", FEEDS),
	IGNORED("phishing_uri_noparam", FEEDS),
	IGNORED("resource_limit_cpu", LIMITS),
	IGNORED("resource_limit_mem", LIMITS),
	IGNORED("run_reuse_tests_only", MASSCHECK),
	IGNORED("spamcop_from_address", REPORTING),
	IGNORED("spamcop_max_report_size", REPORTING),
	IGNORED("spamcop_relayhost", REPORTING),
	IGNORED("spamcop_to_address", REPORTING),
	{ 0 }
};
