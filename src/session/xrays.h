/*
 * What is quantized already in an open document, and which tensors of the model that it was made
 * from its weights go with. Found once for each model that is read; the UI thread's alone, but for
 * jobs, which hold on to the table that they were made from.
 */
#ifndef SESSION_XRAYS_H
#define SESSION_XRAYS_H

#include <mtui/xray.h>

struct session;

struct xray_table {
	struct xray found;
	struct xray_pair *pairs; /* one a weight; NULL without an original */
	uint64_t n_matched;
	struct model *original;	 /* NULL: there is none */
	struct arena arena;
	unsigned references;
};

struct xray_result {
	struct xray_report report;
	struct xray_loss loss; /* where there is a pair */
	bool compared;
};

/* The model that quantized ones are compared with; opened before anything is wanted. */
bool session_open_original(struct session *session, const char *path, struct error *err);
void session_set_original(struct session *session, struct model *original); /* takes a reference */

const struct model *session_original(const struct session *session); /* or NULL */

/* Found on the first call; NULL without memory. Valid until the document is read again. */
const struct xray_table *session_xray(struct session *session, uint32_t document);

/* The same where it was found already, else NULL. Pure. */
const struct xray_table *session_xray_known(const struct session *session, uint32_t document);

struct xray_table *xray_table_new(const struct model *model, struct model *original);
struct xray_table *xray_table_ref(struct xray_table *table); /* NULL is fine, likewise below */
void xray_table_unref(struct xray_table *table);

#endif
