/*
 * imageinfo_test - images of all formats, whole and cut, through the engine.
 */
#include "config.h"

#include "plugins/eval_test.h"

#define IMAGE(type, bytes) "MIME-Version: 1.0\nContent-Type: " type "\n" \
	"Content-Transfer-Encoding: base64\n\n" bytes "\n"
#define PART(type, bytes) "--b\nContent-Type: " type "\n" \
	"Content-Transfer-Encoding: base64\n\n" bytes "\n"
#define MULTI "MIME-Version: 1.0\n" \
	"Content-Type: multipart/mixed; boundary=b\n\n"

/* 300 x 200: "GIF89a" 2c01 c800 …; the same as PNG and JPEG. */
#define GIF "R0lGODlhLAHIAAAAAA=="
#define PNG "iVBORw0KGgoAAAANSUhEUgAAASwAAADICAIAAAAAAAAA"
#define JPEG "/9j/4AAEYWL/wAARCADIASwDAREAAhEAAxEA"

static void
test_formats(void)
{
	static const char *const cf[] = {
		"body GIF eval:image_count('gif', 1)",
		"body PNG eval:image_count('png', '1', '1')",
		"body JPEG eval:image_count('jpeg', 1, 1)",
		"body TWO eval:image_count('all', 2, 2)",
		"body AREA eval:pixel_coverage('all', 60000, 60000)",
		"body MORE eval:pixel_coverage('all', 60001)",
		"body EXACT eval:image_size_exact('all', '200', '300')",
		"body RANGE eval:image_size_range('all', 200, 300, 200, 300)",
		"body OPEN eval:image_size_range('all', 1, 1)",
		"body HIGH eval:image_size_range('all', 201, 1)", NULL };
	static const struct eval_case cases[] = {
		{ "\nx\n", "", "no image" },
		{ IMAGE("image/gif", GIF), "GIF AREA EXACT RANGE OPEN",
		    "a GIF" },
		{ IMAGE("image/png", PNG), "PNG AREA EXACT RANGE OPEN",
		    "a PNG" },
		{ IMAGE("image/jpeg", JPEG), "JPEG AREA EXACT RANGE OPEN",
		    "a JPEG" },
		{ IMAGE("image/jpg", JPEG), "JPEG AREA EXACT RANGE OPEN",
		    "jpg is jpeg" },
		{ IMAGE("image/bmp", GIF), "", "another format" },
		{ IMAGE("image/png", GIF), "PNG",
		    "not what it says: counted, not measured" },
		{ MULTI PART("image/gif", GIF) PART("image/png", PNG)
		    "--b--\n", "GIF PNG TWO MORE EXACT RANGE OPEN", "two" },
		{ "Content-Type: image/gif\n\nGIF89aXXXXXXX\n", "",
		    "not in base64" },
	};

	EVAL_TEST(cf, cases);
}

/* Every prefix of each: nothing is read behind its end. */
static void
test_cut(void)
{
	static const char *const cf[] = {
		"body SIZE eval:image_size_exact('all', '200', '300')", NULL };
	static const struct {
		const char *type, *bytes;
		/* Base64 characters; a byte will do for the last number. */
		size_t enough;
	} images[] = {
		{ "image/gif", GIF, 12 }, { "image/png", PNG, 40 },
		{ "image/jpeg", JPEG, 24 },
	};
	struct eval_test t;

	eval_test_open(&t, cf);
	for (size_t i = 0; i < sizeof(images) / sizeof(images[0]); i++) {
		size_t n = strlen(images[i].bytes), hits = 0, first = 0;

		for (size_t k = 0; k <= n; k += 4) {
			char mail[512];
			int length = snprintf(mail, sizeof(mail),
			    "Content-Type: %s\nContent-Transfer-Encoding: "
			    "base64\n\n%.*s\n", images[i].type, (int)k,
			    images[i].bytes);

			eval_test_hits(&t, mail, (size_t)length);
			if (t.hits[0] != '\0' && hits++ == 0)
				first = k;
		}
		is_int(first, images[i].enough, images[i].type);
		is_int(hits, (n - first) / 4 + 1, "and from there on");
	}
	eval_test_close(&t);
}

static void
test_names(void)
{
	static const char *const cf[] = {
		"body NAMED eval:image_named('a.gif')",
		"body REGEX eval:image_name_regex('^[ab]\\.(?:gif|png)$')",
		"body BAD eval:image_name_regex('(')", NULL };
	static const struct eval_case cases[] = {
		{ IMAGE("image/gif; name=a.gif", GIF), "NAMED REGEX ?BAD",
		    "a name" },
		{ IMAGE("image/gif; name=\"b.png\"", GIF), "REGEX ?BAD",
		    "another" },
		{ IMAGE("image/gif", GIF), "?BAD", "none" },
		{ IMAGE("image/gif; name=a.gif", PNG), "?BAD",
		    "no size, no name" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_text_ratio(void)
{
	static const char *const cf[] = {
		"body BODY eval:image_to_text_ratio('gif', '0', '0.0001')",
		"rawbody RAW eval:image_to_text_ratio('gif', '0', '0.0001')",
		"body EDGE eval:image_to_text_ratio('gif', '0', '0.00005')",
		NULL };
	static const struct eval_case cases[] = {
		/* body: "s\n" and "x ", 4 bytes; rawbody: "x", 1. */
		{ "Subject: s\n" MULTI "--b\n\nx\n" PART("image/gif", GIF)
		    "--b--\n", "BODY RAW", "few bytes, many pixels" },
		/* 3 of 60000 bytes: below max is what hits. */
		{ "Subject: s\n" IMAGE("image/gif", GIF), "BODY EDGE",
		    "without a text rawbody has none" },
		{ "Subject: s\n\nx\n", "", "no image" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_bad_arguments(void)
{
	static const char *const cf[] = {
		"body A eval:image_count('bmp', 1)",
		"body B eval:image_count()",
		"body C eval:image_size_exact('gif')",
		"body D eval:image_count('gif')", NULL };
	static const struct eval_case cases[] = {
		{ IMAGE("image/gif", GIF), "?A ?B",
		    "a wrong type is an error, a missing bound a miss" },
	};

	EVAL_TEST(cf, cases);
}

int
main(void)
{
	test_formats();
	test_cut();
	test_names();
	test_text_ratio();
	test_bad_arguments();
	return tap_done();
}
