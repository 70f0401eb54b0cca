/*
 * Takes in what an engine says. An engine may have been taken over by the model it was given, so
 * its bytes are treated like a file from a stranger:
 *
 *   - a frame is at most ENGINE_FRAME_MAX bytes, all frames together ANSWER_BYTES and ANSWER_FRAMES;
 *     memory grows with the bytes that came, not with those that were announced;
 *   - a frame comes only where engine_protocol.h lets it come;
 *   - numbers of graphs, nodes and outputs are looked up in the model, dimensions are counted, and
 *     texts are kept as bytes that the gate has yet to pass.
 *
 * The first thing that is wrong makes the whole answer wrong (ERROR_MALFORMED).
 */
#ifndef ENGINE_ENGINE_ANSWER_H
#define ENGINE_ENGINE_ANSWER_H

#include <mtui/engine.h>

#include "core/engine/engine_protocol.h"

#define ANSWER_BYTES  ((uint64_t)64 << 20)
#define ANSWER_FRAMES 20000

struct engine_answer {
	enum engine_request request;
	struct shapes *shapes;	   /* of ENGINE_ASK_SHAPES: filled; not owned */
	struct op_doc *doc;	   /* of ENGINE_ASK_OPERATOR: owned until somebody takes it */
	struct engine_about about; /* once greeted */
	bool greeted;
	bool answered; /* the frame that there is to be one of */
	bool done;     /* DONE or FAILED came: nothing may follow */
	bool failed;
	bool keeps_unk;
	enum engine_failure failure;

	uint8_t *frame; /* what came of the frame that is not whole */
	size_t have, room;
	uint64_t bytes;
	unsigned frames;

	struct text symbols[16]; /* met last */
	unsigned n_symbols;
	size_t text_len;
	char text[ENGINE_TEXT_MAX]; /* the verdict, or why it failed; raw bytes */
};

void engine_answer_init(struct engine_answer *answer, enum engine_request request,
			struct shapes *shapes);
void engine_answer_free(struct engine_answer *answer);

/* The next bytes that came, in pieces of any size. */
bool engine_answer_take(struct engine_answer *answer, const void *bytes, size_t len,
			struct error *err);

/* Blanks and line breaks become one blank; through the gate; NUL-terminated. Returns buffer. */
char *engine_line(char *buffer, size_t size, const char *text, size_t len);

#endif
