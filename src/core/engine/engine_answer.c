#include "core/engine/engine_answer.h"

#include <stdlib.h>
#include <string.h>

#include <mtui/bytes.h>
#include <mtui/gate.h>

#include "core/engine/engine_cursor.h"

char *engine_line(char *buffer, size_t size, const char *text, size_t len)
{
	char line[ENGINE_TEXT_MAX];
	size_t n = 0;
	bool blank = false;

	for (size_t i = 0; i < len && n < sizeof line; i++) {
		bool is_blank = text[i] == ' ' || text[i] == '\n' || text[i] == '\t' ||
				text[i] == '\r';
		if (!is_blank && blank && n > 0)
			line[n++] = ' ';
		if (!is_blank && n < sizeof line)
			line[n++] = text[i];
		blank = is_blank;
	}
	gate_text(GATE_UNICODE, buffer, size, size - 1, (struct text){ line, n });
	return buffer;
}

static void keep_answer_text(struct engine_answer *answer, struct cursor *cursor)
{
	size_t len = cursor->left < ENGINE_TEXT_MAX ? cursor->left : ENGINE_TEXT_MAX;

	if (len)
		memcpy(answer->text, cursor->at, len);
	answer->text_len = len;
}

static bool read_frame(struct engine_answer *answer, uint32_t type, struct cursor cursor,
		       struct error *err)
{
	if (answer->done || (type == ENGINE_HELLO) == answer->greeted)
		return answer_wrong(err, "a frame out of turn");
	switch (type) {
	case ENGINE_HELLO:
		return engine_read_hello(answer, &cursor, err);
	case ENGINE_SHAPES:
		if (answer->request != ENGINE_ASK_SHAPES)
			break;
		return engine_read_shapes(answer, &cursor, err);
	case ENGINE_VERDICT:
		if (answer->request != ENGINE_ASK_CHECK || answer->answered)
			break;
		keep_answer_text(answer, &cursor);
		answer->answered = true;
		return true;
	case ENGINE_OPERATOR:
		if (answer->request != ENGINE_ASK_OPERATOR || answer->answered)
			break;
		answer->answered = true;
		return engine_read_operator(answer, &cursor, err);
	case ENGINE_DONE:
		if (!answer->answered && (answer->request == ENGINE_ASK_CHECK ||
					  answer->request == ENGINE_ASK_OPERATOR))
			break;
		answer->done = true;
		return true;
	case ENGINE_FAILED:
		answer->failure = take_u32(&cursor);
		keep_answer_text(answer, &cursor);
		answer->done = answer->failed = true;
		return true;
	}
	return answer_wrong(err, "a frame out of turn");
}

void engine_answer_init(struct engine_answer *answer, enum engine_request request,
			struct shapes *shapes)
{
	memset(answer, 0, sizeof *answer);
	answer->request = request;
	answer->shapes = shapes;
	answer->keeps_unk = shapes && engine_model_has_unk(shapes->model);
}

void engine_answer_free(struct engine_answer *answer)
{
	op_doc_free(answer->doc);
	free(answer->frame);
}

static bool frame_room(struct engine_answer *answer, size_t need, struct error *err)
{
	size_t room = answer->room * 2 > need ? answer->room * 2 : need;
	uint8_t *frame;

	if (need <= answer->room)
		return true;
	frame = realloc(answer->frame, room);
	if (!frame)
		return answer_exhausted(err);
	answer->frame = frame;
	answer->room = room;
	return true;
}

bool engine_answer_take(struct engine_answer *answer, const void *bytes, size_t len,
			struct error *err)
{
	const uint8_t *at = bytes;

	if (len > ANSWER_BYTES - answer->bytes)
		return answer_wrong(err, "too long an answer");
	answer->bytes += len;
	while (len > 0) {
		size_t whole = ENGINE_FRAME_HEAD, n;

		if (answer->have >= ENGINE_FRAME_HEAD)
			whole += load_u32(answer->frame);
		n = whole - answer->have < len ? whole - answer->have : len;
		if (!frame_room(answer, answer->have + n, err))
			return false;
		memcpy(answer->frame + answer->have, at, n);
		answer->have += n;
		at += n;
		len -= n;
		if (answer->have < ENGINE_FRAME_HEAD)
			break;
		if (load_u32(answer->frame) > ENGINE_FRAME_MAX)
			return answer_wrong(err, "a frame is too long");
		if (answer->have < ENGINE_FRAME_HEAD + load_u32(answer->frame))
			continue;
		answer->have = 0;
		if (++answer->frames > ANSWER_FRAMES)
			return answer_wrong(err, "too many frames");
		if (!read_frame(answer, load_u32(answer->frame + 4),
				(struct cursor){ answer->frame + ENGINE_FRAME_HEAD,
						 load_u32(answer->frame), false }, err))
			return false;
	}
	return true;
}
