/* GraphProto and FunctionProto: the list of bodies and the walk over one of them. */
#include "core/formats/onnx_plain.h"

#include <string.h>

bool onnx_add_graph(struct onnx *onnx, enum graph_kind kind, uint32_t parent, uint32_t node,
		    struct text label, uint64_t offset, uint32_t *graph)
{
	uint32_t depth = 0;
	if (parent != NO_INDEX)
		depth = onnx->graphs.items[parent].depth + 1;
	if (depth > LIMIT_GRAPH_DEPTH)
		return pbwire_fail(&onnx->wire, ERROR_REFUSED, offset,
				   "subgraphs nested deeper than %d", LIMIT_GRAPH_DEPTH);
	if (!ONNX_ROOM(onnx, onnx->graphs) || !ONNX_ROOM(onnx, onnx->scopes))
		return false;
	*graph = (uint32_t)onnx->graphs.count++;
	onnx->graphs.items[*graph] = (struct graph){ .label = label,
						     .parent = parent,
						     .node = node,
						     .depth = depth,
						     .kind = (uint8_t)kind };
	uint32_t outer = kind == GRAPH_TRAINING ? 0 : parent;
	bool counted = kind == GRAPH_MAIN ||
		       (kind == GRAPH_SUBGRAPH && onnx->scopes.items[parent].counted);
	onnx->scopes.items[onnx->scopes.count++] = (struct onnx_scope){ .first_extent = NO_INDEX,
									.last_extent = NO_INDEX,
									.outer = outer,
									.child = NO_INDEX,
									.sibling = NO_INDEX,
									.counted = counted };
	return true;
}

bool onnx_add_extent(struct onnx *onnx, uint32_t graph, struct pb_message message)
{
	struct onnx_scope *scope = &onnx->scopes.items[graph];
	if (!ONNX_ROOM(onnx, onnx->extents))
		return false;
	uint32_t extent = (uint32_t)onnx->extents.count++;
	onnx->extents.items[extent] = (struct onnx_extent){ message, NO_INDEX };
	if (scope->last_extent == NO_INDEX)
		scope->first_extent = extent;
	else
		onnx->extents.items[scope->last_extent].next = extent;
	scope->last_extent = extent;
	return true;
}

static bool add_info(struct onnx *onnx, uint32_t name, uint32_t type, enum onnx_role role)
{
	if (!ONNX_ROOM(onnx, onnx->infos))
		return false;
	onnx->infos.items[onnx->infos.count++] = (struct onnx_info){ name, type, role };
	return true;
}

static bool read_value_info(struct onnx *onnx, const struct pb_field *info, enum onnx_role role)
{
	struct pb_message message = pb_message(info);
	struct pb_field field;
	uint32_t name = NO_NAME, type = NO_INDEX;
	onnx->type_parts.count = 0;
	while (pbwire_next(&onnx->wire, &message, &field)) {
		if (field.tag == PB_TAG(1, PB_BYTES)) {
			if (!onnx_read_name(onnx, &field, &name))
				return false;
		} else if (field.tag == PB_TAG(2, PB_BYTES)) {
			if (!ONNX_ROOM(onnx, onnx->type_parts))
				return false;
			onnx->type_parts.items[onnx->type_parts.count++] = pb_message(&field);
		}
	}
	if (!pbwire_ok(&onnx->wire))
		return false;
	if (onnx->type_parts.count && !onnx_read_type(onnx, &type))
		return false;
	return add_info(onnx, name, type, role);
}

/* TensorAnnotation */
static bool read_annotation(struct onnx *onnx, const struct pb_field *annotation, uint32_t graph)
{
	struct pb_message message = pb_message(annotation);
	struct pb_field field;
	uint32_t name = NO_NAME;
	onnx->entries.count = 0;
	while (pbwire_next(&onnx->wire, &message, &field)) {
		if (field.tag == PB_TAG(1, PB_BYTES)) {
			if (!onnx_read_name(onnx, &field, &name))
				return false;
		} else if (field.tag == PB_TAG(2, PB_BYTES)) {
			if (!ONNX_ROOM(onnx, onnx->entries) ||
			    !onnx_read_entry(onnx, &field,
					     &onnx->entries.items[onnx->entries.count++]))
				return false;
		}
	}
	if (!pbwire_ok(&onnx->wire) || !ONNX_ROOM(onnx, onnx->annotations) ||
	    !ONNX_ROOM(onnx, onnx->quants))
		return false;
	size_t n = onnx->entries.count;
	struct metadata *entries = onnx_take_array(onnx, n, sizeof *entries);
	if (!entries)
		return false;
	for (size_t i = 0; i < n; i++)
		entries[i] = onnx->entries.items[i];
	onnx->quants.items[onnx->quants.count++] =
		(struct onnx_quant){ graph, name, (uint32_t)onnx->annotations.count };
	onnx->annotations.items[onnx->annotations.count++] =
		(struct quant_annotation){ onnx_name_text(onnx, name), entries, (uint32_t)n };
	return true;
}

