#include "ui/canvas/axis.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ui/canvas/number.h"

static double scaled(const struct axis *axis, double value)
{
	switch (axis->scale) {
	case AXIS_LOG:
		return value > 0 ? log10(value) : NAN;
	case AXIS_SYMLOG:
		return copysign(log10(1 + fabs(value) / axis->linear), value);
	default:
		return value;
	}
}

double axis_share(const struct axis *axis, double value)
{
	double low = scaled(axis, axis->low), high = scaled(axis, axis->high);

	/* Halves, so that the span of the widest axis is still a number. Logarithms of two numbers
	 * may be one. */
	double span = high / 2 - low / 2;

	return span > 0 ? (scaled(axis, value) / 2 - low / 2) / span : 0.5;
}

double axis_value(const struct axis *axis, double share)
{
	double low = scaled(axis, axis->low), high = scaled(axis, axis->high);
	double at = low * (1 - share) + high * share;

	switch (axis->scale) {
	case AXIS_LOG:
		return pow(10, at);
	case AXIS_SYMLOG:
		return copysign((pow(10, fabs(at)) - 1) * axis->linear, at);
	default:
		return at;
	}
}

void axis_open(struct axis *axis)
{
	const double most = 1e300;

	if (!isfinite(axis->low) || !isfinite(axis->high)) {
		axis->low = axis->scale == AXIS_LOG ? 0.1 : 0;
		axis->high = 1;
	}
	axis->low = fmax(fmin(axis->low, most), -most);
	axis->high = fmax(fmin(axis->high, most), -most);
	if (axis->low > axis->high) {
		double low = axis->high;

		axis->high = axis->low;
		axis->low = low;
	}
	if (axis->scale == AXIS_LOG) {
		axis->low = fmax(axis->low, 1e-300);
		axis->high = fmax(axis->high, axis->low);
		if (axis->high < axis->low * (1 + 1e-9)) {
			axis->low /= 2;
			axis->high *= 2;
		}
		return;
	}
	double room = 1e-9 * fmax(fabs(axis->low), fabs(axis->high));

	if (axis->high - axis->low > room)
		return;
	room = axis->unit == AXIS_NUMBER ? fmax(fabs(axis->low) / 20, 1e-300)
					 : fmax(fabs(axis->low) * 1e-6, 1);
	if (axis->low == 0)
		room = 1;
	axis->low -= room;
	axis->high += room;
}

/* --- Labels ------------------------------------------------------------------------------------ */

/* Beside "10K" stands "5K" and not "5000". */
static void short_count(const struct axis *axis, double value, int significant, char label[24])
{
	static const char units[] = " KMGTPE";
	double size = fabs(value), far = fmax(fabs(axis->low), fabs(axis->high));
	int unit = 0;
	char number[NUMBER_SIZE];

	while (unit < 6 && size >= (unit || far >= 10000 ? 1000 : 10000)) {
		size /= 1000;
		value /= 1000;
		unit++;
	}
	if (unit && size * 1.0000001 >= 1000 && unit < 6) {
		value /= 1000;
		unit++;
	}
	snprintf(label, 24, "%.20s%c", number_value(number, value, significant), units[unit]);
	if (!unit)
		label[strlen(label) - 1] = '\0';
}

static void duration(double seconds, char label[24])
{
	uint64_t s = fabs(seconds) < 1e15 ? (uint64_t)llround(fabs(seconds)) : 0;
	const char *sign = seconds < 0 && s ? "-" : "";
	char number[NUMBER_SIZE];

	if (fabs(seconds) >= 1e15 || (fabs(seconds) < 10 && fabs(seconds) != (double)s))
		snprintf(label, 24, "%.20ss", number_value(number, seconds, 3));
	else if (s < 60)
		snprintf(label, 24, "%s%us", sign, (unsigned)s);
	else if (s < 3600 && s % 60)
		snprintf(label, 24, "%s%um %us", sign, (unsigned)(s / 60), (unsigned)(s % 60));
	else if (s < 3600)
		snprintf(label, 24, "%s%um", sign, (unsigned)(s / 60));
	else if (s < 86400 && s % 3600 >= 60)
		snprintf(label, 24, "%s%uh %um", sign, (unsigned)(s / 3600),
			 (unsigned)(s % 3600 / 60));
	else if (s < 86400)
		snprintf(label, 24, "%s%uh", sign, (unsigned)(s / 3600));
	else if (s % 86400 >= 3600)
		snprintf(label, 24, "%s%llud %uh", sign, (unsigned long long)(s / 86400),
			 (unsigned)(s % 86400 / 3600));
	else
		snprintf(label, 24, "%s%llud", sign, (unsigned long long)(s / 86400));
}

static void date(const struct axis *axis, double seconds, char label[24])
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	double span = axis->high - axis->low;
	time_t when = fabs(seconds) < 1e14 ? (time_t)floor(seconds) : 0;
	struct tm tm;

	if (fabs(seconds) >= 1e14 || !gmtime_r(&when, &tm))
		snprintf(label, 24, "?");
	else if (span < 300)
		snprintf(label, 24, "%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
	else if (span < 36 * 3600)
		snprintf(label, 24, "%02d:%02d", tm.tm_hour, tm.tm_min);
	else if (span < 5 * 86400)
		snprintf(label, 24, "%s %d %02d:%02d", months[tm.tm_mon], tm.tm_mday, tm.tm_hour,
			 tm.tm_min);
	else if (span < 300 * 86400.0)
		snprintf(label, 24, "%s %d", months[tm.tm_mon], tm.tm_mday);
	else
		snprintf(label, 24, "%s %d", months[tm.tm_mon], tm.tm_year + 1900);
}

