/* Tensors in summaries: what they are is said by the plugin of their tag. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/bytes.h>
#include <mtui/limits.h>

#include "core/base/decimal.h"
#include "core/runs/event_value.h"

enum {
	DT_FLOAT = 1, DT_DOUBLE = 2, DT_INT32 = 3, DT_UINT8 = 4, DT_INT16 = 5, DT_INT8 = 6,
	DT_STRING = 7, DT_INT64 = 9, DT_BOOL = 10, DT_BFLOAT16 = 14, DT_UINT16 = 17, DT_HALF = 19,
	DT_UINT32 = 22, DT_UINT64 = 23
};

enum { DIMS = 4 };

/* A TensorProto, as far as summaries have them. */
struct tensor_proto {
	uint64_t dtype;
	int64_t dims[DIMS];
	unsigned n_dims;
	struct pb_field content;   /* tensor_content, of len 0 if there is none */
	struct pb_message message; /* all of it, for the typed fields */
	uint64_t strings, string_bytes;
};

static bool take_shape(struct event_walk *walk, struct pb_message shape, struct tensor_proto *tensor)
{
	struct pb_field field;

	while (pbwire_next(walk->wire, &shape, &field)) {
		if (field.tag != PB_TAG(2, PB_BYTES))
			continue;
		struct pb_message dim = pb_message(&field);
		int64_t size = 0;
		while (pbwire_next(walk->wire, &dim, &field))
			if (field.tag == PB_TAG(1, PB_VARINT))
				size = (int64_t)field.value;
		if (tensor->n_dims < DIMS)
			tensor->dims[tensor->n_dims] = size;
		tensor->n_dims++;
	}
	return pbwire_ok(walk->wire);
}

static bool read_tensor(struct event_walk *walk, struct pb_message message,
			struct tensor_proto *tensor)
{
	struct pb_field field;

	*tensor = (struct tensor_proto){ .message = message };
	while (pbwire_next(walk->wire, &message, &field)) {
		if (field.tag == PB_TAG(1, PB_VARINT)) {
			tensor->dtype = field.value;
		} else if (field.tag == PB_TAG(2, PB_BYTES)) {
			if (!take_shape(walk, pb_message(&field), tensor))
				return false;
		} else if (field.tag == PB_TAG(4, PB_BYTES)) {
			tensor->content = field;
		} else if (field.tag == PB_TAG(8, PB_BYTES)) {
			tensor->strings++;
			tensor->string_bytes += field.len;
		}
	}
	return pbwire_ok(walk->wire);
}

static double half(uint16_t bits)
{
	int exponent = bits >> 10 & 31, mantissa = bits & 1023;
	double value = exponent == 31 ? (mantissa ? NAN : INFINITY) :
		       exponent ? ldexp(1024 + mantissa, exponent - 25) : ldexp(mantissa, -24);

	return bits >> 15 ? -value : value;
}

static double brain(uint16_t bits)
{
	uint32_t wide = (uint32_t)bits << 16;
	float value;

	memcpy(&value, &wide, sizeof value);
	return (double)value;
}

static size_t width_of(uint64_t dtype)
{
	switch (dtype) {
	case DT_DOUBLE:
	case DT_INT64:
	case DT_UINT64:
		return 8;
	case DT_FLOAT:
	case DT_INT32:
	case DT_UINT32:
		return 4;
	case DT_HALF:
	case DT_BFLOAT16:
	case DT_INT16:
	case DT_UINT16:
		return 2;
	case DT_INT8:
	case DT_UINT8:
	case DT_BOOL:
		return 1;
	default:
		return 0;
	}
}

static double number_of(uint64_t dtype, const uint8_t *bytes)
{
	switch (dtype) {
	case DT_DOUBLE:
		return load_f64(bytes);
	case DT_INT64:
		return (double)(int64_t)load_u64(bytes);
	case DT_UINT64:
		return (double)load_u64(bytes);
	case DT_FLOAT:
		return (double)load_f32(bytes);
	case DT_INT32:
		return (int32_t)load_u32(bytes);
	case DT_UINT32:
		return load_u32(bytes);
	case DT_HALF:
		return half(load_u16(bytes));
	case DT_BFLOAT16:
		return brain(load_u16(bytes));
	case DT_INT16:
		return (int16_t)load_u16(bytes);
	case DT_UINT16:
		return load_u16(bytes);
	case DT_INT8:
		return (int8_t)*bytes;
	default:
		return *bytes;
	}
}

/* The field number that holds a dtype's values one by one. */
static unsigned typed_field(uint64_t dtype)
{
	switch (dtype) {
	case DT_FLOAT:
		return 5;
	case DT_DOUBLE:
		return 6;
	case DT_INT64:
		return 10;
	case DT_BOOL:
		return 11;
	case DT_HALF:
	case DT_BFLOAT16:
		return 13;
	case DT_UINT32:
		return 16;
	case DT_UINT64:
		return 17;
	default:
		return 7; /* int_val: the small integers too */
	}
}

static double from_bits(uint64_t dtype, uint64_t bits)
{
	uint8_t bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(bits >> 8 * i);
	return number_of(dtype, bytes);
}

