/*
 * A pass pulls the runs through one byte stream: plain runs enter as they lie, varints and tagged
 * values are first written out as little-endian elements. The stream is cut into blocks. A block
 * whose bytes lie together in the file is handed over in place; one that spans pieces is put
 * together in walk->scratch.
 */
#include "core/analysis/tensor_walk.h"

#include <string.h>

#include "core/analysis/wire_items.h"

#define PIECE (1 << 20)
#define WATCH_BLOCKS 32

struct pass {
	struct tensor_walk *walk;
	walk_step *step;
	void *context;
	struct item_reader reader;
	struct error error;
	uint64_t index;	 /* of the block's first element */
	uint64_t end;	 /* index behind the last element wanted */
	size_t held;	 /* bytes in scratch */
	unsigned bits;	 /* per element */
	unsigned blocks; /* since the watch was asked */
	bool plain, finished;
};

static bool ask_watch(struct pass *pass)
{
	struct tensor_walk *walk = pass->walk;

	pass->blocks = 0;
	if (!walk->watch || !walk->watch->progress)
		return true;
	if (!walk->watch->progress(walk->watch->context, walk->done, walk->total))
		return true;
	pass->finished = true;
	return error_set(&pass->error, ERROR_CANCELLED, -1, "stopped");
}

/* Elements the next block should have: BLOCK, or what is left. */
static size_t block_elements(const struct pass *pass)
{
	uint64_t left = pass->end - pass->index;

	return left < BLOCK ? (size_t)left : BLOCK;
}

static bool deliver(struct pass *pass, const uint8_t *bytes, size_t n)
{
	struct tensor_walk *walk = pass->walk;

	if (!pass->step(bytes, n, pass->index, pass->context)) {
		pass->finished = true;
		return false;
	}
	pass->index += n;
	walk->done += n;
	pass->finished = pass->index >= pass->end;
	return ++pass->blocks < WATCH_BLOCKS || ask_watch(pass);
}

/* False when no more bytes are wanted. */
static bool feed(struct pass *pass, const uint8_t *bytes, size_t len)
{
	while (len > 0 && !pass->finished) {
		size_t n = block_elements(pass);
		size_t need = (n * pass->bits + 7) / 8;

		if (pass->held == 0 && len >= need) {
			if (!deliver(pass, bytes, n))
				return false;
			bytes += need;
			len -= need;
			continue;
		}
		size_t take = need - pass->held < len ? need - pass->held : len;

		memcpy(pass->walk->scratch + pass->held, bytes, take);
		pass->held += take;
		bytes += take;
		len -= take;
		if (pass->held == need) {
			pass->held = 0;
			if (!deliver(pass, pass->walk->scratch, n))
				return false;
		}
	}
	return !pass->finished;
}

static bool feed_items(struct pass *pass, const uint8_t *bytes, size_t len, uint64_t position)
{
	uint8_t stream[512];
	size_t used = 0, n = 0;
	struct wire_item item;
	struct error wire = { .code = ERROR_NONE };

	while (item_reader_next(&pass->reader, bytes, len, position, &used, &item, &wire)) {
		size_t width = wire_item_width(&item, pass->bits);

		for (size_t k = 0; k < width; k++)
			stream[n + k] = (uint8_t)(item.value >> 8 * k);
		n += width;
		if (n > sizeof stream - 8) {
			if (!feed(pass, stream, n))
				return false;
			n = 0;
		}
	}
	if (!feed(pass, stream, n))
		return false;
	/* Bytes behind the last element that is wanted may be anything. */
	if (wire.code != ERROR_NONE && !pass->finished)
		pass->error = wire;
	return wire.code == ERROR_NONE;
}

static bool on_piece(const uint8_t *bytes, size_t len, uint64_t position, void *context)
{
	struct pass *pass = context;

	if (pass->plain)
		return feed(pass, bytes, len);
	return feed_items(pass, bytes, len, position);
}

/* Elements that end with the data although the shape promises more. */
static void deliver_rest(struct pass *pass)
{
	size_t n = pass->held * 8 / pass->bits;

	if (pass->finished || n == 0)
		return;
	if (n > block_elements(pass))
		n = block_elements(pass);
	deliver(pass, pass->walk->scratch, n);
}

