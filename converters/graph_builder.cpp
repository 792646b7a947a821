#include "converters/graph_builder.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <unordered_map>

#include "converters/input_record.h"
#include "converters/text.h"
#include "engine/passes/passes.h"

namespace mien {
namespace {

constexpr int64_t kMaxValueElements = int64_t{1} << 28;
constexpr int64_t kMaxMacs = int64_t{1} << 42;  // 350 times iresnet100; the proof would take hours

}  // namespace

Result<ValueId> GraphBuilder::constant(const std::string& name, const Shape& shape, std::vector<float> values) {
  if (values.empty()) return Status(Code::unsupported, "constant '" + name + "' has no element");
  if (shape.elements() != static_cast<int64_t>(values.size()))
    return Status(Code::corrupt,
                  "constant '" + name + "' is " + shape.text() + ", has " + std::to_string(values.size()) + " values");
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) {
      return Status(Code::corrupt, "constant '" + name + "' holds NaN or infinity at element " + std::to_string(i));
    }
    if (values[i] != 0 && std::fabs(values[i]) < FLT_MIN) values[i] = 0, ++denormals_flushed;
  }
  return graph.add_constant(name, shape, std::move(values));
}

Result<ValueId> GraphBuilder::constant(const std::string& name, const Shape& shape, const std::vector<double>& values) {
  std::vector<float> rounded(values.size());
  std::transform(values.begin(), values.end(), rounded.begin(), [](double v) { return static_cast<float>(v); });
  return constant(name, shape, std::move(rounded));
}

// The shape of one node's output, from a graph that holds nothing but the node.
Status GraphBuilder::infer(const Node& node, Shape* result) const {
  Graph alone;
  std::unordered_map<ValueId, ValueId> there;
  Node copy = node;
  for (ValueId& id : copy.inputs) {
    const auto [found, is_new] = there.emplace(id, kNoValue);
    const Value& value = graph.value(id);
    if (is_new) {
      found->second = value.is_constant() ? alone.add_constant(value.name, value.shape, value.constant)
                                          : alone.add_input(value.name, value.shape);
    }
    id = found->second;
  }
  const ValueId output = alone.add_node(std::move(copy));
  alone.outputs = {output};
  MIEN_RETURN_IF_ERROR(infer_shapes(alone));
  *result = alone.value(output).shape;
  return {};
}

Result<ValueId> GraphBuilder::append(Node node, const std::string& output_name) {
  Shape made;
  MIEN_RETURN_IF_ERROR(infer(node, &made));
  if (made.elements() > kMaxValueElements) {
    return Status(Code::unsupported,
                  "node '" + node.name + "': its output " + made.text() + " has more than 2^28 elements");
  }
  const ValueId value = graph.add_node(std::move(node), output_name);
  graph.value(value).shape = made;
  return value;
}

ValueId GraphBuilder::add_output(ValueId value, const std::string& name) {
  const bool own = graph.producers()[static_cast<size_t>(value)] >= 0 &&
                   std::find(graph.outputs.begin(), graph.outputs.end(), value) == graph.outputs.end();
  if (own) {
    const bool taken =
        std::any_of(graph.values.begin(), graph.values.end(), [&](const Value& other) { return other.name == name; });
    if (!taken) graph.value(value).name = name;
  } else {
    const Shape same = shape(value);
    Node copy = make_reshape(value, {same.dims, same.dims + same.rank});
    copy.name = name;
    value = graph.add_node(std::move(copy), name);
    graph.value(value).shape = same;
  }
  graph.outputs.push_back(value);
  return value;
}

Result<Imported> GraphBuilder::finish(const std::string& graph_name, const std::string& source_format) {
  if (graph.inputs.empty()) return Status(Code::corrupt, "the graph has no input");
  graph.name = printable(graph_name);
  MIEN_RETURN_IF_ERROR(remove_dead(graph));
  MIEN_RETURN_IF_ERROR(infer_shapes(graph));
  if (cost_of(graph).total.macs > kMaxMacs) return Status(Code::unsupported, "more than 2^42 multiply-adds");
  Imported out;
  out.package.graph = std::move(graph);
  out.package.card.source_format = source_format;
  fill_records(&out);
  out.repairs = std::move(repairs);
  out.warnings.insert(out.warnings.end(), warnings.begin(), warnings.end());
  out.denormals_flushed = denormals_flushed;
  return out;
}

void GraphBuilder::add_line(std::vector<std::string>* lines, const std::string& line) {
  if (std::find(lines->begin(), lines->end(), line) == lines->end() && lines->size() < 1000) lines->push_back(line);
}

Node make_node(Op op, std::vector<ValueId> inputs) {
  Node node;
  node.op = op;
  node.inputs = std::move(inputs);
  return node;
}

Node make_reshape(ValueId x, std::vector<int64_t> dims) {
  Node node = make_node(Op::reshape, {x});
  node.ints = std::move(dims);
  return node;
}

}  // namespace mien