/* Takes one field of typed values; *count goes on beyond the room. */
static bool take_typed(struct event_walk *walk, const struct tensor_proto *tensor,
		       const struct pb_field *field, double *out, uint64_t room, uint64_t *count)
{
	unsigned wire = tensor->dtype == DT_FLOAT  ? PB_FIXED32 :
			tensor->dtype == DT_DOUBLE ? PB_FIXED64 : PB_VARINT;
	struct pb_message packed = pb_message(field);

	if ((field->tag & 7) == wire) {
		if (*count < room)
			out[*count] = from_bits(tensor->dtype, field->value);
		++*count;
		return true;
	}
	if ((field->tag & 7) != PB_BYTES)
		return true;
	while (packed.position < packed.end) {
		uint64_t bits;
		uint32_t narrow;
		size_t have;
		if (wire == PB_VARINT) {
			if (!pbwire_varint(walk->wire, &packed, &bits))
				return false;
		} else if (wire == PB_FIXED32) {
			if (!pbwire_fixed32(walk->wire, &packed, &narrow))
				return false;
			bits = narrow;
		} else {
			const uint8_t *bytes = pbwire_view(walk->wire, packed.position, 8, &have);
			if (!bytes || packed.end - packed.position < 8)
				return false;
			bits = load_u64(bytes);
			packed.position += 8;
		}
		if (*count < room)
			out[*count] = from_bits(tensor->dtype, bits);
		++*count;
	}
	return true;
}

/* Writes up to `room` numbers; *count says how many there are. As TensorFlow has it, the last of
 * the typed values stands for all that the shape has more. */
static bool read_numbers(struct event_walk *walk, const struct tensor_proto *tensor, double *out,
			 uint64_t room, uint64_t *count)
{
	size_t width = width_of(tensor->dtype);
	struct pb_message message = tensor->message;
	struct pb_field field;

	*count = 0;
	if (width == 0)
		return true;
	for (uint64_t at = 0; at + width <= tensor->content.len; at += width, ++*count) {
		size_t have;
		const uint8_t *bytes =
			pbwire_view(walk->wire, tensor->content.start + at, width, &have);
		if (!bytes || have < width)
			return false;
		if (*count < room)
			out[*count] = number_of(tensor->dtype, bytes);
	}
	if (tensor->content.len)
		return true;
	while (pbwire_next(walk->wire, &message, &field))
		if (field.tag >> 3 == typed_field(tensor->dtype) &&
		    !take_typed(walk, tensor, &field, out, room, count))
			return false;
	return pbwire_ok(walk->wire);
}

static uint64_t elements(const struct tensor_proto *tensor)
{
	uint64_t count = 1;

	for (unsigned i = 0; i < tensor->n_dims; i++)
		if (i >= DIMS || tensor->dims[i] < 0 ||
		    !mul_ok(count, (uint64_t)tensor->dims[i], &count))
			return UINT64_MAX;
	return count;
}

/* All numbers of the tensor, filled up by the last one where there are fewer than elements. */
static double *all_numbers(struct event_walk *walk, const struct tensor_proto *tensor, uint64_t most)
{
	uint64_t want = elements(tensor), count;
	double *numbers;

	if (want > most)
		return NULL;
	numbers = calloc(want ? (size_t)want : 1, sizeof *numbers);
	if (!numbers) {
		walk->log->exhausted = true;
		return NULL;
	}
	if (!read_numbers(walk, tensor, numbers, want, &count) || (count == 0 && want > 0)) {
		free(numbers);
		return NULL;
	}
	for (uint64_t i = count; i < want; i++)
		numbers[i] = numbers[count - 1];
	return numbers;
}

static void take_histogram(struct event_walk *walk, struct event_tag *tag,
			   const struct tensor_proto *tensor)
{
	uint64_t buckets = (uint64_t)tensor->dims[0];
	struct run_histogram_step *step;
	double *numbers;

	if (tensor->n_dims != 2 || tensor->dims[1] != 3 || tensor->dims[0] < 0) {
		log_notice(walk->log, "a histogram that is no [k, 3] tensor was skipped");
		return;
	}
	step = log_histogram_room(walk->log, walk->step, walk->wall, buckets, false);
	numbers = step ? all_numbers(walk, tensor, 3 * (uint64_t)LOG_BUCKETS) : NULL;
	for (uint64_t i = 0; numbers && i < buckets; i++) {
		((double *)step->left)[i] = numbers[3 * i];
		((double *)step->right)[i] = numbers[3 * i + 1];
		((double *)step->counts)[i] = numbers[3 * i + 2];
	}
	if (numbers)
		log_add_histogram(walk->log, tag->name.text, step);
	free(numbers);
}

