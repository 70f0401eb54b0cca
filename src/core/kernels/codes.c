#include "core/kernels/codes.h"

#include <mtui/bytes.h>

#include "core/kernels/decode.h"

size_t codes_of(enum dtype dtype)
{
	return (size_t)1 << dtype_traits[dtype].bits;
}

static inline void note(struct codes *codes, size_t code, uint64_t index)
{
	if (codes->counts[code]++ == 0)
		codes->first[code] = index;
}

void codes_count(enum dtype dtype, const uint8_t *bytes, size_t n, uint64_t index,
		 struct codes *codes)
{
	switch (dtype_traits[dtype].bits) {
	case 16:
		for (size_t i = 0; i < n; i++)
			note(codes, load_u16(bytes + 2 * i), index + i);
		return;
	case 8:
		for (size_t i = 0; i < n; i++)
			note(codes, bytes[i], index + i);
		return;
	default:
		for (size_t i = 0; i < n; i++)
			note(codes, decode_code(dtype, bytes, i), index + i);
		return;
	}
}
