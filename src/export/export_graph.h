/* The view "graph" as a graph: JSON, DOT, Mermaid. */
#ifndef EXPORT_EXPORT_GRAPH_H
#define EXPORT_EXPORT_GRAPH_H

#include <mtui/excerpt.h>
#include <mtui/shapes.h>

#include "export/export.h"

/* The excerpt of the subject's rows: the scope that one row is, or what is around the nodes of all.
 * excerpt_free in any case. */
bool export_excerpt(const struct export_subject *subject, struct excerpt *excerpt,
		    struct error *err);

/* In the languages of Graphviz and of Mermaid, whatever the names hold. */
bool export_graph_dot(struct output *output, const struct export_subject *subject,
		      struct error *err);
bool export_graph_mermaid(struct output *output, const struct export_subject *subject,
			  struct error *err);

#endif
