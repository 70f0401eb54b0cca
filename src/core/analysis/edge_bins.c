#include "core/analysis/edge_bins.h"

#include <string.h>

static const struct edge_bin *find(struct edge_bins *edge, const struct bins *bins,
				   const struct floats_aim *aim, uint32_t bits)
{
	struct edge_bin *kept = &edge->kept[(bits * UINT32_C(0x9e3779b1)) >> 26 & (EDGE_BINS - 1)];

	if (kept->bin == 0 || kept->bits != bits) {
		float value;
		size_t bin;

		memcpy(&value, &bits, sizeof value);
		bin = bins_index(bins, value);
		kept->bits = bits;
		kept->bin = (uint16_t)(1 + (bin < bins->n ? bin : bins->n));
		kept->guess = floats_guess(aim, bits);
	}
	return kept;
}

void edge_bins_correct(struct edge_bins *edge, const struct bins *bins,
		       const struct floats_aim *aim, const uint32_t *elements, size_t n,
		       uint64_t *counts)
{
	for (size_t i = 0, run; i < n; i += run) {
		const struct edge_bin *kept = find(edge, bins, aim, elements[i]);

		for (run = 1; i + run < n && elements[i + run] == elements[i];)
			run++;
		counts[kept->guess] -= run;
		if (kept->bin <= bins->n)
			counts[kept->bin - 1] += run;
	}
}
