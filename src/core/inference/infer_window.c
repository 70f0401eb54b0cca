/*
 * Convolutions and pooling: a window that slides over the spatial dimensions.
 *
 *     out = floor((in + pads - ((kernel - 1) * dilation + 1)) / stride) + 1
 *
 * rounded up with ceil_mode; auto_pad SAME_*: ceil(in / stride); VALID: no pads.
 */
#include "core/inference/infer.h"

#include <string.h>

struct window {
	uint32_t n;		       /* spatial dimensions */
	const struct quantity *kernel; /* NULL: from the attribute */
	const int64_t *kernel_shape, *strides, *dilations, *pads, *output_padding;
	bool same, ceil;
	bool last; /* the channels */
};

static int64_t nth(const int64_t *values, uint32_t i, int64_t otherwise)
{
	return values ? values[i] : otherwise;
}

/* Lists of another length than the window has dimensions are as good as none. */
static const int64_t *ints_of(struct call *call, const char *name, uint32_t wanted)
{
	uint32_t n;
	const int64_t *values = call_ints(call, name, &n);

	return n == wanted ? values : NULL;
}

static struct window window_of(struct call *call, uint32_t n)
{
	struct window w = { .n = n };
	bool explicit = call_is(call, "auto_pad", "NOTSET") || !call_attribute(call, "auto_pad");

	w.kernel_shape = ints_of(call, "kernel_shape", n);
	w.strides = ints_of(call, "strides", n);
	w.dilations = ints_of(call, "dilations", n);
	w.pads = explicit ? ints_of(call, "pads", 2 * n) : NULL;
	w.output_padding = ints_of(call, "output_padding", n);
	w.same = call_is(call, "auto_pad", "SAME_UPPER") || call_is(call, "auto_pad", "SAME_LOWER");
	w.ceil = call_int(call, "ceil_mode", 0) != 0;
	w.last = call->argument == 'n' || call_int(call, "channels_last", 0) != 0;
	return w;
}

/* (kernel - 1) * dilation + 1 */
static struct quantity reach(struct infer *in, const struct window *w, uint32_t i)
{
	struct quantity one = quantity_number(1), kernel;

	if (w->kernel_shape)
		kernel = quantity_number(w->kernel_shape[i]);
	else
		kernel = w->kernel ? w->kernel[i] : (struct quantity){ 0 };
	kernel = size_subtract(&in->sizes, kernel, one);
	kernel = size_multiply(&in->sizes, kernel, quantity_number(nth(w->dilations, i, 1)));
	return size_add(&in->sizes, kernel, one);
}

static struct quantity pads_of(struct infer *in, const struct window *w, uint32_t i)
{
	return size_add(&in->sizes, quantity_number(nth(w->pads, i, 0)),
			quantity_number(nth(w->pads, i + w->n, 0)));
}

static struct quantity slid(struct infer *in, const struct window *w, uint32_t i,
			    struct quantity size)
{
	struct size_expressions *x = &in->sizes;
	int64_t step = nth(w->strides, i, 1);
	struct quantity stride = quantity_number(step);
	struct quantity up = size_subtract(x, stride, quantity_number(1)), rest;

	if (step <= 0)
		return (struct quantity){ 0 };
	if (w->same)
		return size_divide(x, size_add(x, size, up), stride);
	rest = size_subtract(x, size_add(x, size, pads_of(in, w, i)), reach(in, w, i));
	if (w->ceil)
		rest = size_add(x, rest, up);
	return size_add(x, size_divide(x, rest, stride), quantity_number(1));
}

/* in: [batch, channels, spatial ...], or with the channels last. Those of the output are given. */
static void set_slid(struct call *call, const struct known *in, struct quantity channels,
		     const struct window *w, int dtype)
{
	struct quantity *dims = call_room(call, in->n_dims);
	uint32_t first = w->last ? 1 : 2;

	if (!dims)
		return;
	dims[0] = in->dims[0];
	dims[w->last ? in->n_dims - 1 : 1] = channels;
	for (uint32_t i = 0; i < w->n; i++)
		dims[first + i] = slid(call->in, w, i, in->dims[first + i]);
	call_set_tensor(call, 0, dtype, dims, in->n_dims);
}

/* Inputs x and w, which is [out, in / group, kernel ...] wherever the channels of x are; the
 * argument tells integer ('i'), QLinear ('q') and channels-last ('n') forms. */
void infer_conv(struct call *call)
{
	const struct known *x = call_input(call, 0);
	const struct known *weight = call_input(call, call->argument == 'q' ? 3 : 1);
	int dtype = call->argument == 'i'   ? DTYPE_I32
		    : call->argument == 'q' ? call_input(call, 7)->dtype
					    : x->dtype;
	struct window w;

	if (!x->has_shape || x->n_dims < 3) {
		call_set_unranked(call, 0, dtype);
		return;
	}
	w = window_of(call, x->n_dims - 2);
	if (weight->has_shape && weight->n_dims == x->n_dims)
		w.kernel = weight->dims + 2;
	set_slid(call, x, w.kernel ? weight->dims[0] : (struct quantity){ 0 }, &w, dtype);
}

