#include "tests/converters/mxnet_network.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "models/networks.h"
#include "models/seeded_weights.h"

namespace mien::testing {
namespace {

using Attributes = MxnetSymbol::Attributes;

std::string pair_text(int32_t a, int32_t b) {
  return "(" + std::to_string(a) + ", " + std::to_string(b) + ")";
}

class NetworkWriter {
 public:
  NetworkWriter(const Graph& graph, RecordedWeights& weights, const std::map<std::string, std::string>& names)
      : graph_(graph), weights_(weights), names_(names) {}

  MxnetFiles write() {
    for (ValueId id : graph_.inputs) made_[id] = files_.symbol.variable("data");
    for (const Node& node : graph_.nodes) made_[node.output] = add(node);
    for (ValueId id : graph_.outputs) files_.symbol.head(made_.at(id));
    return std::move(files_);
  }

 private:
  int input(const Node& node, size_t i) const { return made_.at(node.inputs[i]); }

  // The variable of a tensor, which is written here.
  int variable(const std::string& key) {
    NamedTensor tensor = weights_.tensors.at(key);
    const auto named = names_.find(key);
    tensor.name = named == names_.end() ? key : named->second;
    files_.params.push_back(tensor);
    const bool prefixed = tensor.name.rfind("arg:", 0) == 0 || tensor.name.rfind("aux:", 0) == 0;
    return files_.symbol.variable(prefixed ? tensor.name.substr(4) : tensor.name);
  }
  int variable(const Node& node, size_t i) { return variable(graph_.value(node.inputs[i]).name); }

  int add(const Node& node) {
    switch (node.op) {
      case Op::conv:
        return convolution(node);
      case Op::batch_norm:
        return batch_norm(node);
      case Op::fully_connected:
        return fully_connected(node);
      case Op::prelu:
        return files_.symbol.node("LeakyReLU", node.name, {input(node, 0), variable(node, 1)},
                                  {{"act_type", "prelu"}, {"slope", "0.25"}});
      case Op::add:
        return files_.symbol.node("elemwise_add", node.name, {input(node, 0), input(node, 1)});
      case Op::reshape:
        return files_.symbol.node("Flatten", node.name, {input(node, 0)});
      default:
        throw std::invalid_argument(node.name);
    }
  }

  int convolution(const Node& node) {
    const Window& w = node.window;
    const bool bias = node.inputs.size() == 3;
    std::vector<int> inputs{input(node, 0), variable(node, 1)};
    if (bias) inputs.push_back(variable(node, 2));
    return files_.symbol.node("Convolution", node.name, inputs,
                              {{"kernel", pair_text(w.kernel_h, w.kernel_w)},
                               {"stride", pair_text(w.stride_h, w.stride_w)},
                               {"pad", pair_text(w.pad_top, w.pad_left)},
                               {"num_filter", std::to_string(graph_.value(node.inputs[1]).shape[0])},
                               {"num_group", std::to_string(w.groups)},
                               {"no_bias", bias ? "False" : "True"}});
  }

  int fully_connected(const Node& node) {
    std::vector<int> inputs{input(node, 0), variable(node, 1)};
    if (node.inputs.size() == 3) inputs.push_back(variable(node, 2));
    return files_.symbol.node("FullyConnected", node.name, inputs,
                              {{"num_hidden", std::to_string(graph_.value(node.inputs[1]).shape[0])},
                               {"no_bias", inputs.size() == 3 ? "False" : "True"}});
  }

  // The graph holds scale and shift; the four vectors they were made of stand with the weights.
  int batch_norm(const Node& node) {
    const std::string scale = graph_.value(node.inputs[1]).name, layer = scale.substr(0, scale.rfind('/'));
    std::vector<int> inputs{input(node, 0)};
    const bool fixed = weights_.tensors.count(layer + "/bn.gamma") == 0;
    for (const char* role : {"/bn.gamma", "/bn.beta", "/bn.mean", "/bn.var"}) {
      if (weights_.tensors.count(layer + role) == 0) add_constant(layer + role, std::string(role) == "/bn.gamma");
      inputs.push_back(variable(layer + role));
    }
    std::ostringstream eps;
    eps << weights_.eps.at(layer);
    Attributes attributes{{"eps", eps.str()}, {"momentum", "0.9"}};
    attributes.push_back({"fix_gamma", fixed ? "True" : "False"});
    return files_.symbol.node("BatchNorm", node.name, inputs, attributes);
  }
  void add_constant(const std::string& key, float value) {
    const std::string mean = key.substr(0, key.rfind('/')) + "/bn.mean";
    NamedTensor tensor = weights_.tensors.at(mean);
    tensor.values.assign(tensor.values.size(), value);
    weights_.tensors[key] = tensor;
  }

  const Graph& graph_;
  RecordedWeights& weights_;
  const std::map<std::string, std::string>& names_;
  MxnetFiles files_;
  std::map<ValueId, int> made_;
};

}  // namespace

Constant RecordedWeights::tensor(const TensorRequest& request) {
  const std::string key = request.layer + "/" + name_of(request.role);
  TensorRequest drawn = request;
  if (signed_slopes_) drawn.gain *= 0.75;
  Constant constant = SeededWeights(0).tensor(drawn);
  const size_t n = static_cast<size_t>(request.shape.elements());
  std::vector<float> values(constant.data, constant.data + n);
  if (signed_slopes_ && request.role == Role::prelu_slope) {
    for (size_t i = 0; i < n; ++i)
      values[i] = static_cast<float>(2 * (static_cast<double>(mix(fnv(key) + i) >> 40) / 16777216.0) - 0.5);
  }
  tensors[key] = {key, request.shape, "float32", values};
  if (request.role == Role::bn_var) eps[request.layer] = request.eps;
  return make_constant(std::move(values));
}

MxnetFiles mxnet_network(const std::string& network, RecordedWeights& weights,
                         const std::map<std::string, std::string>& names) {
  const Result<Package> package = build_network(network, weights);
  if (!package.ok()) throw std::invalid_argument(package.status().message());
  return NetworkWriter(package->graph, weights, names).write();
}

std::map<std::string, std::string> names_of_table(const std::string& table, size_t column) {
  std::ifstream in(std::string(MIEN_SHARED_DIR) + "/specs/models/tables/" + table);
  std::map<std::string, std::string> names;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::istringstream fields(line);
    std::vector<std::string> row;
    for (std::string field; std::getline(fields, field, '\t');) row.push_back(field);
    names[row.at(row.size() - 2) + "/" + row.back()] = row.at(column);
  }
  return names;
}

}  // namespace mien::testing
