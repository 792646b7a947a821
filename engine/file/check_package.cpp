#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "engine/file/package.h"

namespace mien::file {
namespace {

Status corrupt(std::string what) {
  return {Code::corrupt, std::move(what)};
}

Status check_names(const Graph& graph) {
  std::vector<const std::string*> names;
  names.reserve(graph.values.size());
  for (const Value& value : graph.values) names.push_back(&value.name);
  std::sort(names.begin(), names.end(), [](auto* a, auto* b) { return *a < *b; });
  const auto twice = std::adjacent_find(names.begin(), names.end(), [](auto* a, auto* b) { return *a == *b; });
  if (twice == names.end()) return {};
  return corrupt("two values have the name '" + **twice + "'");
}

// Every value is an input, a node's output, or a constant that something reads.
Status check_used(const Graph& graph) {
  std::vector<bool> used(graph.values.size(), false);
  const auto mark = [&used](ValueId id) { used[static_cast<size_t>(id)] = true; };
  for (const Node& node : graph.nodes) {
    std::for_each(node.inputs.begin(), node.inputs.end(), mark);
    mark(node.output);
  }
  std::for_each(graph.inputs.begin(), graph.inputs.end(), mark);
  std::for_each(graph.outputs.begin(), graph.outputs.end(), mark);
  const auto unused = std::find(used.begin(), used.end(), false);
  if (unused == used.end()) return {};
  return corrupt("nothing uses the value '" + graph.values[static_cast<size_t>(unused - used.begin())].name + "'");
}

template <class Floats>
bool finite(const Floats& values) {
  return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

// The graph's first input, one sample of the record's layout; leading dimensions of 1 are the batch axis.
bool fits(const InputRecord& record, const Graph& graph) {
  if (graph.inputs.empty()) return false;
  const Shape& shape = graph.value(graph.inputs[0]).shape;
  if (shape.rank < 3) return false;
  const int first = shape.rank - 3;
  const Shape sample{shape[first], shape[first + 1], shape[first + 2]};
  const Shape wanted = record.layout == InputLayout::nchw ? Shape{record.channels, record.height, record.width}
                                                          : Shape{record.height, record.width, record.channels};
  return sample == wanted && shape.elements() == sample.elements();
}

Status check_input(const InputRecord& record, const Graph& graph) {
  if (!finite(record.mean) || !finite(record.scale)) return corrupt("mean or scale of the input record is not finite");
  if (record.height < 0 || record.width < 0 || record.channels < 0)
    return corrupt("the input record has a negative size");
  if (record.normalized_inside &&
      (record.mean != std::array<float, 4>{0, 0, 0, 0} || record.scale != std::array<float, 4>{1, 1, 1, 1}))
    return corrupt("the input record has a mean or scale although the graph normalises");
  if (!record.known) return {};
  if (record.channels != (record.color == ColorOrder::gray ? 1 : 3))
    return corrupt("the input record's colour order has not " + std::to_string(record.channels) + " channels");
  if (!fits(record, graph)) return corrupt("the input record's size is not that of the graph's input");
  return {};
}

Status check_output(const OutputRecord& record, const Graph& graph) {
  const int64_t elements = graph.value(graph.outputs[0]).shape.elements();
  if (record.dims < 0 || (record.embedding && record.dims != elements))
    return corrupt("the output record says " + std::to_string(record.dims) + " dimensions, the graph's output has " +
                   std::to_string(elements));
  return {};
}

Status check_card(const Card& card) {
  const std::string& hash = card.source_sha256;
  const bool hex =
      std::all_of(hash.begin(), hash.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (hash.empty() || (hash.size() == 64 && hex)) return {};
  return corrupt("the card's sha256 is not 64 lower-case hex digits");
}

// As infer_shapes allows; positions of samples (sample_index) then cannot overflow.
constexpr int64_t kMaxElements = int64_t{1} << 31;

bool is_sane(const Digest& digest) {
  return digest.elements >= 0 && digest.elements <= kMaxElements &&
         digest.samples.size() <= static_cast<uint64_t>(digest.elements) && std::isfinite(digest.rms) &&
         std::isfinite(digest.max_abs) && digest.rms >= 0 && digest.max_abs >= 0 && finite(digest.samples);
}

Status check_case(const GoldenCase& one, const Graph& graph) {
  if (!(std::isfinite(one.low) && std::isfinite(one.high) && one.low <= one.high))
    return corrupt("a golden case has no range of inputs");
  if (one.outputs.size() != graph.outputs.size()) return corrupt("a golden case does not have one digest per output");
  for (size_t i = 0; i < one.outputs.size(); ++i) {
    if (one.outputs[i].elements != graph.value(graph.outputs[i]).shape.elements())
      return corrupt("a golden output has not the size of the graph's output");
  }
  for (const std::vector<Digest>* digests : {&one.outputs, &one.layers}) {
    for (const Digest& digest : *digests) {
      if (!is_sane(digest)) return corrupt("the golden digest of '" + digest.value + "' contradicts itself");
    }
  }
  return {};
}

}  // namespace

Status check_package(const Package& package) {
  const Graph& graph = package.graph;
  MIEN_RETURN_IF_ERROR(check_names(graph));
  MIEN_RETURN_IF_ERROR(check_used(graph));
  MIEN_RETURN_IF_ERROR(check_input(package.input, graph));
  MIEN_RETURN_IF_ERROR(check_output(package.output, graph));
  MIEN_RETURN_IF_ERROR(check_card(package.card));
  for (const GoldenCase& one : package.golden.cases) MIEN_RETURN_IF_ERROR(check_case(one, graph));
  return {};
}

}  // namespace mien::file
