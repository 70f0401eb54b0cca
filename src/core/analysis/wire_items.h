/*
 * Taking RUN_VARINT and RUN_TAGGED bytes apart, in pieces of any size.
 *
 * The bytes are hostile: a varint may run over the edge of a piece, be too long or end nowhere,
 * a tagged value may claim more bytes than there are. Nothing outside the given piece is read.
 */
#ifndef ANALYSIS_WIRE_ITEMS_H
#define ANALYSIS_WIRE_ITEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/error.h>
#include <mtui/tensor.h>

enum item_kind { ITEM_VARINT, ITEM_FIXED32, ITEM_FIXED64, ITEM_BYTES };

struct wire_item {
	enum item_kind kind;
	uint64_t value;	 /* ITEM_BYTES: their number */
	uint64_t offset; /* in the file: of the value's first byte; of the content for ITEM_BYTES */
};

enum item_state { EXPECT_TAG, EXPECT_VARINT, EXPECT_FIXED, EXPECT_LENGTH, SKIP_BYTES };

struct item_reader {
	bool tagged;
	enum item_state state;
	unsigned shift; /* of the number being gathered */
	unsigned width; /* bytes of a fixed value */
	uint64_t value, start, skip;
};

void item_reader_init(struct item_reader *reader, enum run_encoding encoding);

/* The next complete item in bytes[*used, len), which lie at `position` of the file; moves *used
 * past what was taken. False: the piece is used up, or *err says the bytes are malformed. */
bool item_reader_next(struct item_reader *reader, const uint8_t *bytes, size_t len,
		      uint64_t position, size_t *used, struct wire_item *item, struct error *err);

/* Bytes the item adds to a stream of little-endian elements of `bits` each: a varint holds one
 * element, or one byte of packed ones. */
size_t wire_item_width(const struct wire_item *item, unsigned bits);

#endif
