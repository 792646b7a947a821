#include <omp.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "bench/peers/native/onednn/builder.h"

namespace mien::peers {

using dnnl::memory;

Builder::Builder(const Graph& graph, dnnl::engine engine, Layout layout)
    : graph_(graph), near_(graph), engine_(engine), stream_(engine), layout_(layout), tensors_(graph.values.size()) {}

Builder::Desc Builder::plain_desc(const Dims& dims) {
  Dims strides(dims.size(), 1);
  for (size_t i = dims.size() - 1; i-- > 0;) strides[i] = strides[i + 1] * dims[i + 1];
  return Desc(dims, memory::data_type::f32, strides);
}

Builder::Desc Builder::any_desc(const Dims& dims) {
  return Desc(dims, memory::data_type::f32, memory::format_tag::any);
}

Tensor Builder::make_tensor(const Desc& desc) {
  Floats floats = pool.take(static_cast<int64_t>(desc.get_size() / sizeof(float)));
  return {memory(desc, engine_, floats.get()), floats};
}

Tensor& Builder::tensor(ValueId id) {
  return tensors_[static_cast<size_t>(id)];
}

Tensor Builder::in_layout(const Tensor& from, const Desc& desc) {
  if (from.desc() == desc) return from;
  Tensor to = make_tensor(desc);
  call(dnnl::reorder(from.memory, to.memory), {{DNNL_ARG_FROM, from.memory}, {DNNL_ARG_TO, to.memory}});
  return to;
}

Tensor Builder::plain(ValueId id) {
  return in_layout(tensor(id), plain_desc(dims_of(shape_of(id))));
}

memory Builder::constant(const float* data, const Dims& dims, const Desc& desc) {
  memory source(plain_desc(dims), engine_, const_cast<float*>(data)), packed(desc, engine_);
  dnnl::reorder(source, packed).execute(stream_, source, packed);
  stream_.wait();
  return packed;
}

const float* Builder::constant_input(const Node& node, size_t i) const {
  return i < node.inputs.size() ? graph_.value(node.inputs[i]).constant.data : nullptr;
}

float Builder::slope_of(const Node& node) const {
  if (node.op == Op::prelu) return constant_input(node, 1)[0];
  return node.op == Op::leaky_relu ? node.a : 0;
}

void Builder::call(dnnl::primitive primitive, std::unordered_map<int, memory> arguments) {
  calls.push_back({std::move(primitive), std::move(arguments)});
}

void Builder::build() {
  for (const ValueId id : graph_.inputs) {
    set(id, make_tensor(plain_desc(dims_of(shape_of(id)))));
    inputs.push_back(tensor(id).memory);
  }
  const std::vector<Unit> units = units_of(graph_);
  last_reads_ = last_reads(graph_, units);
  // A picture lives as long as its flattened form: the fully connected layer reads the picture.
  for (const Node& node : graph_.nodes)
    if (node.op == Op::reshape)
      last_reads_[static_cast<size_t>(node.inputs[0])] =
          std::max(last_reads_[static_cast<size_t>(node.inputs[0])], last_reads_[static_cast<size_t>(node.output)]);
  for (unit_ = 0; unit_ < units.size(); ++unit_) {
    const Chain& chain = units[unit_].chain;
    const Node& node = graph_.nodes[static_cast<size_t>(chain.head)];
    if (node.op == Op::conv) {
      add_convolution(node, chain);
    } else if (node.op == Op::fully_connected) {
      add_inner_product(node, chain);
    } else if (node.op == Op::batch_norm) {
      add_batch_norm(node, chain);
    } else {
      add_node(node);
    }
    for (size_t i = 0; i < tensors_.size(); ++i)
      if (last_reads_[i] == static_cast<int>(unit_)) tensors_[i] = {};
  }
  for (const ValueId id : graph_.outputs) {
    set(id, plain(id));
    outputs.push_back(tensor(id).memory);
  }
}

namespace {

class OneDnn final : public Executor {
 public:
  OneDnn(const Graph& graph, int threads, Layout layout)
      : threads_(threads), engine_(dnnl::engine::kind::cpu, 0), stream_(engine_), builder_(graph, engine_, layout) {
    omp_set_num_threads(threads);  // the library plans for as many
    builder_.build();
  }

  void run(const float* const* inputs, float* const* outputs) override {
    omp_set_num_threads(threads_);
    for (size_t i = 0; i < builder_.inputs.size(); ++i) {
      const memory& to = builder_.inputs[i];
      std::memcpy(to.get_data_handle(), inputs[i], to.get_desc().get_size());
    }
    for (const Call& call : builder_.calls) call.primitive.execute(stream_, call.arguments);
    stream_.wait();
    for (size_t i = 0; i < builder_.outputs.size(); ++i) {
      const memory& from = builder_.outputs[i];
      std::memcpy(outputs[i], from.get_data_handle(), from.get_desc().get_size());
    }
  }

 private:
  int threads_;
  dnnl::engine engine_;
  dnnl::stream stream_;
  Builder builder_;
};

// The least of a few runs. What is in the inputs does not matter, as long as it is no denormal number.
double seconds_of(Executor& executor, const Graph& graph) {
  std::vector<std::vector<float>> held;
  for (const auto* ids : {&graph.inputs, &graph.outputs})
    for (const ValueId id : *ids) held.emplace_back(static_cast<size_t>(graph.value(id).shape.elements()), 0.5f);
  std::vector<float*> pointers;
  for (auto& tensor : held) pointers.push_back(tensor.data());
  double least = 1e9;
  for (int i = 0; i < 5; ++i) {
    const auto start = std::chrono::steady_clock::now();
    executor.run(pointers.data(), pointers.data() + graph.inputs.size());
    least = std::min(least, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return least;
}

}  // namespace

std::unique_ptr<Executor> make_executor(const Graph& graph, int threads) {
  auto any = std::make_unique<OneDnn>(graph, threads, Layout::any);
  auto blocked = std::make_unique<OneDnn>(graph, threads, Layout::blocked);
  return seconds_of(*any, graph) <= seconds_of(*blocked, graph) ? std::move(any) : std::move(blocked);
}

std::string library_version() {
  const dnnl_version_t* v = dnnl_version();
  return std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch);
}

}  // namespace mien::peers
