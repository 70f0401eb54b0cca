/*
 * The weights of a large graph, read ahead. Nodes come first in such a file, then initializers,
 * mostly plain ones (onnx_plain.c). While this thread is busy with the nodes, another one skips
 * them, reads the initializers behind them, as long as each is plain and follows the one before,
 * and stops at the first thing that is anything else, or fails. When the walk gets to the first of
 * them it takes all over, gives them their names, and goes on behind them. So nothing is decided
 * here: what is odd or wrong is met by the walk, in the order of the file, and all comes out as if
 * nobody had read ahead.
 *
 * The other thread allocates nothing and shares nothing with this one but the file: its memory is
 * there before it begins, its results are looked at when it has ended.
 */
#include "core/formats/onnx_plain.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/aside.h"
#include "core/base/pages.h"

enum {
	AHEAD_MOST = 64 << 10, /* initializers */
	AHEAD_DATA = sizeof(struct onnx_plain_data) + ONNX_PLAIN_DIMS * sizeof(int64_t),
	AHEAD_NAME = 128 /* bytes, on average */
};

/* So many times what was walked of a graph until its weights are read ahead must be left. */
enum { AHEAD_WORTH = 8 };

struct ahead_name {
	uint64_t offset; /* of the initializer */
	uint32_t begin, len;
};

struct onnx_ahead {
	struct aside *aside;
	struct pbwire wire;
	struct error err;
	struct pb_message message;
	uint32_t graph;
	atomic_bool enough;

	size_t n, most;
	struct tensor *tensors; /* all but their names */
	struct ahead_name *names;
	char *data;    /* struct onnx_plain_data, one after another */
	uint8_t *text; /* of the names */
	size_t data_len, text_len, text_room;
};

static bool read_one(struct onnx_ahead *ahead, const struct pb_field *field)
{
	struct onnx_plain it;
	if (ahead->n == ahead->most || !onnx_parse_plain(&ahead->wire, field, &it))
		return false;
	if (it.name_len > ahead->text_room - ahead->text_len)
		return false;
	if (it.name_len)
		memcpy(ahead->text + ahead->text_len, it.name, it.name_len);
	ahead->names[ahead->n] = (struct ahead_name){ field->offset, (uint32_t)ahead->text_len,
						      (uint32_t)it.name_len };
	ahead->text_len += it.name_len;
	onnx_plain_tensor(&it, field, ahead->graph, &ahead->tensors[ahead->n++],
			  (struct onnx_plain_data *)(ahead->data + ahead->data_len));
	ahead->data_len += onnx_plain_size(&it);
	return true;
}

/* In the other thread. */
static void read_ahead(void *argument)
{
	struct onnx_ahead *ahead = argument;
	struct pb_message at = ahead->message;
	struct pb_field field;
	while (!atomic_load_explicit(&ahead->enough, memory_order_relaxed) &&
	       pbwire_next(&ahead->wire, &at, &field)) {
		if (field.tag == PB_TAG(5, PB_BYTES) ? !read_one(ahead, &field) : ahead->n > 0)
			return;
		ahead->message = at; /* behind the last one that was read */
	}
}

static void free_ahead(struct onnx_ahead *ahead)
{
	pbwire_free(&ahead->wire);
	free(ahead->tensors);
	free(ahead->data);
	free(ahead->names);
	free(ahead->text);
	free(ahead);
}

static struct onnx_ahead *new_ahead(struct onnx *onnx, struct pb_message rest, uint32_t graph)
{
	struct onnx_ahead *ahead = calloc(1, sizeof *ahead);
	if (!ahead)
		return NULL;
	uint64_t most = (rest.end - rest.position) / sizeof(struct run_of_bytes);
	ahead->most = most < AHEAD_MOST ? (size_t)most : AHEAD_MOST;
	ahead->text_room = ahead->most * AHEAD_NAME;
	ahead->message = rest;
	ahead->graph = graph;
	ahead->tensors = pages_alloc(ahead->most * sizeof *ahead->tensors);
	ahead->names = pages_alloc(ahead->most * sizeof *ahead->names);
	ahead->data = pages_alloc(ahead->most * AHEAD_DATA);
	ahead->text = pages_alloc(ahead->text_room);
	if (pbwire_init(&ahead->wire, onnx->wire.file, &ahead->err) && ahead->tensors &&
	    ahead->data && ahead->names && ahead->text)
		return ahead;
	free_ahead(ahead);
	return NULL;
}

