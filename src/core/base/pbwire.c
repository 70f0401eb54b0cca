#include "core/base/pbwire.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/bytes.h>
#include <mtui/limits.h>

#include "core/base/grouped.h"

enum {
	VARINT_MAX = 10,
	HEADER_MAX = 2 * VARINT_MAX /* a tag and a length or value */
};

bool pbwire_init(struct pbwire *wire, const struct file *file, struct error *err)
{
	*wire = (struct pbwire){
		.file = file, .err = err, .ahead = PB_WINDOW_MIN, .smallest = PB_WINDOW_MIN
	};
	size_t size = file->size < PB_WINDOW_MAX ? (size_t)file->size : PB_WINDOW_MAX;
	wire->buffer = malloc(size ? size : 1);
	if (!wire->buffer)
		return pbwire_fail(wire, ERROR_MEMORY, 0, "out of memory");
	return true;
}

void pbwire_init_memory(struct pbwire *wire, const struct file *file, struct error *err)
{
	*wire = (struct pbwire){
		.file = file, .err = err, .buffer = (uint8_t *)file->memory,
		.filled = (size_t)file->size,
	};
}

void pbwire_free(struct pbwire *wire)
{
	free(wire->buffer);
	wire->buffer = NULL;
}

/* With an empty window no later call finds a byte. */
static void stop(struct pbwire *wire)
{
	wire->failed = true;
	wire->filled = wire->plain = 0;
}

static bool read_at(struct pbwire *wire, uint64_t position, void *buffer, size_t len)
{
	if (file_read(wire->file, position, buffer, len, wire->err))
		return true;
	stop(wire);
	return false;
}

bool pbwire_fail(struct pbwire *wire, enum error_code code, uint64_t offset, const char *format,
		 ...)
{
	char message[sizeof wire->err->message];
	va_list args;
	if (wire->failed)
		return false;
	stop(wire);
	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	return error_set(wire->err, code, code == ERROR_MEMORY ? -1 : (int64_t)offset, "%s",
			 message);
}

struct pb_message pbwire_root(const struct pbwire *wire)
{
	return (struct pb_message){ 0, wire->file->size };
}

/*
 * Moves the window so that it begins at position and holds `want` bytes or all that are left.
 * A step over a payload smaller than the smallest read does not end a dense stretch.
 */
static bool refill(struct pbwire *wire, uint64_t position, size_t want)
{
	size_t keep = 0;
	uint64_t at = position - wire->window; /* enormous where position lies before it */
	bool dense = at <= wire->filled + wire->smallest;
	if (at < wire->filled) {
		keep = wire->filled - (size_t)at;
		memmove(wire->buffer, wire->buffer + at, keep);
	}
	size_t ask = dense ? wire->ahead : wire->smallest;
	wire->ahead = ask * 2 < PB_WINDOW_MAX ? ask * 2 : PB_WINDOW_MAX;
	if (ask < want)
		ask = want;
	if (ask > wire->file->size - position)
		ask = (size_t)(wire->file->size - position);
	if (ask > keep && !read_at(wire, position + keep, wire->buffer + keep, ask - keep))
		return false;
	wire->window = position;
	wire->filled = ask > keep ? ask : keep;
	wire->plain = wire->filled < PB_PLAIN ? 0 : wire->filled - PB_PLAIN + 1;
	return true;
}

const uint8_t *pbwire_view(struct pbwire *wire, uint64_t position, uint64_t want, size_t *have)
{
	if (wire->failed || position > wire->file->size)
		return NULL;
	if (want > wire->file->size - position)
		want = wire->file->size - position;
	if (want > PB_WINDOW_MAX)
		want = PB_WINDOW_MAX;
	*have = (size_t)want;
	const uint8_t *bytes = pbwire_peek(wire, position, want);
	if (bytes)
		return bytes;
	return refill(wire, position, (size_t)want) ? wire->buffer : NULL;
}

