// The weights of a network out of a checkpoint that fits it. Not thread-safe; one builder uses it.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "converters/checkpoint/match.h"
#include "models/weight_source.h"

namespace mien {

class CheckpointWeights : public WeightSource {
 public:
  // Takes the values out of the checkpoint, each when it is asked for. REQUIRES: fit.ok(), for this checkpoint, which
  // outlives the object as the fit does.
  CheckpointWeights(Checkpoint* checkpoint, const Fit& fit, bool keep_negative_slopes);

  Constant tensor(const TensorRequest& request) override;
  int64_t outputs_of(const std::string& layer, Role role, int64_t usual) const override;
  int64_t kernel_width_of(const std::string& layer, int64_t usual) const override;
  double eps(double usual) const override;

  // The first tensor that no network can be built from, by its name: NaN, infinity, or a variance at or below -eps.
  const Status& status() const { return status_; }
  // Slopes that were negative and are 0 now, and in how many layers.
  int64_t clamped_slopes() const { return clamped_; }
  int clamped_layers() const { return clamped_layers_; }

 private:
  void check(const NamedTensor& tensor, const std::vector<float>& values, const TensorRequest& request);
  void clamp(std::vector<float>* slopes);

  Checkpoint& checkpoint_;
  const Fit& fit_;
  const bool keep_negative_slopes_;
  std::unordered_map<std::string, size_t> wanted_;  // by "<layer>/<role>"
  Status status_;
  int64_t clamped_ = 0;
  int clamped_layers_ = 0;
};

}  // namespace mien
