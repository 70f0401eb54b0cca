/*
 * What mtui and its separate program mtui-engine say to each other over a socket pair.
 *
 *   1. Either way the stream is a sequence of frames: u32 length of the payload, u32 type, payload.
 *      Numbers are little-endian; a payload has at most ENGINE_FRAME_MAX bytes.
 *   2. The engine confines itself and then says HELLO: items (see 7) PROTOCOL, LIBRARY, IR,
 *      LANDLOCK, SECCOMP, RLIMITS and one DOMAIN for each operator set it knows.
 *   3. mtui sends one REQUEST (u32 kind; for OPERATOR also items NAME, DOMAIN and OPSET). For SHAPES
 *      and CHECK pieces of a model follow as MODEL frames and then an END without payload.
 *   4. The engine answers with any number of SHAPES frames (SHAPES), one VERDICT (CHECK) or one
 *      OPERATOR (OPERATOR), and then DONE, or FAILED: u32 failure, the rest its text. Then it ends:
 *      an engine answers one request in its life.
 *   5. SHAPES: u32 graph (the number in the graph's doc_string), then for each value u32 node (its
 *      place in the graph, ENGINE_INPUT for an input of the graph), u32 output, and a type.
 *   6. A type: any number of u8 SEQUENCE, OPTIONAL or MAP (with i32 key type), then u8 TENSOR or
 *      SPARSE, i32 element type (TensorProto.DataType), u8 has shape, u32 dimensions, and for each
 *      dimension u8 DIM_UNKNOWN, DIM_NUMBER with i64, or DIM_SYMBOL with u32 length and bytes.
 *   7. HELLO and OPERATOR are items: u8 tag, u32 length, bytes; a number is an i64. An item that
 *      says "begins" starts a new attribute, input, output or constraint; those after it, up to the
 *      next such one, belong to it.
 *   8. VERDICT: text, empty when the checker has nothing to say against the model.
 *
 * mtui takes nothing of this on trust: see engine_answer.h.
 */
#ifndef ENGINE_ENGINE_PROTOCOL_H
#define ENGINE_ENGINE_PROTOCOL_H

#include <stdint.h>

#define ENGINE_PROTOCOL	  1
#define ENGINE_FRAME_HEAD 8
#define ENGINE_FRAME_MAX  (1u << 20)
#define ENGINE_TEXT_MAX	  4096 /* bytes of a failure, a verdict, a symbol */
#define ENGINE_INPUT	  UINT32_MAX
#define ENGINE_SECONDS	  5
#define ENGINE_MEMORY	  ((uint64_t)1 << 30)

enum engine_frame {
	ENGINE_HELLO = 1,
	ENGINE_REQUEST,
	ENGINE_MODEL,
	ENGINE_END,
	ENGINE_SHAPES,
	ENGINE_VERDICT,
	ENGINE_OPERATOR,
	ENGINE_DONE,
	ENGINE_FAILED,
};

enum engine_request { ENGINE_ASK_ABOUT, ENGINE_ASK_SHAPES, ENGINE_ASK_CHECK, ENGINE_ASK_OPERATOR };

enum engine_failure {
	ENGINE_REFUSES, /* the library says why */
	ENGINE_NO_MEMORY,
	ENGINE_NEWER,	/* the model is newer than the library */
	ENGINE_NOT_KNOWN, /* no such operator */
};

/* Kinds of types and dimensions. */
enum { ENGINE_TENSOR = 1, ENGINE_SPARSE, ENGINE_SEQUENCE, ENGINE_OPTIONAL, ENGINE_MAP };
enum { ENGINE_DIM_UNKNOWN, ENGINE_DIM_NUMBER, ENGINE_DIM_SYMBOL };

enum engine_item {
	ITEM_PROTOCOL = 1,
	ITEM_LIBRARY,
	ITEM_IR,
	ITEM_LANDLOCK,	/* its version, or minus an errno */
	ITEM_SECCOMP,	/* 0, or minus an errno */
	ITEM_RLIMITS,	/* likewise */
	ITEM_DOMAIN,	/* begins; also of a request */
	ITEM_OPSET,	/* the newest of the domain; of a request: the one asked for */
	ITEM_NAME,	/* of the operator */
	ITEM_DOC,
	ITEM_SINCE,
	ITEM_VERSION,	/* one that the operator changed in; several, newest first */
	ITEM_DEPRECATED,
	ITEM_ATTRIBUTE, /* begins: name; likewise the next three */
	ITEM_INPUT,
	ITEM_OUTPUT,
	ITEM_CONSTRAINT,
	ITEM_TYPE,	/* of the begun one; of a constraint one of several */
	ITEM_MEANING,
	ITEM_DEFAULT,
	ITEM_REQUIRED,
	ITEM_OPTION,	/* of an input or output: 1 optional, 2 variadic */
};

static inline void put_u32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static inline void put_u64(uint8_t *at, uint64_t value)
{
	put_u32(at, (uint32_t)value);
	put_u32(at + 4, (uint32_t)(value >> 32));
}

#endif
