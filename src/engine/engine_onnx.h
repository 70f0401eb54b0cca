/*
 * What libonnx knows, behind C. Every function writes its whole answer, the last frame included.
 */
#ifndef ENGINE_ENGINE_ONNX_H
#define ENGINE_ENGINE_ONNX_H

#include <stddef.h>
#include <stdint.h>

#include "engine/answer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Loads the operators; before the program is confined. */
void engine_onnx_load(void);

/* Adds items of a HELLO: the library, the newest IR, the newest of each operator set. */
void engine_onnx_about(struct answer *answer);

void engine_onnx_shapes(const void *model, size_t len, struct answer *answer);
void engine_onnx_check(const void *model, size_t len, struct answer *answer);

/* The operator as of an operator set; opset 0: the newest. */
void engine_onnx_operator(const char *domain, const char *name, int64_t opset,
			  struct answer *answer);

#ifdef __cplusplus
}
#endif

#endif
