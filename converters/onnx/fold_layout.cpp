#include <algorithm>
#include <numeric>

#include "converters/onnx/fold.h"

namespace mien::onnx {
namespace {

std::vector<int64_t> strides_of(const Dims& dims) {
  std::vector<int64_t> stride(dims.size(), 1);
  for (size_t i = dims.size(); i-- > 1;) stride[i - 1] = stride[i] * dims[i];
  return stride;
}

void copy_element(const Tensor& from, int64_t i, Tensor* to, int64_t at) {
  if (from.floating()) {
    to->reals[static_cast<size_t>(at)] = from.reals[static_cast<size_t>(i)];
  } else {
    to->ints[static_cast<size_t>(at)] = from.ints[static_cast<size_t>(i)];
  }
}

void take_range(Fold& f, const Tensor& x, const SliceRange& range) {
  std::vector<int64_t> stride = strides_of(x.dims), from;
  int64_t base = 0;
  for (size_t i = 0; i < stride.size(); ++i) {
    base += range.start[i] * stride[i];
    // A step beyond the end is never taken twice; without it the product could overflow.
    stride[i] = range.count[i] > 1 ? stride[i] * range.step[i] : 0;
  }
  if (f.strided_list(range.count, base, stride, &from)) f.gather(x, range.count, from);
}

}  // namespace

const Tensor* Fold::input(size_t i) {
  if (i < in.size() && in[i]) return in[i];
  node.corrupt("input " + std::to_string(i) + " is missing");
  return nullptr;
}

Tensor* Fold::make(int32_t type, const Dims& dims) {
  Result<int64_t> count = count_elements(dims);
  if (!count.ok()) {
    node.corrupt(count.status().message());
    return nullptr;
  }
  if (!budget.take(*count)) {
    node.refuse("folding it would need too much memory (" + dims_text(dims) + ")");
    return nullptr;
  }
  out.push_back(make_tensor(type, dims));
  return &out.back();
}

bool Fold::index_list(const Dims& dims, std::vector<int64_t>* from) {
  Result<int64_t> count = count_elements(dims);
  if (!count.ok()) {
    node.corrupt(count.status().message());
    return false;
  }
  if (!budget.take(*count)) {
    node.refuse("folding it would need too much memory (" + dims_text(dims) + ")");
    return false;
  }
  from->assign(static_cast<size_t>(*count), 0);
  return true;
}

bool Fold::strided_list(const Dims& dims, int64_t base, const std::vector<int64_t>& stride,
                        std::vector<int64_t>* from) {
  if (!index_list(dims, from)) return false;
  std::vector<int64_t> at(dims.size(), 0);
  int64_t offset = base;
  for (int64_t& slot : *from) {
    slot = offset;
    for (size_t axis = dims.size(); axis-- > 0;) {
      offset += stride[axis];
      if (++at[axis] < dims[axis]) break;
      offset -= stride[axis] * dims[axis];
      at[axis] = 0;
    }
  }
  return true;
}

void Fold::gather(const Tensor& source, const Dims& dims, const std::vector<int64_t>& from) {
  Tensor* result = make(source.type, dims);
  if (!result) return;
  for (size_t i = 0; i < from.size(); ++i) copy_element(source, from[i], result, static_cast<int64_t>(i));
}

void fold_identity(Fold& f) {
  const Tensor* x = f.input(0);
  if (!x) return;
  if (!f.budget.take(x->count())) return f.node.refuse("folding it would need too much memory");
  f.out.push_back(*x);
}

void fold_reshape(Fold& f) {
  const Tensor* x = f.input(0);
  if (!x) return;
  Dims dims;
  const std::string& op = f.node.op();
  const bool fine = op == "Reshape"   ? reshape_dims(f.node, x->dims, &dims)
                    : op == "Flatten" ? flatten_dims(f.node, x->dims, &dims)
                    : op == "Squeeze" ? squeeze_dims(f.node, x->dims, &dims)
                                      : unsqueeze_dims(f.node, x->dims, &dims);
  if (!fine) return;
  fold_identity(f);
  if (!f.out.empty()) f.out.back().dims = dims;
}

void fold_transpose(Fold& f) {
  const Tensor* x = f.input(0);
  std::vector<int64_t> order, from, stride;
  if (!x || !transpose_order(f.node, x->rank(), &order)) return;
  const std::vector<int64_t> source = strides_of(x->dims);
  Dims dims;
  for (int64_t axis : order) {
    dims.push_back(x->dims[static_cast<size_t>(axis)]);
    stride.push_back(source[static_cast<size_t>(axis)]);
  }
  if (f.strided_list(dims, 0, stride, &from)) f.gather(*x, dims, from);
}

void fold_slice(Fold& f) {
  const Tensor* x = f.input(0);
  SliceRange range;
  if (x && slice_range(f.node, x->dims, &range)) take_range(f, *x, range);
}

void fold_split(Fold& f) {
  const Tensor* x = f.input(0);
  int axis = 0;
  std::vector<int64_t> sizes;
  if (!x || !split_sizes(f.node, x->dims, &axis, &sizes)) return;
  SliceRange range{std::vector<int64_t>(x->dims.size(), 0), x->dims, std::vector<int64_t>(x->dims.size(), 1)};
  for (int64_t size : sizes) {
    range.count[static_cast<size_t>(axis)] = size;
    take_range(f, *x, range);
    if (!f.node.ok()) return;
    range.start[static_cast<size_t>(axis)] += size;
  }
}

void fold_gather(Fold& f) {
  const Tensor *x = f.input(0), *index = f.input(1);
  int axis = 0;
  if (!x || !index || !resolve_axis(f.node, f.node.integer("axis", 0), x->rank(), &axis)) return;
  if (index->floating()) return f.node.corrupt("indices are not integers");
  const size_t a = static_cast<size_t>(axis);
  const int64_t dim = x->dims[a];
  const int64_t inner = std::accumulate(x->dims.begin() + axis + 1, x->dims.end(), int64_t{1}, std::multiplies<>());
  const int64_t outer = std::accumulate(x->dims.begin(), x->dims.begin() + axis, int64_t{1}, std::multiplies<>());
  Dims dims(x->dims.begin(), x->dims.begin() + axis);
  dims.insert(dims.end(), index->dims.begin(), index->dims.end());
  dims.insert(dims.end(), x->dims.begin() + axis + 1, x->dims.end());
  std::vector<int64_t> from;
  if (!f.index_list(dims, &from)) return;
  size_t slot = 0;
  for (int64_t o = 0; o < outer && !from.empty(); ++o) {
    for (int64_t i : index->ints) {
      if (i < -dim || i >= dim) return f.node.corrupt("index " + std::to_string(i) + " of " + std::to_string(dim));
      const int64_t row = (o * dim + (i < 0 ? i + dim : i)) * inner;
      for (int64_t k = 0; k < inner; ++k) from[slot++] = row + k;
    }
  }
  f.gather(*x, dims, from);
}

void fold_concat(Fold& f) {
  const Tensor* first = f.input(0);
  int axis = 0;
  if (!first || !resolve_axis(f.node, f.node.integer("axis", f.node.opset() < 4 ? 1 : 0), first->rank(), &axis)) return;
  const size_t a = static_cast<size_t>(axis);
  Dims dims = first->dims;
  dims[a] = 0;
  for (size_t i = 0; i < f.in.size(); ++i) {
    const Tensor* part = f.input(i);
    if (!part) return;
    Dims expected = part->dims;
    if (part->floating() != first->floating() || part->rank() != first->rank())
      return f.node.corrupt("inputs do not fit");
    expected[a] = first->dims[a];
    if (expected != first->dims) return f.node.corrupt("inputs do not fit");
    dims[a] += part->dims[a];
  }
  Tensor* out = f.make(first->type, dims);
  if (!out) return;
  const int64_t outer = std::accumulate(dims.begin(), dims.begin() + axis, int64_t{1}, std::multiplies<>());
  int64_t slot = 0;
  for (int64_t o = 0; o < outer; ++o) {
    for (const Tensor* part : f.in) {
      const int64_t run = part->count() / std::max<int64_t>(outer, 1);
      for (int64_t k = 0; k < run; ++k) copy_element(*part, o * run + k, out, slot++);
    }
  }
}

void fold_tile(Fold& f) {
  const Tensor *x = f.input(0), *repeats = f.input(1);
  if (!x || !repeats) return;
  if (repeats->type != kInt64 || repeats->count() != x->rank()) return f.node.corrupt("repeats do not fit");
  // Two axes per axis: the repetition with stride 0, then the data.
  Dims walk, dims;
  std::vector<int64_t> stride, from;
  const std::vector<int64_t> source = strides_of(x->dims);
  for (size_t i = 0; i < x->dims.size(); ++i) {
    const int64_t n = repeats->ints[i];
    if (n < 0 || n > kMaxTensorElements) return f.node.corrupt("repeats " + std::to_string(n) + " times");
    walk.insert(walk.end(), {n, x->dims[i]});
    stride.insert(stride.end(), {0, source[i]});
    dims.push_back(n * x->dims[i]);
  }
  if (walk.size() > kMaxTensorRank) return f.node.refuse("rank above 4");
  if (f.strided_list(walk, 0, stride, &from)) f.gather(*x, dims, from);
}

}  // namespace mien::onnx
