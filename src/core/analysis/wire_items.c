#include "core/analysis/wire_items.h"

#include <string.h>

void item_reader_init(struct item_reader *reader, enum run_encoding encoding)
{
	*reader = (struct item_reader){ .tagged = encoding == RUN_TAGGED };
	reader->state = reader->tagged ? EXPECT_TAG : EXPECT_VARINT;
}

/* One more byte of a number; done is set with its last one. */
static bool take_varint(struct item_reader *reader, uint8_t byte, uint64_t offset, bool *done,
			struct error *err)
{
	if (reader->shift == 0)
		reader->start = offset;
	if (reader->shift == 63 && byte > 1)
		return error_set(err, ERROR_MALFORMED, (int64_t)reader->start,
				 byte & 0x80 ? "varint longer than 10 bytes"
					     : "varint larger than 64 bits");
	reader->value |= (uint64_t)(byte & 0x7f) << reader->shift;
	reader->shift += 7;
	*done = !(byte & 0x80);
	return true;
}

static bool expect_value(struct item_reader *reader, uint64_t tag, struct error *err)
{
	switch (tag & 7) {
	case 0: reader->state = EXPECT_VARINT; break;
	case 1: reader->state = EXPECT_FIXED; reader->width = 8; break;
	case 2: reader->state = EXPECT_LENGTH; break;
	case 5: reader->state = EXPECT_FIXED; reader->width = 4; break;
	default:
		return error_set(err, ERROR_MALFORMED, (int64_t)reader->start,
				 "wire type %u between tensor elements", (unsigned)(tag & 7));
	}
	return true;
}

/* Resets the number and goes to the state in which the next item begins. */
static void finish_item(struct item_reader *reader)
{
	reader->shift = 0;
	reader->value = 0;
	reader->state = reader->tagged ? EXPECT_TAG : EXPECT_VARINT;
}

static bool take_fixed(struct item_reader *reader, uint8_t byte, uint64_t offset)
{
	if (reader->shift == 0)
		reader->start = offset;
	reader->value |= (uint64_t)byte << reader->shift;
	reader->shift += 8;
	return reader->shift == 8 * reader->width;
}

bool item_reader_next(struct item_reader *reader, const uint8_t *bytes, size_t len,
		      uint64_t position, size_t *used, struct wire_item *item, struct error *err)
{
	while (*used < len) {
		uint64_t offset = position + *used;
		bool done = false;

		if (reader->state == SKIP_BYTES) {
			uint64_t left = len - *used;
			uint64_t step = reader->skip < left ? reader->skip : left;

			*used += (size_t)step;
			reader->skip -= step;
			if (reader->skip == 0)
				finish_item(reader);
			continue;
		}
		if (reader->state == EXPECT_FIXED) {
			done = take_fixed(reader, bytes[*used], offset);
		} else if (!take_varint(reader, bytes[*used], offset, &done, err)) {
			return false;
		}
		++*used;
		if (!done)
			continue;

		uint64_t value = reader->value, start = reader->start;
		enum item_state state = reader->state;

		finish_item(reader);
		if (state == EXPECT_TAG) {
			if (!expect_value(reader, value, err))
				return false;
			continue;
		}
		*item = (struct wire_item){ .value = value, .offset = start };
		if (state == EXPECT_LENGTH) {
			item->kind = ITEM_BYTES;
			item->offset = position + *used;
			reader->state = value ? SKIP_BYTES : reader->state;
			reader->skip = value;
		} else if (state == EXPECT_FIXED) {
			item->kind = reader->width == 4 ? ITEM_FIXED32 : ITEM_FIXED64;
		} else {
			item->kind = ITEM_VARINT;
		}
		return true;
	}
	return false;
}

size_t wire_item_width(const struct wire_item *item, unsigned bits)
{
	switch (item->kind) {
	case ITEM_VARINT: return bits < 8 ? 1 : bits > 64 ? 8 : bits / 8;
	case ITEM_FIXED32: return 4;
	case ITEM_FIXED64: return 8;
	case ITEM_BYTES: break;
	}
	return 0;
}