static void take_pr(struct event_walk *walk, struct event_tag *tag,
		    const struct tensor_proto *tensor)
{
	uint64_t n = tensor->n_dims == 2 ? (uint64_t)tensor->dims[1] : 0;
	struct run_pr_step *step;
	double *numbers;
	float *room;

	if (tensor->n_dims != 2 || tensor->dims[0] != 6 || tensor->dims[1] < 0 || n > LOG_BUCKETS) {
		log_notice(walk->log, "a precision-recall curve that is no [6, n] tensor was skipped");
		return;
	}
	numbers = all_numbers(walk, tensor, 6 * n);
	step = log_room(walk->log, 1, sizeof *step);
	room = log_room(walk->log, (size_t)(6 * n), sizeof *room);
	if (numbers && step && room) {
		for (uint64_t i = 0; i < 6 * n; i++)
			room[i] = (float)numbers[i];
		*step = (struct run_pr_step){ walk->step, walk->wall, (uint32_t)n, room, room + n,
					      room + 2 * n, room + 3 * n, room + 4 * n, room + 5 * n };
		log_add_pr(walk->log, tag->name.text, step);
	}
	free(numbers);
}

static void take_text(struct event_walk *walk, struct event_tag *tag,
		      const struct tensor_proto *tensor)
{
	struct pb_message message = tensor->message;
	struct pb_field field;
	size_t used = 0;

	while (pbwire_next(walk->wire, &message, &field)) {
		if (field.tag != PB_TAG(8, PB_BYTES))
			continue;
		if (used + field.len > LIMIT_WINDOW_BYTES || !event_bytes(walk, &field, used))
			break;
		used += (size_t)field.len;
		walk->records->scratch[used++] = '\n'; /* between the strings of one tensor */
	}
	struct run_text text = {
		.tag = tag->name.text, .step = walk->step, .wall_time = walk->wall,
		.value = { (const char *)walk->records->scratch, used ? used - 1 : 0 },
	};
	log_add_text(walk->log, &text);
}

/* Of images the first two strings are width and height in digits. */
static void take_strings(struct event_walk *walk, struct event_tag *tag,
			 const struct tensor_proto *tensor, enum run_media_kind kind)
{
	struct pb_message message = tensor->message;
	struct run_media media = { .kind = kind, .bytes = tensor->string_bytes };
	struct pb_field field;
	unsigned at = 0;

	media.detail = kind == RUN_IMAGE || kind == RUN_AUDIO ? TEXT("") : text_from(tag->plugin_name);
	if (tensor->content.len)
		media.bytes = tensor->content.len;
	while (kind == RUN_IMAGE && at < 2 && pbwire_next(walk->wire, &message, &field)) {
		double number;
		uint8_t *bytes;
		if (field.tag != PB_TAG(8, PB_BYTES))
			continue;
		bytes = field.len < 12 ? event_bytes(walk, &field, 0) : NULL;
		if (bytes && decimal_read((char *)bytes, (size_t)field.len, '.', &number) &&
		    number >= 0 && number < UINT32_MAX)
			*(at == 0 ? &media.width : &media.height) = (uint32_t)number;
		media.bytes -= field.len;
		at++;
	}
	event_media(walk, tag, &media);
}

static void take_number(struct event_walk *walk, struct event_tag *tag,
			const struct tensor_proto *tensor)
{
	double number;
	uint64_t count;

	if (read_numbers(walk, tensor, &number, 1, &count) && count > 0)
		event_point(tag, walk->log, walk->step, walk->wall, number);
	else if (count == 0 && tensor->dtype != DT_STRING)
		event_point(tag, walk->log, walk->step, walk->wall, 0); /* proto3 leaves zeros out */
}

/* Everything is checked in the first walk, but for the numbers, which cannot be wrong. */
bool event_tensor_take(struct event_walk *walk, struct event_tag *tag, struct pb_message message)
{
	struct tensor_proto tensor;
	uint64_t count;

	if (!read_tensor(walk, message, &tensor) ||
	    !read_numbers(walk, &tensor, NULL, 0, &count))
		return false;
	if (!walk->commit)
		return true;
	switch (tag->plugin) {
	case PLUGIN_SCALARS:
		take_number(walk, tag, &tensor);
		break;
	case PLUGIN_HISTOGRAMS:
		take_histogram(walk, tag, &tensor);
		break;
	case PLUGIN_PR_CURVES:
		take_pr(walk, tag, &tensor);
		break;
	case PLUGIN_TEXT:
		take_text(walk, tag, &tensor);
		break;
	case PLUGIN_IMAGES:
		take_strings(walk, tag, &tensor, RUN_IMAGE);
		break;
	case PLUGIN_AUDIO:
		take_strings(walk, tag, &tensor, RUN_AUDIO);
		break;
	case PLUGIN_GRAPH:
		take_strings(walk, tag, &tensor, RUN_GRAPH);
		break;
	case PLUGIN_MESH:
		take_strings(walk, tag, &tensor, RUN_MESH);
		break;
	case PLUGIN_NONE:
		/* A single number without a plugin is one all the same. */
		if (width_of(tensor.dtype) && elements(&tensor) == 1) {
			take_number(walk, tag, &tensor);
			break;
		}
		take_strings(walk, tag, &tensor, RUN_OTHER);
		break;
	case PLUGIN_HPARAMS: /* the values stand in the metadata; a tensor beside them is empty */
		break;
	case PLUGIN_OTHER:
		take_strings(walk, tag, &tensor, RUN_OTHER);
		break;
	}
	return pbwire_ok(walk->wire);
}
