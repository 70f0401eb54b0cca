/* Frames that the engine writes; see core/engine/engine_protocol.h. */
#ifndef ENGINE_ANSWER_H
#define ENGINE_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#include "core/engine/engine_protocol.h"

/* One frame in the making. What does not fit is left out and `full` is set. */
struct answer {
	int fd;
	size_t len;
	bool full;
	uint8_t *frame; /* ENGINE_FRAME_HEAD + ENGINE_FRAME_MAX bytes */
};

bool answer_init(struct answer *answer, int fd);

/* Begins a frame; sends it. Writing that fails ends the program: nobody is there any more. */
void answer_begin(struct answer *answer);
void answer_send(struct answer *answer, enum engine_frame type);

void answer_u8(struct answer *answer, uint8_t value);
void answer_u32(struct answer *answer, uint32_t value);
void answer_u64(struct answer *answer, uint64_t value);
void answer_bytes(struct answer *answer, const void *bytes, size_t len);

void answer_text(struct answer *answer, enum engine_item item, const char *text, size_t len);
void answer_number(struct answer *answer, enum engine_item item, int64_t value);

/* A whole FAILED frame. */
void answer_failed(struct answer *answer, enum engine_failure failure, const char *text);

#ifdef __cplusplus
}
#endif

#endif
