/*
 * known - evals of SpamAssassin that tare knows by name but cannot answer yet:
 * they need a subsystem (SPF, DKIM, statistics, …) that is not here.
 *
 * A rule that uses one loads, is unknown on every message, and `tare lint`
 * says so; without this plugin its rule file would be full of errors.  A
 * group moves out of this table when its subsystem arrives.
 */
#include "config.h"

#include "plugins/plugin.h"

/* No run function: the engine answers TARE_UNKNOWN and lint tells why. */
#define KNOWN(eval, needs) { .name = eval, .args = "…", .help = needs }
/* The same where there is a network; without it (--local) the rule is off and
 * counts as 0 in metas, whether it says `tflags net` or not. */
#define KNOWN_NET(eval, needs) { .name = eval, .args = "…", .help = needs, \
	.views = TARE_DNS }

static const struct tare_eval evals[] = {
	KNOWN_NET("check_for_def_spf_welcomelist_from", "sender policies"),
	KNOWN_NET("check_for_def_spf_whitelist_from", "sender policies"),
	KNOWN_NET("check_for_spf_fail", "sender policies"),
	KNOWN_NET("check_for_spf_helo_fail", "sender policies"),
	KNOWN_NET("check_for_spf_helo_neutral", "sender policies"),
	KNOWN_NET("check_for_spf_helo_none", "sender policies"),
	KNOWN_NET("check_for_spf_helo_pass", "sender policies"),
	KNOWN_NET("check_for_spf_helo_permerror", "sender policies"),
	KNOWN_NET("check_for_spf_helo_softfail", "sender policies"),
	KNOWN_NET("check_for_spf_helo_temperror", "sender policies"),
	KNOWN_NET("check_for_spf_neutral", "sender policies"),
	KNOWN_NET("check_for_spf_none", "sender policies"),
	KNOWN_NET("check_for_spf_pass", "sender policies"),
	KNOWN_NET("check_for_spf_permerror", "sender policies"),
	KNOWN_NET("check_for_spf_softfail", "sender policies"),
	KNOWN_NET("check_for_spf_temperror", "sender policies"),
	KNOWN_NET("check_for_spf_welcomelist_from", "sender policies"),
	KNOWN_NET("check_for_spf_whitelist_from", "sender policies"),
	KNOWN_NET("check_spf_skipped_noenvfrom", "sender policies"),
	KNOWN_NET("check_arc_signed", "signatures"),
	KNOWN_NET("check_arc_valid", "signatures"),
	KNOWN_NET("check_dkim_adsp", "signatures"),
	KNOWN_NET("check_dkim_dependable", "signatures"),
	KNOWN_NET("check_dkim_signall", "signatures"),
	KNOWN_NET("check_dkim_signed", "signatures"),
	KNOWN_NET("check_dkim_signsome", "signatures"),
	KNOWN_NET("check_dkim_testing", "signatures"),
	KNOWN_NET("check_dkim_valid", "signatures"),
	KNOWN_NET("check_dkim_valid_author_sig", "signatures"),
	KNOWN_NET("check_dkim_valid_envelopefrom", "signatures"),
	KNOWN_NET("check_dkim_verified", "signatures"),
	KNOWN_NET("check_for_def_dkim_welcomelist_from", "signatures"),
	KNOWN_NET("check_for_def_dkim_whitelist_from", "signatures"),
	KNOWN_NET("check_for_dkim_welcomelist_from", "signatures"),
	KNOWN_NET("check_for_dkim_whitelist_from", "signatures"),
	KNOWN_NET("check_dmarc_missing", "DMARC policies"),
	KNOWN_NET("check_dmarc_none", "DMARC policies"),
	KNOWN_NET("check_dmarc_pass", "DMARC policies"),
	KNOWN_NET("check_dmarc_quarantine", "DMARC policies"),
	KNOWN_NET("check_dmarc_reject", "DMARC policies"),
	KNOWN("check_bayes", "statistics"),
	KNOWN_NET("check_pyzor", "the Pyzor network"),
	KNOWN_NET("check_razor2", "the Razor network"),
	KNOWN_NET("check_razor2_range", "the Razor network"),
	KNOWN("check_dcc", "the DCC network"),
	KNOWN("check_dcc_reputation_range", "the DCC network"),
	KNOWN("check_senders_reputation", "reputation"),
	KNOWN("check_from_in_auto_welcomelist", "reputation"),
	KNOWN("check_from_in_auto_whitelist", "reputation"),
	KNOWN("check_body_8bits", "language guessing"),
	KNOWN("check_language", "language guessing"),
	KNOWN("pdf_count", "PDF files"),
	KNOWN("pdf_image_count", "PDF files"),
	KNOWN("pdf_image_size_exact", "PDF files"),
	KNOWN("pdf_image_size_range", "PDF files"),
	KNOWN("pdf_image_to_text_ratio", "PDF files"),
	KNOWN("pdf_is_empty_body", "PDF files"),
	KNOWN("pdf_is_encrypted", "PDF files"),
	KNOWN("pdf_match_details", "PDF files"),
	KNOWN("pdf_match_fuzzy_md5", "PDF files"),
	KNOWN("pdf_match_md5", "PDF files"),
	KNOWN("pdf_name_regex", "PDF files"),
	KNOWN("pdf_named", "PDF files"),
	KNOWN("pdf_pixel_coverage", "PDF files"),
	KNOWN("check_olemacro", "office files"),
	KNOWN("check_olemacro_csv", "office files"),
	KNOWN("check_olemacro_download_exe", "office files"),
	KNOWN("check_olemacro_encrypted", "office files"),
	KNOWN("check_olemacro_malice", "office files"),
	KNOWN("check_olemacro_mhtml_uri", "office files"),
	KNOWN("check_olemacro_redirect_uri", "office files"),
	KNOWN("check_olemacro_renamed", "office files"),
	KNOWN("check_olemacro_zip_password", "office files"),
	KNOWN("check_oleobject", "office files"),
	KNOWN("check_olertfobject", "office files"),
	KNOWN("short_url", "following short links"),
	KNOWN("short_url_200", "following short links"),
	KNOWN("short_url_404", "following short links"),
	KNOWN("short_url_chained", "following short links"),
	KNOWN("short_url_code", "following short links"),
	KNOWN("short_url_loop", "following short links"),
	KNOWN("short_url_maxchain", "following short links"),
	KNOWN("short_url_redir", "following short links"),
	KNOWN("short_url_tests", "following short links"),
	KNOWN("check_asn", "the networks of addresses"),
	KNOWN("check_uri_local_bl", "the countries of addresses"),
	KNOWN("check_phishing", "lists of phishing pages"),
	KNOWN("check_authres_result", "results of other servers"),
	{ 0 }
};

/*
 * Only the plugins that SpamAssassin loads by default: `ifplugin` of the
 * others is as false here as it is there.
 */
static const char *const stands_for[] = { "SPF", "DKIM", "DMARC", "Bayes",
	"Pyzor", "Razor2", "SpamCop", "AutoLearnThreshold", NULL };
static const char *const can[] = { "DKIM::has_arc", "Pyzor::has_fork",
	"Pyzor::has_perl", "Razor2::has_fork", "SPF::has_check_for_spf_errors",
	"SPF::has_check_spf_skipped_noenvfrom", NULL };

static const struct tare_plugin known = {
	.abi = TARE_ABI,
	.size = sizeof(struct tare_plugin),
	.name = "known",
	.version = "1",
	.summary = "Evals that are known by name and not available yet",
	.stands_for = stands_for,
	.can = can,
	.evals = evals,
};

TARE_PLUGIN(known);
