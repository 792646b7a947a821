// Gemm and MatMul with constant weights: fully connected layers.
#include <algorithm>

#include "converters/onnx/operators.h"

namespace mien::onnx {
namespace {

// [rows][columns] of t, times factor, as weights [M][K]: transposed unless it already is.
std::vector<double> weights_mk(const Tensor& t, bool is_mk, double factor) {
  const int64_t rows = t.dims[0], columns = t.dims[1];
  std::vector<double> out(t.reals.size());
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c)
      out[static_cast<size_t>(is_mk ? r * columns + c : c * rows + r)] =
          factor * t.reals[static_cast<size_t>(r * columns + c)];
  }
  return out;
}

bool all_zero(const Tensor& t) {
  for (int64_t i = 0; i < t.count(); ++i) {
    if (t.real(i) != 0) return false;
  }
  return true;
}

// C of Gemm as a bias of M numbers; false if it is not one (a column per row, for instance).
bool as_bias(const Tensor& c, int64_t m, double beta, std::vector<double>* out) {
  const bool one = c.count() == 1;
  if (!one && (c.count() != m || c.dims.back() != m)) return false;
  out->resize(static_cast<size_t>(m));
  for (int64_t i = 0; i < m; ++i) (*out)[static_cast<size_t>(i)] = beta * c.real(one ? 0 : i);
  return true;
}

// A of Gemm. Some exports of MXNet leave out the Flatten that its own layer implies.
ValueId matrix_a(Importer& g, NodeView& n) {
  const ValueId a = g.value(n, 0);
  if (!n.ok() || g.shape(a).rank <= 2) return a;
  const Shape shape = g.shape(a);
  if (shape[0] < 1) return a;
  g.repair("Gemm of a tensor of rank " + std::to_string(shape.rank) + " read as Gemm of its flattened form");
  return g.step(n, make_reshape(a, {shape[0], shape.elements() / shape[0]}), "flattened");
}

}  // namespace

void import_gemm(Importer& g, NodeView& n) {
  const ValueId a = matrix_a(g, n);
  const Tensor* b = n.required_constant(1, "B");
  if (!b || !n.ok()) return;
  if (n.integer("transA", 0) != 0) return n.refuse("transA");
  if (!b->floating() || b->rank() != 2) return n.refuse("B is " + dims_text(b->dims) + "; expected a float matrix");
  if (g.shape(a).rank != 2) return n.corrupt("A is " + g.shape(a).text() + "; expected a matrix");
  const double alpha = n.real("alpha", 1), beta = n.real("beta", 1);
  const bool is_mk = n.integer("transB", 0) != 0;
  const int64_t m = b->dims[is_mk ? 0 : 1], k = b->dims[is_mk ? 1 : 0];
  if (k != g.shape(a)[1]) return n.corrupt("B " + dims_text(b->dims) + " does not fit A " + g.shape(a).text());
  Node fc;
  fc.op = Op::fully_connected;
  fc.inputs = {a, is_mk && alpha == 1
                      ? g.value(n, 1)
                      : g.constant_value(n, n.base_name() + "/weights", {m, k}, weights_mk(*b, is_mk, alpha))};
  if (!n.has_input(2) || beta == 0) return g.finish(n, std::move(fc));
  const Tensor* c = n.constant(2);
  std::vector<double> bias;
  if (c && all_zero(*c)) return g.finish(n, std::move(fc));  // MXNet writes an int64 zero for "no bias"
  if (c && as_bias(*c, m, beta, &bias)) {
    fc.inputs.push_back(g.constant_value(n, n.base_name() + "/bias", {m}, bias));
    return g.finish(n, std::move(fc));
  }
  if (beta != 1) return n.refuse("beta with a C that is not a bias");
  const ValueId product = g.step(n, std::move(fc), "product");
  const ValueId added = g.value(n, 2);
  if (!n.ok()) return;
  Dims result;
  if (!broadcast_dims(n, g.dims(product), g.dims(added), &result)) return;
  if (result != g.dims(product)) return n.corrupt("C " + g.shape(added).text() + " does not fit the product");
  g.finish(n, Op::add, {product, added});
}

void import_matmul(Importer& g, NodeView& n) {
  const ValueId x = g.value(n, 0);
  const Tensor* w = n.required_constant(1, "the right operand");
  if (!w || !n.ok()) return;
  if (!w->floating() || w->rank() != 2 || g.shape(x).rank < 1)
    return n.refuse("operands " + g.shape(x).text() + " and " + dims_text(w->dims));
  const int64_t k = w->dims[0], m = w->dims[1];
  if (g.shape(x)[g.shape(x).rank - 1] != k)
    return n.corrupt(g.shape(x).text() + " and " + dims_text(w->dims) + " do not fit");
  g.finish(n, Op::fully_connected,
           {x, g.constant_value(n, n.base_name() + "/weights", {m, k}, weights_mk(*w, false, 1))});
}

}  // namespace mien::onnx
