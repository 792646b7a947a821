// Weights drawn by an integer rule, the same bits on every host: how a network runs and is tested without a checkpoint.
// Thread-safety: pure functions and an immutable object.
//
// Element i of the tensor with key "<layer>/<role>", in row-major order, is made from
//   u = (mix(state + i) >> 40) / 2^24,   0 <= u < 1, exact in double
// where state = fnv(key) for seed 0 and fnv(key) ^ mix(seed) for any other seed. The value is computed in double in the
// order written and rounded once to float:
//   conv.weight, fc.weight             (2u - 1) * sqrt(3 * gain / fan_in): the output's variance is gain * the input's
//                                      mean square
//   conv.bias, fc.bias, bn.beta, bn.mean  (2u - 1) * 0.1
//   bn.gamma, bn.var                   0.75 + 0.5 * u
//   prelu.slope                        0.05 + 0.4 * u
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/weight_source.h"

namespace mien {

// One step of splitmix64 (Steele, Lea and Flood 2014). mix(0) = 0xE220A8397B1DCDAF.
uint64_t mix(uint64_t x);
// 64-bit FNV-1a over the bytes of the text.
uint64_t fnv(std::string_view text);

class SeededWeights : public WeightSource {
 public:
  explicit SeededWeights(uint64_t seed) : seed_(seed) {}

  Constant tensor(const TensorRequest& request) override;
  int64_t outputs_of(const std::string&, Role, int64_t usual) const override { return usual; }

  // `count` elements of tensor "<layer>/<role>". REQUIRES: role is not conv_weight or fc_weight.
  std::vector<float> draw(const std::string& layer, Role role, int64_t count) const;
  // The weights of a convolution or a fully connected layer; fan_in = inputs of one output. REQUIRES: fan_in > 0, role
  // is conv_weight or fc_weight.
  std::vector<float> draw_weight(const std::string& layer, int64_t count, int64_t fan_in, double gain,
                                 Role role = Role::conv_weight) const;

 private:
  uint64_t state_of(const std::string& layer, Role role) const;

  uint64_t seed_;
};

}  // namespace mien
