/* The code points from U+0080 that pass the text gate, as sorted ranges. */
#ifndef CORE_BASE_GATE_TABLE_H
#define CORE_BASE_GATE_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct gate_range {
	uint32_t first, last;
	uint8_t width; /* 1 or 2; 0 for a combining mark */
};

extern const struct gate_range gate_ranges[];
extern const size_t gate_range_count;

#endif
