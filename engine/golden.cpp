#include "engine/golden.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "engine/count.h"

namespace mien {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Sampled values whose norm is below this part of the tensor's largest value carry no direction: float32 rounding
// alone turns them, and their cosine would accuse a layer that is right. The relative error still judges them.
constexpr double kDirectionFloor = 1e-2;

// rms and largest absolute value of a tensor; NaN if one of its elements is.
struct Size {
  double rms = 0, max_abs = 0;
};

template <class T>
Size size_of(const T* tensor, int64_t elements) {
  double squares = 0, largest = 0;
  for (int64_t i = 0; i < elements; ++i) {
    const double v = std::fabs(static_cast<double>(tensor[i]));
    squares += v * v;
    largest = std::isnan(v) || v > largest ? v : largest;
  }
  if (std::isnan(squares)) largest = squares;
  return {elements > 0 ? std::sqrt(squares / static_cast<double>(elements)) : 0.0, largest};
}

// difference / scale, where 0 / 0 is 0 and whatever is not a number is infinitely wrong.
double relative(double difference, double scale) {
  if (difference == 0) return 0;
  const double ratio = std::fabs(difference) / scale;
  return std::isfinite(ratio) ? ratio : kInfinity;
}

bool within(const Agreement& agreement, const ProofLimits& limits) {
  return agreement.cosine >= limits.min_cosine && agreement.relative_error <= limits.max_relative_error;
}

void keep_worst(const Agreement& agreement, Agreement* worst) {
  worst->cosine = std::min(worst->cosine, agreement.cosine);
  worst->relative_error = std::max(worst->relative_error, agreement.relative_error);
}

// The proof of one model: its session, buffers and the report so far.
class Proof {
 public:
  Proof(const Model& model, const ProofLimits& limits) : model_(model), limits_(limits), steps_(model.steps()) {
    for (int i = 0; i < model.outputs(); ++i) {
      outputs_.emplace_back(count_in_memory<float>(model.output(i).shape.elements()));
      report_.outputs.push_back({model.output(i).name});
    }
  }

  Status run_case(Session& session, const GoldenCase& golden) {
    if (golden.outputs.size() != outputs_.size()) {
      return {Code::corrupt, "a golden case has " + std::to_string(golden.outputs.size()) + " outputs, the graph has " +
                                 std::to_string(outputs_.size())};
    }
    std::vector<std::vector<float>> inputs;
    for (int i = 0; i < model_.inputs(); ++i) {
      inputs.push_back(golden_input(golden.seed + static_cast<uint64_t>(i), model_.input(i).shape.elements(),
                                    golden.low, golden.high));
    }
    MIEN_RETURN_IF_ERROR(run(session, inputs, golden));
    for (size_t i = 0; i < outputs_.size(); ++i) {
      const Agreement agreement =
          compare(golden.outputs[i], outputs_[i].data(), static_cast<int64_t>(outputs_[i].size()));
      keep_worst(agreement, &report_.outputs[i]);
      report_.ok = report_.ok && within(agreement, limits_);
    }
    ++report_.cases;
    return {};
  }

  const ProofReport& report() const { return report_; }

 private:
  Status run(Session& session, const std::vector<std::vector<float>>& inputs, const GoldenCase& golden) {
    std::unordered_map<std::string, const Digest*> digests;
    for (const Digest& digest : golden.layers) digests[digest.value] = &digest;
    std::vector<const float*> in;
    std::vector<float*> out;
    for (const auto& input : inputs) in.push_back(input.data());
    for (auto& output : outputs_) out.push_back(output.data());
    const auto observe = [&](int step, const float* values, int64_t elements) {
      const auto found = digests.find(steps_[static_cast<size_t>(step)].value);
      if (found != digests.end()) check_layer(*found->second, values, elements);
    };
    return session.run_observed(1, in.data(), out.data(), observe, nullptr);
  }

  void check_layer(const Digest& digest, const float* values, int64_t elements) {
    ++report_.layers_checked;
    const Agreement agreement = compare(digest, values, elements);
    if (within(agreement, limits_) || !report_.first_divergent.empty()) return;
    report_.ok = false;
    report_.first_divergent = digest.value;
    report_.divergent = agreement;
  }

  const Model& model_;
  const ProofLimits limits_;
  const std::vector<StepInfo> steps_;
  std::vector<std::vector<float>> outputs_;
  ProofReport report_;
};

}  // namespace

Digest digest_of(const std::string& value, const std::vector<double>& tensor, int max_samples) {
  Digest digest;
  digest.value = value;
  digest.elements = static_cast<int64_t>(tensor.size());
  const Size size = size_of(tensor.data(), digest.elements);
  digest.rms = size.rms;
  digest.max_abs = size.max_abs;
  const int64_t n = std::min<int64_t>(max_samples, digest.elements);
  for (int64_t i = 0; i < n; ++i) {
    digest.samples.push_back(static_cast<float>(tensor[static_cast<size_t>(sample_index(i, n, digest.elements))]));
  }
  return digest;
}

Agreement compare(const Digest& digest, const float* tensor, int64_t elements) {
  Agreement result;
  result.value = digest.value;
  const Size size = size_of(tensor, elements);
  if (elements != digest.elements || !std::isfinite(size.rms)) {
    result.cosine = 0;
    result.relative_error = kInfinity;
    return result;
  }
  const auto n = static_cast<int64_t>(digest.samples.size());
  double dot = 0, norm = 0, expected_norm = 0, error = 0;
  for (int64_t i = 0; i < n; ++i) {
    const double expected = digest.samples[static_cast<size_t>(i)];
    const double v = tensor[sample_index(i, n, elements)];
    dot += v * expected;
    norm += v * v;
    expected_norm += expected * expected;
    error = std::max(error, std::fabs(v - expected));
  }
  // The samples do not see every element, the two sizes do.
  error = std::max({error, std::fabs(size.rms - digest.rms), std::fabs(size.max_abs - digest.max_abs)});
  result.relative_error = relative(error, digest.max_abs);
  if (std::sqrt(expected_norm) > kDirectionFloor * digest.max_abs) {
    result.cosine = norm > 0 ? dot / std::sqrt(norm * expected_norm) : 0;
  }
  return result;
}

Result<ProofReport> verify(std::shared_ptr<const Model> model, const ProofLimits& limits) {
  const Golden& golden = model->package().golden;
  if (golden.cases.empty()) return Status(Code::bad_argument, "the model file has no golden cases");
  auto session = Session::create(model);
  if (!session.ok()) return session.status();
  Proof proof(*model, limits);
  for (const GoldenCase& one : golden.cases) {
    MIEN_RETURN_IF_ERROR(proof.run_case(**session, one));
  }
  return proof.report();
}

}  // namespace mien
