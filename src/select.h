/* What --select names: rows of the layer tree and tensors. */
#ifndef SELECT_H
#define SELECT_H

#include <stddef.h>
#include <stdint.h>

#include <mtui/error.h>
#include <mtui/layer.h>
#include <mtui/model.h>

struct selection {
	uint32_t *rows;	   /* that match, in tree order */
	size_t n_rows;
	uint32_t *tensors; /* that match or stand below a row that does, in file order */
	size_t n_tensors;
	uint32_t *nodes;   /* likewise */
	size_t n_nodes;
};

/* A row matches by its label or its path, a tensor by its name. Patterns are those of text_glob.
 * ERROR_USAGE when nothing matches. selection_free always. */
bool selection_find(struct selection *selection, const struct model *model,
		    const struct layers *layers, const char *const *patterns, size_t n_patterns,
		    struct error *err);
void selection_free(struct selection *selection);

#endif
