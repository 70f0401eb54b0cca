/*
 * Elements are found in three ways: plain data by arithmetic over the runs, varints and tagged
 * values by walking the runs from their beginning, strings by walking and then reading each one.
 */
#include <mtui/values.h>

#include <string.h>

#include <mtui/bytes.h>
#include <mtui/limits.h>

#include "core/analysis/wire_items.h"
#include "core/kernels/decode.h"

#define PIECE (1 << 16)
#define STRETCH 4096

/* What is asked for, and where the answer goes. */
struct reading {
	const struct tensor *tensor;
	const struct file *file;
	struct element *elements;
	uint64_t first, count;
	unsigned bits;
	uint64_t per_byte; /* elements in a byte, 1 from 8 bits up */
	size_t size;	   /* bytes of an element, 1 up to 8 bits */
};

static bool too_short(struct error *err)
{
	return error_set(err, ERROR_MALFORMED, -1, "the tensor's data ends early");
}

/* The numbers of an element whose bytes are known; `shift` is where a packed one begins. */
static void fill_numbers(struct element *element, enum dtype dtype, unsigned shift)
{
	unsigned bits = dtype_traits[dtype].bits;

	if (bits < 8)
		element->bytes[0] = (uint8_t)(element->bytes[0] >> shift & ((1u << bits) - 1));
	element->integer = decode_i64(dtype, element->bytes, 0);
	switch (dtype) {
	case DTYPE_C64:
		element->real = load_f32(element->bytes);
		element->imaginary = load_f32(element->bytes + 4);
		break;
	case DTYPE_C128:
		element->real = load_f64(element->bytes);
		element->imaginary = load_f64(element->bytes + 8);
		break;
	default:
		decode_f64(dtype, element->bytes, 1, &element->real);
	}
}

/* Bytes [begin, begin + len) of all runs put together as one stream. */
static bool read_joined(const struct reading *reading, uint64_t begin, size_t len,
			uint8_t *bytes, struct error *err)
{
	const struct tensor *tensor = reading->tensor;

	for (uint32_t r = 0; r < tensor->n_runs && len > 0; r++) {
		const struct run_of_bytes *run = &tensor->runs[r];

		if (begin >= run->nbytes) {
			begin -= run->nbytes;
			continue;
		}
		uint64_t left = run->nbytes - begin;
		size_t take = len < left ? len : (size_t)left;

		if (!file_read(reading->file, run->offset + begin, bytes, take, err))
			return false;
		bytes += take;
		len -= take;
		begin = 0;
	}
	return len == 0 || too_short(err);
}

static uint64_t joined_offset(const struct tensor *tensor, uint64_t begin)
{
	for (uint32_t r = 0; r < tensor->n_runs; r++) {
		if (begin < tensor->runs[r].nbytes)
			return tensor->runs[r].offset + begin;
		begin -= tensor->runs[r].nbytes;
	}
	return 0;
}

static bool read_plain(const struct reading *reading, struct error *err)
{
	uint8_t bytes[STRETCH];
	uint64_t per_byte = reading->per_byte, done = 0;
	size_t size = reading->size;

	while (done < reading->count) {
		uint64_t index = reading->first + done;
		uint64_t begin = index / per_byte * size;
		uint64_t end = (reading->first + reading->count - 1) / per_byte * size + size;
		size_t len = end - begin < STRETCH ? (size_t)(end - begin) : STRETCH;
		uint64_t next = (begin + len) / size * per_byte;

		if (!read_joined(reading, begin, len, bytes, err))
			return false;
		for (; index < next && done < reading->count; index++, done++) {
			struct element *element = &reading->elements[done];
			uint64_t at = index / per_byte * size;

			memcpy(element->bytes, bytes + (at - begin), size);
			element->n_bytes = (uint8_t)size;
			element->offset = joined_offset(reading->tensor, at);
			fill_numbers(element, reading->tensor->dtype,
				     (unsigned)(index % per_byte) * reading->bits);
		}
	}
	return true;
}

/* A walk over the stream of element bytes that the runs decode to, or over strings. */
struct item_walk {
	const struct reading *reading;
	struct item_reader reader;
	struct error error;
	bool plain;
	uint64_t position; /* bytes of the stream so far, or strings */
	uint64_t wanted;   /* where to stop */
	uint64_t run_end;  /* in the file */
};

/* A byte of the stream to the elements it belongs to; offset: of the value it came from. */
static void place_byte(struct item_walk *walk, uint8_t byte, uint64_t offset)
{
	const struct reading *reading = walk->reading;
	size_t k = (size_t)(walk->position % reading->size);
	uint64_t index = walk->position++ / reading->size * reading->per_byte;

	for (uint64_t i = index; i < index + reading->per_byte; i++) {
		if (i < reading->first || i - reading->first >= reading->count)
			continue;
		struct element *element = &reading->elements[i - reading->first];

		if (k == 0)
			element->offset = offset;
		element->bytes[k] = byte;
		element->n_bytes = (uint8_t)(k + 1);
	}
}

static void place_item(struct item_walk *walk, const struct wire_item *item)
{
	size_t width = wire_item_width(item, walk->reading->bits);

	for (size_t k = 0; k < width; k++)
		place_byte(walk, (uint8_t)(item->value >> 8 * k), item->offset);
}

