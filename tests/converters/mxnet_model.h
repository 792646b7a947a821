// One small MXNet model: a symbol, its parameters, and what comes of them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "converters/mxnet/mxnet.h"
#include "engine/reference.h"
#include "tests/converters/mxnet_writer.h"

namespace mien::testing {

using V = std::vector<double>;

struct MxnetModel {
  MxnetSymbol symbol;
  Checkpoint params;
  std::vector<int64_t> input_shape;  // of the first variable without a value, for the symbol to say; empty: it does not

  // A variable with a value. The prefix is that of an argument unless another is given.
  int parameter(const std::string& name, const Shape& shape, const std::vector<float>& values,
                const std::string& prefix = "arg:") {
    params.tensors.push_back({prefix + name, shape, "float32", values});
    return symbol.variable(name);
  }

  bool has_value(const std::string& variable) const {
    return std::any_of(params.tensors.begin(), params.tensors.end(), [&](const NamedTensor& tensor) {
      return tensor.name == variable || tensor.name.substr(tensor.name.find(':') + 1) == variable;
    });
  }
  nlohmann::json json() const {
    nlohmann::json all = symbol.json();
    std::string shape;
    for (int64_t d : input_shape) shape += (shape.empty() ? "(" : ", ") + std::to_string(d);
    for (nlohmann::json& node : all["nodes"]) {
      if (shape.empty() || node["op"] != "null" || has_value(node["name"])) continue;
      node[symbol.key]["__shape__"] = shape + ")";
      break;
    }
    return all;
  }
  std::string text() const { return json().dump(2); }
};

inline Result<Imported> import_text(const std::string& text, const Checkpoint& params,
                                    std::vector<std::string>* unsupported = nullptr, const PictureSize& asked = {}) {
  std::vector<std::string> local;
  return import_mxnet(reinterpret_cast<const uint8_t*>(text.data()), text.size(), params, asked,
                      unsupported ? unsupported : &local);
}
inline Result<Imported> import_model(const MxnetModel& model, std::vector<std::string>* unsupported = nullptr) {
  return import_text(model.text(), model.params, unsupported);
}

// The model's first output on the reference kernels.
inline void expect(const MxnetModel& model, const V& x, const Shape& shape, const V& y, double tolerance = 1e-6) {
  const Result<Imported> imported = import_model(model);
  ASSERT_TRUE(imported.ok()) << imported.status().message();
  const Graph& graph = imported->package.graph;
  EXPECT_EQ(graph.value(graph.outputs[0]).shape.text(), shape.text());
  const auto run = run_reference(graph, {x});
  ASSERT_TRUE(run.ok()) << run.status().message();
  ASSERT_EQ((*run)[0].size(), y.size());
  for (size_t i = 0; i < y.size(); ++i) EXPECT_NEAR((*run)[0][i], y[i], tolerance) << "element " << i;
}

inline void expect_refused(const MxnetModel& model, Code code, const std::string& part) {
  const Result<Imported> imported = import_model(model);
  ASSERT_FALSE(imported.ok()) << part;
  EXPECT_EQ(imported.status().code(), code) << imported.status().message();
  EXPECT_NE(imported.status().message().find(part), std::string::npos) << imported.status().message();
}

// A model of one operator on "data" of this shape.
inline MxnetModel model_of(const std::string& op, const std::vector<int64_t>& shape,
                           const MxnetSymbol::Attributes& attributes) {
  MxnetModel model;
  model.input_shape = shape;
  model.symbol.node(op, "y", {model.symbol.variable("data")}, attributes);
  return model;
}

}  // namespace mien::testing
