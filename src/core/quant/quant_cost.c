/*
 * Codes are packed over the whole tensor; a zero point is as wide as a code. What pruning leaves
 * out is not stored: N:M keeps log2(M) bits of place for each value that stays, other pruning of
 * single values one bit for every value, channels one bit each. Block formats store whole blocks
 * whatever is in them.
 */
#include "core/quant/quant_cost.h"

#include "core/quant/quant_ranges.h"

static unsigned scale_bits(const struct quant_scheme *scheme)
{
	switch ((enum quant_scale)scheme->scale) {
	case SCALE_F32:
		return 32;
	case SCALE_F16:
		return 16;
	case SCALE_POW2:
		return 8;
	case SCALE_NONE:
		break;
	}
	return 0;
}

static double code_bits(const struct quant_scheme *scheme, const struct quant_lines *lines,
			uint64_t gone)
{
	unsigned bits = quant_scheme_bits(scheme), place = 0;
	double n = (double)lines->total;

	if (scheme->id == SCHEME_NONE)
		bits = dtype_traits[lines->dtype].bits;
	switch ((enum quant_pruning)scheme->pruning) {
	case PRUNE_NONE:
		break;
	case PRUNE_THRESHOLD:
	case PRUNE_SHARE:
		return (n - (double)gone) * bits + n;
	case PRUNE_CHANNELS:
		return (n - (double)gone) * bits;
	case PRUNE_N_OF_M:
		while (1u << place < scheme->of)
			place++;
		return n * scheme->keep / scheme->of * (bits + place);
	}
	return n * bits;
}

static double scales_cost(const struct quant_scheme *scheme, double granules)
{
	double bits = granules * scale_bits(scheme);

	if (scheme->range == RANGE_AFFINE)
		bits += granules * quant_scheme_bits(scheme);
	if (scheme->double_scales) {
		double blocks = (double)(((uint64_t)granules + QUANT_DOUBLE_BLOCK - 1) /
					 QUANT_DOUBLE_BLOCK);

		bits = granules * 8 + (blocks + 1) * 32;
	}
	return bits;
}

static double rank_bits(const struct quant_scheme *scheme, const struct quant_lines *lines)
{
	double down = (double)lines->channels, across = (double)lines->outer * (double)lines->inner;
	double side = down < across ? down : across;

	return 32 * (scheme->rank < side ? (double)scheme->rank : side) * (down + across);
}

static uint64_t granules_of(const struct quant_scheme *scheme, const struct quant_lines *lines)
{
	unsigned block = scheme_traits[scheme->id].block_bits ? scheme_traits[scheme->id].block : 0;
	uint64_t begun = lines->total ? (lines->total - 1) / lines->inner + 1 : 1;

	if (block)
		return quant_lines_units(lines, block);
	if (scheme->granularity == QUANT_PER_GROUP)
		return quant_lines_units(lines, scheme->group);
	if (scheme->granularity == QUANT_PER_CHANNEL)
		return begun < lines->channels ? begun : lines->channels;
	return 1;
}

void quant_cost(const struct quant_scheme *scheme, const struct quant_lines *lines,
		uint64_t gone, struct quant_cost *cost)
{
	const struct scheme_traits *traits = &scheme_traits[scheme->id];
	double n = (double)lines->total, bits;

	cost->granules = granules_of(scheme, lines);
	if (traits->block_bits)
		bits = (double)cost->granules * traits->block_bits +
		       (scheme->id == SCHEME_NVFP4 ? 32 : 0);
	else if (scheme->id == SCHEME_KMEANS)
		bits = code_bits(scheme, lines, gone) + 32.0 * scheme->levels;
	else if (scheme->id == SCHEME_PQ)
		bits = (double)quant_lines_units(lines, scheme->vector) * quant_scheme_bits(scheme) +
		       32.0 * scheme->levels * scheme->vector;
	else if (scheme->id == SCHEME_LOW_RANK)
		bits = rank_bits(scheme, lines);
	else if (scheme->id == SCHEME_NONE)
		bits = code_bits(scheme, lines, gone);
	else
		bits = code_bits(scheme, lines, gone) + scales_cost(scheme, (double)cost->granules);
	if (scheme->pruning == PRUNE_CHANNELS)
		bits += (double)lines->channels;
	cost->bytes = (uint64_t)((bits + 7) / 8);
	cost->bits_per_weight = n > 0 ? bits / n : 0;
}
