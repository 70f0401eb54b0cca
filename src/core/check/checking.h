/* What the rules work with: where findings go, and what role a tensor has. */
#ifndef CHECK_CHECKING_H
#define CHECK_CHECKING_H

#include <mtui/check.h>
#include <mtui/gate.h>
#include <mtui/shapes.h>

#include "core/base/grouped.h"

#define CHECK_SHOWN 256 /* of a name in a message */

struct checking {
	const struct model *model;
	const struct check_options *options;
	struct findings *findings;
	VECTOR(struct finding) items; /* in the order in which rules found them */
	bool failed;		      /* out of memory: nothing more is taken */
};

void checking_begin(struct checking *checking, const struct model *model,
		    const struct check_options *options, struct findings *findings);

/* Sorts; without success the findings are freed. */
bool checking_end(struct checking *checking, bool good, struct error *err);

/* A name through the text gate. */
const char *check_shown(char buffer[CHECK_SHOWN], struct text text);

/* True where nobody turned the rule off. */
bool check_wants(const struct checking *checking, enum rule rule);

/* Takes a finding unless its rule is off. */
void check_add(struct checking *checking, enum rule rule, enum severity severity,
	       enum subject_kind kind, uint32_t subject, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

/* The usual severity. */
#define check_found(checking, rule, kind, subject, ...)                                            \
	check_add((checking), (rule), rule_severity(rule), (kind), (subject), __VA_ARGS__)

/* What a tensor is for, by the operators that use it; casts, transpositions and the like are looked
 * through. In a file without a graph its shape decides. */
enum tensor_role {
	TENSOR_ROLE_OTHER,
	TENSOR_ROLE_WEIGHT,    /* matrices and kernels of layers that multiply, embeddings */
	TENSOR_ROLE_PARAMETER, /* biases, and what normalizations scale and shift with */
};

enum tensor_role check_role(const struct model *model, uint32_t tensor);

/* An operator of ai.onnx. */
bool check_is(const struct node *node, const char *type);

/* The rules, some at a time. */
void check_notices(struct checking *checking);
void check_reach(struct checking *checking);
void check_operators(struct checking *checking);
void check_tensors(struct checking *checking);
void check_quantization(struct checking *checking, const struct shapes *shapes);
void check_dynamic(struct checking *checking, const struct shapes *shapes);
void check_conflicts(struct checking *checking, const struct shapes *shapes,
		     const struct shape_inference *inference);

#endif
