#include "session/library.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mtui/engine.h>
#include <mtui/shape_inference.h>
#include <mtui/skeleton.h>

#include "session/library_jobs.h"
#include "session/state.h"

/* Answers about operators that are kept; a model has some dozens of operators. */
#define MAX_ENTRIES 256

void library_init(struct library *library, int wake)
{
	*library = (struct library){ .wake = wake };
	pthread_mutex_init(&library->mutex, NULL);
}

static void drop_results(struct library_entry *entry)
{
	shapes_unref(entry->shapes);
	cost_sheet_free(entry->cost);
	free(entry->verdict);
	op_doc_free(entry->op_doc);
	entry->shapes = NULL;
	entry->cost = NULL;
	entry->verdict = NULL;
	entry->op_doc = NULL;
	entry->answer = (struct library_answer){ .state = REPORT_WAITING };
}

static void entry_free(struct library_entry *entry)
{
	drop_results(entry);
	model_unref(entry->model);
	dims_unref(entry->dims);
	free(entry->domain);
	free(entry->name);
	free(entry);
}

static void free_chain(struct library_entry *entry, bool finished)
{
	struct library_entry *next;

	for (; entry; entry = next) {
		next = finished ? entry->delivered : entry->next;
		entry_free(entry);
	}
}

/* Takes an entry out of the list; the worker may still have it. */
static void unlink_entry(struct library *library, struct library_entry *entry)
{
	struct library_entry **link = &library->entries;

	while (*link != entry)
		link = &(*link)->next;
	*link = entry->next;
	library->n_entries--;
}

/* --- The worker ------------------------------------------------------------------------------ */

/* Whether libonnx could say more: a value of the main graph without a type, or without a rank. */
static bool leaves_open(const struct shapes *shapes)
{
	const struct model *model = shapes->model;

	for (size_t i = 0; i < model->n_values; i++) {
		const struct type *type = shapes->values[i].type;

		if (model->values[i].graph == 0 &&
		    (!type || (type->kind == TYPE_TENSOR && !type->has_shape)))
			return true;
	}
	return false;
}

/* Our own inference first; libonnx, in its process, only for what that leaves open. */
static bool find_shapes(struct library_entry *entry, const char *program, struct error *err)
{
	struct shape_inference inference;
	struct skeleton skeleton;
	bool good;

	entry->shapes = shapes_new(entry->model, err);
	if (!entry->shapes)
		return false;
	good = shape_inference_run(entry->shapes, entry->dims ? entry->dims->items : NULL,
				   entry->dims ? entry->dims->n : 0, &inference, err);
	if (good && program && leaves_open(entry->shapes)) {
		good = model_skeleton(entry->model, &skeleton, err) &&
		       engine_ask_shapes(program,
					 (struct engine_model){ skeleton.bytes, skeleton.len },
					 entry->shapes, &entry->cancel, err);
		skeleton_free(&skeleton);
	}
	shapes_publish(entry->shapes);
	if (!good && err->code == ERROR_CANCELLED) {
		shapes_unref(entry->shapes);
		entry->shapes = NULL;
	}
	return good;
}

static bool find_cost(struct library_entry *entry, struct error *err)
{
	entry->cost = cost_sheet_new(entry->model, entry->dims ? entry->dims->items : NULL,
				     entry->dims ? entry->dims->n : 0, err);
	return entry->cost;
}

static bool find_verdict(struct library_entry *entry, const char *program, struct error *err)
{
	struct skeleton skeleton;

	if (model_skeleton(entry->model, &skeleton, err))
		entry->verdict = engine_ask_check(
			program, (struct engine_model){ skeleton.bytes, skeleton.len },
			&entry->cancel, err);
	skeleton_free(&skeleton);
	return entry->verdict;
}

static bool find_op_doc(struct library_entry *entry, const char *program, struct error *err)
{
	entry->op_doc = engine_ask_operator(
		program, (struct text){ entry->domain, entry->domain_len },
		(struct text){ entry->name, entry->name_len }, entry->opset, &entry->cancel, err);
	return entry->op_doc;
}

static void deliver(struct library_entry *entry)
{
	struct library *library = entry->library;
	const uint64_t one = 1;
	ssize_t written;

	pthread_mutex_lock(&library->mutex);
	entry->delivered = library->finished;
	library->finished = entry;
	/* Inside the lock: afterwards the session may be gone. */
	written = write(library->wake, &one, sizeof one);
	pthread_mutex_unlock(&library->mutex);
	(void)written;
}

