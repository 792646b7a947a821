// One small MXNet model: a symbol, its parameters, and what comes of them.
#pragma once

#include <gtest/gtest.h>

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
  std::vector<int64_t> input_shape;

  // A variable with a value. The prefix is that of an argument unless another is given.
  int parameter(const std::string& name, const Shape& shape, const std::vector<float>& values,
                const std::string& prefix = "arg:") {
    params.tensors.push_back({prefix + name, shape, "float32", values});
    return symbol.variable(name);
  }
};

inline Result<Imported> import_text(const std::string& text, const Checkpoint& params,
                                    const std::vector<int64_t>& input_shape,
                                    std::vector<std::string>* unsupported = nullptr) {
  std::vector<std::string> local;
  return import_mxnet(reinterpret_cast<const uint8_t*>(text.data()), text.size(), params, input_shape,
                      unsupported ? unsupported : &local);
}
inline Result<Imported> import_model(const MxnetModel& model, std::vector<std::string>* unsupported = nullptr) {
  return import_text(model.symbol.text(), model.params, model.input_shape, unsupported);
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
