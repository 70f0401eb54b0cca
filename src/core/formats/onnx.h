/*
 * The ONNX reader, inside: what its files share. The door to it is <mtui/reader.h>.
 *
 * The file (onnx.proto of the ONNX project; field numbers in brackets):
 *   1. A ModelProto: ir_version [1], producer, opsets [8], one graph [7], metadata [14],
 *      training graphs [20], functions [25].
 *   2. A GraphProto: nodes [1], initializers [5], sparse ones [15], inputs [11], outputs [12],
 *      value_info [13], quantization annotations [14].
 *   3. A NodeProto: inputs [1], outputs [2], name [3], op_type [4], attributes [5], domain [7].
 *   4. An AttributeProto: a name, a type [20] and the field of that type; graphs nest here.
 *   5. A TensorProto: dims [1], data_type [2] and its elements in one of nine places.
 *
 * Reading is a walk over extents. Bodies of graphs are not walked where they are met but put at
 * the end of a list; that list is worked off from the front, so nesting costs no stack and every
 * graph's nodes come out contiguous. Names are interned while they are read, and until the last
 * graph is in, `refs` and the `value` of an initializer hold name ids; onnx_edges.c then turns
 * them into values.
 */
#ifndef FORMATS_ONNX_H
#define FORMATS_ONNX_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <mtui/arena.h>
#include <mtui/error.h>
#include <mtui/hash.h>
#include <mtui/limits.h>
#include <mtui/model.h>

#include "core/base/pbwire.h"

enum { NO_NAME = 0 }; /* the id of the empty name */
enum { ONNX_SHORT_FILES = 4 }; /* whether these are still written is asked, no more */

/* A name that occurs in the model, once for all its occurrences. There may be millions. */
struct onnx_name {
	const char *data;
	uint32_t len;
	uint32_t bound; /* the value it means in the scope being resolved; before that, the file
			   that it is the location of */
};
_Static_assert(sizeof(struct onnx_name) == 16, "names are the largest table while reading");

enum { ONNX_WORDS = 64 };

struct onnx_names {
	VECTOR(struct onnx_name) list;
	VECTOR(uint8_t) tags; /* a hash table over the list: see onnx_names.c */
	VECTOR(uint32_t) ids;
	size_t most; /* names until it grows */
	uint64_t seed;
	uint64_t latest_at;	    /* where `latest` is in the file */
	uint32_t latest;	    /* first output of the node before */
	uint32_t listed;	    /* of the tensor before */
	uint32_t words[ONNX_WORDS]; /* names of operators and attributes, by a few of their bytes */
};

/* Room for texts and small arrays, packed; larger ones get blocks of their own. */
enum { ONNX_TAKEN_HERE = 8 << 10 };

struct onnx_hall;

struct onnx_pool {
	char *next;
	size_t room, block, total;
	struct onnx_hall *halls; /* blocks of huge pages, the newest first */
};

struct onnx_extent {
	struct pb_message message;
	uint32_t next; /* further extent of the same graph (a repeated field is merged) */
};

/* What is known of a graph only while reading. */
struct onnx_scope {
	uint32_t first_extent, last_extent;
	uint32_t first_info, n_infos;
	uint32_t first_tensor, n_tensors;
	uint32_t first_quant;
	uint32_t outer;		 /* graph whose names are visible here, or NO_INDEX */
	uint32_t child, sibling; /* graphs that see the names of this one */
	bool counted;		 /* main graph or below it */
	bool suspect;		 /* perhaps a node needs what a later one makes */
};

struct onnx_op_key {
	uint64_t hash;
	uint32_t domain, type; /* names */
};

enum { ONNX_RECENT = 16 };

struct onnx_recent_op {
	struct op *op; /* or NULL */
	uint32_t domain, type;
};

enum onnx_role { ONNX_INPUT, ONNX_OUTPUT, ONNX_VALUE_INFO };

struct onnx_info {
	uint32_t name, type;
	uint32_t role; /* enum onnx_role */
};

/* A quantization annotation's place: graph, name of the tensor, index of the annotation. */
struct onnx_quant {
	uint32_t graph, name, annotation;
};

struct onnx_run {
	struct run_of_bytes run;
	uint64_t entries; /* items of the field; not always elements of the tensor */
	uint8_t storage;  /* enum storage */
};

