#include "engine/answer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool answer_init(struct answer *answer, int fd)
{
	*answer = (struct answer){ .fd = fd,
				   .frame = malloc(ENGINE_FRAME_HEAD + ENGINE_FRAME_MAX) };
	return answer->frame != NULL;
}

void answer_begin(struct answer *answer)
{
	answer->len = 0;
	answer->full = false;
}

void answer_send(struct answer *answer, enum engine_frame type)
{
	const uint8_t *at = answer->frame;
	size_t left = ENGINE_FRAME_HEAD + answer->len;

	put_u32(answer->frame, (uint32_t)answer->len);
	put_u32(answer->frame + 4, (uint32_t)type);
	while (left > 0) {
		ssize_t n = write(answer->fd, at, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			_exit(0);
		at += n;
		left -= (size_t)n;
	}
	answer_begin(answer);
}

static uint8_t *answer_room(struct answer *answer, size_t len)
{
	uint8_t *at = answer->frame + ENGINE_FRAME_HEAD + answer->len;

	if (answer->full || len > ENGINE_FRAME_MAX - answer->len) {
		answer->full = true;
		return NULL;
	}
	answer->len += len;
	return at;
}

void answer_bytes(struct answer *answer, const void *bytes, size_t len)
{
	uint8_t *at = answer_room(answer, len);

	if (at && len)
		memcpy(at, bytes, len);
}

void answer_u8(struct answer *answer, uint8_t value)
{
	answer_bytes(answer, &value, 1);
}

void answer_u32(struct answer *answer, uint32_t value)
{
	uint8_t *at = answer_room(answer, 4);

	if (at)
		put_u32(at, value);
}

void answer_u64(struct answer *answer, uint64_t value)
{
	uint8_t *at = answer_room(answer, 8);

	if (at)
		put_u64(at, value);
}

void answer_text(struct answer *answer, enum engine_item item, const char *text, size_t len)
{
	size_t whole = 5 + len;

	/* An item stands there whole or not at all. */
	if (answer->full || whole > ENGINE_FRAME_MAX - answer->len) {
		answer->full = true;
		return;
	}
	answer_u8(answer, (uint8_t)item);
	answer_u32(answer, (uint32_t)len);
	answer_bytes(answer, text, len);
}

void answer_number(struct answer *answer, enum engine_item item, int64_t value)
{
	uint8_t bytes[8];

	put_u64(bytes, (uint64_t)value);
	answer_text(answer, item, (const char *)bytes, sizeof bytes);
}

void answer_failed(struct answer *answer, enum engine_failure failure, const char *text)
{
	size_t len = strlen(text);

	answer_begin(answer);
	answer_u32(answer, (uint32_t)failure);
	answer_bytes(answer, text, len < ENGINE_TEXT_MAX ? len : ENGINE_TEXT_MAX);
	answer_send(answer, ENGINE_FAILED);
}
