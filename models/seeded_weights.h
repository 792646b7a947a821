// Weights drawn by an integer rule, the same bits on every host: how a network runs and is tested without a checkpoint.
// Thread-safety: pure functions and an immutable object.
//
// A tensor has a key "<layer>/<role>", such as "conv1/conv.weight". Its element i, in row-major order, is made from
//   u = (mix(state + i) >> 40) / 2^24,   0 <= u < 1, exact in double
// where state = fnv(key) for seed 0 and fnv(key) ^ mix(seed) for any other seed. The value is computed in double in the
// order written below and rounded once to float.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mien {

// One step of splitmix64 (Steele, Lea and Flood 2014). mix(0) = 0xE220A8397B1DCDAF.
uint64_t mix(uint64_t x);
// 64-bit FNV-1a over the bytes of the text.
uint64_t fnv(std::string_view text);

// What a tensor is for, and with it the range of its values.
enum class Role {
  conv_weight,  // (2u - 1) * sqrt(3 * gain / fan_in): the output's variance is gain * the input's mean square
  conv_bias,    // (2u - 1) * 0.1
  fc_weight,    // as conv_weight
  fc_bias,      // as conv_bias
  bn_gamma,     // 0.75 + 0.5 * u
  bn_beta,      // (2u - 1) * 0.1
  bn_mean,      // (2u - 1) * 0.1
  bn_var,       // 0.75 + 0.5 * u
  prelu_slope,  // 0.05 + 0.4 * u
};
const char* name_of(Role role);  // "conv.weight", "bn.gamma", ...

class SeededWeights {
 public:
  explicit SeededWeights(uint64_t seed) : seed_(seed) {}

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