/* Perhaps with more behind it: the rest's position tells. */
static bool read_initializer(struct onnx *onnx, const struct pb_field *field, uint32_t graph,
			     struct pb_message *rest)
{
	struct onnx_draft *draft = &onnx->drafts[DRAFT_TENSOR];
	uint32_t tensor;
	bool taken = false;
	if (onnx->ahead && (!onnx_ahead_take(onnx, field, rest, &taken) || taken))
		return pbwire_ok(&onnx->wire);
	if (!onnx_take_plain(onnx, field, graph, &taken) || taken)
		return pbwire_ok(&onnx->wire);
	onnx_draft_begin(draft, field->offset);
	return onnx_draft_read(onnx, draft, pb_message(field)) &&
	       onnx_draft_finish(onnx, draft, TENSOR_INITIALIZER, graph, NO_INDEX, &tensor);
}

static bool read_sparse_initializer(struct onnx *onnx, const struct pb_field *field, uint32_t graph)
{
	uint32_t tensor;
	onnx->sparse_parts.count = 0;
	if (!ONNX_ROOM(onnx, onnx->sparse_parts))
		return false;
	onnx->sparse_parts.items[onnx->sparse_parts.count++] = pb_message(field);
	return onnx_read_sparse(onnx, field->offset, graph, NO_INDEX, &tensor);
}

static bool read_graph(struct onnx *onnx, uint32_t graph, struct pb_message message)
{
	uint64_t begin = message.position;
	struct pb_field field;
	uint32_t name;
	while (pbwire_next(&onnx->wire, &message, &field)) {
		struct graph *it = &onnx->graphs.items[graph];
		bool ok = true;
		onnx->walked = field.offset;
		switch (field.tag) {
		case PB_TAG(1, PB_BYTES):
			if (field.offset - begin >= onnx->ahead_from && graph == 0)
				onnx_ahead_start(onnx, message, graph);
			ok = onnx_read_node(onnx, &field, graph);
			break;
		case PB_TAG(2, PB_BYTES):
			ok = onnx_read_name(onnx, &field, &name);
			it->name = ok ? onnx_name_text(onnx, name) : it->name;
			break;
		case PB_TAG(5, PB_BYTES):
			ok = read_initializer(onnx, &field, graph, &message);
			break;
		case PB_TAG(10, PB_BYTES):
			it->doc_offset = field.start;
			it->doc_len = field.len;
			break;
		case PB_TAG(11, PB_BYTES):
			ok = read_value_info(onnx, &field, ONNX_INPUT);
			break;
		case PB_TAG(12, PB_BYTES):
			ok = read_value_info(onnx, &field, ONNX_OUTPUT);
			break;
		case PB_TAG(13, PB_BYTES):
			it->n_value_info++;
			ok = read_value_info(onnx, &field, ONNX_VALUE_INFO);
			break;
		case PB_TAG(14, PB_BYTES):
			ok = read_annotation(onnx, &field, graph);
			break;
		case PB_TAG(15, PB_BYTES):
			ok = read_sparse_initializer(onnx, &field, graph);
			break;
		}
		if (!ok)
			return false;
	}
	return pbwire_ok(&onnx->wire);
}

/* The names of a function's attributes, those with defaults (AttributeProto) too. */
static bool read_parameter(struct onnx *onnx, const struct pb_field *parameter)
{
	struct pb_message message = pb_message(parameter);
	struct pb_field field = *parameter;
	struct text name = { "", 0 };
	if (parameter->tag == PB_TAG(6, PB_BYTES)) {
		if (!onnx_read_text(onnx, parameter, &name))
			return false;
	} else {
		while (pbwire_next(&onnx->wire, &message, &field))
			if (field.tag == PB_TAG(1, PB_BYTES) &&
			    !onnx_read_text(onnx, &field, &name))
				return false;
	}
	if (!pbwire_ok(&onnx->wire) || !ONNX_ROOM(onnx, onnx->strings))
		return false;
	onnx->strings.items[onnx->strings.count++] = name;
	return true;
}

struct function_head {
	uint32_t name, domain;
	VECTOR(struct opset) opsets;
	VECTOR(struct text) parameters;
};

