// The one place that knows libonnx. It dies on hostile models, and may: nothing it does outlives
// the request, and whoever asked believes nothing of the answer without looking.
#include "engine/engine_onnx.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <new>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <onnx/checker.h>
#include <onnx/common/version.h>
#include <onnx/defs/schema.h>
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

using namespace onnx;
using Registry = OpSchemaRegistry;

namespace {

// What the client numbers graphs with; -1 where there is no number.
long graph_number(const GraphProto &graph)
{
	const std::string &text = graph.doc_string();
	char *end;
	long number = std::strtol(text.c_str(), &end, 10);
	return text.empty() || *end ? -1 : number;
}

// Writes SHAPES frames, a new one where the old one is full.
class ShapeWriter {
public:
	explicit ShapeWriter(struct answer *to) : answer(to) { answer_begin(answer); }

	void graph(const GraphProto &graph)
	{
		long number = graph_number(graph);
		std::unordered_map<std::string, const TypeProto *> types;
		for (const auto *infos : { &graph.value_info(), &graph.output(), &graph.input() })
			for (const ValueInfoProto &info : *infos)
				if (info.has_type())
					types.emplace(info.name(), &info.type());
		if (number < 0)
			return;
		open(number);
		for (int i = 0; i < graph.input_size(); i++)
			if (graph.input(i).has_type())
				value(number, ENGINE_INPUT, i, graph.input(i).type());
		for (int n = 0; n < graph.node_size(); n++)
			for (int i = 0; i < graph.node(n).output_size(); i++) {
				auto found = types.find(graph.node(n).output(i));
				if (found != types.end())
					value(number, n, i, *found->second);
			}
		close();
	}

private:
	void open(long number) { answer_u32(answer, number); }

	void close()
	{
		if (answer->len > 4)
			answer_send(answer, ENGINE_SHAPES);
		answer_begin(answer);
	}

	void value(long number, uint32_t node, uint32_t output, const TypeProto &type)
	{
		size_t before = answer->len;
		if (write(node, output, type))
			return;
		answer->len = before;
		if (!answer->full)
			return;
		// The frame was full: the value begins the next one.
		close();
		open(number);
		before = answer->len;
		if (!write(node, output, type))
			answer->len = before, answer->full = false;
	}

	bool write(uint32_t node, uint32_t output, const TypeProto &type)
	{
		answer_u32(answer, node);
		answer_u32(answer, output);
		return write_type(&type) && !answer->full;
	}

	bool write_type(const TypeProto *type)
	{
		for (;;) {
			switch (type->value_case()) {
			case TypeProto::kSequenceType:
				answer_u8(answer, ENGINE_SEQUENCE);
				type = &type->sequence_type().elem_type();
				break;
			case TypeProto::kOptionalType:
				answer_u8(answer, ENGINE_OPTIONAL);
				type = &type->optional_type().elem_type();
				break;
			case TypeProto::kMapType:
				answer_u8(answer, ENGINE_MAP);
				answer_u32(answer, type->map_type().key_type());
				type = &type->map_type().value_type();
				break;
			case TypeProto::kTensorType:
				answer_u8(answer, ENGINE_TENSOR);
				return write_tensor(type->tensor_type());
			case TypeProto::kSparseTensorType:
				answer_u8(answer, ENGINE_SPARSE);
				return write_tensor(type->sparse_tensor_type());
			default:
				return false;
			}
		}
	}

	template <class Tensor> bool write_tensor(const Tensor &tensor)
	{
		answer_u32(answer, tensor.elem_type());
		answer_u8(answer, tensor.has_shape());
		answer_u32(answer, tensor.shape().dim_size());
		for (const TensorShapeProto::Dimension &dim : tensor.shape().dim()) {
			if (dim.has_dim_value()) {
				answer_u8(answer, ENGINE_DIM_NUMBER);
				answer_u64(answer, dim.dim_value());
			} else if (!dim.dim_param().empty() &&
				   dim.dim_param().size() <= ENGINE_TEXT_MAX) {
				answer_u8(answer, ENGINE_DIM_SYMBOL);
				answer_u32(answer, dim.dim_param().size());
				answer_bytes(answer, dim.dim_param().data(), dim.dim_param().size());
			} else {
				answer_u8(answer, ENGINE_DIM_UNKNOWN);
			}
		}
		return true;
	}

