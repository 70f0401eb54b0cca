/* The session's part of library.h; for the files of this room only. */
#ifndef SESSION_LIBRARY_JOBS_H
#define SESSION_LIBRARY_JOBS_H

#include <pthread.h>
#include <stdatomic.h>

#include <mtui/pool.h>

#include "session/dims.h"
#include "session/library.h"

enum library_kind { LIBRARY_SHAPES, LIBRARY_COST, LIBRARY_VERDICT, LIBRARY_OP_DOC };

/* Asked once, answered once. The worker alone writes to `answer` while `running`. */
struct library_entry {
	struct library *library;
	enum library_kind kind;
	uint32_t document;	 /* NO_INDEX for an operator */
	struct model *model;	 /* a reference; NULL for an operator */
	struct dims *dims;	 /* a reference, or NULL: of shapes and costs */
	char *domain, *name;	 /* of an operator; raw bytes, NUL-terminated for free() only */
	size_t domain_len, name_len;
	int64_t opset;

	bool running;		 /* queued or in the worker */
	bool wanted;		 /* in this update */
	bool forgotten;		 /* to be freed when it comes back */
	atomic_bool cancel;
	struct library_answer answer;
	struct shapes *shapes;	 /* what the answer points to */
	struct cost_sheet *cost;
	char *verdict;
	struct op_doc *op_doc;
	struct library_entry *next;	 /* of all entries, newest first */
	struct library_entry *delivered;
};

struct library {
	bool off;
	bool looked;	   /* for the engine */
	char *program;	   /* NULL: there is none, and error says why */
	struct error error;
	struct pool *pool; /* one thread; NULL until the first want */
	struct library_entry *entries;
	unsigned n_entries;

	pthread_mutex_t mutex;
	struct library_entry *finished; /* through delivered */
	int wake;			/* the session's */
};

void library_init(struct library *library, int wake);
void library_free(struct library *library);

/* Their parts of the session's functions. */
void library_update_begin(struct library *library);
void library_update_end(struct library *library);
bool library_collect(struct library *library);
unsigned library_tasks(const struct library *library);
void library_wait(struct library *library);
void library_stop(struct library *library);
void library_forget(struct library *library, uint32_t document);
void library_forget_shapes(struct library *library); /* and costs, of all documents */

#endif
