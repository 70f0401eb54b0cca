#include "export/export_statistics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/ranking.h>

#include "ui/canvas/number.h"

static const char *const before_quantiles[] = {
	"min",	  "max",  "argmin",   "argmax",	  "mean", "std",    "skew",   "kurtosis",
	"sum",	  "l1",	  "l2",	      "zeros",	  "negative", "positive", "nan", "posinf",
	"neginf", "subnormal", "absmax", "absmax_over_std", NULL,
};
static const char *const after_quantiles[] = { "median", "iqr", "distinct", "entropy", NULL };

void export_index(struct records *out, const char *key, uint64_t index)
{
	if (index == UINT64_MAX)
		records_null(out, key);
	else
		records_count(out, key, index);
}

static void put_extreme(struct records *out, enum dtype dtype, const char *key, double value,
			int64_t integer)
{
	switch (dtype_traits[dtype].class) {
	case CLASS_SIGNED:
		records_integer(out, key, integer);
		break;
	case CLASS_UNSIGNED:
		records_count(out, key, (uint64_t)integer);
		break;
	default:
		records_number(out, key, value);
	}
}

void export_extremes(struct records *out, enum dtype dtype, const struct statistics *statistics)
{
	if (!statistics || statistics->finite == 0) {
		records_null(out, "min");
		records_null(out, "max");
		return;
	}
	put_extreme(out, dtype, "min", statistics->min, statistics->min_integer);
	put_extreme(out, dtype, "max", statistics->max, statistics->max_integer);
}

/* --- Quantiles ------------------------------------------------------------------------------- */

static bool is_reported(double percent)
{
	for (unsigned i = 0; i < STATISTICS_N_PERCENTS; i++)
		if (statistics_percents[i] == percent)
			return true;
	return false;
}

static void put_quantile(struct records *out, struct json_out *map, double percent, double value)
{
	char key[NUMBER_SIZE + 1] = "p";

	number_exact(key + 1, percent);
	if (map) {
		json_out_map_key(map, text_from(key + 1));
		json_out_number(map, NULL, value);
	} else {
		records_number(out, key, value);
	}
}

static void put_integer_quantile(struct records *out, struct json_out *map, double percent,
				 bool is_signed, int64_t value)
{
	char key[NUMBER_SIZE + 1] = "p";

	number_exact(key + 1, percent);
	if (map)
		json_out_map_key(map, text_from(key + 1));
	if (map && is_signed)
		json_out_integer(map, NULL, value);
	else if (map)
		json_out_count(map, NULL, (uint64_t)value);
	else if (is_signed)
		records_integer(out, key, value);
	else
		records_count(out, key, (uint64_t)value);
}

static void put_all_quantiles(struct records *out, struct json_out *map, enum dtype dtype,
			      const struct statistics *statistics,
			      const struct export_quantiles *more)
{
	enum dtype_class class = dtype_traits[dtype].class;

	for (unsigned i = 0; i < STATISTICS_N_PERCENTS; i++) {
		if (class == CLASS_SIGNED || class == CLASS_UNSIGNED)
			put_integer_quantile(out, map, statistics_percents[i], class == CLASS_SIGNED,
					     statistics->quantiles_integer[i]);
		else
			put_quantile(out, map, statistics_percents[i], statistics->quantiles[i]);
	}
	for (size_t i = 0; more && i < more->n; i++)
		if (!is_reported(more->percents[i]))
			put_quantile(out, map, more->percents[i], more->values[i]);
}

void export_quantiles(struct records *out, enum dtype dtype, const struct statistics *statistics,
		      const struct export_quantiles *more)
{
	struct json_out *map;

	if (!statistics || statistics->finite == 0) {
		records_null(out, "quantiles");
		return;
	}
	map = records_map(out, "quantiles");
	put_all_quantiles(out, map, dtype, statistics, more);
	records_close(out, map);
	if (records_is_csv(out))
		put_all_quantiles(out, NULL, dtype, statistics, more);
}

/* --- All of them ----------------------------------------------------------------------------- */

static void put_nulls(struct records *out, const char *const *keys)
{
	for (; *keys; keys++)
		records_null(out, *keys);
}

void export_numbers(struct records *out, enum dtype dtype, const struct statistics *s,
		    const struct export_quantiles *more)
{
	bool any = s && s->finite > 0;

	if (!s) {
		put_nulls(out, before_quantiles);
		records_null(out, "quantiles");
		put_nulls(out, after_quantiles);
		return;
	}
	export_extremes(out, dtype, s);
	export_index(out, "argmin", any ? s->argmin : UINT64_MAX);
	export_index(out, "argmax", any ? s->argmax : UINT64_MAX);
	records_defined(out, "mean", s->mean);
	records_defined(out, "std", s->std);
	records_defined(out, "skew", s->skew);
	records_defined(out, "kurtosis", s->kurtosis);
	records_defined(out, "sum", s->sum);
	records_defined(out, "l1", s->l1);
	records_defined(out, "l2", s->l2);
	records_count(out, "zeros", s->zeros);
	records_count(out, "negative", s->negative);
	records_count(out, "positive", s->positive);
	records_count(out, "nan", s->nan);
	records_count(out, "posinf", s->posinf);
	records_count(out, "neginf", s->neginf);
	records_count(out, "subnormal", s->subnormal);
	records_defined(out, "absmax", any ? s->max_abs : NAN);
	records_defined(out, "absmax_over_std", statistics_absmax_over_std(s));
	export_quantiles(out, dtype, s, more);
	records_defined(out, "median", any ? s->quantiles[STATISTICS_MEDIAN] : NAN);
	records_defined(out, "iqr", any ? statistics_iqr(s) : NAN);
	export_index(out, "distinct", s->distinct);
	records_defined(out, "entropy", s->entropy);
}

static size_t append(const char **columns, size_t n, const char *const *more)
{
	for (; *more; more++)
		columns[n++] = *more;
	return n;
}

static size_t count_of(const char *const *list)
{
	size_t n = 0;

	while (list[n])
		n++;
	return n;
}

const char **export_number_columns(const char *const *before, const struct export_stats *asked,
				   const char *const *after)
{
	static const char *const percents[] = {
#define X(percent) "p" #percent,
		STATISTICS_PERCENTS(X)
#undef X
			NULL,
	};
	size_t names = asked ? asked->n_percents : 0, n;
	size_t most = count_of(before) + count_of(before_quantiles) + STATISTICS_N_PERCENTS +
		      names + count_of(after_quantiles) + count_of(after) + 1;
	/* The names that are not words of ours stand behind the list. */
	const char **columns = malloc(most * sizeof *columns + names * (NUMBER_SIZE + 1));
	char *name = (char *)(columns + most);

	if (!columns)
		return NULL;
	n = append(columns, 0, before);
	n = append(columns, n, before_quantiles);
	n = append(columns, n, percents);
	for (size_t i = 0; i < names; i++, name += NUMBER_SIZE + 1) {
		name[0] = 'p';
		number_exact(name + 1, asked->percents[i]);
		if (!is_reported(asked->percents[i]))
			columns[n++] = name;
	}
	n = append(columns, n, after_quantiles);
	n = append(columns, n, after);
	columns[n] = NULL;
	return columns;
}