/* A TensorProto being read; one message may come in several pieces. */
struct onnx_draft {
	int64_t dims[LIMIT_DIMS];
	uint64_t n_dims; /* may count beyond the array */
	VECTOR(struct onnx_run) runs;
	struct text external_offset, external_length; /* as written */
	struct text external_unknown;		      /* a key that is not in the specification */
	uint64_t offset;			      /* of the message */
	uint32_t name, location;
	int32_t data_type;
	unsigned storages; /* bits 1 << enum storage: the fields that were seen */
	bool seen, external, ragged;
	bool has_location, has_offset, has_length, repeated_key;
};

enum { DRAFT_TENSOR, DRAFT_VALUES, DRAFT_INDICES, DRAFT_SHAPE, DRAFT_COUNT };

/* A message inside an attribute, left for later. */
struct onnx_part {
	struct pb_message message;
	uint32_t number; /* of the field */
};

/* A Constant node's attribute that is a tensor without a TensorProto. */
struct onnx_literal {
	uint32_t attribute;	    /* into the model's */
	uint32_t first_run, n_runs; /* into literal_runs */
};

struct onnx {
	struct model *model;
	struct arena *arena; /* the model's */
	struct error *err;
	struct pbwire wire;
	struct onnx_pool pool;
	struct onnx_names names;

	/* These become the model's arrays. */
	VECTOR(struct graph) graphs;
	VECTOR(struct node) nodes;
	VECTOR(struct value) values;
	VECTOR(struct type) types;
	VECTOR(struct attribute) attributes;
	VECTOR(struct tensor) tensors;
	VECTOR(uint32_t) refs;
	VECTOR(uint32_t) consumers;
	VECTOR(struct model_file) files;
	VECTOR(struct notice) notices;
	VECTOR(struct opset) opsets;
	VECTOR(struct metadata) metadata;
	VECTOR(struct quant_annotation) annotations;
	VECTOR(struct op *) ops;

	/* Known only while reading. */
	VECTOR(struct onnx_scope) scopes; /* one a graph */
	VECTOR(struct onnx_extent) extents;
	VECTOR(struct onnx_info) infos;
	VECTOR(struct onnx_quant) quants;
	VECTOR(uint64_t) tensor_offsets; /* of its message, one a tensor */
	uint32_t short_files[ONNX_SHORT_FILES]; /* external data ends beyond them */
	uint32_t n_short_files;
	VECTOR(uint32_t) node_hashes;	 /* of its name, one a node; 0 for no name */
	VECTOR(uint32_t) op_slots;
	VECTOR(struct onnx_op_key) op_keys;	       /* one an operator */
	struct onnx_recent_op recent_ops[ONNX_RECENT]; /* by the low bits of the type */

	/* Scratch of one message; emptied where it begins. */
	struct onnx_draft drafts[DRAFT_COUNT];
	VECTOR(uint32_t) outputs;
	VECTOR(float) floats;
	VECTOR(int64_t) ints;
	VECTOR(struct text) strings;
	VECTOR(struct onnx_part) parts;
	VECTOR(struct pb_message) type_parts, next_type_parts, sparse_parts;
	VECTOR(struct dim) dims;
	VECTOR(struct onnx_run) attribute_runs, literal_runs;
	VECTOR(struct onnx_literal) literals;
	VECTOR(struct metadata) entries;
	VECTOR(uint64_t) twin_bits; /* see onnx_twins.c */

	struct onnx_ahead *ahead; /* or NULL */
	uint64_t ahead_from;	  /* starts it where so much of the main graph was walked */

	uint64_t n_shadows;    /* values with VALUE_SHADOWS */
	uint32_t first_shadow; /* of them */
	uint64_t walked;       /* of the file, up to the field of a graph that is being read */
	size_t known_fields;   /* of the model message, with the right wire type */
	bool has_graph;
};

/* Files up to this size say, by how they begin, how large a table gets; larger ones are mostly
 * weights. */
#define ONNX_FORESEEN ((uint64_t)64 << 20)

/* onnx_memory.c. All of these fail the walk where there is no memory. */
bool onnx_exhausted(struct onnx *onnx); /* reports that; returns false */
bool onnx_grow(struct onnx *onnx, void **items, size_t *capacity, size_t count, size_t more,
	       size_t item_size);
void *onnx_take_more(struct onnx *onnx, size_t size, size_t alignment);
bool onnx_charge(struct onnx *onnx, size_t bytes);	      /* to the model's budget */
bool onnx_keep(struct onnx *onnx, void *block, size_t bytes); /* as one of the model's, if true */
uint64_t onnx_project(const struct onnx *onnx, uint64_t so_far); /* what it may be in the end */

/* Tables and pool are written from front to back in pages that nobody has used yet: their lines
 * are asked for so many bytes ahead, or every store would wait for memory. */
