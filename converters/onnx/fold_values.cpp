#include <algorithm>
#include <cmath>
#include <limits>

#include "converters/onnx/fold.h"

namespace mien::onnx {
namespace {

// Up to opset 5 Cast names its target in words.
int32_t type_from_name(const std::string& name) {
  static const struct {
    const char* name;
    int32_t type;
  } kNames[] = {{"FLOAT", kFloat}, {"UINT8", kUint8}, {"INT8", kInt8}, {"UINT16", kUint16},   {"INT16", kInt16},
                {"INT32", kInt32}, {"INT64", kInt64}, {"BOOL", kBool}, {"FLOAT16", kFloat16}, {"DOUBLE", kDouble}};
  for (const auto& row : kNames) {
    if (name == row.name) return row.type;
  }
  return 0;
}

// Two's complement truncation to the width of the type.
int64_t narrowed(int64_t v, int32_t type) {
  switch (type) {
    case kUint8:
      return static_cast<uint8_t>(v);
    case kInt8:
      return static_cast<int8_t>(v);
    case kUint16:
      return static_cast<uint16_t>(v);
    case kInt16:
      return static_cast<int16_t>(v);
    case kInt32:
      return static_cast<int32_t>(v);
    case kUint32:
      return static_cast<uint32_t>(v);
    case kBool:
      return v != 0;
    default:
      return v;
  }
}

bool castable(int32_t type) {
  return is_floating(type) || (type >= kUint8 && type <= kUint64 && type != kString);
}

struct Reducer {
  enum Kind { sum, mean, product, max, min } kind;
  double start() const {
    const double inf = std::numeric_limits<double>::infinity();
    return kind == product ? 1 : kind == max ? -inf : kind == min ? inf : 0;
  }
  double step(double a, double v) const {
    switch (kind) {
      case product:
        return a * v;
      case max:
        return std::max(a, v);
      case min:
        return std::min(a, v);
      default:
        return a + v;
    }
  }
};

bool reducer_of(const std::string& op, Reducer* out) {
  if (op == "ReduceSum")
    out->kind = Reducer::sum;
  else if (op == "ReduceMean")
    out->kind = Reducer::mean;
  else if (op == "ReduceProd")
    out->kind = Reducer::product;
  else if (op == "ReduceMax")
    out->kind = Reducer::max;
  else if (op == "ReduceMin")
    out->kind = Reducer::min;
  else
    return false;
  return true;
}

// Per element of x, the element of the reduced tensor it goes to.
bool reduced_index(Fold& f, const Dims& dims, const std::vector<bool>& gone, std::vector<int64_t>* to) {
  std::vector<int64_t> stride(dims.size(), 0);
  int64_t step = 1;
  for (size_t i = dims.size(); i-- > 0;) {
    if (gone[i]) continue;
    stride[i] = step;
    step *= dims[i];
  }
  return f.strided_list(dims, 0, stride, to);
}

}  // namespace

void fold_constant(Fold& f) {
  // The importer puts tensor values into its table of constants itself; here are the short forms of opset 12.
  NodeView& n = f.node;
  if (n.has("value_float")) {
    if (Tensor* out = f.make(kFloat, {})) out->reals[0] = n.real("value_float", 0);
  } else if (n.has("value_int")) {
    if (Tensor* out = f.make(kInt64, {})) out->ints[0] = n.integer("value_int", 0);
  } else if (n.has("value_floats")) {
    const std::vector<float> values = n.reals("value_floats");
    if (Tensor* out = f.make(kFloat, {static_cast<int64_t>(values.size())}))
      out->reals.assign(values.begin(), values.end());
  } else if (n.has("value_ints")) {
    const std::vector<int64_t> values = n.integers("value_ints");
    if (Tensor* out = f.make(kInt64, {static_cast<int64_t>(values.size())})) out->ints = values;
  } else {
    n.refuse("holds no dense numbers");
  }
}

void fold_constant_of_shape(Fold& f) {
  const Tensor *shape = f.input(0), *value = f.in.size() > 1 ? f.in[1] : nullptr;
  if (!shape) return;
  if (shape->type != kInt64 || shape->rank() != 1) return f.node.corrupt("the shape is not a list of int64");
  if (value && value->count() != 1) return f.node.corrupt("the value is not a single number");
  Tensor* out = f.make(value ? value->type : static_cast<int32_t>(kFloat), shape->ints);
  if (!out || !value) return;
  if (out->floating()) {
    std::fill(out->reals.begin(), out->reals.end(), value->reals[0]);
  } else {
    std::fill(out->ints.begin(), out->ints.end(), value->ints[0]);
  }
}

void fold_range(Fold& f) {
  const Tensor *start = f.input(0), *limit = f.input(1), *delta = f.input(2);
  if (!start || !limit || !delta) return;
  if (start->count() != 1 || limit->count() != 1 || delta->count() != 1)
    return f.node.corrupt("bounds are not single numbers");
  if (start->floating() != limit->floating() || start->floating() != delta->floating())
    return f.node.corrupt("mixes integers and floats");
  if (!(delta->real(0) != 0)) return f.node.corrupt("step 0");
  const double steps = std::ceil((limit->real(0) - start->real(0)) / delta->real(0));
  if (!(steps < 1e9)) return f.node.refuse("folding it would need too much memory");
  Tensor* out = f.make(start->type, {steps > 0 ? static_cast<int64_t>(steps) : 0});
  if (!out) return;
  for (int64_t i = 0; i < out->count(); ++i) {
    if (out->floating()) {
      out->set_real(i, start->real(0) + static_cast<double>(i) * delta->real(0));
    } else if (__builtin_mul_overflow(i, delta->ints[0], &out->ints[static_cast<size_t>(i)]) ||
               __builtin_add_overflow(out->ints[static_cast<size_t>(i)], start->ints[0],
                                      &out->ints[static_cast<size_t>(i)])) {
      return f.node.corrupt("integer overflow");
    }
  }
}

void fold_cast(Fold& f) {
  const Tensor* x = f.input(0);
  if (!x) return;
  const int64_t to = f.node.opset() < 6 ? type_from_name(f.node.text("to", "")) : f.node.integer("to", 0);
  if (to < 0 || to > 100 || !castable(static_cast<int32_t>(to)))
    return f.node.refuse("casts to type " + std::to_string(to));
  Tensor* out = f.make(static_cast<int32_t>(to), x->dims);
  if (!out) return;
  for (int64_t i = 0; i < x->count(); ++i) {
    if (out->floating()) {
      out->set_real(i, x->real(i));
      continue;
    }
    int64_t& slot = out->ints[static_cast<size_t>(i)];
    if (!x->floating()) {
      slot = narrowed(x->ints[static_cast<size_t>(i)], out->type);
    } else if (out->type == kBool) {
      slot = x->real(i) != 0;
    } else {
      if (!(std::fabs(x->real(i)) < 0x1p62)) return f.node.corrupt("a number that no integer can hold");
      slot = narrowed(static_cast<int64_t>(x->real(i)), out->type);
    }
  }
}

void fold_size(Fold& f) {
  const Tensor* x = f.input(0);
  if (!x) return;
  if (f.node.op() == "Size") {
    if (Tensor* out = f.make(kInt64, {})) out->ints[0] = x->count();
  } else if (Tensor* out = f.make(kInt64, {x->rank()})) {
    out->ints = x->dims;
  }
}

void fold_reduce(Fold& f) {
  const Tensor* x = f.input(0);
  Reducer reducer{};
  if (!x || !reducer_of(f.node.op(), &reducer)) return;
  const auto listed = f.node.list("axes", 1, f.node.op() == "ReduceSum" ? 13 : 18);
  std::vector<int> axes;
  if (!f.node.ok() || !resolve_axes(f.node, listed.value_or(Dims{}), x->rank(), &axes)) return;
  if (axes.empty() && f.node.integer("noop_with_empty_axes", 0) != 0) return fold_identity(f);
  std::vector<bool> gone(x->dims.size(), axes.empty());
  for (int axis : axes) gone[static_cast<size_t>(axis)] = true;
  const bool keep = f.node.integer("keepdims", 1) != 0;
  Dims dims;
  int64_t merged = 1;
  for (size_t i = 0; i < gone.size(); ++i) {
    if (gone[i]) merged *= x->dims[i];
    if (!gone[i] || keep) dims.push_back(gone[i] ? 1 : x->dims[i]);
  }
  std::vector<int64_t> to;
  if (!reduced_index(f, x->dims, gone, &to)) return;
  Tensor* out = f.make(x->type, dims);
  if (!out) return;
  std::vector<double> sums(static_cast<size_t>(out->count()), reducer.start());
  for (size_t i = 0; i < to.size(); ++i) {
    double& slot = sums[static_cast<size_t>(to[i])];
    slot = reducer.step(slot, x->real(static_cast<int64_t>(i)));
  }
  for (int64_t i = 0; i < out->count(); ++i) {
    double v = sums[static_cast<size_t>(i)];
    if (reducer.kind == Reducer::mean) v /= static_cast<double>(merged);
    if (out->floating()) {
      out->set_real(i, v);
    } else {
      // Shapes and their products; beyond 2^53 the double would not be exact.
      if (!(std::fabs(v) < 0x1p53)) return f.node.corrupt("integer overflow");
      out->ints[static_cast<size_t>(i)] = static_cast<int64_t>(v);
    }
  }
}

void fold_dequantize(Fold& f) {
  const Tensor *x = f.input(0), *scale = f.input(1), *zero = f.in.size() > 2 ? f.in[2] : nullptr;
  if (!x || !scale) return;
  if (f.node.integer("block_size", 0) != 0) return f.node.refuse("blocked quantisation");
  if (x->floating() || !scale->floating() || (zero && zero->floating()))
    return f.node.refuse("not integers with a float scale");
  if (zero && zero->count() != scale->count()) return f.node.corrupt("scale and zero point differ in size");
  int64_t inner = 1, channels = scale->count();
  if (channels != 1 || scale->rank() > 0) {
    int axis = 0;
    if (channels == 1) {
      axis = 0;
    } else if (!resolve_axis(f.node, f.node.integer("axis", 1), x->rank(), &axis)) {
      return;
    } else if (scale->rank() != 1 || x->dims[static_cast<size_t>(axis)] != channels) {
      return f.node.corrupt("scale " + dims_text(scale->dims) + " does not fit " + dims_text(x->dims));
    }
    for (size_t i = static_cast<size_t>(axis) + 1; i < x->dims.size(); ++i) inner *= x->dims[i];
  }
  if (channels < 1 || inner < 1) return f.node.corrupt("has no scale");
  Tensor* out = f.make(kFloat, x->dims);
  if (!out) return;
  for (int64_t i = 0; i < x->count(); ++i) {
    const int64_t c = i / inner % channels;
    const int64_t offset = zero ? zero->ints[static_cast<size_t>(c)] : 0;
    const double centred = static_cast<double>(x->ints[static_cast<size_t>(i)]) - static_cast<double>(offset);
    out->set_real(i, centred * scale->real(c));
  }
}

}  // namespace mien::onnx
