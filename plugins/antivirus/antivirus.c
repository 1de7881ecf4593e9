/*
 * antivirus - attachments that Windows would run, or that are not what their
 * name says.  Stands for AntiVirus, and is there only when a loadplugin line
 * names it.
 *
 * No virus scanner: one look at the Content-Type, name and first bytes of
 * each leaf, once per message for both evals.  The answers are those of
 * SpamAssassin 4.0.1 (reference/sa-compat.md 3.3); it looks at the name in
 * Content-Type only, never at that in Content-Disposition.
 */
#include "config.h"

#include "plugins/eval.h"

static const struct tare_plugin plugin;

struct findings {
	bool done, executable, suspect;
};

/* What Windows starts when it is opened, by the end of its name. */
static const char *const executables[] = { "ade", "adp", "asx", "bas", "bat",
	"chm", "cmd", "com", "cpl", "crt", "dll", "exe", "hlp", "hta", "inf",
	"ins", "isp", "js", "jse", "lnk", "mda", "mdb", "mde", "mdt", "mdw",
	"mdz", "msc", "msi", "msp", "mst", "nws", "ops", "pcd", "pif", "prf",
	"reg", "scf", "scr", "scr?", "sct", "shb", "shs", "shm", "swf", "url",
	"vb", "vbe", "vbs", "vbx", "vxd", "wsc", "wsf", "wsh", NULL };

/* Which types a name may have: one row for each kind of file. */
struct kind {
	const char *names[8];		/* ends of names */
	/* One of these fits, or the name is a lie: "word…" begins the type,
	 * "=word" is all of it, "…word" ends what begins application/. */
	const char *types[10];
};

static const struct kind kinds[] = {
	{ { "txt", "htm", "html", "phtm", "phtml", "xhtm", "xhtml", "xml" },
	  { "text/plain", "text/htm", "text/phtm", "text/xhtm",
	    "text/english", "text/sgml", "text/xml", "text/enriched",
	    "text/richtext", "message/external-body" } },
	{ { "jpg", "jpeg", "tif", "tiff", "gif", "png" },
	  { "image/", "application/mac-binhex" } },
	{ { "vcf" }, { "=text/vcard" } },
	{ { "bat", "com", "exe", "pif", "scr", "swf", "vbs" },
	  { "application/" } },
	{ { "doc" }, { "$word" } },
	{ { "ppt" }, { "$powerpoint", "$ppt" } },
	{ { "xls" }, { "$excel" } },
};

static bool
is_one_of(struct tare_slice s, const char *const *words, size_t room)
{
	for (size_t i = 0; i < room && words[i] != NULL; i++) {
		if (eval_equals(s, words[i]))
			return true;
	}
	return false;
}

static bool
type_fits(struct tare_slice type, const char *pattern)
{
	struct tare_slice application = text_of("application/");

	if (*pattern == '=')
		return eval_equals(type, pattern + 1);
	if (*pattern != '$')
		return text_starts(type, text_of(pattern));
	return text_starts(type, application) &&
	    text_ends_nocase(text_sub(type, application.n, type.n),
	    text_of(pattern + 1));
}

static bool
kind_fits(const struct kind *k, struct tare_slice type)
{
	size_t room = sizeof(k->types) / sizeof(k->types[0]);

	for (size_t i = 0; i < room && k->types[i] != NULL; i++) {
		if (type_fits(type, k->types[i]))
			return true;
	}
	return false;
}

/* "application/x-word" is "application/word", and so is vnd.word. */
static struct tare_slice
plain_type(struct tare_msg *m, struct tare_slice type)
{
	static const char *const prefixes[] = { "/x-", "/vnd." };
	size_t slash = text_find(type, '/');
	char *p;

	for (size_t i = 0; i < 2; i++) {
		size_t n = strlen(prefixes[i]);

		if (slash == type.n || !text_starts(text_sub(type, slash,
		    type.n), text_of(prefixes[i])))
			continue;
		p = tare_alloc(m, type.n);
		memcpy(p, type.p, slash + 1);
		memcpy(p + slash + 1, type.p + slash + n, type.n - slash - n);
		return (struct tare_slice){ p, type.n - n + 1 };
	}
	return type;
}

