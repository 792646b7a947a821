#include <cmath>
#include <limits>

#include "converters/onnx/fold.h"

namespace mien::onnx {
namespace {

enum class Binary {
  add,
  sub,
  mul,
  div,
  pow,
  mod,
  max,
  min,
  equal,
  less,
  less_equal,
  greater,
  greater_equal,
  and_,
  or_,
  xor_,
  none
};

Binary binary_of(const std::string& op) {
  static const struct {
    const char* name;
    Binary binary;
  } kTable[] = {{"Add", Binary::add},         {"Sub", Binary::sub},
                {"Mul", Binary::mul},         {"Div", Binary::div},
                {"Pow", Binary::pow},         {"Mod", Binary::mod},
                {"Max", Binary::max},         {"Min", Binary::min},
                {"Sum", Binary::add},         {"Equal", Binary::equal},
                {"Less", Binary::less},       {"LessOrEqual", Binary::less_equal},
                {"Greater", Binary::greater}, {"GreaterOrEqual", Binary::greater_equal},
                {"And", Binary::and_},        {"Or", Binary::or_},
                {"Xor", Binary::xor_}};
  for (const auto& row : kTable) {
    if (op == row.name) return row.binary;
  }
  return Binary::none;
}

double compute(Binary op, double a, double b) {
  switch (op) {
    case Binary::add:
      return a + b;
    case Binary::sub:
      return a - b;
    case Binary::mul:
      return a * b;
    case Binary::div:
      return a / b;
    case Binary::pow:
      return std::pow(a, b);
    case Binary::mod:
      return std::fmod(a, b);
    case Binary::max:
      return a > b ? a : b;
    case Binary::min:
      return a < b ? a : b;
    default:
      return 0;
  }
}

// False on overflow and on division by zero.
bool compute(Binary op, int64_t a, int64_t b, int64_t* out) {
  switch (op) {
    case Binary::add:
      return !__builtin_add_overflow(a, b, out);
    case Binary::sub:
      return !__builtin_sub_overflow(a, b, out);
    case Binary::mul:
      return !__builtin_mul_overflow(a, b, out);
    case Binary::div:
      if (b == 0 || (b == -1 && a == std::numeric_limits<int64_t>::min())) return false;
      *out = a / b;
      return true;
    case Binary::mod:
      if (b == 0 || b == -1) return b == -1 ? (*out = 0, true) : false;
      *out = a % b;
      if (*out != 0 && (*out < 0) != (b < 0)) *out += b;
      return true;
    case Binary::max:
      *out = a > b ? a : b;
      return true;
    case Binary::min:
      *out = a < b ? a : b;
      return true;
    case Binary::and_:
      *out = a && b;
      return true;
    case Binary::or_:
      *out = a || b;
      return true;
    case Binary::xor_:
      *out = (a != 0) != (b != 0);
      return true;
    case Binary::pow: {
      if (b < 0) return false;
      int64_t power = 1;
      for (int64_t i = 0; i < b && power != 0 && !(power == 1 && a == 1); ++i) {
        if (i > 64 || __builtin_mul_overflow(power, a, &power)) return false;
      }
      *out = power;
      return true;
    }
    default:
      return false;
  }
}

template <class T>
bool holds(Binary op, T a, T b) {
  switch (op) {
    case Binary::equal:
      return a == b;
    case Binary::less:
      return a < b;
    case Binary::less_equal:
      return a <= b;
    case Binary::greater:
      return a > b;
    default:
      return a >= b;
  }
}

bool is_comparison(Binary op) {
  return op >= Binary::equal && op <= Binary::greater_equal;
}

// For each element of `dims`, the element of `from` that broadcasts to it.
bool broadcast_index(Fold& f, const Dims& from, const Dims& dims, std::vector<int64_t>* index) {
  const size_t lead = dims.size() - from.size();
  std::vector<int64_t> stride(dims.size(), 0);
  int64_t step = 1;
  for (size_t i = from.size(); i-- > 0;) {
    stride[lead + i] = from[i] == 1 ? 0 : step;
    step *= from[i];
  }
  return f.strided_list(dims, 0, stride, index);
}

// a op b into a new tensor; false after telling the node.
bool combine(Fold& f, Binary op, const Tensor& a, const Tensor& b, Tensor* result) {
  Dims b_dims = b.dims, dims;
  if (f.node.opset() < 7 && !legacy_broadcast(f.node, a.dims, b.dims, &b_dims)) return false;
  if (!broadcast_dims(f.node, a.dims, b_dims, &dims)) return false;
  if (a.floating() != b.floating() && op != Binary::pow) {
    f.node.corrupt("mixes integers and floats");
    return false;
  }
  std::vector<int64_t> ia, ib;
  if (!broadcast_index(f, a.dims, dims, &ia) || !broadcast_index(f, b_dims, dims, &ib)) return false;
  Tensor* out = f.make(is_comparison(op) ? static_cast<int32_t>(kBool) : a.type, dims);
  if (!out) return false;
  for (size_t i = 0; i < ia.size(); ++i) {
    if (is_comparison(op)) {
      out->ints[i] = a.floating() ? holds(op, a.real(ia[i]), b.real(ib[i]))
                                  : holds(op, a.ints[static_cast<size_t>(ia[i])], b.ints[static_cast<size_t>(ib[i])]);
    } else if (a.floating()) {
      out->set_real(static_cast<int64_t>(i), compute(op, a.real(ia[i]), b.real(ib[i])));
    } else if (b.floating() ||
               !compute(op, a.ints[static_cast<size_t>(ia[i])], b.ints[static_cast<size_t>(ib[i])], &out->ints[i])) {
      f.node.corrupt("integer overflow or division by zero");
      return false;
    }
  }
  *result = std::move(*out);
  f.out.pop_back();
  return true;
}

double compute_unary(const std::string& op, double v) {
  if (op == "Neg") return -v;
  if (op == "Abs") return std::fabs(v);
  if (op == "Sqrt") return std::sqrt(v);
  if (op == "Exp") return std::exp(v);
  if (op == "Log") return std::log(v);
  if (op == "Reciprocal") return 1 / v;
  if (op == "Floor") return std::floor(v);
  if (op == "Ceil") return std::ceil(v);
  if (op == "Round") return std::nearbyint(v);
  if (op == "Sigmoid") return 1 / (1 + std::exp(-v));
  if (op == "Tanh") return std::tanh(v);
  return v > 0 ? v : 0;
}

}  // namespace

void fold_arithmetic(Fold& f) {
  const Binary op = binary_of(f.node.op());
  const Tensor* first = f.input(0);
  if (!first) return;
  Tensor result = *first;
  for (size_t i = 1; i < f.in.size(); ++i) {
    const Tensor* next = f.input(i);
    if (!next || !combine(f, op, result, *next, &result)) return;
  }
  f.out.push_back(std::move(result));
}

void fold_unary(Fold& f) {
  const Tensor* x = f.input(0);
  Tensor* out = x ? f.make(x->type, x->dims) : nullptr;
  if (!out) return;
  const std::string& op = f.node.op();
  for (int64_t i = 0; i < x->count(); ++i) {
    const size_t at = static_cast<size_t>(i);
    if (x->floating()) {
      out->set_real(i, compute_unary(op, x->real(i)));
    } else if (op == "Not") {
      out->ints[at] = x->ints[at] == 0;
    } else if ((op == "Neg" || op == "Abs") && x->ints[at] != std::numeric_limits<int64_t>::min()) {
      out->ints[at] = op == "Neg" || x->ints[at] < 0 ? -x->ints[at] : x->ints[at];
    } else {
      return f.node.corrupt("is not defined on integers");
    }
  }
}

void fold_where(Fold& f) {
  const Tensor *condition = f.input(0), *a = f.input(1), *b = f.input(2);
  if (!condition || !a || !b) return;
  if (condition->type != kBool || a->floating() != b->floating()) return f.node.corrupt("operands have wrong types");
  Dims dims;
  std::vector<int64_t> ic, ia, ib;
  if (!broadcast_dims(f.node, a->dims, b->dims, &dims) || !broadcast_dims(f.node, dims, condition->dims, &dims)) return;
  if (!broadcast_index(f, condition->dims, dims, &ic) || !broadcast_index(f, a->dims, dims, &ia) ||
      !broadcast_index(f, b->dims, dims, &ib))
    return;
  Tensor* out = f.make(a->type, dims);
  if (!out) return;
  for (size_t i = 0; i < ic.size(); ++i) {
    const bool first = condition->ints[static_cast<size_t>(ic[i])] != 0;
    const Tensor& from = first ? *a : *b;
    const size_t at = static_cast<size_t>(first ? ia[i] : ib[i]);
    if (out->floating()) {
      out->reals[i] = from.reals[at];
    } else {
      out->ints[i] = from.ints[at];
    }
  }
}

void fold_expand(Fold& f) {
  const Tensor *x = f.input(0), *shape = f.input(1);
  if (!x || !shape) return;
  if (shape->type != kInt64 || shape->rank() != 1) return f.node.corrupt("the shape is not a list of int64");
  Dims dims;
  std::vector<int64_t> from;
  if (broadcast_dims(f.node, x->dims, shape->ints, &dims) && broadcast_index(f, x->dims, dims, &from))
    f.gather(*x, dims, from);
}

void fold_clip(Fold& f) {
  const Tensor* x = f.input(0);
  if (!x) return;
  const double inf = std::numeric_limits<double>::infinity();
  double low = -inf, high = inf;
  if (f.node.opset() < 11) {
    if (f.node.has("min")) low = f.node.real("min", 0);
    if (f.node.has("max")) high = f.node.real("max", 0);
  } else {
    low = f.node.number(1, "min", low);
    high = f.node.number(2, "max", high);
  }
  Tensor* out = f.make(x->type, x->dims);
  if (!out) return;
  for (int64_t i = 0; i < x->count(); ++i) {
    const double v = std::fmin(std::fmax(x->real(i), low), high);
    if (x->floating()) {
      out->set_real(i, v);
    } else {
      // A bound that bites is an int64 itself; the element is kept where none does.
      const size_t at = static_cast<size_t>(i);
      out->ints[at] = v == x->real(i) ? x->ints[at] : static_cast<int64_t>(std::fmin(std::fmax(v, -0x1p62), 0x1p62));
    }
  }
}

}  // namespace mien::onnx
