/*
 * One run of mtui-engine: started, asked, heard, ended. Whatever happens, no process, zombie or
 * descriptor is left behind.
 */
#ifndef ENGINE_ENGINE_PROCESS_H
#define ENGINE_ENGINE_PROCESS_H

#include "core/engine/engine_answer.h"

struct engine_question {
	const char *program;
	const char *what; /* "shape inference": the subject of messages */
	enum engine_request request;
	struct engine_model model;	/* of ENGINE_ASK_SHAPES and ENGINE_ASK_CHECK */
	struct text domain, name;	/* of ENGINE_ASK_OPERATOR */
	int64_t opset;
	const atomic_bool *cancel;	/* or NULL */
};

/* True when the engine answered to the end, be it with FAILED. *died: it ended by itself before
 * that, and another attempt may do better. */
bool engine_process_run(const struct engine_question *question, struct engine_answer *answer,
			bool *died, struct error *err);

#endif
