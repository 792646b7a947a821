// Small graphs with random weights for the tests of the engine, and the one comparison they all need.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "engine/model.h"
#include "engine/reference.h"

namespace mien::testing_support {

// A graph under construction with a stream of random numbers.
class Builder {
 public:
  explicit Builder(uint32_t seed) : random_(seed) {}

  std::vector<float> numbers(int64_t n, float low = -1, float high = 1) {
    std::uniform_real_distribution<float> draw(low, high);
    std::vector<float> values(static_cast<size_t>(n));
    for (float& v : values) v = draw(random_);
    return values;
  }
  ValueId input(const Shape& shape) { return graph.add_input("x" + std::to_string(graph.inputs.size()), shape); }
  ValueId constant(const Shape& shape, float low = -1, float high = 1) {
    return graph.add_constant("c", shape, numbers(shape.elements(), low, high));
  }
  ValueId node(Op op, std::vector<ValueId> inputs, const std::function<void(Node&)>& set = {}) {
    Node made;
    made.op = op;
    made.name = std::string(name_of(op)) + std::to_string(graph.nodes.size());
    made.inputs = std::move(inputs);
    if (set) set(made);
    const ValueId out = graph.add_node(made);
    const Status status = infer_with_output(out);
    EXPECT_TRUE(status.ok()) << status.message();
    return out;
  }
  ValueId conv(ValueId x, int64_t out_channels, const Window& w, bool bias = true) {
    const int64_t in = graph.value(x).shape[1] / w.groups;
    const float range = std::sqrt(3.0f / static_cast<float>(in * w.kernel_h * w.kernel_w));
    std::vector<ValueId> inputs{x, constant({out_channels, in, w.kernel_h, w.kernel_w}, -range, range)};
    if (bias) inputs.push_back(constant({out_channels}));
    return node(Op::conv, inputs, [&](Node& n) { n.window = w; });
  }
  ValueId batch_norm(ValueId x) {
    const int64_t c = graph.value(x).shape[1];
    return node(Op::batch_norm, {x, constant({c}, 0.5f, 1.5f), constant({c})});
  }
  ValueId prelu(ValueId x) { return node(Op::prelu, {x, constant({graph.value(x).shape[1]}, -0.5f, 1.5f)}); }
  ValueId relu(ValueId x) { return node(Op::relu, {x}); }
  ValueId add(ValueId a, ValueId b) { return node(Op::add, {a, b}); }
  ValueId reshape(ValueId x, std::vector<int64_t> dims) {
    return node(Op::reshape, {x}, [&](Node& n) { n.ints = dims; });
  }
  ValueId fully_connected(ValueId x, int64_t outputs) {
    const Shape& s = graph.value(x).shape;
    const int64_t in = s[s.rank - 1];
    const float range = std::sqrt(3.0f / static_cast<float>(in));
    return node(Op::fully_connected, {x, constant({outputs, in}, -range, range), constant({outputs})});
  }
  Graph done(std::vector<ValueId> outputs) {
    graph.outputs = std::move(outputs);
    const Status status = infer_shapes(graph);
    EXPECT_TRUE(status.ok()) << status.message();
    return graph;
  }

  Graph graph;

 private:
  // Shapes are wanted while building; a graph needs an output to be valid.
  Status infer_with_output(ValueId out) {
    const std::vector<ValueId> saved = graph.outputs;
    graph.outputs = {out};
    const Status status = infer_shapes(graph);
    graph.outputs = saved;
    return status;
  }

