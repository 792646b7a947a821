// The interpreter that folds constant expressions: the shape chains of PyTorch exports, anchors, dequantised weights.
// Integers are int64; float32 results are computed in double and rounded to float32 after every operator, as the
// runtimes do, so that a shape that goes through floats comes out the same. Not thread-safe.
#pragma once

#include <vector>

#include "converters/onnx/layout_rules.h"
#include "converters/onnx/node_view.h"
#include "converters/onnx/tensor.h"

namespace mien::onnx {

// What all folding of one file may allocate together: a few bytes of Expand must not become gigabytes.
class FoldBudget {
 public:
  explicit FoldBudget(int64_t bytes) : left_(bytes) {}
  bool take(int64_t elements) {
    if (elements > left_ / 8) return false;
    left_ -= elements * 8 + 64;
    return left_ >= 0;
  }

 private:
  int64_t left_;
};

// One folding: the node, its inputs (null if absent) and what it makes.
struct Fold {
  NodeView& node;
  FoldBudget& budget;
  std::vector<const Tensor*> in;
  std::vector<Tensor> out;

  // Input i, or null after telling the node that it is missing.
  const Tensor* input(size_t i);
  // A new output of zeros; null after telling the node why not.
  Tensor* make(int32_t type, const Dims& dims);
  // Output element i = element from[i] of the input. REQUIRES: from.size() == elements of dims.
  void gather(const Tensor& source, const Dims& dims, const std::vector<int64_t>& from);
  // An index list for gather, charged to the budget; empty and false if that fails.
  bool index_list(const Dims& dims, std::vector<int64_t>* from);
  // The index list of a walk over `dims` in order: base + sum of index * stride, one stride per axis (0 and negative
  // allowed). False as above.
  bool strided_list(const Dims& dims, int64_t base, const std::vector<int64_t>& stride, std::vector<int64_t>* from);
};

using FoldFunction = void (*)(Fold&);

// fold_arithmetic.cpp
void fold_arithmetic(Fold& f);   // Add Sub Mul Div Pow Mod Max Min Sum, comparisons, And Or Xor
void fold_unary(Fold& f);        // Neg Abs Sqrt Exp Log Reciprocal Floor Ceil Round Not Sigmoid Tanh Relu
void fold_where(Fold& f);
void fold_clip(Fold& f);
// fold_layout.cpp
void fold_identity(Fold& f);
void fold_reshape(Fold& f);      // Reshape Flatten Squeeze Unsqueeze
void fold_transpose(Fold& f);
void fold_slice(Fold& f);
void fold_split(Fold& f);
void fold_gather(Fold& f);
void fold_concat(Fold& f);
void fold_expand(Fold& f);
void fold_tile(Fold& f);
// fold_values.cpp
void fold_constant(Fold& f);
void fold_constant_of_shape(Fold& f);
void fold_range(Fold& f);
void fold_cast(Fold& f);
void fold_size(Fold& f);         // Shape and Size of a constant
void fold_reduce(Fold& f);       // ReduceSum ReduceProd ReduceMean ReduceMax ReduceMin
void fold_dequantize(Fold& f);

}  // namespace mien::onnx
