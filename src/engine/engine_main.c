/*
 * mtui-engine: answers one question about a model or an operator from what libonnx knows.
 *
 * Started by mtui alone, with a socket as standard input; see core/engine/engine_protocol.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mtui/bytes.h>

#include "engine/answer.h"
#include "engine/confine.h"
#include "engine/engine_onnx.h"

enum { SOCKET = STDIN_FILENO };

#define MODEL_MAX ((size_t)256 << 20)

struct request {
	uint32_t kind;
	int64_t opset;
	char *name, *domain; /* NUL-terminated */
	uint8_t *model;
	size_t len, room;
};

/* False when there is no more. */
static bool read_all(void *buffer, size_t len)
{
	uint8_t *at = buffer;

	while (len > 0) {
		ssize_t n = read(SOCKET, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

static bool read_head(uint32_t *len, uint32_t *type)
{
	uint8_t head[ENGINE_FRAME_HEAD];

	if (!read_all(head, sizeof head))
		return false;
	*len = load_u32(head);
	*type = load_u32(head + 4);
	return *len <= ENGINE_FRAME_MAX;
}

static bool read_items(struct request *request, const uint8_t *at, size_t left)
{
	while (left >= 5) {
		uint32_t len = load_u32(at + 1);
		char *text;

		if (len > left - 5)
			return false;
		if (at[0] == ITEM_OPSET && len == 8) {
			request->opset = (int64_t)load_u64(at + 5);
		} else {
			text = calloc(1, (size_t)len + 1);
			if (!text)
				return false;
			memcpy(text, at + 5, len);
			*(at[0] == ITEM_NAME ? &request->name : &request->domain) = text;
		}
		at += 5 + len;
		left -= 5 + len;
	}
	return left == 0;
}

static bool read_piece(struct request *request, uint32_t len)
{
	if (len > MODEL_MAX - request->len)
		return false;
	if (len > request->room - request->len) {
		size_t room = request->room * 2 > request->len + len ? request->room * 2
								     : request->len + len;
		uint8_t *model = realloc(request->model, room);

		if (!model) {
			errno = ENOMEM;
			return false;
		}
		request->model = model;
		request->room = room;
	}
	if (!read_all(request->model + request->len, len))
		return false;
	request->len += len;
	return true;
}

static bool read_request(struct request *request)
{
	uint32_t len, type;
	uint8_t *payload;
	bool good;

	if (!read_head(&len, &type) || type != ENGINE_REQUEST || len < 4)
		return false;
	payload = malloc(len);
	if (!payload)
		return false;
	good = read_all(payload, len);
	request->kind = good ? load_u32(payload) : 0;
	good = good && read_items(request, payload + 4, len - 4);
	free(payload);
	if (!good || (request->kind != ENGINE_ASK_SHAPES && request->kind != ENGINE_ASK_CHECK))
		return good;
	while (read_head(&len, &type) && type == ENGINE_MODEL)
		if (!read_piece(request, len))
			return false;
	return type == ENGINE_END;
}

static void greet(struct answer *answer, const struct confinement *confinement)
{
	answer_begin(answer);
	answer_number(answer, ITEM_PROTOCOL, ENGINE_PROTOCOL);
	answer_number(answer, ITEM_LANDLOCK, confinement->landlock);
	answer_number(answer, ITEM_SECCOMP, confinement->seccomp);
	answer_number(answer, ITEM_RLIMITS, confinement->rlimits);
	engine_onnx_about(answer);
	answer_send(answer, ENGINE_HELLO);
}

static void reply(const struct request *request, struct answer *answer)
{
	answer_begin(answer);
	switch ((enum engine_request)request->kind) {
	case ENGINE_ASK_ABOUT:
		answer_send(answer, ENGINE_DONE);
		break;
	case ENGINE_ASK_SHAPES:
		engine_onnx_shapes(request->model, request->len, answer);
		break;
	case ENGINE_ASK_CHECK:
		engine_onnx_check(request->model, request->len, answer);
		break;
	case ENGINE_ASK_OPERATOR:
		engine_onnx_operator(request->domain ? request->domain : "",
				     request->name ? request->name : "", request->opset, answer);
		break;
	}
}

int main(void)
{
	struct confinement confinement;
	struct request request = { 0 };
	struct answer answer;
	struct stat state;

	if (fstat(SOCKET, &state) != 0 || !S_ISSOCK(state.st_mode)) {
		fputs("mtui-engine is started by mtui, not by hand\n", stderr);
		return 2;
	}
	engine_onnx_load();
	if (!answer_init(&answer, SOCKET))
		return 1;
	confinement = confine();
	greet(&answer, &confinement);
	errno = 0;
	if (read_request(&request))
		reply(&request, &answer);
	else if (errno == ENOMEM)
		answer_failed(&answer, ENGINE_NO_MEMORY, "");
	/* Nothing that a model may have broken is taken down in good order. */
	_exit(0);
}
