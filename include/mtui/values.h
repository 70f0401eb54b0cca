/* The numbers themselves: any stretch of a tensor, decoded to double, and the bytes behind it. */
#ifndef MTUI_VALUES_H
#define MTUI_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/arena.h>
#include <mtui/error.h>
#include <mtui/model.h>

struct element {
	double real, imaginary;	 /* imaginary is 0 but for complex */
	int64_t integer;	 /* exact value of signed types; unsigned as the same 64 bits */
	struct text string;	 /* DTYPE_STRING, in the caller's arena, its first
				  * LIMIT_NAME_SHOWN bytes; else empty */
	uint64_t string_len;	 /* of the whole string */
	uint8_t bytes[16];	 /* as stored, little-endian; n_bytes of them (0 for strings) */
	uint8_t n_bytes;
	uint64_t offset;	 /* in the file of the element's first byte */
};

/* Elements [first, first + count) of tensor->present, row-major; ERROR_USAGE for others. Where the
 * data ends before present elements: ERROR_MALFORMED. Packed elements give their own bits in
 * bytes[0] and the offset of the byte that holds them. Cost follows count for plain data;
 * for varint data it follows first as well (varints must be walked). */
bool values_read(const struct model *model, const struct tensor *tensor, uint64_t first,
		 size_t count, struct element *elements, struct arena *arena, struct error *err);

#endif
