// The proof that travels with a model: made from the reference run at conversion, repeated by `verify` on any machine.
#pragma once

#include <string>
#include <vector>

#include "engine/model.h"
#include "engine/records.h"

namespace mien {

struct ProofLimits {
  double min_cosine = 0.999999;
  double max_relative_error = 1e-4;  // largest abs error / largest abs value of the tensor
};

// How far one tensor is from its digest: the cosine at the sampled positions (1 where the samples are too small a part
// of the tensor to have a direction); the largest of the errors at the samples, of the rms and of the largest absolute
// value, relative to the latter. A NaN or another number of elements gives cosine 0 and an infinite error.
struct Agreement {
  std::string value;
  double cosine = 1;
  double relative_error = 0;
};

struct ProofReport {
  bool ok = true;                  // every output and every layer that was compared is within the limits
  std::vector<Agreement> outputs;  // the worst case of each output
  std::string first_divergent;     // name of the first layer beyond the limits, "" if none
  Agreement divergent;             // its figures
  int cases = 0, layers_checked = 0;
};

Digest digest_of(const std::string& value, const std::vector<double>& tensor, int max_samples);
Agreement compare(const Digest& digest, const float* tensor, int64_t elements);

// Runs every golden case of the model's package on its plan. Fails (bad_argument) if the package has none.
Result<ProofReport> verify(std::shared_ptr<const Model> model, const ProofLimits& limits = {});

}  // namespace mien