void onnx_ahead_start(struct onnx *onnx, struct pb_message rest, uint32_t graph)
{
	onnx->ahead_from = UINT64_MAX; /* once a model */
	if (onnx->wire.file->size > ONNX_FORESEEN || rest.position >= rest.end ||
	    rest.end - rest.position < AHEAD_WORTH * ONNX_AHEAD_FROM)
		return;
	struct onnx_ahead *ahead = new_ahead(onnx, rest, graph);
	if (!ahead)
		return;
	ahead->aside = aside_start(read_ahead, ahead);
	if (ahead->aside)
		onnx->ahead = ahead;
	else
		free_ahead(ahead);
}

/* What the other thread has read; NULL if it never began. */
static struct onnx_ahead *finish(struct onnx *onnx)
{
	struct onnx_ahead *ahead = onnx->ahead;
	onnx->ahead = NULL;
	atomic_store_explicit(&ahead->enough, true, memory_order_relaxed);
	if (aside_finish(ahead->aside))
		return ahead;
	free_ahead(ahead);
	return NULL;
}

void onnx_ahead_end(struct onnx *onnx)
{
	struct onnx_ahead *ahead = onnx->ahead ? finish(onnx) : NULL;
	if (ahead)
		free_ahead(ahead);
}

/* The tensors as the model's, or behind those that it has of its nodes. */
static bool place_tensors(struct onnx *onnx, struct onnx_ahead *ahead)
{
	if (onnx->tensors.count == 0) {
		if (!onnx_charge(onnx, ahead->most * sizeof *ahead->tensors))
			return false;
		ONNX_FREE(onnx, onnx->tensors);
		onnx->tensors.items = ahead->tensors;
		onnx->tensors.capacity = ahead->most;
		ahead->tensors = NULL;
		return onnx_reserve(onnx, onnx->tensor_offsets, ahead->n);
	}
	if (!onnx_reserve(onnx, onnx->tensors, ahead->n) ||
	    !onnx_reserve(onnx, onnx->tensor_offsets, ahead->n))
		return false;
	memcpy(onnx->tensors.items + onnx->tensors.count, ahead->tensors,
	       ahead->n * sizeof *ahead->tensors);
	return true;
}

static bool name_tensors(struct onnx *onnx, const struct onnx_ahead *ahead)
{
	for (size_t i = 0; i < ahead->n; i++) {
		const struct ahead_name *name = &ahead->names[i];
		struct tensor *tensor = &onnx->tensors.items[onnx->tensors.count++];
		onnx->tensor_offsets.items[onnx->tensor_offsets.count++] = name->offset;
		if (!onnx_find_listed(onnx, ahead->text + name->begin, name->len, &tensor->value))
			return false;
		tensor->name = onnx_name_text(onnx, tensor->value);
	}
	return true;
}

bool onnx_ahead_take(struct onnx *onnx, const struct pb_field *first, struct pb_message *rest,
		     bool *taken)
{
	struct onnx_ahead *ahead = finish(onnx);
	bool ok = true;
	*taken = ahead && ahead->n > 0 && ahead->names[0].offset == first->offset &&
		 onnx->tensors.count + ahead->n <= LIMIT_TENSORS;
	if (*taken) {
		ok = onnx_keep(onnx, ahead->data, ahead->data_len);
		if (ok)
			ahead->data = NULL;
		ok = ok && place_tensors(onnx, ahead) && name_tensors(onnx, ahead);
		rest->position = ahead->message.position;
	}
	if (ahead)
		free_ahead(ahead);
	return ok;
}
