/*
 * Statistics of a sample: what can be said of any number of elements within a frame.
 *
 * SAMPLE_PIECES pieces of equal length, spread evenly over the elements of all tensors as if they
 * stood in one row; the same ones each time. Of a tensor that can only be read from its beginning
 * (varints, pieces) the beginning is taken.
 */
#ifndef MTUI_SAMPLE_H
#define MTUI_SAMPLE_H

#include <mtui/error.h>
#include <mtui/model.h>
#include <mtui/statistics.h>

#define SAMPLE_PIECES 64
#define SAMPLE_LENGTH 2048 /* elements of a piece */

/* With fewer elements a sample is not worth it: everything is soon known. */
#define SAMPLE_WORTH ((uint64_t)4 << 20)

/* Of n tensors that have numbers. Indices in the result are UINT64_MAX; its count says how many
 * elements were looked at. */
bool sample_compute(const struct model *model, const uint32_t *tensors, size_t n,
		    const struct analysis_watch *watch, struct statistics *result,
		    struct error *err);

#endif