void axis_label(const struct axis *axis, double value, int significant, char label[24])
{
	char number[NUMBER_SIZE];

	if (axis->unit == AXIS_TIME)
		date(axis, value, label);
	else if (axis->unit == AXIS_SECONDS)
		duration(value, label);
	else if (axis->unit == AXIS_COUNT)
		short_count(axis, value, significant, label);
	else
		snprintf(label, 24, "%.23s", number_value(number, value, significant));
}

/* --- Ticks ------------------------------------------------------------------------------------- */

/* The least of 1, 2, 5, 10, 20 ... that gives no more than `most` ticks; in time the least of what
 * clocks and calendars have. */
static double linear_step(const struct axis *axis, unsigned most)
{
	static const double times[] = { 1,    2,    5,	   10,	  15,	 30,	60,
					120,  300,  600,   900,	  1800,	 3600,	7200,
					10800, 21600, 43200, 86400, 172800, 432000, 864000 };
	double least = (axis->high / 2 - axis->low / 2) / most * 2, power;
	static const double round[] = { 1, 2, 5, 10 };

	if (axis->unit == AXIS_SECONDS || axis->unit == AXIS_TIME)
		for (size_t i = 0; i < sizeof times / sizeof times[0] && least > 0.5; i++)
			if (times[i] >= least)
				return times[i];
	power = pow(10, floor(log10(least)));
	if (axis->unit == AXIS_COUNT && power < 1)
		return 1;
	for (unsigned i = 0; i < 4; i++)
		if (round[i] * power >= least * (1 - 1e-12))
			return round[i] * power;
	return 10 * power;
}

static int digits_for(double value, double step)
{
	double size = fabs(value) > 0 ? floor(log10(fabs(value)) + 1e-12) : 0;
	double digits = size - floor(log10(step) + 1e-12) + 1;

	return digits < 1 ? 1 : digits > 12 ? 12 : (int)digits;
}

static void put_tick(const struct axis *axis, double value, int significant,
		     struct axis_tick ticks[AXIS_TICKS_MAX], unsigned *n)
{
	double share = axis_share(axis, value);

	if (*n == AXIS_TICKS_MAX || !(share > -1e-9 && share < 1 + 1e-9))
		return;
	ticks[*n].value = value;
	axis_label(axis, value, significant, ticks[(*n)++].label);
}

static unsigned linear_ticks(const struct axis *axis, unsigned most,
			     struct axis_tick ticks[AXIS_TICKS_MAX])
{
	double step = linear_step(axis, most), first;
	unsigned n = 0;

	/* Beyond 2^53 steps from 0 neighbours are the same number. */
	if (!(step > 0) || !(fmax(fabs(axis->low), fabs(axis->high)) / step < 0x1p53))
		return 0;
	first = ceil(axis->low / step - 1e-9);
	for (unsigned i = 0; i <= most; i++) {
		double value = (first + i) * step;

		if (value > axis->high + 1e-9 * step)
			break;
		put_tick(axis, value, digits_for(value, step), ticks, &n);
	}
	return n;
}

static unsigned log_ticks(const struct axis *axis, unsigned most,
			  struct axis_tick ticks[AXIS_TICKS_MAX])
{
	int first = (int)ceil(log10(axis->low) - 1e-9), last = (int)floor(log10(axis->high) + 1e-9);
	int every = (last - first + (int)most) / (int)most;
	unsigned n = 0;

	if (log10(axis->high) - log10(axis->low) < 1)
		return linear_ticks(axis, most, ticks);
	for (int exponent = first - 1; exponent <= last; exponent++) {
		if (((exponent % every) + every) % every != 0)
			continue;
		put_tick(axis, pow(10, exponent), 1, ticks, &n);
		if ((unsigned)(last - first + 1) * 3 <= most) {
			put_tick(axis, 2 * pow(10, exponent), 1, ticks, &n);
			put_tick(axis, 5 * pow(10, exponent), 1, ticks, &n);
		}
	}
	return n;
}

/* Powers of ten to both sides of 0, from where the axis is no longer linear. */
static unsigned symlog_ticks(const struct axis *axis, unsigned most,
			     struct axis_tick ticks[AXIS_TICKS_MAX])
{
	double far = fmax(fabs(axis->low), fabs(axis->high));
	int first = (int)ceil(log10(axis->linear)), last = (int)floor(log10(far));
	unsigned sides = axis->low < 0 && axis->high > 0 ? 2 : 1, n = 0;
	int each = (int)(most - 1) / (int)sides, every = (last - first) / (each > 0 ? each : 1) + 1;

	if (last < first)
		return linear_ticks(axis, most, ticks);
	for (int exponent = last; exponent >= first; exponent -= every)
		put_tick(axis, -pow(10, exponent), 1, ticks, &n);
	put_tick(axis, 0, 1, ticks, &n);
	for (int exponent = last - (last - first) / every * every; exponent <= last;
	     exponent += every)
		put_tick(axis, pow(10, exponent), 1, ticks, &n);
	return n;
}

unsigned axis_ticks(const struct axis *axis, unsigned most, struct axis_tick ticks[AXIS_TICKS_MAX])
{
	if (most > AXIS_TICKS_MAX - 1)
		most = AXIS_TICKS_MAX - 1;
	if (axis->scale == AXIS_LOG)
		return log_ticks(axis, most, ticks);
	if (axis->scale == AXIS_SYMLOG)
		return symlog_ticks(axis, most, ticks);
	return linear_ticks(axis, most, ticks);
}