static void run(void *argument)
{
	struct library_entry *entry = argument;
	struct library_answer *answer = &entry->answer;
	const char *program = entry->library->off ? NULL : entry->library->program;
	bool good = false;

	switch (entry->kind) {
	case LIBRARY_SHAPES:
		good = find_shapes(entry, program, &answer->error);
		break;
	case LIBRARY_COST:
		good = find_cost(entry, &answer->error);
		break;
	case LIBRARY_VERDICT:
		good = find_verdict(entry, program, &answer->error);
		break;
	case LIBRARY_OP_DOC:
		good = find_op_doc(entry, program, &answer->error);
		break;
	}
	answer->shapes = entry->shapes;
	answer->cost = entry->cost;
	answer->verdict = entry->verdict;
	answer->op_doc = entry->op_doc;
	answer->state = good ? REPORT_DONE :
			answer->error.code == ERROR_CANCELLED ? REPORT_STOPPED : REPORT_FAILED;
	deliver(entry);
}

/* --- Entries --------------------------------------------------------------------------------- */

static struct library_entry *find(const struct library *library, enum library_kind kind,
				  uint32_t document, struct text domain, struct text name,
				  int64_t opset)
{
	for (struct library_entry *entry = library->entries; entry; entry = entry->next)
		if (entry->kind == kind && entry->document == document && entry->opset == opset &&
		    text_equal((struct text){ entry->domain, entry->domain_len }, domain) &&
		    text_equal((struct text){ entry->name, entry->name_len }, name))
			return entry;
	return NULL;
}

/* The answer as everybody but the worker may see it. */
static const struct library_answer *answer_of(const struct library_entry *entry)
{
	static const struct library_answer waiting = { .state = REPORT_WAITING };

	return !entry ? NULL : entry->running ? &waiting : &entry->answer;
}

static char *copy_bytes(struct text text)
{
	char *copy = malloc(text.len + 1);

	if (copy && text.len)
		memcpy(copy, text.data, text.len);
	return copy;
}

static struct library_entry *add(struct library *library, enum library_kind kind,
				 uint32_t document, struct text domain, struct text name,
				 int64_t opset)
{
	struct library_entry *entry = calloc(1, sizeof *entry);

	if (!entry)
		return NULL;
	entry->library = library;
	entry->kind = kind;
	entry->document = document;
	entry->domain = copy_bytes(domain);
	entry->name = copy_bytes(name);
	entry->domain_len = domain.len;
	entry->name_len = name.len;
	entry->opset = opset;
	entry->answer.state = REPORT_STOPPED;
	if (!entry->domain || !entry->name) {
		entry_free(entry);
		return NULL;
	}
	entry->next = library->entries;
	library->entries = entry;
	library->n_entries++;
	return entry;
}

static bool needs_engine(enum library_kind kind)
{
	return kind == LIBRARY_VERDICT || kind == LIBRARY_OP_DOC;
}

/* Looks for the engine once, makes the worker once. */
static bool ready(struct library *library, enum library_kind kind, struct error *err)
{
	if (!library->looked && !library->off && kind != LIBRARY_COST)
		library->program = engine_find(&library->error);
	library->looked |= !library->off && kind != LIBRARY_COST;
	if (!library->program && needs_engine(kind)) {
		*err = library->error;
		return false;
	}
	if (!library->pool)
		library->pool = pool_new(1);
	return library->pool || error_set(err, ERROR_MEMORY, -1, "out of memory");
}

/* Gives an entry that has no answer to the worker. */
static void start(struct session *session, struct library_entry *entry)
{
	struct library *library = &session->library;
	struct library_answer *answer = &entry->answer;
	const struct document *document = session_document(session, entry->document);

	drop_results(entry);
	atomic_store(&entry->cancel, false);
	if (!entry->model && document)
		entry->model = model_ref(document->model);
	dims_unref(entry->dims);
	entry->dims = dims_ref(session->dims);
	entry->running = true;
	if (!session->busy_since)
		session->busy_since = job_clock();
	if (ready(library, entry->kind, &answer->error) &&
	    (pool_add(library->pool, 0, run, entry) ||
	     error_set(&answer->error, ERROR_MEMORY, -1, "out of memory")))
		return;
	entry->running = false;
	answer->state = REPORT_FAILED;
	answer->absent = true;
}

static void want(struct session *session, enum library_kind kind, uint32_t document,
		 struct text domain, struct text name, int64_t opset)
{
	struct library_entry *entry =
		find(&session->library, kind, document, domain, name, opset);

	if (session->library.off && needs_engine(kind))
		return;
	if (!entry)
		entry = add(&session->library, kind, document, domain, name, opset);
	if (!entry) {
		session->out_of_memory = true;
		return;
	}
	entry->wanted = true;
	if (!entry->running && entry->answer.state == REPORT_STOPPED && !session->stopped)
		start(session, entry);
}

/* --- The session's side ---------------------------------------------------------------------- */

void session_use_library(struct session *session, bool use)
{
	session->library.off = !use;
}

const struct library_answer *session_shapes(const struct session *session, uint32_t document)
{
	return answer_of(find(&session->library, LIBRARY_SHAPES, document, TEXT(""), TEXT(""), 0));
}