  std::mt19937 random_;
};

inline Window window(int kernel, int stride = 1, int pad = 0, int groups = 1) {
  Window w;
  w.kernel_h = w.kernel_w = kernel;
  w.stride_h = w.stride_w = stride;
  w.pad_top = w.pad_left = w.pad_bottom = w.pad_right = pad;
  w.groups = groups;
  return w;
}

using Tensors = std::vector<std::vector<float>>;

inline Tensors random_inputs(const Graph& graph, uint32_t seed, int batch = 1) {
  Builder random(seed);
  Tensors inputs;
  for (ValueId id : graph.inputs) inputs.push_back(random.numbers(graph.value(id).shape.elements() * batch));
  return inputs;
}

inline std::vector<const float*> pointers(const Tensors& tensors) {
  std::vector<const float*> p;
  for (const auto& t : tensors) p.push_back(t.data());
  return p;
}
inline std::vector<float*> pointers(Tensors& tensors) {
  std::vector<float*> p;
  for (auto& t : tensors) p.push_back(t.data());
  return p;
}

inline Tensors room_for_outputs(const Graph& graph, int batch = 1) {
  Tensors outputs;
  for (ValueId id : graph.outputs)
    outputs.emplace_back(static_cast<size_t>(graph.value(id).shape.elements() * batch), std::nanf(""));
  return outputs;
}

inline Tensors run_model(std::shared_ptr<const Model> model, const Tensors& inputs, int batch = 1,
                         const Parallel& parallel = {}) {
  SessionOptions options;
  options.max_batch = batch;
  options.parallel = parallel;
  auto session = Session::create(model, options);
  EXPECT_TRUE(session.ok()) << session.status().message();
  Tensors outputs = room_for_outputs(model->graph(), batch);
  const Status status = (*session)->run(batch, pointers(inputs).data(), pointers(outputs).data());
  EXPECT_TRUE(status.ok()) << status.message();
  return outputs;
}

inline std::vector<std::vector<double>> run_in_double(const Graph& graph, const Tensors& inputs) {
  std::vector<std::vector<double>> wide;
  for (const auto& t : inputs) wide.emplace_back(t.begin(), t.end());
  auto outputs = run_reference(graph, wide);
  EXPECT_TRUE(outputs.ok()) << outputs.status().message();
  return outputs.ok() ? *outputs : std::vector<std::vector<double>>{};
}

// Largest difference relative to the largest value of the expected tensor.
template <class A, class B>
double relative_error(const std::vector<A>& actual, const std::vector<B>& expected) {
  if (actual.size() != expected.size()) return HUGE_VAL;
  double worst = 0, top = 1e-30;
  for (size_t i = 0; i < actual.size(); ++i) {
    const double d = std::abs(static_cast<double>(actual[i]) - static_cast<double>(expected[i]));
    if (std::isnan(d)) return HUGE_VAL;
    worst = std::max(worst, d);
    top = std::max(top, std::abs(static_cast<double>(expected[i])));
  }
  return worst / top;
}

inline std::vector<kernels::Isa> usable_isas() {
  std::vector<kernels::Isa> isas;
  for (kernels::Isa isa : kernels::kAllIsas) {
    if (kernels::kernels_of(isa) && kernels::usable(isa, kernels::detect_cpu())) isas.push_back(isa);
  }
  return isas;
}

inline std::shared_ptr<const Model> model_of(const Graph& graph, std::optional<kernels::Isa> isa = {}) {
  Package package;
  package.graph = graph;
  auto model = Model::create(std::move(package), {isa});
  EXPECT_TRUE(model.ok()) << model.status().message();
  return model.ok() ? *model : nullptr;
}

// The optimised plan agrees with the reference on every ISA.
inline void expect_agrees(const Graph& graph, double limit = 2e-6) {
  const Tensors inputs = random_inputs(graph, 77);
  const auto expected = run_in_double(graph, inputs);
  for (kernels::Isa isa : usable_isas()) {
    const auto model = model_of(graph, isa);
    ASSERT_TRUE(model);
    const Tensors actual = run_model(model, inputs);
    ASSERT_EQ(actual.size(), expected.size());
    for (size_t i = 0; i < actual.size(); ++i)
      EXPECT_LE(relative_error(actual[i], expected[i]), limit) << kernels::name_of(isa) << " output " << i;
  }
}

}  // namespace mien::testing_support