/* Until the strings are read, offset and string_len say where they are; n_bytes marks them. */
static void place_string(struct item_walk *walk, uint64_t offset, uint64_t len)
{
	const struct reading *reading = walk->reading;
	uint64_t index = walk->position++;

	if (index < reading->first || index - reading->first >= reading->count)
		return;
	if (!extent_ok(offset, len, walk->run_end))
		return;
	struct element *element = &reading->elements[index - reading->first];

	element->offset = offset;
	element->string_len = len;
	element->n_bytes = 1;
}

static bool on_piece(const uint8_t *bytes, size_t len, uint64_t position, void *context)
{
	struct item_walk *walk = context;
	bool strings = walk->reading->tensor->dtype == DTYPE_STRING;
	struct wire_item item;
	size_t used = 0;

	if (walk->plain) {
		for (; used < len && walk->position < walk->wanted; used++)
			place_byte(walk, bytes[used], position + used);
		return walk->position < walk->wanted;
	}
	while (walk->position < walk->wanted &&
	       item_reader_next(&walk->reader, bytes, len, position, &used, &item, &walk->error)) {
		if (!strings)
			place_item(walk, &item);
		else if (item.kind == ITEM_BYTES)
			place_string(walk, item.offset, item.value);
	}
	return walk->position < walk->wanted && walk->error.code == ERROR_NONE;
}

static bool walk_runs(struct item_walk *walk, struct error *err)
{
	const struct reading *reading = walk->reading;
	const struct tensor *tensor = reading->tensor;

	for (uint32_t r = 0; r < tensor->n_runs && walk->position < walk->wanted; r++) {
		const struct run_of_bytes *run = &tensor->runs[r];
		struct error scan = { .code = ERROR_NONE };

		if (!add_ok(run->offset, run->nbytes, &walk->run_end))
			return too_short(err);
		walk->plain = run->encoding == RUN_PLAIN;
		if (walk->plain && tensor->dtype == DTYPE_STRING) {
			place_string(walk, run->offset, run->nbytes);
			continue;
		}
		item_reader_init(&walk->reader, run->encoding);
		if (file_scan_run(reading->file, run->offset, run->nbytes, PIECE, on_piece, walk,
				  &scan))
			continue;
		if (scan.code == ERROR_CANCELLED && walk->position >= walk->wanted)
			return true;
		if (err)
			*err = walk->error.code != ERROR_NONE ? walk->error : scan;
		return false;
	}
	return true;
}

static bool read_items(const struct reading *reading, struct error *err)
{
	struct item_walk walk = { .reading = reading };
	uint64_t last = reading->first + reading->count - 1;

	walk.wanted = (last / reading->per_byte + 1) * reading->size;
	if (!walk_runs(&walk, err))
		return false;
	for (uint64_t k = 0; k < reading->count; k++) {
		struct element *element = &reading->elements[k];

		if (element->n_bytes < reading->size)
			return too_short(err);
		fill_numbers(element, reading->tensor->dtype,
			     (unsigned)((reading->first + k) % reading->per_byte) * reading->bits);
	}
	return true;
}

static bool read_strings(const struct reading *reading, struct arena *arena, struct error *err)
{
	struct item_walk walk = { .reading = reading, .wanted = reading->first + reading->count };

	if (!walk_runs(&walk, err))
		return false;
	for (uint64_t k = 0; k < reading->count; k++) {
		struct element *element = &reading->elements[k];
		size_t shown = element->string_len < LIMIT_NAME_SHOWN ? (size_t)element->string_len
								      : LIMIT_NAME_SHOWN;
		char *copy;

		if (element->n_bytes == 0)
			return too_short(err);
		element->n_bytes = 0;
		copy = arena_alloc(arena, shown + 1);
		if (!copy)
			return arena_exhausted(arena, err);
		if (!file_read(reading->file, element->offset, copy, shown, err))
			return false;
		element->string = (struct text){ copy, shown };
	}
	return true;
}

static bool all_plain(const struct tensor *tensor)
{
	for (uint32_t r = 0; r < tensor->n_runs; r++)
		if (tensor->runs[r].encoding != RUN_PLAIN)
			return false;
	return true;
}

bool values_read(const struct model *model, const struct tensor *tensor, uint64_t first,
		 size_t count, struct element *elements, struct arena *arena, struct error *err)
{
	unsigned bits = dtype_traits[tensor->dtype].bits;
	struct reading reading = { .tensor = tensor, .elements = elements, .first = first,
				   .count = count, .bits = bits };

	if (!extent_ok(first, count, tensor->present))
		return error_set(err, ERROR_USAGE, -1, "no such elements");
	if (count == 0)
		return true;
	reading.file = model_tensor_file(model, tensor);
	if (!reading.file)
		return error_set(err, ERROR_READ, -1, "the tensor's data is not there");
	if (bits == 0 && tensor->dtype != DTYPE_STRING)
		return error_set(err, ERROR_REFUSED, -1, "elements of an unknown type");
	reading.per_byte = bits > 0 && bits < 8 ? 8 / bits : 1;
	reading.size = bits > 8 ? bits / 8 : 1;
	memset(elements, 0, count * sizeof *elements);
	if (tensor->dtype == DTYPE_STRING)
		return read_strings(&reading, arena, err);
	return all_plain(tensor) ? read_plain(&reading, err) : read_items(&reading, err);
}