static bool read_function_field(struct onnx *onnx, uint32_t graph, const struct pb_field *field,
				struct function_head *head)
{
	struct graph *it = &onnx->graphs.items[graph];
	uint32_t name;
	switch (field->tag) {
	case PB_TAG(1, PB_BYTES):
		return onnx_read_name(onnx, field, &head->name);
	case PB_TAG(4, PB_BYTES):
		return onnx_read_name(onnx, field, &name) &&
		       add_info(onnx, name, NO_INDEX, ONNX_INPUT);
	case PB_TAG(5, PB_BYTES):
		return onnx_read_name(onnx, field, &name) &&
		       add_info(onnx, name, NO_INDEX, ONNX_OUTPUT);
	case PB_TAG(6, PB_BYTES):
	case PB_TAG(11, PB_BYTES):
		/* Nodes in between use onnx->strings, so these move out at once. */
		onnx->strings.count = 0;
		if (!read_parameter(onnx, field) || !ONNX_ROOM(onnx, head->parameters))
			return false;
		head->parameters.items[head->parameters.count++] = onnx->strings.items[0];
		return true;
	case PB_TAG(7, PB_BYTES):
		return onnx_read_node(onnx, field, graph);
	case PB_TAG(8, PB_BYTES):
		it->doc_offset = field->start;
		it->doc_len = field->len;
		return true;
	case PB_TAG(9, PB_BYTES):
		return ONNX_ROOM(onnx, head->opsets) &&
		       onnx_read_opset(onnx, field, &head->opsets.items[head->opsets.count++]);
	case PB_TAG(10, PB_BYTES):
		return onnx_read_name(onnx, field, &head->domain);
	case PB_TAG(12, PB_BYTES):
		it->n_value_info++;
		return read_value_info(onnx, field, ONNX_VALUE_INFO);
	}
	return true;
}

static bool finish_function(struct onnx *onnx, uint32_t graph, const struct function_head *head)
{
	struct graph *it = &onnx->graphs.items[graph];
	struct text name = onnx_name_text(onnx, head->name);
	struct text domain = onnx_name_text(onnx, head->domain);
	struct opset *opsets = onnx_take_array(onnx, head->opsets.count, sizeof *opsets);
	struct text *parameters = onnx_take_array(onnx, head->parameters.count, sizeof *parameters);
	size_t len = domain.len + 2 + name.len;
	char *label = onnx_take_text(onnx, len);
	if (!opsets || !parameters || !label)
		return false;
	for (size_t i = 0; i < head->opsets.count; i++)
		opsets[i] = head->opsets.items[i];
	for (size_t i = 0; i < head->parameters.count; i++)
		parameters[i] = head->parameters.items[i];
	if (domain.len)
		memcpy(label, domain.data, domain.len);
	memcpy(label + domain.len, "::", 2);
	if (name.len)
		memcpy(label + domain.len + 2, name.data, name.len);
	it->name = name;
	it->domain = domain;
	it->label = (struct text){ label, len };
	it->opsets = opsets;
	it->n_opsets = (uint32_t)head->opsets.count;
	it->parameters = parameters;
	it->n_parameters = (uint32_t)head->parameters.count;
	return true;
}

static bool read_function(struct onnx *onnx, uint32_t graph, struct pb_message message)
{
	struct function_head head = { .name = NO_NAME, .domain = NO_NAME };
	struct pb_field field;
	bool ok = true;
	while (ok && pbwire_next(&onnx->wire, &message, &field))
		ok = read_function_field(onnx, graph, &field, &head);
	ok = ok && pbwire_ok(&onnx->wire) && finish_function(onnx, graph, &head);
	ONNX_FREE(onnx, head.opsets);
	ONNX_FREE(onnx, head.parameters);
	return ok;
}

/* Works off the list; subgraphs that are met are put at its end. */
bool onnx_read_graphs(struct onnx *onnx)
{
	for (uint32_t graph = 0; graph < onnx->graphs.count; graph++) {
		struct onnx_scope *scope = &onnx->scopes.items[graph];
		onnx->graphs.items[graph].first_node = (uint32_t)onnx->nodes.count;
		scope->first_info = (uint32_t)onnx->infos.count;
		scope->first_tensor = (uint32_t)onnx->tensors.count;
		scope->first_quant = (uint32_t)onnx->quants.count;
		for (uint32_t e = scope->first_extent; e != NO_INDEX;
		     e = onnx->extents.items[e].next) {
			struct pb_message message = onnx->extents.items[e].message;
			bool function = onnx->graphs.items[graph].kind == GRAPH_FUNCTION;
			if (!(function ? read_function : read_graph)(onnx, graph, message))
				return false;
		}
		scope = &onnx->scopes.items[graph]; /* the list may have moved */
		scope->n_infos = (uint32_t)(onnx->infos.count - scope->first_info);
		scope->n_tensors = (uint32_t)(onnx->tensors.count - scope->first_tensor);
		struct graph *it = &onnx->graphs.items[graph];
		it->n_nodes = (uint32_t)(onnx->nodes.count - it->first_node);
	}
	return true;
}
