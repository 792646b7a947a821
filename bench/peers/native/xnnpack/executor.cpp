#include <pthreadpool.h>

#include <algorithm>
#include <string>

#include "bench/peers/native/xnnpack/builder.h"

namespace mien::peers {

void check(xnn_status status, const char* what) {
  if (status != xnn_status_success)
    throw std::runtime_error(std::string("XNNPACK: ") + what + ": status " + std::to_string(status));
}

size_t size(int64_t n) {
  return static_cast<size_t>(n);
}

bool limits_of(const Node& activation, Limits* limits) {
  if (activation.op == Op::relu) limits->low = 0;
  if (activation.op == Op::clip) limits->low = activation.a, limits->high = activation.b;
  return activation.op == Op::relu || activation.op == Op::clip;
}

// Operators may read some bytes past a tensor's end.
Builder::Builder(const Graph& graph, pthreadpool_t threads)
    : graph_(graph), threads_(threads), near_(graph), pool_(XNN_EXTRA_BYTES), tensors_(graph.values.size()) {}

Builder::~Builder() {
  for (xnn_operator_t made : operators_) xnn_delete_operator(made);
}

const float* Builder::constant_input(const Node& node, size_t i) const {
  return i < node.inputs.size() ? graph_.value(node.inputs[i]).constant.data : nullptr;
}

Tensor Builder::make_tensor(int64_t pixels, int64_t channels) {
  Floats floats = pool_.take(pixels * channels);
  return {floats, floats.get(), pixels, channels, channels};
}

Tensor Builder::new_tensor(ValueId id) {
  const Shape& s = shape_of(id);
  const int64_t channels = s.rank == 4 ? s[1] : s[s.rank - 1];
  return make_tensor(s.elements() / channels, channels);
}

Tensor Builder::destination(ValueId id) {
  const int next = near_.only_consumer_of(id);
  if (next < 0) return new_tensor(id);
  const Node& reader = graph_.nodes[static_cast<size_t>(next)];
  if (reader.op == Op::concat) return part_of_concat(reader, id);
  // The detector's heads: a transpose and a reshape that move nothing stand before the concatenation.
  const bool to_last = reader.op == Op::transpose && reader.ints == std::vector<int64_t>{0, 2, 3, 1};
  const Node* producer = producer_of(id);
  const bool rows = reader.op == Op::reshape && producer && producer->op == Op::transpose;
  Tensor y = new_tensor(id);
  if (!to_last && !rows) return y;
  const Tensor place = destination(reader.output);
  if (!place.dense()) return y;
  y.floats = place.floats;
  y.data = place.data;
  return y;
}

Tensor Builder::part_of_concat(const Node& concat, ValueId id) {
  if (!tensor(concat.output).floats) tensor(concat.output) = destination(concat.output);
  const Tensor& whole = tensor(concat.output);
  const Shape& s = shape_of(concat.output);
  const bool channels = concat.axis == (s.rank == 4 ? 1 : s.rank - 1);
  if (!channels && !(s.rank == 3 && concat.axis == 1 && whole.dense()))
    throw Refused(graph_, concat, "along an axis that is neither channels nor rows");
  int64_t before = 0;
  for (const ValueId part : concat.inputs) {
    if (part == id) break;
    before += shape_of(part)[concat.axis];
  }
  const int64_t own = shape_of(id)[concat.axis];
  if (channels) return {whole.floats, whole.data + before, whole.pixels, own, whole.stride};
  return {whole.floats, whole.data + before * whole.channels, own, whole.channels, whole.channels};
}

void Builder::write_dense(ValueId id, const std::function<void(const Tensor&)>& write) {
  const Tensor y = destination(id);
  tensor(id) = y;
  if (y.dense()) return write(y);
  const Tensor whole = new_tensor(id);
  write(whole);
  copy(whole, y);
}

Tensor Builder::dense(const Tensor& x) {
  if (x.dense()) return x;
  const Tensor y = make_tensor(x.pixels, x.channels);
  copy(x, y);
  return y;
}

void Builder::add(xnn_operator_t made) {
  operators_.push_back(made);
  steps.push_back([this, made] { check(xnn_run_operator(made, threads_), "run"); });
}

void Builder::build() {
  for (const ValueId id : graph_.inputs) inputs.push_back(tensor(id) = new_tensor(id));
  const std::vector<Unit> units = units_of(graph_);
  std::vector<int> last = last_reads(graph_, units);
  // A picture lives as long as its flattened form: the fully connected layer reads the picture.
  for (const Node& node : graph_.nodes)
    if (node.op == Op::reshape)
      last[size(node.inputs[0])] = std::max(last[size(node.inputs[0])], last[size(node.output)]);
  for (size_t i = 0; i < units.size(); ++i) {
    const Node& node = graph_.nodes[size(units[i].chain.head)];
    const bool layer = node.op == Op::conv || node.op == Op::fully_connected || node.op == Op::batch_norm;
    layer ? add_layer(units[i]) : add_node(node);
    for (size_t value = 0; value < tensors_.size(); ++value)
      if (last[value] == static_cast<int>(i)) tensors_[value] = {};
  }
  for (const ValueId id : graph_.outputs) outputs.push_back(dense(tensor(id)));
}

namespace {

class Xnnpack final : public Executor {
 public:
  Xnnpack(const Graph& graph, int threads)
      : graph_(graph), threads_(threads > 1 ? pthreadpool_create(size(threads)) : nullptr, pthreadpool_destroy) {
    check(xnn_initialize(nullptr), "initialize");
    builder_ = std::make_unique<Builder>(graph, threads_.get());
    builder_->build();
  }

  // Pictures come and go with their channels first.
  void run(const float* const* inputs, float* const* outputs) override {
    for (size_t i = 0; i < builder_->inputs.size(); ++i) {
      const Tensor& x = builder_->inputs[i];
      for (int64_t p = 0; p < x.pixels; ++p)
        for (int64_t c = 0; c < x.channels; ++c) x.data[p * x.channels + c] = inputs[i][c * x.pixels + p];
    }
    for (const auto& step : builder_->steps) step();
    for (size_t i = 0; i < builder_->outputs.size(); ++i) {
      const Tensor& y = builder_->outputs[i];
      const bool picture = graph_.value(graph_.outputs[i]).shape.rank == 4;
      if (!picture) std::copy(y.data, y.data + y.pixels * y.channels, outputs[i]);
      for (int64_t p = 0; picture && p < y.pixels; ++p)
        for (int64_t c = 0; c < y.channels; ++c) outputs[i][c * y.pixels + p] = y.data[p * y.channels + c];
    }
  }

 private:
  const Graph& graph_;
  std::unique_ptr<pthreadpool, decltype(&pthreadpool_destroy)> threads_;
  std::unique_ptr<Builder> builder_;
};

}  // namespace

std::unique_ptr<Executor> make_executor(const Graph& graph, int threads) {
  return std::make_unique<Xnnpack>(graph, threads);
}

std::string library_version() {
  return MIEN_XNNPACK_VERSION;
}

}  // namespace mien::peers
