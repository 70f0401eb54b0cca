#include "ui/views/quant_figures.h"

#include <math.h>
#include <stdio.h>

#include "ui/canvas/number.h"

/* One line of the table: what it says of an error. */
struct quant_line {
	const char *label;
	void (*write)(const struct quant_error *error, char *buffer, size_t size);
};

static void write_number(double value, int significant, char *buffer, size_t size)
{
	char number[NUMBER_SIZE];

	snprintf(buffer, size, "%s", isnan(value) ? "–" : number_value(number, value, significant));
}

static void write_sqnr(const struct quant_error *error, char *buffer, size_t size)
{
	char number[NUMBER_SIZE];

	if (isnan(error->sqnr_db))
		snprintf(buffer, size, "–");
	else
		snprintf(buffer, size, "%s%s", number_decibel(number, error->sqnr_db),
			 isinf(error->sqnr_db) ? "" : " dB");
}

static void write_mse(const struct quant_error *error, char *buffer, size_t size)
{
	write_number(error->mse, 4, buffer, size);
}

static void write_rmse(const struct quant_error *error, char *buffer, size_t size)
{
	write_number(error->rmse, 4, buffer, size);
}

static void write_relative(const struct quant_error *error, char *buffer, size_t size)
{
	char number[NUMBER_SIZE];

	snprintf(buffer, size, "%s",
		 isnan(error->rel_fro) ? "–" : number_percent(number, error->rel_fro));
}

static void write_max(const struct quant_error *error, char *buffer, size_t size)
{
	char number[NUMBER_SIZE];

	if (isnan(error->max_abs) || error->max_index == UINT64_MAX)
		snprintf(buffer, size, "–");
	else
		snprintf(buffer, size, "%s at %llu", number_value(number, error->max_abs, 4),
			 (unsigned long long)error->max_index);
}

static void write_bias(const struct quant_error *error, char *buffer, size_t size)
{
	write_number(error->bias, 3, buffer, size);
}

static void write_cosine(const struct quant_error *error, char *buffer, size_t size)
{
	write_number(error->cosine, 7, buffer, size);
}

static void write_levels(const struct quant_error *error, char *buffer, size_t size)
{
	if (error->levels == 0) {
		snprintf(buffer, size, "–");
		return;
	}
	snprintf(buffer, size, "%u of %u", error->levels_used, error->levels);
}

static void write_clipped(const struct quant_error *error, char *buffer, size_t size)
{
	char number[NUMBER_SIZE];

	snprintf(buffer, size, "%s",
		 isnan(error->clipped) ? "–" : number_percent(number, error->clipped));
}

static void write_kl(const struct quant_error *error, char *buffer, size_t size)
{
	write_number(error->kl, 3, buffer, size);
}

static void write_scales(const struct quant_error *error, char *buffer, size_t size)
{
	char number[NUMBER_SIZE];

	number_count(number, error->granules);
	if (error->granules == 0)
		snprintf(buffer, size, "–");
	else if (error->axis >= 0)
		snprintf(buffer, size, "%s on axis %d", number, error->axis);
	else
		snprintf(buffer, size, "%s", number);
}

static void write_bits(const struct quant_error *error, char *buffer, size_t size)
{
	write_number(error->bits_per_weight, 4, buffer, size);
}

static void write_size(const struct quant_error *error, char *buffer, size_t size)
{
	char before[NUMBER_SIZE], after[NUMBER_SIZE];

	snprintf(buffer, size, "%s → %s", number_bytes(before, error->bytes_before),
		 number_bytes(after, error->bytes_after));
}

static void write_ratio(const struct quant_error *error, char *buffer, size_t size)
{
	char number[NUMBER_SIZE];
	double after = (double)error->bytes_after;

	if (error->bytes_after == 0)
		snprintf(buffer, size, "–");
	else
		snprintf(buffer, size, "%s×",
			 number_value(number, (double)error->bytes_before / after, 3));
}

static const struct quant_line lines[] = {
	{ "SQNR", write_sqnr },	    { "RMSE", write_rmse },
	{ "MSE", write_mse },	    { "relative", write_relative },
	{ "max |e|", write_max },   { "bias", write_bias },
	{ "cosine", write_cosine }, { "clipped", write_clipped },
	{ "KL, bits", write_kl },   { "levels used", write_levels },
	{ "scales", write_scales }, { "bits per weight", write_bits },
	{ "size", write_size },	    { "smaller by", write_ratio },
};

_Static_assert(sizeof lines / sizeof lines[0] == QUANT_FIGURES, "one line each");

const char *quant_figure_label(int line)
{
	return lines[line].label;
}

char *quant_figure_write(int line, const struct quant_error *error, char buffer[QUANT_FIGURE])
{
	lines[line].write(error, buffer, QUANT_FIGURE);
	return buffer;
}
