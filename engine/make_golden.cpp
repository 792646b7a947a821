#include "engine/make_golden.h"

#include <cmath>
#include <string>
#include <vector>

#include "engine/golden.h"
#include "engine/reference.h"

namespace mien {
namespace {

bool all_finite(const std::vector<double>& tensor) {
  for (double v : tensor) {
    if (!std::isfinite(static_cast<float>(v))) return false;
  }
  return true;
}

// Far apart, so that the streams of two cases (which advance by 1 per element) do not meet.
constexpr uint64_t kSeedStep = uint64_t{1} << 48;

Result<GoldenCase> make_case(const Graph& graph, uint64_t seed, float low, float high, const NodeObserver& after) {
  GoldenCase made;
  made.seed = seed, made.low = low, made.high = high;
  std::vector<std::vector<double>> inputs;
  for (size_t i = 0; i < graph.inputs.size(); ++i) {
    const std::vector<float> values = golden_input(seed + i, graph.value(graph.inputs[i]).shape.elements(), low, high);
    inputs.emplace_back(values.begin(), values.end());
  }
  std::string not_finite;
  auto outputs = run_reference(graph, inputs, [&](const Node& node, const std::vector<double>& output) {
    const std::string& name = graph.value(node.output).name;
    if (not_finite.empty() && !all_finite(output)) not_finite = name;
    made.layers.push_back(digest_of(name, output, kLayerSamples));
    after(node, output);
  });
  if (!outputs.ok()) return outputs.status();
  if (!not_finite.empty()) {
    return Status(Code::check_failed, "value '" + not_finite + "' leaves the range of float32 for inputs in [" +
                                          std::to_string(low) + ", " + std::to_string(high) + ")");
  }
  for (size_t i = 0; i < outputs->size(); ++i) {
    made.outputs.push_back(digest_of(graph.value(graph.outputs[i]).name, (*outputs)[i], kOutputSamples));
  }
  return made;
}

}  // namespace

Result<Golden> make_golden(const Graph& graph, int cases, float low, float high, const ShareDone& progress) {
  Golden golden;
  const GraphCost cost = cost_of(graph);
  const double all = static_cast<double>(cost.total.flops) * cases;
  double done = 0;
  const NodeObserver after = [&](const Node& node, const std::vector<double>&) {
    done += static_cast<double>(cost.nodes[static_cast<size_t>(&node - graph.nodes.data())].flops);
    if (progress && all > 0) progress(done / all);
  };
  for (int i = 0; i < cases; ++i) {
    auto made = make_case(graph, kSeedStep * static_cast<uint64_t>(i + 1), low, high, after);
    if (!made.ok()) return made.status();
    golden.cases.push_back(std::move(*made));
  }
  return golden;
}

}  // namespace mien