static bool
is_suspect(struct tare_msg *m, struct tare_slice type, struct tare_slice name)
{
	size_t room = sizeof(kinds[0].names) / sizeof(kinds[0].names[0]);

	if (name.n == 0 || eval_equals(type, "application/octet-stream"))
		return false;
	type = plain_type(m, type);
	name = text_sub(name, text_behind_last(name, '.'), name.n);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (is_one_of(name, kinds[i].names, room) &&
		    !kind_fits(&kinds[i], type))
			return true;
	}
	return false;
}

/* ---- executables ---- */

/* Each byte of s is one of the characters of its set; "" is any. */
static bool
bytes_fit(struct tare_slice s, const char *const *sets, size_t n)
{
	if (s.n < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s.p[i] == '\n' || s.p[i] == '\0' ||
		    (*sets[i] != '\0' && strchr(sets[i], s.p[i]) == NULL))
			return false;
	}
	return true;
}

/* "MZ" and what follows it in the header of a program, in base64. */
static bool
is_coded_program(struct tare_slice line)
{
	static const char *const sets[] = { "T", "V", "opqr", "", "A", "", "",
		"AB", "", "AQgw", "ABCDEFGH", "", "A" };

	return bytes_fit(line, sets, sizeof(sets) / sizeof(sets[0]));
}

/* The same, uuencoded: then four grave accents on the line. */
static bool
is_uuencoded_program(struct tare_slice line)
{
	static const char *const sets[] = { "M", "3", "5", "GHIJK", "", "`",
		"", "", "`", "" };
	size_t n = sizeof(sets) / sizeof(sets[0]);

	return bytes_fit(line, sets, n) &&
	    eval_find(text_sub(line, n, line.n), "````") >= 0;
}

static bool
has_executable_name(struct tare_slice name)
{
	size_t dot = text_behind_last(name, '.');

	return dot > 0 && is_one_of(text_sub(name, dot, name.n), executables,
	    sizeof(executables) / sizeof(executables[0]));
}

static bool
is_executable(const struct tare_part *p, struct tare_slice type,
    struct tare_slice name)
{
	struct tare_slice rest = p->raw, line;

	if (has_executable_name(name))
		return true;
	if (eval_find(p->cte, "base64") >= 0)
		return eval_line(&rest, &line) && is_coded_program(line);
	if (!text_starts(type, text_of("text")) ||
	    (type.n > 4 && text_is_word(type.p[4])))
		return false;
	while (eval_line(&rest, &line)) {
		if (is_uuencoded_program(line))
			return true;
	}
	return false;
}

/* ---- the message ---- */

static const struct findings *
findings_of(struct tare_msg *m)
{
	struct findings *f = tare_state(m, &plugin);
	const struct tare_part *p;
	size_t n;

	if (f->done)
		return f;
	f->done = true;
	p = tare_parts(m, &n);
	for (size_t i = 0; i < n; i++) {
		struct tare_content_type ct;

		if (!p[i].leaf || !tare_part_content_type(m, p[i].id, &ct))
			continue;
		ct.name = eval_lower(m, ct.name);
		f->executable |= is_executable(&p[i], ct.type, ct.name);
		f->suspect |= is_suspect(m, ct.type, ct.name);
	}
	return f;
}

static enum tare_answer
check_microsoft_executable(struct tare_msg *m, const struct tare_call *call)
{
	return eval_answer(findings_of(m)->executable);
}

static enum tare_answer
check_suspect_name(struct tare_msg *m, const struct tare_call *call)
{
	return eval_answer(findings_of(m)->suspect);
}

static const struct tare_eval evals[] = {
	{ "check_microsoft_executable", "0 0", TARE_MIME,
	    check_microsoft_executable, NULL,
	    "A part is a program by its name or its first bytes." },
	{ "check_suspect_name", "0 0", TARE_MIME, check_suspect_name, NULL,
	    "The name of a part belongs to another type than it has." },
	{ 0 }
};

static const char *const stands_for[] = { "AntiVirus", NULL };

static const struct tare_plugin plugin = {
	.abi = TARE_ABI,
	.size = sizeof(struct tare_plugin),
	.name = "antivirus",
	.version = "1",
	.summary = "Attached programs, and names that lie",
	.stands_for = stands_for,
	.optional = true,
	.evals = evals,
	.msg_size = sizeof(struct findings),
};

TARE_PLUGIN(plugin);