const struct library_answer *session_verdict(const struct session *session, uint32_t document)
{
	return answer_of(find(&session->library, LIBRARY_VERDICT, document, TEXT(""), TEXT(""), 0));
}

const struct library_answer *session_op_doc(const struct session *session, struct text domain,
					    struct text name, int64_t opset)
{
	return answer_of(find(&session->library, LIBRARY_OP_DOC, NO_INDEX, domain, name, opset));
}

const struct library_answer *session_cost(const struct session *session, uint32_t document)
{
	return answer_of(find(&session->library, LIBRARY_COST, document, TEXT(""), TEXT(""), 0));
}

void session_want_cost(struct session *session, uint32_t document)
{
	if (session_document(session, document))
		want(session, LIBRARY_COST, document, TEXT(""), TEXT(""), 0);
}

void session_want_shapes(struct session *session, uint32_t document)
{
	if (session_document(session, document))
		want(session, LIBRARY_SHAPES, document, TEXT(""), TEXT(""), 0);
}

void session_want_verdict(struct session *session, uint32_t document)
{
	if (session_document(session, document))
		want(session, LIBRARY_VERDICT, document, TEXT(""), TEXT(""), 0);
}

void session_want_op_doc(struct session *session, struct text domain, struct text name,
			 int64_t opset)
{
	want(session, LIBRARY_OP_DOC, NO_INDEX, domain, name, opset);
}

void library_update_begin(struct library *library)
{
	for (struct library_entry *entry = library->entries; entry; entry = entry->next)
		entry->wanted = false;
}

/* What nobody wants any more and has not begun is not begun: a held key builds no backlog. */
void library_update_end(struct library *library)
{
	struct library_entry *next;

	for (struct library_entry *entry = library->entries; entry; entry = next) {
		next = entry->next;
		if (!entry->running || entry->wanted || !pool_remove(library->pool, run, entry))
			continue;
		unlink_entry(library, entry);
		entry_free(entry);
	}
}

/* Keeps the list short; operators that were asked for long ago go first. */
static void trim(struct library *library)
{
	while (library->n_entries > MAX_ENTRIES) {
		struct library_entry *oldest = NULL;

		for (struct library_entry *entry = library->entries; entry; entry = entry->next)
			if (!entry->running && !entry->wanted && entry->kind == LIBRARY_OP_DOC)
				oldest = entry;
		if (!oldest)
			return;
		unlink_entry(library, oldest);
		entry_free(oldest);
	}
}

bool library_collect(struct library *library)
{
	struct library_entry *entry, *next;
	bool news;

	pthread_mutex_lock(&library->mutex);
	entry = library->finished;
	library->finished = NULL;
	pthread_mutex_unlock(&library->mutex);
	news = entry;
	for (; entry; entry = next) {
		next = entry->delivered;
		entry->running = false;
		if (entry->forgotten)
			entry_free(entry);
	}
	trim(library);
	return news;
}

unsigned library_tasks(const struct library *library)
{
	unsigned n = 0;

	for (const struct library_entry *entry = library->entries; entry; entry = entry->next)
		n += entry->running;
	return n;
}

void library_wait(struct library *library)
{
	if (library->pool)
		pool_wait(library->pool);
}

void library_stop(struct library *library)
{
	for (struct library_entry *entry = library->entries; entry; entry = entry->next) {
		if (!entry->running)
			continue;
		atomic_store(&entry->cancel, true);
		if (!pool_remove(library->pool, run, entry))
			continue;
		entry->running = false;
		entry->answer.state = REPORT_STOPPED;
	}
}

static void forget(struct library *library, struct library_entry *entry)
{
	unlink_entry(library, entry);
	atomic_store(&entry->cancel, true);
	entry->forgotten = true;
	if (!entry->running || pool_remove(library->pool, run, entry))
		entry_free(entry);
}

void library_forget(struct library *library, uint32_t document)
{
	struct library_entry *next;

	for (struct library_entry *entry = library->entries; entry; entry = next) {
		next = entry->next;
		if (entry->document == document)
			forget(library, entry);
	}
}

void library_forget_shapes(struct library *library)
{
	struct library_entry *next;

	for (struct library_entry *entry = library->entries; entry; entry = next) {
		next = entry->next;
		if (entry->kind == LIBRARY_SHAPES || entry->kind == LIBRARY_COST)
			forget(library, entry);
	}
}

void library_free(struct library *library)
{
	struct library_entry *next, *left = NULL;

	library_stop(library);
	if (library->pool)
		pool_free(library->pool);
	/* Forgotten ones are in no list but this. */
	for (struct library_entry *entry = library->finished; entry; entry = next) {
		next = entry->delivered;
		if (!entry->forgotten)
			continue;
		entry->delivered = left;
		left = entry;
	}
	free_chain(left, true);
	free_chain(library->entries, false);
	pthread_mutex_destroy(&library->mutex);
	free(library->program);
}
