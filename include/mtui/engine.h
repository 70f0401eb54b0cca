/*
 * Questions to libonnx, which answers in a process of its own: mtui-engine.
 *
 * libonnx dies on hostile models, so it runs confined, for one question at a time and at most
 * ENGINE_SECONDS; a death is an error like any other and happens to nobody else. What it answers is
 * checked like a file's content. An engine that died by no fault of time or memory is asked once
 * more.
 *
 * All of these block until the answer is there; call them from a worker. `cancel` (may be NULL)
 * ends them with ERROR_CANCELLED within 20 ms. They may be called from several threads at once.
 * SIGCHLD must not be ignored. ERROR_FORMAT: the model is newer than libonnx.
 */
#ifndef MTUI_ENGINE_H
#define MTUI_ENGINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/error.h>
#include <mtui/op_doc.h>
#include <mtui/shapes.h>
#include <mtui/text.h>

/* The path of mtui-engine: beside the running program, or in ../libexec/mtui from there; nowhere
 * else. To be freed; NULL when there is none. */
char *engine_find(struct error *err);

#define ENGINE_DOMAINS 8

/* What the engine says of itself and of the system it runs on. */
struct engine_about {
	char library[32]; /* version of libonnx; through the gate */
	int64_t ir;	  /* newest IR version it knows */
	int landlock;	  /* version of Landlock, or minus an errno */
	int seccomp;	  /* 0, or minus an errno */
	int rlimits;
	unsigned n_domains;
	struct engine_domain {
		char name[48]; /* through the gate; "" is ai.onnx */
		int64_t opset;
	} domains[ENGINE_DOMAINS];
};

bool engine_ask_about(const char *program, struct engine_about *about, struct error *err);

/* A model without its weights, as model_skeleton makes it. */
struct engine_model {
	const void *bytes;
	size_t len;
};

/* Puts inferred types into shapes, which are the model's and not yet published. On failure some
 * may be in already. */
bool engine_ask_shapes(const char *program, struct engine_model model, struct shapes *shapes,
		       const atomic_bool *cancel, struct error *err);

/* The checker's verdict: an empty string when it has nothing to say, else one line, through the
 * gate. To be freed; NULL on failure. */
char *engine_ask_check(const char *program, struct engine_model model, const atomic_bool *cancel,
		       struct error *err);

/* The documentation of an operator as of an operator set (0: the newest). NULL on failure;
 * ERROR_USAGE where the library does not know the operator. */
struct op_doc *engine_ask_operator(const char *program, struct text domain, struct text name,
				   int64_t opset, const atomic_bool *cancel, struct error *err);

#endif
