/*
 * Reading what a frame holds, and what the files of the client share about it.
 */
#ifndef ENGINE_ENGINE_CURSOR_H
#define ENGINE_ENGINE_CURSOR_H

#include <mtui/bytes.h>

#include "core/engine/engine_answer.h"

/* What is left of a payload. After the first read past its end everything reads as 0. */
struct cursor {
	const uint8_t *at;
	size_t left;
	bool short_of;
};

static inline const uint8_t *take(struct cursor *cursor, size_t len)
{
	const uint8_t *at = cursor->at;

	if (len > cursor->left) {
		cursor->short_of = true;
		cursor->left = 0;
		return NULL;
	}
	cursor->at += len;
	cursor->left -= len;
	return at;
}

static inline uint8_t take_u8(struct cursor *cursor)
{
	const uint8_t *at = take(cursor, 1);

	return at ? *at : 0;
}

static inline uint32_t take_u32(struct cursor *cursor)
{
	const uint8_t *at = take(cursor, 4);

	return at ? load_u32(at) : 0;
}

static inline uint64_t take_u64(struct cursor *cursor)
{
	const uint8_t *at = take(cursor, 8);

	return at ? load_u64(at) : 0;
}

static inline bool answer_wrong(struct error *err, const char *what)
{
	return error_set(err, ERROR_MALFORMED, -1, "mtui-engine answered badly: %s", what);
}

static inline bool answer_exhausted(struct error *err)
{
	return error_set(err, ERROR_MEMORY, -1, "out of memory");
}

/* The model itself has names of the form "unk__7", which libonnx else makes up. */
bool engine_model_has_unk(const struct model *model);

/* engine_shapes.c, engine_items.c: what one frame of a kind holds, into the answer. */
bool engine_read_shapes(struct engine_answer *answer, struct cursor *cursor, struct error *err);
bool engine_read_hello(struct engine_answer *answer, struct cursor *cursor, struct error *err);
bool engine_read_operator(struct engine_answer *answer, struct cursor *cursor, struct error *err);

#endif