enum { ONNX_AHEAD = 512 };

/* From the pool, aligned to a power of two; NULL on failure, not for size 0. */
static inline void *onnx_take(struct onnx *onnx, size_t size, size_t alignment)
{
	struct onnx_pool *pool = &onnx->pool;
	size_t gap = -(uintptr_t)pool->next & (alignment - 1);
	if (size >= ONNX_TAKEN_HERE || size + gap >= pool->room)
		return onnx_take_more(onnx, size, alignment);
	char *memory = pool->next + gap;
	pool->next += size + gap;
	pool->room -= size + gap;
	__builtin_prefetch(pool->next + ONNX_AHEAD, 1);
	return memory;
}

static inline char *onnx_take_text(struct onnx *onnx, size_t len)
{
	return onnx_take(onnx, len, 1);
}

static inline void *onnx_take_array(struct onnx *onnx, size_t count, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(count, size, &bytes))
		bytes = SIZE_MAX;
	return onnx_take(onnx, bytes, 8);
}

#define onnx_reserve(onnx, vector, more)                                                           \
	onnx_grow((onnx), (void **)&(vector).items, &(vector).capacity, (vector).count, (more),    \
		  sizeof *(vector).items)

/* A table as free may take it: NULL for one that settled in the pool. */
void *onnx_own(const struct onnx *onnx, void *table);
#define ONNX_FREE(onnx, vector)                                                                    \
	((vector).items = onnx_own((onnx), (vector).items), vector_free(&(vector)))

/* Room for one more item. */
#define ONNX_ROOM(onnx, vector)                                                                    \
	((vector).count < (vector).capacity || onnx_reserve((onnx), (vector), 1))

/* onnx_names.c */
bool onnx_names_init(struct onnx *onnx);
void onnx_names_free(struct onnx *onnx);
bool onnx_intern(struct onnx *onnx, const void *bytes, size_t len, uint32_t *name);
/* A name that may be new; what the node before has probably made; one of few that occur often; one
 * that nodes have probably named in the same order. They differ in where they look first, not in
 * what they find. */
bool onnx_read_name(struct onnx *onnx, const struct pb_field *field, uint32_t *name);
bool onnx_read_input(struct onnx *onnx, const struct pb_field *field, uint32_t *name);
bool onnx_read_word(struct onnx *onnx, const struct pb_field *field, uint32_t *name);
bool onnx_read_listed(struct onnx *onnx, const struct pb_field *field, uint32_t *name);
bool onnx_read_text(struct onnx *onnx, const struct pb_field *field, struct text *text);
/* The same for bytes that are at hand. */
bool onnx_find_word(struct onnx *onnx, const uint8_t *bytes, size_t len, uint32_t *name);
bool onnx_find_listed(struct onnx *onnx, const uint8_t *bytes, size_t len, uint32_t *name);
/* Says that a name will be asked for soon: gives its hash and has its place in the table fetched,
 * which takes about as long as reading the rest of a node. */
static inline uint64_t onnx_announce(const struct onnx *onnx, const void *bytes, size_t len)
{
	const struct onnx_names *names = &onnx->names;
	uint64_t hash = hash_bytes(bytes, len, names->seed);
	size_t at = hash & (names->tags.count - 1);
	__builtin_prefetch(&names->tags.items[at], 1);
	__builtin_prefetch(&names->ids.items[at], 1);
	return hash;
}
bool onnx_intern_announced(struct onnx *onnx, const void *bytes, size_t len, uint64_t hash,
			   uint32_t *name);
/* memcmp(a, b, len) == 0, for bytes that are few, and equal more often than not. */
static inline bool onnx_same_bytes(const void *a, const void *b, size_t len)
{
	const uint8_t *p = a, *q = b;
	uint64_t x, y;
	uint32_t u, v;
	if (len < 4)
		return len == 0 ||
		       (p[0] == q[0] && p[len / 2] == q[len / 2] && p[len - 1] == q[len - 1]);
	if (len < 8) {
		memcpy(&u, p, 4), memcpy(&v, q, 4);
		if (u != v)
			return false;
		memcpy(&u, p + len - 4, 4), memcpy(&v, q + len - 4, 4);
		return u == v;
	}
	for (; len > 8; p += 8, q += 8, len -= 8) {
		memcpy(&x, p, 8), memcpy(&y, q, 8);
		if (x != y)
			return false;
	}
	p += len, q += len; /* the last eight, some perhaps again */
	memcpy(&x, p - 8, 8), memcpy(&y, q - 8, 8);
	return x == y;
}
static inline bool onnx_is_name(const struct onnx *onnx, uint32_t name, const void *bytes,
				size_t len)
{
	const struct onnx_name *known = &onnx->names.list.items[name];
	return known->len == len && onnx_same_bytes(known->data, bytes, len);
}
static inline struct text onnx_name_text(const struct onnx *onnx, uint32_t name)
{
	const struct onnx_name *it = &onnx->names.list.items[name];
	return (struct text){ it->data, it->len };
}

