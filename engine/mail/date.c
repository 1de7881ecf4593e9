/*
 * date.c - an RFC 822 date anywhere in a text, to Unix time.
 *
 * Follows SpamAssassin 4.0.1 (reference 5.9), bugs included: a date in the
 * ctime form loses its time of day; an impossible day becomes the first of
 * the next month; years are clamped to 1970..2037.  Used for Date and
 * Received.
 *
 * The text is read as words between white space and commas; what is matched
 * are runs of words, so nothing is copied and the work is linear.
 */
#include "config.h"

#include <string.h>

#include "mail/mail.h"

#define YEAR_FIRST 1970
#define YEAR_LAST 2037
/* Longest run of words looked at: "Jan 5 10:20:30 2004". */
#define WINDOW 4

struct date {
	long day, month, year;		/* month counts from 1 */
	long hour, minute, second;
	const char *from, *to;		/* words taken as the date */
};

static bool
next_word(struct slice *rest, struct slice *word_r)
{
	size_t i = 0, end;

	while (i < rest->n && (rest->p[i] == ',' ||
	    ascii_isspace((unsigned char)rest->p[i])))
		i++;
	for (end = i; end < rest->n && rest->p[end] != ',' &&
	    !ascii_isspace((unsigned char)rest->p[end]); end++)
		;
	*word_r = slice_sub(*rest, i, end);
	*rest = slice_sub(*rest, end, rest->n);
	return word_r->n > 0;
}

/* Value of a word made of digits only; -1 if it is none. */
static long
number(struct slice word)
{
	long n = 0;

	for (size_t i = 0; i < word.n; i++) {
		if (!ascii_isdigit((unsigned char)word.p[i]))
			return -1;
		if (n < 1000000)
			n = n * 10 + (word.p[i] - '0');
	}
	return word.n > 0 ? n : -1;
}

static long
month(struct slice word)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

	for (long i = 0; word.n == 3 && i < 12; i++) {
		if (slice_eq_nocase(word, slice_make(names + 3 * i, 3)))
			return i + 1;
	}
	return 0;
}

/* d+:d+:d+ */
static bool
is_clock(struct slice word)
{
	int colons = 0;
	bool digit = false;

	for (size_t i = 0; i < word.n; i++) {
		if (ascii_isdigit((unsigned char)word.p[i])) {
			digit = true;
		} else if (word.p[i] == ':' && digit && colons < 2) {
			colons++;
			digit = false;
		} else {
			return false;
		}
	}
	return colons == 2 && digit;
}

static void
take(struct date *d, const struct slice *w, size_t n, size_t day_at)
{
	d->day = number(w[day_at]);
	d->month = month(w[1 - day_at]);
	d->year = number(w[n - 1]);
	if (w[n - 1].n == 2 && d->year < 50)
		d->year += 2000;
	else if (w[n - 1].n != 4)
		d->year += 1900;
	d->from = w[0].p;
	d->to = w[n - 1].p + w[n - 1].n;
}

/* 5 Jan 2004 */
static bool
match_long(const struct slice *w, size_t n, struct date *d_r)
{
	if (n < 3 || number(w[0]) < 0 || month(w[1]) == 0 ||
	    number(w[2]) < 0 || w[2].n != 4)
		return false;
	take(d_r, w, 3, 0);
	return true;
}

/* Jan 5 10:20:30 2004 */
static bool
match_ctime(const struct slice *w, size_t n, struct date *d_r)
{
	if (n < 4 || month(w[0]) == 0 || number(w[1]) < 0 ||
	    !is_clock(w[2]) || number(w[3]) < 0 || w[3].n != 4)
		return false;
	take(d_r, w, 4, 1);
	return true;
}

/* 5 Jan 04, 5 Jan 104 */
static bool
match_short(const struct slice *w, size_t n, struct date *d_r)
{
	if (n < 3 || number(w[0]) < 0 || month(w[1]) == 0 ||
	    number(w[2]) < 0 || w[2].n < 2 || w[2].n > 3)
		return false;
	take(d_r, w, 3, 0);
	return true;
}

typedef bool match_fn(const struct slice *, size_t, struct date *);

/* The first run of words that fits. */
static bool
find_date(struct slice text, match_fn *match, struct date *d_r)
{
	struct slice w[WINDOW], rest = text;
	size_t n = 0;

	for (;;) {
		while (n < WINDOW && next_word(&rest, &w[n]))
			n++;
		if (n == 0)
			return false;
		if (match(w, n, d_r))
			return true;
		memmove(w, w + 1, --n * sizeof(w[0]));
	}
}

/* Cut the next word off *rest that is not part of the date. */
static bool
next_other(struct slice *rest, const struct date *d, struct slice *word_r)
{
	while (next_word(rest, word_r)) {
		if (word_r->p < d->from || word_r->p >= d->to)
			return true;
	}
	return false;
}

static bool
two_digits(struct slice w, size_t i, long *n_r)
{
	*n_r = number(slice_sub(w, i, i + 2));
	return i + 2 <= w.n && *n_r >= 0;
}

/* h:mm, hh:mm, with or without :ss */
static bool
match_time(struct slice w, struct date *d)
{
	ptrdiff_t colon = slice_chr(w, ':', 0);
	size_t at = (size_t)colon + 1;
	long hour, minute, second = 0;

	if (colon < 1 || colon > 2)
		return false;
	hour = number(slice_sub(w, 0, (size_t)colon));
	if (hour < 0 || !two_digits(w, at, &minute))
		return false;
	if (w.n != at + 2 && (w.n != at + 5 || w.p[at + 2] != ':' ||
	    !two_digits(w, at + 3, &second)))
		return false;
	d->hour = hour;
	d->minute = minute;
	d->second = second;
	return true;
}

