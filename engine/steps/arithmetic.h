// Steps without weights in the sense of a convolution: elementwise functions, per-channel affine, pooling, softmax, L2
// normalisation.
#pragma once

#include "engine/aligned.h"
#include "engine/steps/step.h"

namespace mien {

// y = f(x) over `floats` contiguous elements, in whatever layout they are.
std::unique_ptr<Step> make_unary(const kernels::Kernels& kernels, kernels::Unary f, float a, float b, int64_t floats,
                                 BufferId x, BufferId y);

// y = f(a, b) with NumPy broadcasting, all plain. For equal shapes the layout does not matter: give
// Shape{floats} three times.
std::unique_ptr<Step> make_binary(const kernels::Kernels& kernels, kernels::Binary f, const Shape& a_shape,
                                  const Shape& b_shape, const Shape& y_shape, BufferId a, BufferId b, BufferId y);

// y = act(x * scale[c] + shift[c]). scale and shift: null or one value per channel. blocked: x and y are blocked, else
// plain with channels on axis 1 (fma is then two roundings; only before a narrow first layer).
struct AffineSpec {
  const float* scale = nullptr;
  const float* shift = nullptr;
  Shape shape;
  bool blocked = true;
  Allocator allocator{};  // of the copies
};
std::unique_ptr<Step> make_affine(const kernels::Kernels& kernels, const AffineSpec& spec, BufferId x, BufferId y,
                                  Tail tail);

// Blocked pooling; a global pool is a window of the size of the picture.
std::unique_ptr<Step> make_pool(const kernels::Kernels& kernels, bool max, const Window& window, const Shape& x_shape,
                                const Shape& y_shape, BufferId x, BufferId y);

// Over rows of `cols` contiguous plain floats.
std::unique_ptr<Step> make_softmax(const kernels::Kernels& kernels, int64_t rows, int64_t cols, BufferId x, BufferId y);
std::unique_ptr<Step> make_l2_normalize(const kernels::Kernels& kernels, int64_t rows, int64_t cols, float eps,
                                        BufferId x, BufferId y);

}  // namespace mien