/* onnx_model.c */
bool onnx_read_model(struct onnx *onnx);
bool onnx_read_entry(struct onnx *onnx, const struct pb_field *field, struct metadata *entry);
bool onnx_read_opset(struct onnx *onnx, const struct pb_field *field, struct opset *opset);

/* onnx_graph.c */
bool onnx_add_graph(struct onnx *onnx, enum graph_kind kind, uint32_t parent, uint32_t node,
		    struct text label, uint64_t offset, uint32_t *graph);
bool onnx_add_extent(struct onnx *onnx, uint32_t graph, struct pb_message message);
bool onnx_read_graphs(struct onnx *onnx);

/* onnx_ahead.c: the initializers of a large graph, read by another thread. To be started where
 * that much of a graph was walked; taken at the first initializer, of which `taken` then says
 * whether it was read, and the rest's position what with it; ended before anything is freed. */
#ifndef ONNX_AHEAD_FROM
#define ONNX_AHEAD_FROM (128 << 10)
#endif
void onnx_ahead_start(struct onnx *onnx, struct pb_message rest, uint32_t graph);
bool onnx_ahead_take(struct onnx *onnx, const struct pb_field *first, struct pb_message *rest,
		     bool *taken);
void onnx_ahead_end(struct onnx *onnx);

/* onnx_node.c, onnx_attribute.c */
bool onnx_find_op(struct onnx *onnx, struct text domain, struct text type, struct op **op);
bool onnx_is_constant(const struct op *op);
bool onnx_read_node(struct onnx *onnx, const struct pb_field *field, uint32_t graph);
bool onnx_read_attribute(struct onnx *onnx, const struct pb_field *field, uint32_t graph);

/* onnx_tensor.c, onnx_sparse.c */
void onnx_draft_begin(struct onnx_draft *draft, uint64_t offset);
bool onnx_draft_read(struct onnx *onnx, struct onnx_draft *draft, struct pb_message message);
bool onnx_draft_dims(struct onnx *onnx, struct onnx_draft *draft, const struct pb_field *field);
enum tensor_problem onnx_count_elements(const int64_t *dims, size_t n, uint64_t *count);
bool onnx_draft_finish(struct onnx *onnx, struct onnx_draft *draft, enum tensor_kind kind,
		       uint32_t graph, uint32_t node, uint32_t *tensor);
struct tensor *onnx_new_tensor(struct onnx *onnx, uint64_t offset);
bool onnx_read_sparse(struct onnx *onnx, uint64_t offset, uint32_t graph, uint32_t node,
		      uint32_t *tensor); /* what lies in sparse_parts */

/* Appends to a list of runs; consecutive items of one field become one run. */
#define ONNX_JOIN(runs, next)                                                                      \
	((runs).count > 0 && onnx_run_join(&(runs).items[(runs).count - 1], &(next)))
bool onnx_run_join(struct onnx_run *last, const struct onnx_run *next);

/* onnx_type.c: what lies in type_parts. */
bool onnx_read_type(struct onnx *onnx, uint32_t *type);

/* onnx_external.c */
bool onnx_place_external(struct onnx *onnx, const struct onnx_draft *draft, uint32_t tensor);
bool onnx_check_external(struct onnx *onnx);

/* onnx_edges.c, onnx_order.c, onnx_twins.c */
bool onnx_resolve(struct onnx *onnx);
bool onnx_check_order(struct onnx *onnx);
bool onnx_check_twins(struct onnx *onnx);

/* onnx_notices.c */
enum { ONNX_SHOWN = 200 }; /* bytes for a name in a message */
const char *onnx_shown(char buffer[ONNX_SHOWN], struct text text);
bool onnx_notice(struct onnx *onnx, enum severity severity, const char *rule, int64_t offset,
		 enum subject_kind kind, uint32_t subject, const char *format, ...)
	__attribute__((format(printf, 7, 8)));
bool onnx_check_model(struct onnx *onnx);
void onnx_sort_notices(struct onnx *onnx);

/* onnx.c: the whole reader. Takes the file over, also on failure; NULL on error. */
struct model *onnx_open(struct file *file, struct error *err);

#endif