/* out = stride * (in - 1) + output_padding + reach - pads, or what output_shape says. */
void infer_conv_transpose(struct call *call)
{
	const struct known *x = call_input(call, 0), *weight = call_input(call, 1);
	struct size_expressions *s = &call->in->sizes;
	struct window w;
	const int64_t *output_shape;
	struct quantity *dims;

	if (!x->has_shape || x->n_dims < 3 || !(dims = call_room(call, x->n_dims))) {
		call_set_unranked(call, 0, x->dtype);
		return;
	}
	w = window_of(call, x->n_dims - 2);
	output_shape = ints_of(call, "output_shape", w.n);
	dims[0] = x->dims[0];
	if (weight->has_shape && weight->n_dims == x->n_dims) {
		w.kernel = weight->dims + 2;
		dims[1] = size_multiply(s, weight->dims[1],
					quantity_number(call_int(call, "group", 1)));
	}
	for (uint32_t i = 0; i < w.n; i++) {
		struct quantity stride = quantity_number(nth(w.strides, i, 1));
		struct quantity size;

		if (output_shape) {
			dims[i + 2] = quantity_number(output_shape[i]);
			continue;
		}
		if (w.same) {
			dims[i + 2] = size_multiply(s, x->dims[i + 2], stride);
			continue;
		}
		size = size_multiply(s, stride,
				     size_subtract(s, x->dims[i + 2], quantity_number(1)));
		size = size_add(s, size, quantity_number(nth(w.output_padding, i, 0)));
		size = size_add(s, size, reach(call->in, &w, i));
		dims[i + 2] = size_subtract(s, size, pads_of(call->in, &w, i));
	}
	call_set_tensor(call, 0, x->dtype, dims, x->n_dims);
}

/* MaxPool, AveragePool, LpPool, and with channels last ('n' or an attribute); MaxPool's indices
 * have the same shape. */
void infer_pool(struct call *call)
{
	const struct known *x = call_input(call, 0);
	struct window w;

	if (!x->has_shape || x->n_dims < 3) {
		call_set_unranked(call, 0, x->dtype);
		return;
	}
	w = window_of(call, x->n_dims - 2);
	if (!w.kernel_shape)
		return;
	set_slid(call, x, x->dims[w.last ? x->n_dims - 1 : 1], &w, x->dtype);
	if (call_has_output(call, 1))
		call_set_like(call, 1, call_output(call, 0), DTYPE_I64);
}

void infer_global_pool(struct call *call)
{
	const struct known *x = call_input(call, 0);
	bool last = call_int(call, "channels_last", 0) != 0;
	struct quantity *dims;

	if (!x->has_shape || x->n_dims < 2) {
		call_set_unranked(call, 0, x->dtype);
		return;
	}
	dims = call_room(call, x->n_dims);
	for (uint32_t i = 0; dims && i < x->n_dims; i++)
		dims[i] =
			i == 0 || i == (last ? x->n_dims - 1 : 1) ? x->dims[i] : quantity_number(1);
	call_set_tensor(call, 0, x->dtype, dims, x->n_dims);
}

/* RoiAlign ('a') and MaxRoiPool: [number of regions, channels, height, width]. */
void infer_roi_pool(struct call *call)
{
	const struct known *x = call_input(call, 0), *rois = call_input(call, 1);
	const int64_t *pooled = ints_of(call, "pooled_shape", 2);
	struct quantity *dims = call_room(call, 4);

	if (!dims)
		return;
	if (rois->has_shape && rois->n_dims == 2)
		dims[0] = rois->dims[0];
	if (x->has_shape && x->n_dims == 4)
		dims[1] = x->dims[1];
	if (call->argument == 'a') {
		dims[2] = quantity_number(call_int(call, "output_height", 1));
		dims[3] = quantity_number(call_int(call, "output_width", 1));
	} else if (pooled) {
		dims[2] = quantity_number(pooled[0]);
		dims[3] = quantity_number(pooled[1]);
	}
	call_set_tensor(call, 0, x->dtype, dims, 4);
}

/* GridSample: x [batch, channels, ...], grid [batch, out ..., 2 or 3]. */
void infer_grid_sample(struct call *call)
{
	const struct known *x = call_input(call, 0), *grid = call_input(call, 1);
	struct quantity *dims;

	if (!x->has_shape || !grid->has_shape || x->n_dims != grid->n_dims || x->n_dims < 3 ||
	    !(dims = call_room(call, x->n_dims))) {
		call_set_unranked(call, 0, x->dtype);
		return;
	}
	for (uint32_t i = 0; i < x->n_dims; i++)
		dims[i] = i < 2 ? x->dims[i] : grid->dims[i - 1];
	call_set_tensor(call, 0, x->dtype, dims, x->n_dims);
}

/* AffineGrid: size (input 1) is data, [N, C, H, W] or [N, C, D, H, W]; out [N, (D,) H, W, 2 or 3].
 */
void infer_affine_grid(struct call *call)
{
	uint32_t n;
	const struct quantity *size = call_data(call, 1, &n);
	struct quantity *dims;

	if (!size || n < 4 || n > 5 || !(dims = call_room(call, n))) {
		call_set_unranked(call, 0, call_input(call, 0)->dtype);
		return;
	}
	dims[0] = size[0];
	for (uint32_t i = 2; i < n; i++)
		dims[i - 1] = size[i];
	dims[n - 1] = quantity_number(n - 2);
	call_set_tensor(call, 0, call_input(call, 0)->dtype, dims, n);
}

/* HannWindow and its kin: as long as the scalar input says. */
void infer_signal_window(struct call *call)
{
	enum dtype dtype = dtype_from_onnx(call_int(call, "output_datatype", 1));
	uint32_t n;
	const struct quantity *size = call_data(call, 0, &n);
	struct quantity *dims = call_room(call, 1);

	if (dims && size && n == 1)
		dims[0] = size[0];
	call_set_tensor(call, 0, (int)dtype, dims, 1);
}