bool pbwire_copy(struct pbwire *wire, const struct pb_field *field, void *copy)
{
	return !wire->failed && read_at(wire, field->start, copy, (size_t)field->len);
}

/* Decodes a varint in [p, end). NULL where it does not end there or does not fit. */
static inline const uint8_t *varint(const uint8_t *p, const uint8_t *end, uint64_t *value)
{
	if (p < end && *p < 0x80) {
		*value = *p;
		return p + 1;
	}
	uint64_t result = 0;
	for (unsigned shift = 0; p < end && shift < 7 * VARINT_MAX; shift += 7) {
		uint8_t byte = *p++;
		if (shift == 63 && byte > 1)
			return NULL;
		result |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*value = result;
			return p;
		}
	}
	return NULL;
}

static __attribute__((noinline, cold)) bool bad_varint(struct pbwire *wire, uint64_t offset,
						       size_t left)
{
	if (left >= VARINT_MAX)
		return pbwire_fail(wire, ERROR_MALFORMED, offset,
				   "varint longer than 10 bytes or 64 bits");
	return pbwire_fail(wire, ERROR_MALFORMED, offset, "varint cut off after %zu byte%s", left,
			   left == 1 ? "" : "s");
}

/* A tag and, for varints and lengths, the number behind it. */
static inline bool header(struct pbwire *wire, struct pb_message *message, struct pb_field *field)
{
	uint64_t tag = 0, left = message->end - message->position;
	size_t have = left < HEADER_MAX ? (size_t)left : HEADER_MAX;
	const uint8_t *begin = pbwire_peek(wire, message->position, have);
	if (!begin && !(begin = pbwire_view(wire, message->position, have, &have)))
		return false;
	const uint8_t *end = begin + have, *p = varint(begin, end, &tag);
	field->offset = message->position;
	if (!p)
		return bad_varint(wire, field->offset, have);
	if (tag >> 32 || tag >> 3 == 0)
		return pbwire_fail(wire, ERROR_MALFORMED, field->offset,
				   "field number %llu (allowed 1 to 536870911)",
				   (unsigned long long)(tag >> 3));
	field->tag = (uint32_t)tag;
	field->value = 0;
	field->len = 0;
	if ((tag & 7) == PB_VARINT || (tag & 7) == PB_BYTES) {
		const uint8_t *number = p;
		p = varint(p, end, (tag & 7) == PB_VARINT ? &field->value : &field->len);
		if (!p)
			return bad_varint(wire, field->offset + (uint64_t)(number - begin),
					  (size_t)(end - number));
	}
	message->position += (uint64_t)(p - begin);
	field->start = message->position;
	return true;
}

static __attribute__((noinline, cold)) bool too_long(struct pbwire *wire,
						     const struct pb_field *field, uint64_t left)
{
	char need[GROUPED_SIZE], rest[GROUPED_SIZE];
	return pbwire_fail(wire, ERROR_MALFORMED, field->offset, "field %u needs %s bytes, %s left",
			   field->tag >> 3, grouped(need, field->len), grouped(rest, left));
}

/* The rest of a field behind its header; leaves the position behind it. */
static inline bool payload(struct pbwire *wire, struct pb_message *message, struct pb_field *field)
{
	uint64_t left = message->end - message->position;
	size_t have;
	const uint8_t *bytes;
	switch (field->tag & 7) {
	case PB_VARINT:
		field->start = field->offset;
		field->len = message->position - field->offset;
		return true;
	case PB_FIXED64:
		field->len = 8;
		break;
	case PB_FIXED32:
		field->len = 4;
		break;
	case PB_BYTES:
	case PB_GROUP:
	case PB_GROUP_END:
		break;
	default:
		return pbwire_fail(wire, ERROR_MALFORMED, field->offset,
				   "wire type %u (allowed 0 to 5)", field->tag & 7);
	}
	if (field->len > left)
		return too_long(wire, field, left);
	message->position += field->len;
	if ((field->tag & 7) != PB_FIXED64 && (field->tag & 7) != PB_FIXED32)
		return true;
	bytes = pbwire_view(wire, field->start, field->len, &have);
	if (!bytes)
		return false;
	field->value = field->len == 8 ? load_u64(bytes) : load_u32(bytes);
	return true;
}

