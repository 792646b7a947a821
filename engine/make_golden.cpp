#include "engine/make_golden.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "engine/golden.h"
#include "engine/reference.h"
#include "engine/threads.h"

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

// As many cases as there are processors, and no more than fit beside the weights: the activations of a detector's large
// picture are, in double, many times its file. A conversion takes three times the file and 64 MiB at most.
int at_a_time(const Graph& graph) {
  constexpr int64_t kFree = int64_t{32} << 20;
  int64_t elements = most_alive(graph);
  for (ValueId id : graph.inputs) elements += graph.value(id).shape.elements();  // the run has copies of them
  const int64_t one = std::max<int64_t>(1, elements) * int64_t{sizeof(double)};
  const int64_t weights = cost_of(graph).total.params * int64_t{sizeof(float)};
  return static_cast<int>(std::clamp<int64_t>((kFree + weights) / one, 1, allowed_threads()));
}

// Calls body(i) once for each 0 <= i < n, `most` of them at a time. A thread that cannot be had is done without.
// REQUIRES: body throws nothing.
void for_each(int n, int most, const std::function<void(int)>& body) {
  std::atomic<int> next{0};
  const auto work = [&] {
    for (int i = next++; i < n; i = next++) body(i);
  };
  const int helpers = std::min(n, most) - 1;
  std::vector<std::thread> threads;
  threads.reserve(static_cast<size_t>(helpers));
  try {
    for (int i = 0; i < helpers; ++i) threads.emplace_back(work);
  } catch (const std::exception&) {
  }
  work();
  for (std::thread& thread : threads) thread.join();
}

// Adds up what the cases have done, from any thread.
class Work {
 public:
  Work(const Graph& graph, int cases, const ShareDone& told) : graph_(graph), cost_(cost_of(graph)), told_(told) {
    all_ = static_cast<double>(cost_.total.flops) * cases;
  }
  void done(const Node& node) {
    const std::lock_guard<std::mutex> lock(mutex_);
    done_ += static_cast<double>(cost_.nodes[static_cast<size_t>(&node - graph_.nodes.data())].flops);
    if (told_ && all_ > 0) told_(done_ / all_);
  }

 private:
  const Graph& graph_;
  const GraphCost cost_;
  const ShareDone& told_;
  std::mutex mutex_;
  double all_ = 0, done_ = 0;
};

}  // namespace

Result<Golden> make_golden(const Graph& graph, int cases, float low, float high, const ShareDone& progress) {
  Work work(graph, cases, progress);
  const NodeObserver after = [&](const Node& node, const std::vector<double>&) { work.done(node); };
  Golden golden;
  golden.cases.resize(static_cast<size_t>(cases));
  std::vector<Status> statuses(static_cast<size_t>(cases));
  for_each(cases, at_a_time(graph), [&](int i) {
    const size_t at = static_cast<size_t>(i);
    try {
      auto made = make_case(graph, kSeedStep * static_cast<uint64_t>(i + 1), low, high, after);
      if (made.ok())
        golden.cases[at] = std::move(*made);
      else
        statuses[at] = made.status();
    } catch (const std::bad_alloc&) {
      statuses[at] = Status(Code::out_of_memory, "not enough memory for the reference run");
    }
  });
  for (const Status& status : statuses) MIEN_RETURN_IF_ERROR(status);
  return golden;
}

}  // namespace mien
