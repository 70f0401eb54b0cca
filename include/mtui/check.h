/*
 * What is wrong with a model, or odd about it: findings by rule.
 *
 * check_model looks at the graph and at what the reader noticed; check_values reads the tensors'
 * data, in one pass over what may be a weight. Both give findings in the same order on every run:
 * by severity, then in the order of the rules below, then in the order of the file.
 */
#ifndef MTUI_CHECK_H
#define MTUI_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/arena.h>
#include <mtui/error.h>
#include <mtui/model.h>
#include <mtui/shape_inference.h>
#include <mtui/statistics.h>

/* id, name, the usual severity, what it finds, what to do. First the notices of readers under their
 * own names, then the graph, then the values. */
#define RULES(X)                                                                                   \
	X(RULE_RAW_DATA_LENGTH, "raw-data-length", SEVERITY_PROBLEM,                               \
	  "raw data has more or fewer bytes than the shape needs",                                 \
	  "Export the model again; the file was cut, or its shape was edited.")                    \
	X(RULE_TYPED_DATA_LENGTH, "typed-data-length", SEVERITY_PROBLEM,                           \
	  "a data field has more or fewer elements than the shape needs",                          \
	  "Export the model again; the file was cut, or its shape was edited.")                    \
	X(RULE_NO_DATA, "no-data", SEVERITY_PROBLEM, "a tensor has elements but no data",          \
	  "Export the model with its weights.")                                                    \
	X(RULE_COUNT_OVERFLOW, "count-overflow", SEVERITY_PROBLEM,                                 \
	  "a shape has more elements than 64 bits can count",                                      \
	  "Do not use the file; no exporter writes such a shape.")                                 \
	X(RULE_NEGATIVE_DIMENSION, "negative-dimension", SEVERITY_PROBLEM,                         \
	  "a tensor has a negative dimension", "Export the model again with known sizes.")         \
	X(RULE_UNKNOWN_DATA_TYPE, "unknown-data-type", SEVERITY_PROBLEM,                           \
	  "a tensor has an element type that ONNX does not define",                                \
	  "Use an exporter that writes the types of the specification.")                           \
	X(RULE_WRONG_STORAGE, "wrong-storage", SEVERITY_PROBLEM,                                   \
	  "a tensor keeps its elements in a field for another type",                               \
	  "Write the tensor again, with raw data or the field of its type.")                       \
	X(RULE_SEVERAL_STORAGES, "several-storages", SEVERITY_PROBLEM,                             \
	  "a tensor has elements in more than one field",                                          \
	  "Keep one field; readers differ in which one they take.")                                \
	X(RULE_SPARSE_TENSOR, "sparse-tensor", SEVERITY_PROBLEM,                                   \
	  "a sparse tensor's values and indices do not fit its shape",                             \
	  "Write the tensor again, or make it dense.")                                             \
	X(RULE_EXTERNAL_FILE, "external-file", SEVERITY_PROBLEM,                                   \
	  "a file with external data is missing or refused",                                       \
	  "Put the file beside the model under the name that the model gives.")                    \
	X(RULE_EXTERNAL_EXTENT, "external-extent", SEVERITY_PROBLEM,                               \
	  "external data lies beyond the end of its file",                                         \
	  "Copy the data file again; it is shorter than the model says.")                          \
	X(RULE_EXTERNAL_NUMBER, "external-number", SEVERITY_PROBLEM,                               \
	  "offset or length of external data is no number",                                        \
	  "Write the external data again.")                                                        \
	X(RULE_EXTERNAL_LOCATION, "external-location", SEVERITY_PROBLEM,                           \
	  "external data has no location", "Write the external data again.")                       \
	X(RULE_NOT_SORTED, "not-sorted", SEVERITY_PROBLEM,                                         \
	  "a node stands before one that it needs",                                                \
	  "Sort the nodes; runtimes take them in the order of the file.")                          \
	X(RULE_CYCLE, "cycle", SEVERITY_PROBLEM, "nodes need each other in a circle",              \
	  "Cut the circle; such a graph cannot run.")                                              \
	X(RULE_DANGLING_INPUT, "dangling-input", SEVERITY_PROBLEM,                                 \
	  "a node needs a value that nothing makes",                                               \
	  "Name an input, an initializer or another node's output.")                               \
	X(RULE_DANGLING_OUTPUT, "dangling-output", SEVERITY_PROBLEM,                               \
	  "a graph output is made by nothing", "Remove the output, or make it.") \
	X(RULE_DUPLICATE_INPUT, "duplicate-input", SEVERITY_PROBLEM,                               \
	  "two inputs of a graph have one name", "Rename one of them.")                            \
	X(RULE_DUPLICATE_INITIALIZER, "duplicate-initializer", SEVERITY_PROBLEM,                   \
	  "two initializers of a graph have one name",                                             \
	  "Rename one of them; readers differ in which one they take.")                            \
	X(RULE_DUPLICATE_OUTPUT, "duplicate-output", SEVERITY_PROBLEM,                             \
	  "a name is made twice", "Rename one of the outputs; a name may be given once.")          \
	X(RULE_OPSET_VERSION, "opset-version", SEVERITY_PROBLEM,                                   \
	  "an operator set has an impossible version", "Import a version from 1 on.")              \
	X(RULE_OPSET_MISSING, "opset-missing", SEVERITY_PROBLEM,                                   \
	  "an operator set is used but not imported",                                              \
	  "Add the operator set and its version to opset_import.")                                 \
	X(RULE_OPSET_TWICE, "opset-twice", SEVERITY_WARNING,                                       \
	  "an operator set is imported in two versions", "Keep one of the versions.")              \
	X(RULE_OPSET_UNKNOWN, "opset-unknown", SEVERITY_NOTE,                                      \
	  "an operator set is not known to mtui",                                                  \
	  "See that the runtime has its operators.")                                               \
	X(RULE_IR_VERSION, "ir-version", SEVERITY_WARNING, "the version of the format is unknown",  \
	  "See that the runtime reads this version.")                                              \
	X(RULE_DUPLICATE_NODE_NAME, "duplicate-node-name", SEVERITY_WARNING,                       \
	  "two nodes of a graph have one name",                                                    \
	  "Rename one; tools that edit by name take the wrong node.")                              \
	X(RULE_SHADOWED_NAME, "shadowed-name", SEVERITY_WARNING,                                   \
	  "a subgraph uses a name of an outer graph anew",                                         \
	  "Rename it; runtimes refuse names that mean two things.")                                \
	X(RULE_EXTERNAL_KEY, "external-key", SEVERITY_WARNING,                                     \
	  "external data has a key that is unknown or given twice",                                \
	  "Write the external data again if it was edited by hand.")                               \
	X(RULE_EXTERNAL_OVERLAP, "external-overlap", SEVERITY_WARNING,                             \
	  "two tensors share bytes of a data file",                                                \
	  "Write the external data again, unless that is meant.")                                  \
	X(RULE_EXTERNAL_GROWING, "external-growing", SEVERITY_WARNING,                             \
	  "a data file is still being written", "Wait for the writer to end, and check again.")    \
	X(RULE_EXTERNAL_GAP, "external-gap", SEVERITY_NOTE,                                        \
	  "bytes of a data file belong to no tensor", "Write the data again to save them.")  \
	X(RULE_EXTERNAL_ALIGNMENT, "external-alignment", SEVERITY_NOTE,                            \
	  "external data does not begin at a multiple of its elements' size",                      \
	  "Write it aligned; who maps it as it lies needs that.")                                  \
	X(RULE_EXTERNAL_LINKS, "external-links", SEVERITY_NOTE,                                    \
	  "a data file has other hard links", "Know that changing those changes the model.")        \
	X(RULE_LONG_STRING, "long-string", SEVERITY_NOTE, "a text is too long to be kept whole",   \
	  "Keep texts of that size outside the model.")                                            \
	X(RULE_DEEP, "deep", SEVERITY_NOTE, "subgraphs are nested deeply",                         \
	  "Know that other tools stop at 31 levels.")                                              \
	X(RULE_LARGE_FILE, "large-file", SEVERITY_NOTE, "the file is larger than 2 GiB",           \
	  "Move weights to external data; other tools cannot read it.")                            \
	X(RULE_UNKNOWN_OPERATOR, "unknown-operator", SEVERITY_PROBLEM,                             \
	  "an operator is not in the operator set that the model imports",                         \
	  "Import a newer operator set, or replace the operator.")                                 \
	X(RULE_DEPRECATED_OPERATOR, "deprecated-operator", SEVERITY_WARNING,                       \
	  "an operator is deprecated in the operator set that the model imports",                  \
	  "Convert the model; newer runtimes drop the operator.")                                  \
	X(RULE_SHAPE_CONFLICT, "shape-conflict", SEVERITY_PROBLEM,                                 \
	  "a declared type or shape is not what the operator gives",                               \
	  "Remove the stale value_info, or correct the declaration.")                              \
	X(RULE_UNREACHABLE_NODE, "unreachable-node", SEVERITY_WARNING,                             \
	  "no output of the graph needs a node", "Remove the node; it is computed for nothing.")   \
	X(RULE_UNUSED_INITIALIZER, "unused-initializer", SEVERITY_WARNING,                         \
	  "nothing uses an initializer", "Remove it; it only takes space.")                        \
	X(RULE_UNUSED_INPUT, "unused-input", SEVERITY_NOTE, "nothing uses an input of the model",  \
	  "Remove the input, or find out why it has no effect.")                                   \
	X(RULE_DOUBLE_CONSTANT, "double-constant", SEVERITY_WARNING,                               \
	  "a float64 tensor in a model that computes in float32",                                  \
	  "Store it as float32; float64 is slow, and missing on many devices.")                    \
	X(RULE_HUGE_CONSTANT, "huge-constant", SEVERITY_WARNING,                                   \
	  "a node holds a constant of more than 1 MiB",                                            \
	  "Make it an initializer, so that it can be shared and mapped.")                          \
	X(RULE_UNKNOWN_RANK, "unknown-rank", SEVERITY_WARNING,                                     \
	  "an input or output of the model has no shape",                                          \
	  "Declare its shape; compilers for devices need one.")                                    \
	X(RULE_DYNAMIC_SHAPE, "dynamic-shape", SEVERITY_NOTE,                                      \
	  "a node gives a shape that depends on values, not only on shapes",                       \
	  "Expect static compilers to refuse it; move it out of the model, or bound it.")          \
	X(RULE_QUANT_SCALE, "quantization-scale", SEVERITY_PROBLEM,                                \
	  "a scale is zero, negative, infinite or no number",                                      \
	  "Quantize the tensor again with a positive scale.")                                      \
	X(RULE_QUANT_ZERO_POINT, "quantization-zero-point", SEVERITY_PROBLEM,                      \
	  "a zero point is not of the type or in the range of the codes",                          \
	  "Give the zero point the type of the codes and a value in their range.")                 \
	X(RULE_QUANT_SIZE, "quantization-size", SEVERITY_PROBLEM,                                  \
	  "scales or zero points do not fit the axis they are for",                                \
	  "Give one for the tensor, or one for each index on the axis.")                           \
	X(RULE_LIBONNX, "libonnx", SEVERITY_WARNING, "libonnx's checker refuses the model",         \
	  "Read what it says; libonnx knows operator sets up to 17.")                              \
	X(RULE_NAN, "nan", SEVERITY_PROBLEM, "a weight holds NaN",                                 \
	  "Go back to the last good checkpoint; the training diverged.")                           \
	X(RULE_INFINITY, "infinity", SEVERITY_PROBLEM, "a weight holds an infinity",               \
	  "Look for an overflow in the conversion, often to float16.")                             \
	X(RULE_ALL_ZERO, "all-zero", SEVERITY_WARNING, "every element of a weight is zero",        \
	  "See whether the layer was trained; if so, remove it.")                                  \
	X(RULE_CONSTANT_WEIGHT, "constant-weight", SEVERITY_WARNING,                               \
	  "all elements of a weight matrix are the same",                                          \
	  "See whether the weight was initialised and trained.")                                   \
	X(RULE_DEAD_CHANNELS, "dead-channels", SEVERITY_WARNING,                                   \
	  "output channels of a weight are all zero",                                              \
	  "Prune them; they cost time and give nothing but their bias.")                           \
	X(RULE_DUPLICATE_TENSOR, "duplicate-tensor", SEVERITY_NOTE,                                \
	  "two tensors hold the same bytes", "Keep one and refer to it twice to save space.")      \
	X(RULE_SHARED_WEIGHT, "shared-weight", SEVERITY_NOTE,                                      \
	  "one weight is used by several layers",                                                  \
	  "Know that editing or quantizing it changes all of them.")                               \
	X(RULE_UNREADABLE, "unreadable-tensor", SEVERITY_PROBLEM,                             \
	  "a tensor's data cannot be read",                                                        \
	  "See whether the file changed or the disk has errors.")