/* Skips a group, however deep, up to and with its end tag. */
static __attribute__((noinline, cold)) bool
skip_group(struct pbwire *wire, struct pb_message *message, struct pb_field *group)
{
	uint32_t open[LIMIT_WIRE_DEPTH];
	size_t depth = 0;
	struct pb_field field;
	open[depth++] = group->tag >> 3;
	while (depth) {
		if (message->position >= message->end)
			return pbwire_fail(wire, ERROR_MALFORMED, group->offset,
					   "group %u is not closed", open[depth - 1]);
		if (!header(wire, message, &field) || !payload(wire, message, &field))
			return false;
		if ((field.tag & 7) == PB_GROUP) {
			if (depth == LIMIT_WIRE_DEPTH)
				return pbwire_fail(wire, ERROR_MALFORMED, field.offset,
						   "groups nested deeper than %d",
						   LIMIT_WIRE_DEPTH);
			open[depth++] = field.tag >> 3;
		} else if ((field.tag & 7) == PB_GROUP_END) {
			if (open[depth - 1] != field.tag >> 3)
				return pbwire_fail(wire, ERROR_MALFORMED, field.offset,
						   "end of group %u inside group %u",
						   field.tag >> 3, open[depth - 1]);
			depth--;
		}
	}
	group->len = field.offset - group->start;
	return true;
}

bool pbwire_next_any(struct pbwire *wire, struct pb_message *message, struct pb_field *field)
{
	if (wire->failed || message->position >= message->end)
		return false;
	if (!header(wire, message, field) || !payload(wire, message, field))
		return false;
	unsigned type = field->tag & 7;
	if (type != PB_GROUP && type != PB_GROUP_END)
		return true;
	if (type == PB_GROUP)
		return skip_group(wire, message, field);
	return pbwire_fail(wire, ERROR_MALFORMED, field->offset,
			   "end of group %u without its start", field->tag >> 3);
}

bool pbwire_varint(struct pbwire *wire, struct pb_message *packed, uint64_t *value)
{
	uint64_t left = packed->end - packed->position;
	size_t have;
	if (wire->failed || left == 0)
		return false;
	const uint8_t *p =
		pbwire_view(wire, packed->position, left < VARINT_MAX ? left : VARINT_MAX, &have);
	if (!p)
		return false;
	const uint8_t *behind = varint(p, p + have, value);
	if (!behind)
		return bad_varint(wire, packed->position, have);
	packed->position += (uint64_t)(behind - p);
	return true;
}

bool pbwire_fixed32(struct pbwire *wire, struct pb_message *packed, uint32_t *value)
{
	uint64_t left = packed->end - packed->position;
	size_t have;
	if (wire->failed || left == 0)
		return false;
	if (left < 4)
		return pbwire_fail(wire, ERROR_MALFORMED, packed->position,
				   "packed field ends inside a 4-byte value");
	const uint8_t *p = pbwire_view(wire, packed->position, 4, &have);
	if (!p)
		return false;
	*value = load_u32(p);
	packed->position += 4;
	return true;
}

bool pbwire_count_varints(struct pbwire *wire, struct pb_message packed, uint64_t *count)
{
	uint64_t n = 0;
	while (packed.position < packed.end) {
		size_t have;
		const uint8_t *p =
			pbwire_view(wire, packed.position, packed.end - packed.position, &have);
		if (!p)
			return false;
		for (size_t i = 0; i < have; i++)
			n += p[i] < 0x80;
		packed.position += have;
	}
	*count = n;
	return true;
}