	struct answer *answer;
};

void write_shapes(const GraphProto &top, struct answer *answer)
{
	ShapeWriter writer(answer);
	std::vector<const GraphProto *> graphs = { &top };
	while (!graphs.empty()) {
		const GraphProto *graph = graphs.back();
		graphs.pop_back();
		writer.graph(*graph);
		for (const NodeProto &node : graph->node())
			for (const AttributeProto &attribute : node.attribute()) {
				if (attribute.has_g())
					graphs.push_back(&attribute.g());
				for (const GraphProto &inner : attribute.graphs())
					graphs.push_back(&inner);
			}
	}
}

bool parse(const void *bytes, size_t len, ModelProto *model)
{
	google::protobuf::io::ArrayInputStream array(bytes, static_cast<int>(len));
	google::protobuf::io::CodedInputStream stream(&array);
	return model->ParseFromCodedStream(&stream) && stream.ConsumedEntireMessage();
}

template <class Opsets> std::string newer_opset(const Opsets &opsets)
{
	const auto &known = Registry::DomainToVersionRange::Instance().Map();
	for (const OperatorSetIdProto &opset : opsets) {
		auto found = known.find(opset.domain() == "ai.onnx" ? "" : opset.domain());
		if (found != known.end() && opset.version() > found->second.second)
			return "operator set " + std::to_string(found->second.second) + " of " +
			       (found->first.empty() ? "ai.onnx" : found->first) +
			       "; the model uses " + std::to_string(opset.version());
	}
	return "";
}

// What the library would judge by rules that no longer hold.
std::string newer_than_known(const ModelProto &model, bool ir_counts)
{
	std::string words = newer_opset(model.opset_import());
	for (const FunctionProto &function : model.functions())
		if (words.empty())
			words = newer_opset(function.opset_import());
	if (words.empty() && ir_counts && model.ir_version() > Version::IR_VERSION)
		words = "IR version " + std::to_string(Version::IR_VERSION) +
			"; the model's is " + std::to_string(model.ir_version());
	return words.empty() ? words : std::string("knows up to ") + words;
}

template <class Work>
void with_model(const void *bytes, size_t len, bool ir_counts, struct answer *answer, Work work)
{
	try {
		ModelProto model;
		if (!parse(bytes, len, &model)) {
			answer_failed(answer, ENGINE_REFUSES, "the library cannot parse the model");
			return;
		}
		std::string newer = newer_than_known(model, ir_counts);
		if (!newer.empty()) {
			answer_failed(answer, ENGINE_NEWER, newer.c_str());
			return;
		}
		work(model);
	} catch (const std::bad_alloc &) {
		answer_failed(answer, ENGINE_NO_MEMORY, "");
	} catch (const std::exception &e) {
		answer_failed(answer, ENGINE_REFUSES, e.what());
	}
}

// 1e-05 as 1e-05, not as 9.99999975e-06.
std::string float_text(float value)
{
	char text[32];
	for (int digits = 1; digits <= 9; digits++) {
		std::snprintf(text, sizeof text, "%.*g", digits, static_cast<double>(value));
		if (std::strtof(text, nullptr) == value)
			break;
	}
	return text;
}

template <class List, class Words> std::string list_text(const List &list, Words words)
{
	std::string text = "[";
	for (const auto &item : list)
		text += (text.size() > 1 ? ", " : "") + words(item);
	return text + "]";
}

std::string default_text(const AttributeProto &value)
{
	auto quoted = [](const std::string &text) { return "\"" + text + "\""; };
	auto number = [](int64_t i) { return std::to_string(i); };
	switch (value.type()) {
	case AttributeProto::FLOAT: return float_text(value.f());
	case AttributeProto::INT: return number(value.i());
	case AttributeProto::STRING: return quoted(value.s());
	case AttributeProto::FLOATS: return list_text(value.floats(), float_text);
	case AttributeProto::INTS: return list_text(value.ints(), number);
	case AttributeProto::STRINGS: return list_text(value.strings(), quoted);
	default: return "";
	}
}

void text(struct answer *answer, enum engine_item item, const std::string &words)
{
	answer_text(answer, item, words.data(), words.size());
}

void write_attributes(const OpSchema &schema, struct answer *answer)
{
	for (const auto &entry : schema.attributes()) {
		const OpSchema::Attribute &attribute = entry.second;
		std::string type = AttributeProto_AttributeType_Name(attribute.type);
		std::transform(type.begin(), type.end(), type.begin(), ::tolower);
		std::string value = default_text(attribute.default_value);
		text(answer, ITEM_ATTRIBUTE, attribute.name);
		text(answer, ITEM_TYPE, type);
		text(answer, ITEM_MEANING, attribute.description);
		if (!value.empty())
			text(answer, ITEM_DEFAULT, value);
		if (attribute.required)
			answer_number(answer, ITEM_REQUIRED, 1);
	}
}

void write_parameters(const std::vector<OpSchema::FormalParameter> &list, enum engine_item item,
		      struct answer *answer)
{
	for (const OpSchema::FormalParameter &parameter : list) {
		text(answer, item, parameter.GetName());
		text(answer, ITEM_TYPE, parameter.GetTypeStr());
		text(answer, ITEM_MEANING, parameter.GetDescription());
		if (parameter.GetOption() != OpSchema::Single)
			answer_number(answer, ITEM_OPTION, parameter.GetOption());
	}
}

void write_schema(const OpSchema &schema, struct answer *answer)
{
	text(answer, ITEM_NAME, schema.Name());
	text(answer, ITEM_DOMAIN, schema.domain());
	if (schema.doc())
		text(answer, ITEM_DOC, schema.doc());
	answer_number(answer, ITEM_SINCE, schema.SinceVersion());
	answer_number(answer, ITEM_DEPRECATED, schema.Deprecated());
	const auto &known = Registry::DomainToVersionRange::Instance().Map();
	auto domain = known.find(schema.domain());
	int version = domain == known.end() ? schema.SinceVersion() : domain->second.second;
	answer_number(answer, ITEM_OPSET, version);
	while (version > 0) {
		const OpSchema *older = Registry::Schema(schema.Name(), version, schema.domain());
		if (!older)
			break;
		answer_number(answer, ITEM_VERSION, older->SinceVersion());
		version = older->SinceVersion() - 1;
	}
	write_attributes(schema, answer);
	write_parameters(schema.inputs(), ITEM_INPUT, answer);
	write_parameters(schema.outputs(), ITEM_OUTPUT, answer);
	for (const OpSchema::TypeConstraintParam &constraint : schema.typeConstraintParams()) {
		text(answer, ITEM_CONSTRAINT, constraint.type_param_str);
		text(answer, ITEM_MEANING, constraint.description);
		for (const std::string &type : constraint.allowed_type_strs)
			text(answer, ITEM_TYPE, type);
	}
}

} // namespace

