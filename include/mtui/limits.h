/* Every limit on untrusted input, in one place. A message that refuses because of one names it. */
#ifndef MTUI_LIMITS_H
#define MTUI_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#define LIMITS(X)                                                                                  \
	X(LIMIT_NAME_SHOWN, 4096, "bytes of one name that are looked at for display")              \
	X(LIMIT_WIRE_DEPTH, 100, "nesting of protobuf messages and groups")                        \
	X(LIMIT_GRAPH_DEPTH, 64, "nesting of subgraphs that is shown")                             \
	X(LIMIT_LIBRARY_DEPTH, 31, "nesting of subgraphs given to libonnx")                        \
	X(LIMIT_LIBRARY_NODES, 200000, "nodes of a model given to libonnx")                        \
	X(LIMIT_LIBRARY_BYTES, 64 << 20, "bytes of a model without weights given to libonnx")      \
	X(LIMIT_TREE_DEPTH, 64, "nesting of scopes in the layer tree")                             \
	X(LIMIT_DIMS, 64, "dimensions of one tensor")                                              \
	X(LIMIT_NODES, 10000000, "nodes of one model")                                             \
	X(LIMIT_TENSORS, 10000000, "tensors of one model")                                         \
	X(LIMIT_METADATA, 1000000, "metadata entries of one model")                                \
	X(LIMIT_NOTICES, 1000, "notices kept for one model; the rest are counted")                 \
	X(LIMIT_JSON_DEPTH, 128, "nesting of JSON")                                                \
	X(LIMIT_CONFIG_BYTES, 1 << 20, "bytes of a configuration or theme file")                   \
	X(LIMIT_PASTE, 4096, "bytes taken from a paste into a prompt")                             \
	X(LIMIT_WINDOW_BYTES, 16 << 20, "bytes of one protobuf field that are looked at")          \
	X(LIMIT_XRAY_SCALES, 16 << 20, "scales of one quantized weight that are looked at")          \
	X(LIMIT_CSV_COLUMNS, 65536, "columns of a table")                                          \
	X(LIMIT_LOG_LINE, 16 << 20, "bytes of one line of a log")                                  \
	X(LIMIT_LOG_DOCUMENT, 256 << 20, "bytes of a log that is read as a whole")                  \
	X(LIMIT_LOG_FILES, 100000, "log files of one search")                                      \
	X(LIMIT_LOG_DEPTH, 64, "nesting of directories that are searched for logs")

enum limit {
#define X(name, value, meaning) name = (value),
	LIMITS(X)
#undef X
};

/* Bytes a model's index may take: the smaller of 1 GiB and a quarter of the machine's memory. */
size_t limit_index_memory(void);

/* Bytes taken from a pipe on standard input; set by --max-stdin before the first file_open. */
#define LIMIT_STDIN_DEFAULT ((uint64_t)2 << 30)

#endif
