// Writes small ONNX models for the tests, through the converter's own description of the format.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "converters/onnx/onnx.h"
#include "engine/reference.h"
#include "onnx/onnx.pb.h"

namespace mien::testing {

class OnnxNode {
 public:
  explicit OnnxNode(onnx_pb::Node* node) : node_(node) {}
  OnnxNode& integer(const std::string& name, int64_t v) {
    return add(name, 2, [&](auto* a) { a->set_i(v); });
  }
  OnnxNode& real(const std::string& name, float v) {
    return add(name, 1, [&](auto* a) { a->set_f(v); });
  }
  OnnxNode& text(const std::string& name, const std::string& v) {
    return add(name, 3, [&](auto* a) { a->set_s(v); });
  }
  OnnxNode& integers(const std::string& name, const std::vector<int64_t>& v) {
    return add(name, 7, [&](auto* a) { a->mutable_ints()->Add(v.begin(), v.end()); });
  }
  OnnxNode& reals(const std::string& name, const std::vector<float>& v) {
    return add(name, 6, [&](auto* a) { a->mutable_floats()->Add(v.begin(), v.end()); });
  }
  OnnxNode& tensor(const std::string& name, const onnx_pb::Tensor& v) {
    return add(name, 4, [&](auto* a) { *a->mutable_t() = v; });
  }
  onnx_pb::Node* proto() { return node_; }

 private:
  template <class Set>
  OnnxNode& add(const std::string& name, int type, Set set) {
    onnx_pb::Attribute* a = node_->add_attribute();
    a->set_name(name);
    a->set_type(type);
    set(a);
    return *this;
  }
  onnx_pb::Node* node_;
};

inline onnx_pb::Tensor float_tensor(const std::string& name, const std::vector<int64_t>& dims,
                                    const std::vector<float>& values) {
  onnx_pb::Tensor t;
  t.set_name(name);
  t.set_data_type(1);
  t.mutable_dims()->Add(dims.begin(), dims.end());
  t.mutable_float_data()->Add(values.begin(), values.end());
  return t;
}

inline onnx_pb::Tensor int_tensor(const std::string& name, const std::vector<int64_t>& dims,
                                  const std::vector<int64_t>& values) {
  onnx_pb::Tensor t;
  t.set_name(name);
  t.set_data_type(7);
  t.mutable_dims()->Add(dims.begin(), dims.end());
  t.mutable_int64_data()->Add(values.begin(), values.end());
  return t;
}

// One input "x" and one output "y" unless more are added.
class OnnxWriter {
 public:
  OnnxWriter(int opset, const std::vector<int64_t>& input_dims, int ir = 8) {
    model_.set_ir_version(ir);
    onnx_pb::OperatorSet* set = model_.add_opset_import();
    set->set_domain("");
    set->set_version(opset);
    model_.mutable_graph()->set_name("test");
    input("x", input_dims);
  }
  // Dimension 0 or below: the symbol "N".
  void input(const std::string& name, const std::vector<int64_t>& dims, int type = 1) {
    onnx_pb::ValueInfo* v = graph()->add_input();
    v->set_name(name);
    v->mutable_type()->mutable_tensor()->set_elem_type(type);
    onnx_pb::Dimensions* shape = v->mutable_type()->mutable_tensor()->mutable_shape();
    for (int64_t d : dims) d > 0 ? shape->add_dim()->set_value(d) : shape->add_dim()->set_symbol("N");
  }
  void output(const std::string& name) { graph()->add_output()->set_name(name); }
  std::string weight(const std::string& name, const std::vector<int64_t>& dims, const std::vector<float>& values) {
    *graph()->add_initializer() = float_tensor(name, dims, values);
    return name;
  }
  std::string ints(const std::string& name, const std::vector<int64_t>& values) {
    return ints(name, {static_cast<int64_t>(values.size())}, values);
  }
  std::string ints(const std::string& name, const std::vector<int64_t>& dims, const std::vector<int64_t>& values) {
    *graph()->add_initializer() = int_tensor(name, dims, values);
    return name;
  }
  OnnxNode node(const std::string& op, const std::vector<std::string>& inputs,
                const std::vector<std::string>& outputs = {"y"}) {
    onnx_pb::Node* n = graph()->add_node();
    n->set_op_type(op);
    n->set_name(op + std::to_string(graph()->node_size()));
    for (const std::string& i : inputs) n->add_input(i);
    for (const std::string& o : outputs) n->add_output(o);
    return OnnxNode(n);
  }
  onnx_pb::Graph* graph() { return model_.mutable_graph(); }
  onnx_pb::Model& model() { return model_; }
  std::string bytes() {
    if (graph()->output_size() == 0) output("y");
    return model_.SerializeAsString();
  }

 private:
  onnx_pb::Model model_;
};

inline Result<Imported> import_bytes(const std::string& bytes, std::vector<std::string>* unsupported = nullptr,
                                     const std::string& folder = "") {
  std::vector<std::string> local;
  return import_onnx(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), folder,
                     unsupported ? unsupported : &local);
}

// What the model answers on the reference kernels; empty, with the reason in *error, if it is refused.
struct Answer {
  Status status;
  Imported imported;
  std::vector<std::vector<double>> outputs;
  Shape shape;  // of output 0
  const std::vector<double>& y() const { return outputs.at(0); }
};

inline Answer answer(const std::string& bytes, const std::vector<double>& x) {
  Answer a;
  Result<Imported> imported = import_bytes(bytes);
  a.status = imported.status();
  if (!imported.ok()) return a;
  a.imported = std::move(*imported);
  const Graph& g = a.imported.package.graph;
  a.shape = g.value(g.outputs[0]).shape;
  auto run = run_reference(g, {x});
  a.status = run.status();
  if (run.ok()) a.outputs = *run;
  return a;
}

inline std::vector<double> ramp(int64_t n, double first = 1, double step = 1) {
  std::vector<double> v;
  for (int64_t i = 0; i < n; ++i) v.push_back(first + step * static_cast<double>(i));
  return v;
}

}  // namespace mien::testing
