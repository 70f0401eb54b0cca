/* What a scheme stores. */
#ifndef ANALYSIS_QUANT_COST_H
#define ANALYSIS_QUANT_COST_H

#include <mtui/scheme.h>

#include "core/quant/quant_lines.h"

struct quant_cost {
	uint64_t granules; /* scales, or blocks */
	uint64_t bytes;
	double bits_per_weight;
};

/* `gone`: elements of pruned channels. */
void quant_cost(const struct quant_scheme *scheme, const struct quant_lines *lines,
		uint64_t gone, struct quant_cost *cost);

#endif
