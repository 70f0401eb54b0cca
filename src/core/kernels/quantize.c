#include "core/kernels/quantize.h"

#include "core/kernels/vector.h"

void quantize_block(const float *values, const float *scales, size_t n, float qmax,
		    int8_t *codes, float *restored)
{
	kernels_current()->quantize(values, scales, n, qmax, codes, restored);
}

void quantize_compare(const float *values, const float *restored, size_t n,
		      struct quantize_sums *sums)
{
	kernels_current()->compare(values, restored, n, sums);
}
