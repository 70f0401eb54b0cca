/*
 * The order in which kernels add: element i of a block goes to lane i % LANES, lanes are added as
 * a fixed tree, blocks are merged in index order. Every variant of a kernel keeps this order, so
 * all give the same bits.
 */
#ifndef KERNELS_LANES_H
#define KERNELS_LANES_H

#include <stddef.h>

#define LANES 16

/* Elements of a block; a tensor's last block may be shorter. Even for packed types. */
#define BLOCK 2048

static inline double lanes_sum(const double lanes[LANES])
{
	double folded[LANES / 2];

	for (size_t k = 0; k < 8; k++)
		folded[k] = lanes[k] + lanes[k + 8];
	for (size_t k = 0; k < 4; k++)
		folded[k] += folded[k + 4];
	return (folded[0] + folded[2]) + (folded[1] + folded[3]);
}

#endif
