#include "models/weight_source.h"

#include <vector>

namespace mien {

const char* name_of(Role role) {
  switch (role) {
    case Role::conv_weight:
      return "conv.weight";
    case Role::conv_bias:
      return "conv.bias";
    case Role::fc_weight:
      return "fc.weight";
    case Role::fc_bias:
      return "fc.bias";
    case Role::bn_gamma:
      return "bn.gamma";
    case Role::bn_beta:
      return "bn.beta";
    case Role::bn_mean:
      return "bn.mean";
    case Role::bn_var:
      return "bn.var";
    case Role::prelu_slope:
      return "prelu.slope";
  }
  return "";
}

Constant default_of(const TensorRequest& request) {
  const float value = request.role == Role::bn_gamma ? 1 : 0;
  return make_constant(std::vector<float>(static_cast<size_t>(request.shape.elements()), value));
}

}  // namespace mien