static bool fail(const struct error *error, struct error *err)
{
	if (err)
		*err = *error;
	return false;
}

bool tensor_walk_pass(struct tensor_walk *walk, walk_step *step, void *context, struct error *err)
{
	const struct tensor *tensor = walk->tensor;
	const struct file *file = model_tensor_file(walk->model, tensor);
	struct pass pass = { .walk = walk, .step = step, .context = context,
			     .end = tensor->present };

	pass.bits = dtype_traits[tensor->dtype].bits;
	if (tensor->present == 0)
		return true;
	if (pass.bits == 0)
		return error_set(err, ERROR_REFUSED, -1, "elements of this type have no numbers");
	if (!file)
		return error_set(err, ERROR_READ, -1, "the tensor's data is not there");
	if (!ask_watch(&pass))
		return fail(&pass.error, err);
	for (uint32_t r = 0; r < tensor->n_runs && !pass.finished; r++) {
		const struct run_of_bytes *run = &tensor->runs[r];
		struct error scan = { .code = ERROR_NONE };

		pass.plain = run->encoding == RUN_PLAIN;
		item_reader_init(&pass.reader, run->encoding);
		if (file_scan_run(file, run->offset, run->nbytes, PIECE, on_piece, &pass, &scan))
			continue;
		if (scan.code != ERROR_CANCELLED)
			return fail(&scan, err);
		if (pass.error.code != ERROR_NONE)
			return fail(&pass.error, err);
	}
	deliver_rest(&pass);
	return pass.error.code == ERROR_NONE || fail(&pass.error, err);
}

bool tensor_walk_has_stretches(const struct tensor_walk *walk)
{
	const struct tensor *tensor = walk->tensor;
	unsigned bits = dtype_traits[tensor->dtype].bits;

	return tensor_is_plain(tensor) && bits >= 8 && model_tensor_file(walk->model, tensor) &&
	       tensor->runs[0].nbytes / (bits / 8) >= tensor->present;
}

bool tensor_walk_stretch(struct tensor_walk *walk, uint64_t first, uint64_t n, walk_step *step,
			 void *context, struct error *err)
{
	const struct tensor *tensor = walk->tensor;
	const struct file *file = model_tensor_file(walk->model, tensor);
	unsigned size = dtype_traits[tensor->dtype].bits / 8;
	struct pass pass = { .walk = walk, .step = step, .context = context, .plain = true,
			     .index = first, .end = first + n, .bits = 8 * size };
	struct error scan = { .code = ERROR_NONE };

	if (!ask_watch(&pass))
		return fail(&pass.error, err);
	if (file_scan_run(file, tensor->runs[0].offset + first * size, n * size, PIECE, on_piece,
			  &pass, &scan) ||
	    (scan.code == ERROR_CANCELLED && pass.error.code == ERROR_NONE))
		return true;
	return fail(scan.code == ERROR_CANCELLED ? &pass.error : &scan, err);
}

static bool on_window(const uint8_t *bytes, size_t len, uint64_t position, void *context)
{
	struct pass *pass = context;

	(void)position;
	return pass->step(bytes, len / (pass->bits / 8), pass->index, pass->context);
}

bool tensor_walk_window(struct tensor_walk *walk, uint64_t first, uint64_t n, walk_step *step,
			void *context, struct error *err)
{
	const struct tensor *tensor = walk->tensor;
	unsigned size = dtype_traits[tensor->dtype].bits / 8;
	struct pass pass = { .walk = walk, .step = step, .context = context, .index = first,
			     .bits = 8 * size };
	struct error scan = { .code = ERROR_NONE };

	if (!ask_watch(&pass))
		return fail(&pass.error, err);
	if (file_scan_run(model_tensor_file(walk->model, tensor),
			  tensor->runs[0].offset + first * size, n * size, (size_t)n * size,
			  on_window, &pass, &scan) ||
	    scan.code == ERROR_CANCELLED)
		return true;
	return fail(&scan, err);
}
