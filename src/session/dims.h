/*
 * Sizes of named dimensions, "batch=1": for all documents, given on the command line or by key.
 * Shapes and costs are worked out with them.
 */
#ifndef SESSION_DIMS_H
#define SESSION_DIMS_H

#include <mtui/shape_inference.h>

#include "session/session.h"

/* A size below 0 takes the name's size away again. What was worked out with other sizes is
 * forgotten, and pointers to it are no longer valid. False when memory is exhausted: nothing
 * changed. */
bool session_bind_dim(struct session *session, struct text name, int64_t size);

/* Several; of one name the last counts. */
bool session_bind_dims(struct session *session, const struct dim_binding *dims, size_t n,
		       struct error *err);

/* Those that are bound, in the order in which they were; valid until the next session_bind_dim. */
const struct dim_binding *session_dims(const struct session *session, size_t *n);

/* A list as the session and its workers share it: it never changes, and is counted. NULL: empty. */
struct dims {
	_Atomic unsigned references;
	size_t n;
	struct dim_binding items[];
};

struct dims *dims_ref(struct dims *dims);
void dims_unref(struct dims *dims);

#endif
