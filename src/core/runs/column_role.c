#include "core/runs/column_role.h"

#include <math.h>
#include <stdint.h>
#include <strings.h>

/* In the order of preference. */
static const char *const step_names[] = {
	"step",	      "_step",	   "global_step",	  "trainer/global_step", "steps",
	"iteration",  "iter",	   "iterations",	  "it",			 "timesteps",
	"timestep",   "n_steps",   "time/total_timesteps", "total_timesteps",	 "num_timesteps",
	"num_steps",  "update",	   "updates",		  "epoch",		 "epochs",
	"episode",    "batch",
};

static const char *const wall_names[] = {
	"wall_time", "walltime",   "wall time", "timestamp", "_timestamp",
	"time",	     "created_at", "datetime",	"date",
};

static const char *const count_names[] = {
	"_runtime",  "runtime",	     "time_elapsed", "time/time_elapsed", "elapsed", "tokens",
	"num_tokens", "tokens_seen", "num_input_tokens_seen", "samples_seen", "relative_time",
};

static bool is(struct text name, const char *other)
{
	return name.len == strlen(other) && strncasecmp(name.data, other, name.len) == 0;
}

static int find(struct text name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is(name, names[i]))
			return (int)i + 1;
	return 0;
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

int column_step_rank(struct text name)
{
	return find(name, step_names, COUNT(step_names));
}

bool column_is_wall(struct text name)
{
	return find(name, wall_names, COUNT(wall_names));
}

enum series_role column_role(struct text name)
{
	if (name.len >= 7 && memcmp(name.data, "system/", 7) == 0)
		return SERIES_SYSTEM;
	return column_step_rank(name) || column_is_wall(name) ||
			       find(name, count_names, COUNT(count_names)) ?
		       SERIES_AXIS :
		       SERIES_METRIC;
}

double column_wall_time(double number)
{
	if (!(number >= 1e8))
		return NAN;
	return number < 1e11 ? number : number < 1e14 ? number / 1e3 : number / 1e9;
}

/* `count` digits, or -1. */
static int digits(const char *p, int count)
{
	int number = 0;

	for (int i = 0; i < count; i++) {
		if ((unsigned char)(p[i] - '0') >= 10)
			return -1;
		number = number * 10 + (p[i] - '0');
	}
	return number;
}

/* Days since 1970-01-01 in the Gregorian calendar, counted in years that begin in March. */
static int64_t days(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = y / 400, of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

double column_date(struct text text)
{
	const char *p = text.data;

	if (text.len < 19 || p[4] != '-' || p[7] != '-' || (p[10] != 'T' && p[10] != ' ') ||
	    p[13] != ':' || p[16] != ':')
		return NAN;
	int year = digits(p, 4), month = digits(p + 5, 2), day = digits(p + 8, 2);
	int hour = digits(p + 11, 2), minute = digits(p + 14, 2), second = digits(p + 17, 2);
	if (year < 1 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || hour > 23 ||
	    minute < 0 || minute > 59 || second < 0 || second > 60)
		return NAN;
	double seconds = (double)(days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second);
	size_t at = 19;
	if (at < text.len && p[at] == '.') {
		double unit = 0.1;
		for (at++; at < text.len && digits(p + at, 1) >= 0; at++, unit /= 10)
			seconds += unit * digits(p + at, 1);
	}
	if (at + 6 == text.len && (p[at] == '+' || p[at] == '-') && p[at + 3] == ':') {
		int zone = digits(p + at + 1, 2) * 60 + digits(p + at + 4, 2);
		return p[at] == '+' ? seconds - zone * 60 : seconds + zone * 60;
	}
	return at == text.len || (at + 1 == text.len && p[at] == 'Z') ? seconds : NAN;
}
