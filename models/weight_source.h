// Where a network's weights come from: drawn by a rule, or read from a trained checkpoint. Not thread-safe: a source
// serves one builder at a time.
#pragma once

#include <cstdint>
#include <string>

#include "engine/graph.h"

namespace mien {

// What a tensor is for. A tensor has a key "<layer>/<role>", such as "conv1/conv.weight".
enum class Role { conv_weight, conv_bias, fc_weight, fc_bias, bn_gamma, bn_beta, bn_mean, bn_var, prelu_slope };
const char* name_of(Role role);  // "conv.weight", "bn.gamma", ...

struct TensorRequest {
  const std::string& layer;
  Role role;
  Shape shape;  // conv.weight: output channels, inputs of a group, height, width; fc.weight: outputs, inputs; else one
                // axis
  double gain = 1;        // of untrained weights, see seeded_weights.h
  double eps = 0;         // of a BatchNorm: its variances must be above -eps
  bool optional = false;  // a source that lacks it answers 1 for a gamma, 0 for a beta
};
// What an optional tensor is that is not there.
Constant default_of(const TensorRequest& request);

class WeightSource {
 public:
  virtual ~WeightSource() = default;

  // The tensor, row-major, shape.elements() of it. A source that lacks it or has another shape answers with numbers of
  // no meaning and remembers the error: whoever made the source asks it after the network is built.
  virtual Constant tensor(const TensorRequest& request) = 0;
  // Outputs of a layer whose width is the trainer's choice, such as the number of people a classifier knows: those of
  // the source's own tensor, 0 if it has none, `usual` if weights of any width can be had.
  virtual int64_t outputs_of(const std::string& layer, Role role, int64_t usual) const = 0;
  // Columns of a convolution's kernel that is as wide as its input, which tell how wide the pictures of the training
  // were: those of the source's own tensor, `usual` if it has none.
  virtual int64_t kernel_width_of(const std::string& /*layer*/, int64_t usual) const { return usual; }
  // The eps of every BatchNorm, where the framework that the weights come from has another than the network's own.
  virtual double eps(double usual) const { return usual; }
};

}  // namespace mien