void engine_onnx_load(void)
{
	// The first question fills the registry.
	Registry::Schema("Identity");
}

void engine_onnx_about(struct answer *answer)
{
	text(answer, ITEM_LIBRARY, LAST_RELEASE_VERSION);
	answer_number(answer, ITEM_IR, Version::IR_VERSION);
	const auto &known = Registry::DomainToVersionRange::Instance().Map();
	for (const auto &domain : std::map<std::string, std::pair<int, int>>(known.begin(), known.end())) {
		text(answer, ITEM_DOMAIN, domain.first);
		answer_number(answer, ITEM_OPSET, domain.second.second);
	}
}

void engine_onnx_shapes(const void *bytes, size_t len, struct answer *answer)
{
	with_model(bytes, len, false, answer, [answer](ModelProto &model) {
		ShapeInferenceOptions options(false, 0, true);
		std::string problem;
		// What was inferred before it stopped is in the model all the same.
		try {
			shape_inference::InferShapes(model, Registry::Instance(), options);
		} catch (const std::bad_alloc &) {
			throw;
		} catch (const std::exception &e) {
			problem = e.what();
		}
		write_shapes(model.graph(), answer);
		if (problem.empty())
			answer_send(answer, ENGINE_DONE);
		else
			answer_failed(answer, ENGINE_REFUSES, problem.c_str());
	});
}

void engine_onnx_check(const void *bytes, size_t len, struct answer *answer)
{
	with_model(bytes, len, true, answer, [answer](ModelProto &model) {
		std::string verdict;
		try {
			checker::check_model(model);
		} catch (const checker::ValidationError &e) {
			verdict = e.what();
		}
		answer_begin(answer);
		answer_bytes(answer, verdict.data(),
			     std::min<size_t>(verdict.size(), ENGINE_TEXT_MAX));
		answer_send(answer, ENGINE_VERDICT);
		answer_send(answer, ENGINE_DONE);
	});
}

void engine_onnx_operator(const char *domain, const char *name, int64_t opset,
			  struct answer *answer)
{
	std::string in = std::string(domain) == "ai.onnx" ? "" : domain;
	const OpSchema *schema = nullptr;
	if (opset > 0)
		schema = Registry::Schema(name, std::min<int64_t>(opset, INT32_MAX), in);
	// Older than the operator itself: the newest says more than nothing.
	if (!schema)
		schema = Registry::Schema(name, in);
	if (!schema) {
		answer_failed(answer, ENGINE_NOT_KNOWN, "");
		return;
	}
	answer_begin(answer);
	write_schema(*schema, answer);
	answer_send(answer, ENGINE_OPERATOR);
	answer_send(answer, ENGINE_DONE);
}
