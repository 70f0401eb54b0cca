/* In which operator sets an operator is: those of ONNX itself, known without libonnx. */
#ifndef CHECK_OPERATOR_VERSIONS_H
#define CHECK_OPERATOR_VERSIONS_H

#include <stdint.h>

#include <mtui/text.h>

/* The newest sets that the table knows. */
#define OPERATORS_ONNX_NEWEST 28
#define OPERATORS_ML_NEWEST   5

enum operator_domain { OPERATORS_ONNX, OPERATORS_ML };

struct operator_versions {
	const char *name;
	uint8_t domain; /* enum operator_domain */
	int16_t since;
	int16_t deprecated, deprecated_to; /* operator sets, both included; 0: in none */
	const char *instead;		   /* what to use then, or NULL */
};

/* NULL where the table has none of that name; for domains other than ai.onnx and ai.onnx.ml. */
const struct operator_versions *operator_versions_find(struct text domain, struct text type);

#endif
