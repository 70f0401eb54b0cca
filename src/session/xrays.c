#include "session/xrays.h"

#include <stdlib.h>

#include <mtui/reader.h>

#include "session/state.h"

struct xray_table *xray_table_ref(struct xray_table *table)
{
	if (table)
		table->references++;
	return table;
}

void xray_table_unref(struct xray_table *table)
{
	if (!table || --table->references > 0)
		return;
	model_unref(table->original);
	arena_free(&table->arena);
	free(table->pairs);
	free(table);
}

struct xray_table *xray_table_new(const struct model *model, struct model *original)
{
	struct xray_table *table = calloc(1, sizeof *table);
	struct error err;
	bool good;

	if (!table)
		return NULL;
	table->references = 1;
	arena_init(&table->arena, 0);
	good = xray_find(model, &table->arena, &table->found, &err);
	if (good && original) {
		table->original = model_ref(original);
		table->pairs = calloc(table->found.n_weights + 1, sizeof *table->pairs);
		good = table->pairs &&
		       xray_match(model, &table->found, original, table->pairs, &err);
	}
	if (!good) {
		xray_table_unref(table);
		return NULL;
	}
	for (size_t i = 0; table->pairs && i < table->found.n_weights; i++)
		table->n_matched += table->pairs[i].tensor != NO_INDEX;
	return table;
}

void session_set_original(struct session *session, struct model *original)
{
	model_unref(session->original);
	session->original = original ? model_ref(original) : NULL;
}

bool session_open_original(struct session *session, const char *path, struct error *err)
{
	struct model *original = model_open(path, err);

	if (!original)
		return false;
	model_unref(session->original);
	session->original = original;
	return true;
}

const struct model *session_original(const struct session *session)
{
	return session->original;
}

const struct xray_table *session_xray(struct session *session, uint32_t number)
{
	struct document *document = session_document(session, number);

	if (!document)
		return NULL;
	if (!document->xray)
		document->xray = xray_table_new(document->model, session->original);
	return document->xray;
}

const struct xray_table *session_xray_known(const struct session *session, uint32_t number)
{
	const struct document *document = session_document(session, number);

	return document ? document->xray : NULL;
}