enum rule {
#define X(id, name, severity, what, advice) id,
	RULES(X)
#undef X
	RULE_COUNT
};

/* The graph's rules come before this one, those that read values from here on. */
#define RULE_FIRST_OF_VALUES RULE_NAN

const char *rule_name(enum rule rule);
const char *rule_what(enum rule rule);
const char *rule_advice(enum rule rule);
enum severity rule_severity(enum rule rule);
enum rule rule_named(struct text name); /* RULE_COUNT if there is none */

/* "error", "warning", "note" */
const char *severity_name(enum severity severity);

struct rule_choice {
	bool off[RULE_COUNT];
};

/* "-external-*,-nan" leaves out, "nan,infinity" takes only these; patterns as of shells, all is
 * every rule. ERROR_USAGE where a pattern matches no rule. */
bool rule_choice_parse(struct text text, struct rule_choice *choice, struct error *err);

struct finding {
	struct text message; /* one sentence, through the text gate */
	int64_t offset;	     /* in the model's file, or -1 */
	uint32_t subject;    /* index of the kind below */
	uint8_t subject_kind; /* enum subject_kind */
	uint8_t severity;     /* enum severity; not always the rule's usual one */
	uint8_t rule;	      /* enum rule */
};

#define FINDINGS_PER_RULE 10000 /* kept; more are counted */

