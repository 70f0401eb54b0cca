#include <mtui/engine.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/engine/engine_process.h"

char *engine_find(struct error *err)
{
	static const char *const places[] = { "mtui-engine", "../libexec/mtui/mtui-engine" };
	enum { ROOM = 4096 };
	char *path = malloc(ROOM + 64), *slash;
	ssize_t len = path ? readlink("/proc/self/exe", path, ROOM) : -1;

	if (!path) {
		error_set(err, ERROR_MEMORY, -1, "out of memory");
		return NULL;
	}
	path[len > 0 && len < ROOM ? len : 0] = '\0';
	slash = strrchr(path, '/');
	for (size_t i = 0; slash && i < sizeof places / sizeof *places; i++) {
		strcpy(slash + 1, places[i]);
		if (access(path, X_OK) == 0)
			return path;
	}
	free(path);
	error_set(err, ERROR_READ, -1,
		  "libonnx is not available: mtui-engine is not installed with mtui");
	return NULL;
}

/* What a FAILED says, as an error. */
static bool refused(const struct engine_question *question, const struct engine_answer *answer,
		    struct error *err)
{
	char text[300];

	engine_line(text, sizeof text, answer->text, answer->text_len);
	switch (answer->failure) {
	case ENGINE_NO_MEMORY:
		return error_set(err, ERROR_REFUSED, -1, "%s needs more than %u MiB",
				 question->what, (unsigned)(ENGINE_MEMORY >> 20));
	case ENGINE_NEWER:
		return error_set(err, ERROR_FORMAT, -1, "libonnx %s %s", answer->about.library,
				 text);
	case ENGINE_NOT_KNOWN:
		engine_line(text, sizeof text, question->name.data, question->name.len);
		return error_set(err, ERROR_USAGE, -1, "libonnx %s knows no operator %s",
				 answer->about.library, text);
	case ENGINE_REFUSES:
		break;
	}
	return error_set(err, ERROR_READ, -1, "%s: %s", question->what, text);
}

/* Twice where the engine died of something that need not happen again. */
static bool ask(const struct engine_question *question, struct engine_answer *answer,
		struct error *err)
{
	struct shapes *shapes = answer->shapes;
	struct op_doc *doc = answer->doc;
	bool good, died;

	good = engine_process_run(question, answer, &died, err);
	if (died && (!question->cancel || !atomic_load(question->cancel))) {
		answer->doc = NULL;
		engine_answer_free(answer);
		engine_answer_init(answer, question->request, shapes);
		answer->doc = doc;
		good = engine_process_run(question, answer, &died, err);
	}
	if (good && answer->failed)
		return refused(question, answer, err);
	return good;
}

static bool no_memory(struct error *err)
{
	return error_set(err, ERROR_MEMORY, -1, "out of memory");
}

static struct engine_answer *answer_new(const struct engine_question *question,
					struct shapes *shapes, struct error *err)
{
	struct engine_answer *answer = malloc(sizeof *answer);

	if (!answer) {
		no_memory(err);
		return NULL;
	}
	engine_answer_init(answer, question->request, shapes);
	return answer;
}

static void answer_free(struct engine_answer *answer)
{
	engine_answer_free(answer);
	free(answer);
}

bool engine_ask_about(const char *program, struct engine_about *about, struct error *err)
{
	const struct engine_question question = { .program = program, .what = "libonnx",
						  .request = ENGINE_ASK_ABOUT };
	struct engine_answer *answer = answer_new(&question, NULL, err);
	bool good;

	if (!answer)
		return false;
	good = ask(&question, answer, err);
	*about = answer->about;
	answer_free(answer);
	return good;
}

bool engine_ask_shapes(const char *program, struct engine_model model, struct shapes *shapes,
		       const atomic_bool *cancel, struct error *err)
{
	const struct engine_question question = { .program = program,
						  .what = "shape inference",
						  .request = ENGINE_ASK_SHAPES,
						  .model = model,
						  .cancel = cancel };
	struct engine_answer *answer = answer_new(&question, shapes, err);
	bool good;

	if (!answer)
		return false;
	good = ask(&question, answer, err);
	answer_free(answer);
	return good;
}

char *engine_ask_check(const char *program, struct engine_model model, const atomic_bool *cancel,
		       struct error *err)
{
	const struct engine_question question = { .program = program,
						  .what = "the checker of libonnx",
						  .request = ENGINE_ASK_CHECK,
						  .model = model,
						  .cancel = cancel };
	struct engine_answer *answer = answer_new(&question, NULL, err);
	char *verdict = NULL;

	if (!answer)
		return NULL;
	if (ask(&question, answer, err)) {
		/* An escape takes up to 12 bytes. */
		size_t size = answer->text_len * 12 + 1;

		verdict = malloc(size);
		if (verdict)
			engine_line(verdict, size, answer->text, answer->text_len);
		else
			no_memory(err);
	}
	answer_free(answer);
	return verdict;
}

struct op_doc *engine_ask_operator(const char *program, struct text domain, struct text name,
				   int64_t opset, const atomic_bool *cancel, struct error *err)
{
	const struct engine_question question = { .program = program,
						  .what = "libonnx",
						  .request = ENGINE_ASK_OPERATOR,
						  .domain = domain,
						  .name = name,
						  .opset = opset,
						  .cancel = cancel };
	struct engine_answer *answer = answer_new(&question, NULL, err);
	struct op_doc *doc = NULL;

	if (!answer)
		return NULL;
	answer->doc = op_doc_new();
	if (!answer->doc) {
		no_memory(err);
	} else {
		answer->doc->asked = opset;
		if (ask(&question, answer, err)) {
			doc = answer->doc;
			answer->doc = NULL;
		}
	}
	answer_free(answer);
	return doc;
}