/* The word of the time of day, removed before zones are looked for. */
static struct slice
find_time(struct slice text, struct date *d)
{
	struct slice rest = text, word;

	while (next_other(&rest, d, &word)) {
		if (match_time(word, d))
			return word;
	}
	return (struct slice){ 0 };
}

/* Hours and minutes east of UTC, as hhmm. */
static const struct zone {
	const char *name;
	int hhmm;
} zones[] = {
	{ "ACDT", 1030 }, { "ACST", 930 }, { "ADT", -300 }, { "AEDT", 1100 },
	{ "AEST", 1000 }, { "AKDT", -800 }, { "AKST", -900 }, { "AST", -400 },
	{ "AWST", 800 }, { "BRST", -200 }, { "BRT", -300 }, { "BST", 100 },
	{ "CDT", -500 }, { "CEST", 200 }, { "CET", 100 }, { "CST", -600 },
	{ "EDT", -400 }, { "EEST", 300 }, { "EET", 200 }, { "EST", -500 },
	{ "GMT", 0 }, { "HADT", -900 }, { "HAST", -1000 }, { "HKT", 800 },
	{ "HST", -1000 }, { "IDT", 300 }, { "IST", 100 }, { "JST", 900 },
	{ "KST", 900 }, { "MDT", -600 }, { "MEST", 200 }, { "MESZ", 200 },
	{ "MET", 100 }, { "MEZ", 100 }, { "MSD", 400 }, { "MSK", 300 },
	{ "MST", -700 }, { "NDT", -230 }, { "NST", -330 }, { "NZDT", 1300 },
	{ "NZST", 1200 }, { "PDT", -700 }, { "PHT", 800 }, { "PST", -800 },
	{ "SGT", 800 }, { "UT", 0 }, { "UTC", 0 }, { "WEST", 100 },
	{ "WET", 0 },
};

static int
zone_named(struct slice name)
{
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		if (slice_eq_cstr(name, zones[i].name))
			return zones[i].hhmm;
	}
	return 0;
}

/* +hhmm or -hhmm */
static bool
match_offset(struct slice w, int *hhmm_r)
{
	long n = number(slice_sub(w, 1, w.n));

	if (w.n != 5 || n < 0 || (w.p[0] != '+' && w.p[0] != '-'))
		return false;
	*hhmm_r = (int)(w.p[0] == '-' ? -n : n);
	return true;
}

/* Two to four capitals that are a whole word; a following -DST spoils it. */
static bool
match_capitals(struct slice w, struct slice *name_r)
{
	size_t i = 0;

	while (i < w.n) {
		size_t start = i;
		bool capitals = true;

		while (i < w.n && ascii_isword((unsigned char)w.p[i])) {
			capitals &= w.p[i] >= 'A' && w.p[i] <= 'Z';
			i++;
		}
		if (capitals && i - start >= 2 && i - start <= 4) {
			struct slice dst = slice_sub(w, i, i + 5);

			if (slice_starts(dst, SLICE("-DST")) && (dst.n == 4 ||
			    !ascii_isword((unsigned char)dst.p[4])))
				i += 4;
			*name_r = slice_sub(w, start, i);
			return true;
		}
		if (i == start)
			i++;
	}
	return false;
}

/* The first offset, else the first word in capitals if it is a zone. */
static int
find_zone(struct slice text, const struct date *d, struct slice time)
{
	struct slice rest = text, word, name;
	int hhmm;

	while (next_other(&rest, d, &word)) {
		if (match_offset(word, &hhmm))
			return hhmm;
	}
	rest = text;
	while (next_other(&rest, d, &word)) {
		if (word.p != time.p && match_capitals(word, &name))
			return zone_named(name);
	}
	return 0;
}

static bool
is_leap(long year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static long
month_days(long year, long m)
{
	return m == 4 || m == 6 || m == 9 || m == 11 ? 30 :
	    m != 2 ? 31 : is_leap(year) ? 29 : 28;
}

static long
clamp(long n, long low, long high)
{
	return n < low ? low : n > high ? high : n;
}

/* Make impossible dates possible, as far as SpamAssassin does. */
static bool
mend(struct date *d)
{
	d->second = clamp(d->second, 0, 59);
	d->minute = clamp(d->minute, 0, 59);
	d->hour = clamp(d->hour, 0, 23);
	if (d->day > month_days(d->year, d->month)) {
		d->day = 1;
		if (++d->month > 12) {
			d->month = 1;
			d->year++;
		}
	}
	d->year = clamp(d->year, YEAR_FIRST, YEAR_LAST);
	return d->day >= 1 && d->day <= month_days(d->year, d->month);
}

static long long
seconds(const struct date *d)
{
	long long days = 0;

	for (long y = YEAR_FIRST; y < d->year; y++)
		days += is_leap(y) ? 366 : 365;
	for (long m = 1; m < d->month; m++)
		days += month_days(d->year, m);
	days += d->day - 1;
	return ((days * 24 + d->hour) * 60 + d->minute) * 60 + d->second;
}

int
mail_date_parse(struct slice text, long long *unix_time_r)
{
	struct date d = { 0 };
	struct slice time;
	long long t, east;
	int hhmm;

	if (!find_date(text, match_long, &d) &&
	    !find_date(text, match_ctime, &d) &&
	    !find_date(text, match_short, &d))
		return -1;
	time = find_time(text, &d);
	hhmm = find_zone(text, &d, time);
	if (!mend(&d))
		return -1;
	t = seconds(&d);
	east = (hhmm / 100 * 60 + hhmm % 100) * 60;
	*unix_time_r = east > t ? 0 : t - east;
	return 0;
}
