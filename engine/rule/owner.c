/*
 * owner.c - directives of SpamAssassin plugins, and which plugin reads them.
 *
 * Such a line is offered to the host (a plugin of ours).  When nobody takes
 * it, this table turns "unknown directive" into a sentence that helps.  A name
 * that ends in '*' stands for all names that begin so.
 */
#include "config.h"

#include "rule/rule-priv.h"

struct owner {
	const char *name, *plugin;
};

static const struct owner owners[] = {
	{ "askdns", "AskDNS" },
	{ "asn_lookup", "ASN" },
	{ "asn_lookup_ipv6", "ASN" },
	{ "asn_prefer_geodb", "ASN" },
	{ "asn_prefix", "ASN" },
	{ "asn_use_dns", "ASN" },
	{ "asn_use_geodb", "ASN" },
	{ "clear_asn_lookups", "ASN" },
	{ "authres_ignored_authserv", "AuthRes" },
	{ "authres_networks", "AuthRes" },
	{ "authres_trusted_authserv", "AuthRes" },
	{ "bayes_max_token_length", "Bayes" },
	{ "bayes_stopword_*", "Bayes" },
	{ "clear_url_shortener", "DecodeShortURLs" },
	{ "max_short_url_redirections", "DecodeShortURLs" },
	{ "max_short_urls", "DecodeShortURLs" },
	{ "url_shortener", "DecodeShortURLs" },
	{ "url_shortener_cache_autoclean", "DecodeShortURLs" },
	{ "url_shortener_cache_dsn", "DecodeShortURLs" },
	{ "url_shortener_cache_password", "DecodeShortURLs" },
	{ "url_shortener_cache_ttl", "DecodeShortURLs" },
	{ "url_shortener_cache_type", "DecodeShortURLs" },
	{ "url_shortener_cache_username", "DecodeShortURLs" },
	{ "url_shortener_get", "DecodeShortURLs" },
	{ "url_shortener_loginfo", "DecodeShortURLs" },
	{ "url_shortener_timeout", "DecodeShortURLs" },
	{ "url_shortener_user_agent", "DecodeShortURLs" },
	{ "adsp_override", "DKIM" },
	{ "def_welcomelist_from_dkim", "DKIM" },
	{ "def_whitelist_from_dkim", "DKIM" },
	{ "dkim_minimum_key_bits", "DKIM" },
	{ "dkim_timeout", "DKIM" },
	{ "unwelcomelist_from_dkim", "DKIM" },
	{ "unwhitelist_from_dkim", "DKIM" },
	{ "welcomelist_from_dkim", "DKIM" },
	{ "whitelist_from_dkim", "DKIM" },
	{ "dmarc_save_reports", "DMARC" },
	{ "rbl_headers", "DNSEval" },
	{ "extracttext_external", "ExtractText" },
	{ "extracttext_maxparts", "ExtractText" },
	{ "extracttext_timeout", "ExtractText" },
	{ "extracttext_use", "ExtractText" },
	{ "freemail_add_describe_email", "FreeMail" },
	{ "freemail_domains", "FreeMail" },
	{ "freemail_import_def_welcomelist_auth", "FreeMail" },
	{ "freemail_import_def_whitelist_auth", "FreeMail" },
	{ "freemail_import_welcomelist_auth", "FreeMail" },
	{ "freemail_import_whitelist_auth", "FreeMail" },
	{ "freemail_max_body_emails", "FreeMail" },
	{ "freemail_max_body_freemails", "FreeMail" },
	{ "freemail_skip_bulk_envfrom", "FreeMail" },
	{ "freemail_skip_when_over_max", "FreeMail" },
	{ "freemail_welcomelist", "FreeMail" },
	{ "freemail_whitelist", "FreeMail" },
	{ "fns_add_addrlist", "FromNameSpoof" },
	{ "fns_check", "FromNameSpoof" },
	{ "fns_extrachars", "FromNameSpoof" },
	{ "fns_ignore_dkim", "FromNameSpoof" },
	{ "fns_ignore_headers", "FromNameSpoof" },
	{ "fns_remove_addrlist", "FromNameSpoof" },
	{ "hashbl_acl_*", "HashBL" },
	{ "hashbl_email_domain_alias", "HashBL" },
	{ "hashbl_email_regex", "HashBL" },
	{ "hashbl_email_welcomelist", "HashBL" },
	{ "hashbl_email_whitelist", "HashBL" },
	{ "hashbl_ignore", "HashBL" },
	{ "trigger_config", "PhishTag" },
	{ "trigger_ratio", "PhishTag" },
	{ "trigger_target", "PhishTag" },
	{ "shortcircuit", "Shortcircuit" },
	{ "shortcircuit_ham_score", "Shortcircuit" },
	{ "shortcircuit_max_spam_score", "Shortcircuit" },
	{ "shortcircuit_min_ham_score", "Shortcircuit" },
	{ "shortcircuit_spam_score", "Shortcircuit" },
	{ "def_welcomelist_from_spf", "SPF" },
	{ "def_whitelist_from_spf", "SPF" },
	{ "do_not_use_mail_spf", "SPF" },
	{ "do_not_use_mail_spf_query", "SPF" },
	{ "ignore_received_spf_header", "SPF" },
	{ "spf_timeout", "SPF" },
	{ "unwelcomelist_from_spf", "SPF" },
	{ "unwhitelist_from_spf", "SPF" },
	{ "use_newest_received_spf_header", "SPF" },
	{ "welcomelist_from_spf", "SPF" },
	{ "whitelist_from_spf", "SPF" },
	{ "inactive_languages", "TextCat" },
	{ "ok_languages", "TextCat" },
	{ "textcat_acceptable_score", "TextCat" },
	{ "textcat_max_languages", "TextCat" },
	{ "textcat_max_ngrams", "TextCat" },
	{ "textcat_optimal_ngrams", "TextCat" },
	{ "uri_detail", "URIDetail" },
	{ "clear_uridnsbl_skip_domain", "URIDNSBL" },
	{ "skip_uribl_checks", "URIDNSBL" },
	{ "uridnsbl", "URIDNSBL" },
	{ "uridnsbl_max_domains", "URIDNSBL" },
	{ "uridnsbl_skip_domain", "URIDNSBL" },
	{ "uridnsbl_skip_mailto", "URIDNSBL" },
	{ "uridnsbl_timeout", "URIDNSBL" },
	{ "uridnssub", "URIDNSBL" },
	{ "urifullnsrhsbl", "URIDNSBL" },
	{ "urifullnsrhssub", "URIDNSBL" },
	{ "urinsrhsbl", "URIDNSBL" },
	{ "urinsrhssub", "URIDNSBL" },
	{ "urirhsbl", "URIDNSBL" },
	{ "urirhssub", "URIDNSBL" },
	{ "uri_block_cc", "URILocalBL" },
	{ "uri_block_cidr", "URILocalBL" },
	{ "uri_block_cont", "URILocalBL" },
	{ "uri_block_exclude", "URILocalBL" },
	{ "uri_block_isp", "URILocalBL" },
	{ "welcomelist_bounce_relays", "VBounce" },
	{ "whitelist_bounce_relays", "VBounce" },
	{ "blacklist_subject", "WelcomeListSubject" },
	{ "blocklist_subject", "WelcomeListSubject" },
	{ "welcomelist_subject", "WelcomeListSubject" },
	{ "whitelist_subject", "WelcomeListSubject" },
};

static bool
name_matches(const char *pattern, struct slice name)
{
	struct slice p = slice_cstr(pattern);

	if (slice_ends(p, SLICE("*")))
		return slice_starts(name, slice_sub(p, 0, p.n - 1));
	return slice_eq(p, name);
}

const char *
rule_owner(struct slice directive)
{
	for (size_t i = 0; i < sizeof(owners) / sizeof(owners[0]); i++) {
		if (name_matches(owners[i].name, directive))
			return owners[i].plugin;
	}
	return NULL;
}

void
rule_owner_nearest(struct nearest *n)
{
	for (size_t i = 0; i < sizeof(owners) / sizeof(owners[0]); i++)
		nearest_try(n, slice_cstr(owners[i].name));
}