struct findings {
	const struct finding *items;
	size_t n;
	uint64_t by_severity[3]; /* all, also those not kept */
	uint64_t by_rule[RULE_COUNT];
	struct arena arena;
};

struct check_options {
	struct rule_choice rules;
	const struct dim_binding *dims; /* sizes of named dimensions */
	size_t n_dims;
};

/* Takes time by nodes, reads scales and other small tensors only. On success findings_free. */
bool check_model(struct model *model, const struct check_options *options,
		 struct findings *findings, struct error *err);

/* Reads every tensor that may be a weight once. */
bool check_values(const struct model *model, const struct check_options *options,
		  const struct analysis_watch *watch, struct findings *findings,
		  struct error *err);

void findings_free(struct findings *findings);

/* All of two lists in one; their messages are shared, so they must live as long. What libonnx's
 * checker has against the model ("" or NULL: nothing) becomes a finding, too, if its rule is on. */
bool findings_join(const struct findings *a, const struct findings *b, const char *verdict,
		   const struct check_options *options, struct findings *joined,
		   struct error *err);

/* How many from `first` on have the rule and severity of the first: 1 at least. */
size_t findings_alike(const struct findings *findings, size_t first);

/* What a finding is about, raw bytes: a name, or a label for the nameless, "" for the model; and
 * the path of the graph it is in. In the buffer, the model or the arena. */
struct text finding_name(const struct model *model, const struct finding *finding,
			 char buffer[64], struct arena *arena);
struct text finding_graph(const struct model *model, const struct finding *finding,
			  struct arena *arena);

#endif
