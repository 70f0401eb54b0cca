#include "session/dims.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "session/state.h"

struct dims *dims_ref(struct dims *dims)
{
	if (dims)
		atomic_fetch_add(&dims->references, 1);
	return dims;
}

void dims_unref(struct dims *dims)
{
	if (dims && atomic_fetch_sub(&dims->references, 1) == 1)
		free(dims);
}

const struct dim_binding *session_dims(const struct session *session, size_t *n)
{
	*n = session->dims ? session->dims->n : 0;
	return session->dims ? session->dims->items : NULL;
}

/* Adds to a list with room for it; the bytes of the name go to *bytes. */
static void add(struct dims *dims, char **bytes, struct text name, int64_t size)
{
	if (name.len)
		memcpy(*bytes, name.data, name.len);
	dims->items[dims->n++] = (struct dim_binding){ { *bytes, name.len }, size };
	*bytes += name.len;
}

bool session_bind_dim(struct session *session, struct text name, int64_t size)
{
	const struct dims *old = session->dims;
	size_t n = old ? old->n : 0, bytes = name.len;
	struct dims *dims;
	bool there = false;
	char *at;

	for (size_t i = 0; i < n; i++)
		bytes += old->items[i].name.len;
	dims = malloc(sizeof *dims + (n + 1) * sizeof *dims->items + bytes);
	if (!dims)
		return false;
	dims->references = 1;
	dims->n = 0;
	at = (char *)&dims->items[n + 1];
	for (size_t i = 0; i < n; i++) {
		bool same = text_equal(old->items[i].name, name);

		if (!same)
			add(dims, &at, old->items[i].name, old->items[i].size);
		else if (size >= 0)
			add(dims, &at, name, size);
		there |= same;
	}
	if (!there && size >= 0)
		add(dims, &at, name, size);
	dims_unref(session->dims);
	session->dims = dims;
	library_forget_shapes(&session->library);
	return true;
}

bool session_bind_dims(struct session *session, const struct dim_binding *dims, size_t n,
		       struct error *err)
{
	for (size_t i = 0; i < n; i++)
		if (!session_bind_dim(session, dims[i].name, dims[i].size))
			return error_set(err, ERROR_MEMORY, -1, "out of memory");
	return true;
}
