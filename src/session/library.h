/*
 * What libonnx says of documents and operators: asked for when a view wants it, answered later by
 * mtui-engine through a worker of its own, kept until the document is read again. Shapes are
 * inferred by mtui itself; libonnx is asked for what that leaves open. Costs are mtui's own, too.
 *
 * As for reports: wants stand between session_update_begin and session_update_end, answers come in
 * by session_collect, pointers are valid until the next one, and Esc stops what is under way.
 */
#ifndef SESSION_LIBRARY_H
#define SESSION_LIBRARY_H

#include <mtui/cost_sheet.h>
#include <mtui/op_doc.h>
#include <mtui/shapes.h>

#include "session/session.h"

/* Off: libonnx is not asked, and there are no answers but shapes. On by default; call it before the
 * first want. */
void session_use_library(struct session *session, bool use);

struct library_answer {
	enum report_state state;
	bool absent;		     /* REPORT_FAILED: there is no engine to be asked */
	struct error error;	     /* when REPORT_FAILED or REPORT_STOPPED */
	const struct shapes *shapes; /* of session_shapes: also with REPORT_FAILED, what the file says */
	const struct cost_sheet *cost; /* of session_cost, with rows */
	const char *verdict;	     /* of session_verdict: "" is a good one; through the gate */
	const struct op_doc *op_doc; /* of session_op_doc */
};

/* Types and shapes of all values. NULL when they were never wanted. */
const struct library_answer *session_shapes(const struct session *session, uint32_t document);
void session_want_shapes(struct session *session, uint32_t document);

/* What running a document costs, with the sizes of session/dims.h. NULL likewise. */
const struct library_answer *session_cost(const struct session *session, uint32_t document);
void session_want_cost(struct session *session, uint32_t document);

/* What the checker has to say against the model. */
const struct library_answer *session_verdict(const struct session *session, uint32_t document);
void session_want_verdict(struct session *session, uint32_t document);

/* An operator as of an operator set (0: the newest). */
const struct library_answer *session_op_doc(const struct session *session, struct text domain,
					    struct text name, int64_t opset);
void session_want_op_doc(struct session *session, struct text domain, struct text name,
			 int64_t opset);

#endif
