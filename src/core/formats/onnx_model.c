/* ModelProto: what stands at the top of the file; the bodies of graphs are only listed. */
#include "core/formats/onnx.h"

#include <stdio.h>

bool onnx_read_entry(struct onnx *onnx, const struct pb_field *where, struct metadata *entry)
{
	struct pb_message message = pb_message(where);
	struct pb_field field;
	*entry = (struct metadata){ { "", 0 }, { "", 0 } };
	while (pbwire_next(&onnx->wire, &message, &field)) {
		if (field.tag == PB_TAG(1, PB_BYTES) && !onnx_read_text(onnx, &field, &entry->key))
			return false;
		if (field.tag == PB_TAG(2, PB_BYTES) &&
		    !onnx_read_text(onnx, &field, &entry->value))
			return false;
	}
	return pbwire_ok(&onnx->wire);
}

bool onnx_read_opset(struct onnx *onnx, const struct pb_field *where, struct opset *opset)
{
	struct pb_message message = pb_message(where);
	struct pb_field field;
	*opset = (struct opset){ { "", 0 }, 0 };
	while (pbwire_next(&onnx->wire, &message, &field)) {
		if (field.tag == PB_TAG(1, PB_BYTES) &&
		    !onnx_read_text(onnx, &field, &opset->domain))
			return false;
		if (field.tag == PB_TAG(2, PB_VARINT))
			opset->version = (int64_t)field.value;
	}
	return pbwire_ok(&onnx->wire);
}

static bool add_metadata(struct onnx *onnx, const struct pb_field *field)
{
	if (onnx->metadata.count >= LIMIT_METADATA)
		return pbwire_fail(&onnx->wire, ERROR_REFUSED, field->offset,
				   "more than %d metadata entries", LIMIT_METADATA);
	return ONNX_ROOM(onnx, onnx->metadata) &&
	       onnx_read_entry(onnx, field, &onnx->metadata.items[onnx->metadata.count++]);
}

/* TrainingInfoProto: two graphs, of which each may come in pieces. */
static bool add_training(struct onnx *onnx, const struct pb_field *where, uint32_t number)
{
	static const char *const names[] = { "initialization", "algorithm" };
	struct pb_message message = pb_message(where);
	struct pb_field field;
	uint32_t graphs[2] = { NO_INDEX, NO_INDEX };
	while (pbwire_next(&onnx->wire, &message, &field)) {
		if (field.tag != PB_TAG(1, PB_BYTES) && field.tag != PB_TAG(2, PB_BYTES))
			continue;
		uint32_t which = (field.tag >> 3) - 1;
		if (graphs[which] == NO_INDEX) {
			struct text label = arena_format(onnx->arena, "training_info[%u].%s",
							 number, names[which]);
			if (!label.data)
				return onnx_exhausted(onnx);
			if (!onnx_add_graph(onnx, GRAPH_TRAINING, NO_INDEX, NO_INDEX, label,
					    field.offset, &graphs[which]))
				return false;
		}
		if (!onnx_add_extent(onnx, graphs[which], pb_message(&field)))
			return false;
	}
	return pbwire_ok(&onnx->wire);
}

static bool add_function(struct onnx *onnx, const struct pb_field *field)
{
	uint32_t graph;
	onnx->model->n_functions++;
	return onnx_add_graph(onnx, GRAPH_FUNCTION, NO_INDEX, NO_INDEX, (struct text){ "", 0 },
			      field->offset, &graph) &&
	       onnx_add_extent(onnx, graph, pb_message(field));
}

static bool read_model_field(struct onnx *onnx, const struct pb_field *field, uint32_t *trainings)
{
	struct model *model = onnx->model;
	switch (field->tag) {
	case PB_TAG(1, PB_VARINT):
		model->ir_version = (int64_t)field->value;
		break;
	case PB_TAG(2, PB_BYTES):
		return onnx_read_text(onnx, field, &model->producer_name);
	case PB_TAG(3, PB_BYTES):
		return onnx_read_text(onnx, field, &model->producer_version);
	case PB_TAG(4, PB_BYTES):
		return onnx_read_text(onnx, field, &model->domain);
	case PB_TAG(5, PB_VARINT):
		model->model_version = (int64_t)field->value;
		break;
	case PB_TAG(6, PB_BYTES):
		model->doc_offset = field->start;
		model->doc_len = field->len;
		break;
	case PB_TAG(7, PB_BYTES):
		onnx->has_graph = true;
		return onnx_add_extent(onnx, 0, pb_message(field));
	case PB_TAG(8, PB_BYTES):
		return ONNX_ROOM(onnx, onnx->opsets) &&
		       onnx_read_opset(onnx, field, &onnx->opsets.items[onnx->opsets.count++]);
	case PB_TAG(14, PB_BYTES):
		return add_metadata(onnx, field);
	case PB_TAG(20, PB_BYTES):
		return add_training(onnx, field, (*trainings)++);
	case PB_TAG(25, PB_BYTES):
		return add_function(onnx, field);
	default:
		return true;
	}
	return true;
}

static bool is_known(uint32_t tag)
{
	uint32_t number = tag >> 3;
	bool varint = number == 1 || number == 5;
	return (tag & 7) == (varint ? PB_VARINT : PB_BYTES) &&
	       (number <= 8 || number == 14 || number == 20 || number == 25 || number == 26);
}

bool onnx_read_model(struct onnx *onnx)
{
	struct pb_message message = pbwire_root(&onnx->wire);
	struct pb_field field;
	uint32_t main_graph, trainings = 0;
	if (!onnx_add_graph(onnx, GRAPH_MAIN, NO_INDEX, NO_INDEX, (struct text){ "", 0 }, 0,
			    &main_graph))
		return false;
	while (pbwire_next(&onnx->wire, &message, &field)) {
		onnx->known_fields += is_known(field.tag);
		if (!read_model_field(onnx, &field, &trainings))
			return false;
	}
	if (!pbwire_ok(&onnx->wire))
		return false;
	if (!onnx->has_graph && onnx->model->n_functions == 0)
		return pbwire_fail(&onnx->wire, onnx->known_fields ? ERROR_MALFORMED : ERROR_FORMAT,
				   onnx->wire.file->size,
				   onnx->known_fields ? "the model has no graph (cut short?)"
						      : "not an ONNX model: no graph in it");
	return true;
}
