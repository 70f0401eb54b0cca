/*
 * Walks the protobuf wire format in a file, field by field, without copying payloads.
 *
 * The format (protobuf.dev, "Encoding"):
 *   1. A message is a sequence of fields, without a header; its length stands outside.
 *   2. A field is a tag, a varint number << 3 | wire type, and a payload.
 *   3. Payload by wire type: 0 varint; 1 eight bytes; 2 a varint length and that many bytes;
 *      3 and 4 begin and end of a group; 5 four bytes.
 *   4. A varint has 7 bits a byte, lowest first; the high bit says "more"; at most 10 bytes.
 *
 * The file is seen through one window that moves: it grows while reading is dense and shrinks
 * after a jump over a large payload. Positions are absolute offsets in the file, so a message
 * is nothing but an extent, and nested messages need no stack here.
 *
 * The first failure is kept in `err` and makes every later call fail: a walk may run to its end
 * and ask pbwire_ok once.
 */
#ifndef BASE_PBWIRE_H
#define BASE_PBWIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/error.h>
#include <mtui/file.h>

enum pb_wire { PB_VARINT, PB_FIXED64, PB_BYTES, PB_GROUP, PB_GROUP_END, PB_FIXED32 };

#define PB_TAG(number, wire) ((uint32_t)(number) << 3 | (wire))

enum { PB_WINDOW_MIN = 16 << 10, PB_WINDOW_MAX = 64 << 10 };

/* A field whose tag and length (or value) have one byte each is no longer than this. */
enum { PB_PLAIN = 2 + 127 };

struct pbwire {
	const struct file *file;
	struct error *err;
	uint8_t *buffer;
	uint64_t window; /* offset in the file of buffer[0] */
	size_t filled;	 /* bytes of the buffer that are valid; none after a failure */
	size_t plain;	 /* where a field of PB_PLAIN bytes begins that still lies in it, or before */
	size_t ahead;	 /* bytes the next sequential refill asks for */
	size_t smallest; /* what a refill after a jump asks for */
	bool failed;
};

/* A message: the fields from position up to end. */
struct pb_message {
	uint64_t position, end;
};

struct pb_field {
	uint32_t tag;	 /* PB_TAG(number, wire); compare with that */
	uint64_t offset; /* of the tag */
	uint64_t value;	 /* varint, or the bits of a fixed field */
	uint64_t start;	 /* of the payload (of a group: its first field) */
	uint64_t len;	 /* of the payload (of a group: without its end tag) */
};

/* err is kept, not owned. False when memory is exhausted. */
bool pbwire_init(struct pbwire *wire, const struct file *file, struct error *err);
void pbwire_free(struct pbwire *wire);

/* Over a file that lies in memory (its bytes are the window): nothing is copied, nothing to free. */
void pbwire_init_memory(struct pbwire *wire, const struct file *file, struct error *err);

static inline bool pbwire_ok(const struct pbwire *wire)
{
	return !wire->failed;
}

/* The whole file as a message; a field's payload as one. */
struct pb_message pbwire_root(const struct pbwire *wire);
static inline struct pb_message pb_message(const struct pb_field *field)
{
	return (struct pb_message){ field->start, field->start + field->len };
}

/* The bytes at position where the window holds so many of them already, else NULL. */
static inline const uint8_t *pbwire_peek(const struct pbwire *wire, uint64_t position,
					 uint64_t want)
{
	uint64_t at = position - wire->window; /* enormous where position lies before it */
	if (at < wire->plain && want <= PB_PLAIN)
		return wire->buffer + at;
	return at <= wire->filled && want <= wire->filled - at ? wire->buffer + at : NULL;
}

/* A field of any form; what pbwire_next calls for all but the plainest. */
bool pbwire_next_any(struct pbwire *wire, struct pb_message *message, struct pb_field *field);

/* The next field; the message's position moves behind it, groups are skipped whole. False at the
 * end and on failure (ERROR_MALFORMED with the offset, or what file_read said).
 * Most fields have a tag and a length (or value) of one byte each: those are done right here. */
static inline bool pbwire_next(struct pbwire *wire, struct pb_message *message,
			       struct pb_field *field)
{
	uint64_t position = message->position, at = position - wire->window;
	int64_t room = (int64_t)(message->end - position) - 2; /* for the payload */
	if (position >= message->end)
		return false;
	if (at >= wire->plain)
		return pbwire_next_any(wire, message, field);
	const uint8_t *p = wire->buffer + at;
	unsigned tag = p[0], number = p[1];
	if (tag < 8 || (tag | number) >= 0x80)
		return pbwire_next_any(wire, message, field);
	if ((tag & 7) == PB_BYTES && (int64_t)number <= room) {
		*field = (struct pb_field){ tag, position, 0, position + 2, number };
		message->position = position + 2 + number;
		return true;
	}
	if ((tag & 7) == PB_VARINT && room >= 0) {
		*field = (struct pb_field){ tag, position, number, position, 2 };
		message->position = position + 2;
		return true;
	}
	return pbwire_next_any(wire, message, field);
}

/* The next value of a packed payload; the same rules. */
bool pbwire_varint(struct pbwire *wire, struct pb_message *packed, uint64_t *value);
bool pbwire_fixed32(struct pbwire *wire, struct pb_message *packed, uint32_t *value);

/* At least min(want, PB_WINDOW_MAX) bytes at position, all inside the file, valid until the next
 * call on this wire. `have` says how many there are (never more than want). NULL on failure. */
const uint8_t *pbwire_view(struct pbwire *wire, uint64_t position, uint64_t want, size_t *have);

/* The same for so many bytes as surely are in the file, at most PB_WINDOW_MAX. */
static inline const uint8_t *pbwire_bytes(struct pbwire *wire, uint64_t position, size_t want)
{
	size_t have;
	const uint8_t *bytes = pbwire_peek(wire, position, want);
	return bytes ? bytes : pbwire_view(wire, position, want, &have);
}

/* Reads the payload of a field, however long, into `copy`; the window stays where it is. */
bool pbwire_copy(struct pbwire *wire, const struct pb_field *field, void *copy);

/* Number of varints in a packed payload, without decoding them. */
bool pbwire_count_varints(struct pbwire *wire, struct pb_message packed, uint64_t *count);

/* Marks the walk as failed; returns false. */
bool pbwire_fail(struct pbwire *wire, enum error_code code, uint64_t offset, const char *format,
		 ...) __attribute__((format(printf, 4, 5)));

#endif
