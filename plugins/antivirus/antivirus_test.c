/*
 * antivirus_test - attachments by name, type and first bytes.
 */
#include "config.h"

#include "plugins/eval_test.h"

#define LOAD "loadplugin Mail::SpamAssassin::Plugin::AntiVirus"

/* A message of one part: its fields, and its body. */
#define PART(fields, body) "MIME-Version: 1.0\n" fields "\n" body "\n"
#define NAMED(type, name) PART("Content-Type: " type "; name=" name "\n", "x")
#define BASE64(line) PART("Content-Type: application/x\n"		\
	"Content-Transfer-Encoding: base64\n", line "\nTVqQAAMAAAAEAAAA")

static const char *const cf[] = { LOAD,
	"body EXE eval:check_microsoft_executable()",
	"body LIE eval:check_suspect_name()", NULL };

static void
test_names(void)
{
	static const struct eval_case cases[] = {
		{ NAMED("application/zip", "\"a.exe\""), "EXE", "a program" },
		{ NAMED("application/zip", "A.SCR"), "EXE", "in capitals" },
		{ NAMED("application/zip", "a.scr?"), "EXE", "scr?" },
		{ NAMED("application/zip", "\"a.txt.js\""), "EXE", "the end" },
		{ NAMED("application/zip", "exe"), "", "no dot" },
		{ NAMED("application/zip", "a.exex"), "", "more than that" },
		{ NAMED("application/zip", "a.zip"), "", "an archive" },
		{ PART("Content-Type: application/zip; filename=a.pif\n",
		    "x"), "EXE", "filename= of Content-Type" },
		{ PART("Content-Type: application/zip\nContent-Disposition: "
		    "attachment; filename=a.pif\n", "x"), "",
		    "not that of Content-Disposition" },
		{ "Subject: a.exe\n\nx\n", "", "no type at all" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_lies(void)
{
	static const struct eval_case cases[] = {
		{ NAMED("application/zip", "a.txt"), "LIE", "no text" },
		{ NAMED("text/weird", "a.txt"), "", "any text is plain" },
		{ NAMED("text/html", "a.txt"), "", "html is text" },
		{ NAMED("message/external-body", "a.xhtml"), "", "external" },
		{ NAMED("application/zip", "a.jpeg"), "LIE", "no image" },
		{ NAMED("image/png", "a.gif"), "", "any image" },
		{ NAMED("application/mac-binhex40", "a.gif"), "", "BinHex" },
		{ NAMED("text/x-vcard", "a.vcf"), "", "a card, old name" },
		{ NAMED("text/vcard", "a.vcf"), "LIE",
		    "which SpamAssassin takes for plain text" },
		{ NAMED("image/gif", "a.exe"), "EXE LIE", "a hidden program" },
		{ NAMED("application/msword", "a.doc"), "", "Word" },
		{ NAMED("application/x-wordperfect", "a.doc"), "LIE",
		    "not Word" },
		{ NAMED("application/vnd.ms-word", "a.doc"), "", "vnd." },
		{ NAMED("application/x-ppt", "a.ppt"), "", "x-" },
		{ NAMED("application/pdf", "a.xls"), "LIE", "no table" },
		{ NAMED("application/octet-stream", "a.xls"), "", "unknown" },
		{ NAMED("application/pdf", "doc"), "LIE", "a name alone" },
		{ NAMED("application/pdf", "a.pdf"), "", "not in the table" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_bytes(void)
{
	static const struct eval_case cases[] = {
		{ BASE64("TVqQAAMAAAAEAAAA"), "EXE", "a coded program" },
		{ BASE64("TVqQAAMAXAAEXXA"), "", "not its header" },
		{ BASE64("TVqQAAMAAAAE"), "", "too short" },
		{ BASE64("xxx"), "", "the first line only" },
		{ BASE64(""), "", "nothing" },
		{ PART("", "x\nM35J0``,``.``$``````x"), "EXE",
		    "uuencoded" },
		{ PART("", "x\nM35J0`...x.`$````"), "", "another byte" },
		{ PART("", "M35J.`..`..xx````\ny"), "EXE",
		    "any bytes between" },
		{ PART("", "M35J.`..`..xx``` `\ny"), "", "three marks" },
		{ PART("", " M35J.`..`..xx````\ny"), "", "not at the start" },
		{ PART("Content-Type: application/x\n",
		    "M35J.`..`..xx````\ny"), "", "in no text" },
		{ PART("Content-Type: multipart/mixed; boundary=b\n",
		    "--b\n\nhello\n--b\nContent-Type: image/gif; name=a.com\n"
		    "\nx\n--b--\n"), "EXE LIE", "in a part" },
	};

	EVAL_TEST(cf, cases);
}

/* Until a line names it there is no such plugin. */
static void
test_optional(void)
{
	static const char *const without[] = {
		"ifplugin Mail::SpamAssassin::Plugin::AntiVirus\n"
		"header HAS Subject =~ /./\nelse\nheader NOT Subject =~ /./\n"
		"endif\nbody EXE eval:check_microsoft_executable()", NULL };
	static const char *const with[] = { LOAD,
		"ifplugin Mail::SpamAssassin::Plugin::AntiVirus\n"
		"header HAS Subject =~ /./\nelse\nheader NOT Subject =~ /./\n"
		"endif\nbody EXE eval:check_microsoft_executable()", NULL };
	static const struct eval_case no[] = {
		{ "Subject: x\n" NAMED("image/gif", "a.com"), "NOT ?EXE",
		    "no loadplugin line" } };
	static const struct eval_case yes[] = {
		{ "Subject: x\n" NAMED("image/gif", "a.com"), "HAS EXE",
		    "loadplugin" } };

	EVAL_TEST(without, no);
	EVAL_TEST(with, yes);
}

int
main(void)
{
	test_names();
	test_lies();
	test_bytes();
	test_optional();
	return tap_done();
}
