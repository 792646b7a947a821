#include "converters/mxnet/importer.h"

#include <algorithm>

#include "converters/mxnet/values.h"
#include "converters/text.h"

namespace mien::mxnet {
namespace {

constexpr int kMostOutputs = 1024;  // of one operator

// "arg:x" and "aux:x" are x.
std::string without_prefix(const std::string& name) {
  return name.rfind("arg:", 0) == 0 || name.rfind("aux:", 0) == 0 ? name.substr(4) : name;
}

int64_t all_elements(const Checkpoint& params) {
  int64_t sum = 0;
  for (const NamedTensor& tensor : params.tensors) sum += static_cast<int64_t>(tensor.values.size());
  return sum;
}

}  // namespace

Importer::Importer(const Symbol& symbol, Checkpoint params, const PictureSize& asked)
    : symbol_(symbol),
      params_(std::move(params)),
      asked_(asked),
      constants_(params_.tensors.size(), kNoValue),
      used_(params_.tensors.size(), false),
      bound_(symbol.nodes.size()),
      refused_(symbol.nodes.size(), false),
      // A BatchNorm makes two vectors of the four it reads.
      made_left_((int64_t{1} << 20) + all_elements(params_) / 2) {
  for (size_t i = 0; i < params_.tensors.size(); ++i) by_name_.emplace(without_prefix(params_.tensors[i].name), i);
  // A name that has the prefix in the symbol too, and the argument before the state of the same name.
  for (size_t i = 0; i < params_.tensors.size(); ++i) {
    const std::string& name = params_.tensors[i].name;
    if (name.rfind("arg:", 0) == 0) by_name_[name.substr(4)] = i;
  }
  origin_.resize(symbol.nodes.size());
  for (size_t i = 0; i < origin_.size(); ++i) {
    const SymbolNode& node = symbol.nodes[i];
    const bool copies = only_copies(node.op) && !node.inputs.empty();
    origin_[i] = copies ? origin_[static_cast<size_t>(node.inputs[0].node)] : static_cast<int32_t>(i);
  }
  repairs = params_.repairs;
  warnings = params_.warnings;
  denormals_flushed = params_.denormals_flushed;
}

int64_t Importer::find(const std::string& variable) const {
  const auto found = by_name_.find(variable);
  return found == by_name_.end() ? -1 : static_cast<int64_t>(found->second);
}

const SymbolNode& Importer::origin(Reference reference) const {
  return symbol_.nodes[static_cast<size_t>(origin_[static_cast<size_t>(reference.node)])];
}

bool Importer::is_parameter(Reference reference) const {
  const SymbolNode& node = origin(reference);
  return node.op == "null" && find(node.name) >= 0;
}

ValueId Importer::bound(Reference reference) const {
  const std::vector<ValueId>& outputs = bound_[static_cast<size_t>(reference.node)];
  const size_t at = static_cast<size_t>(reference.output);
  return at < outputs.size() ? outputs[at] : kNoValue;
}

Parameter Importer::at(int64_t index) {
  Parameter found;
  if (index < 0) return found;
  found.index = static_cast<size_t>(index);
  const NamedTensor& tensor = params_.tensors[found.index];
  used_[found.index] = true;
  found.shape = tensor.shape;
  const ValueId constant = constants_[found.index];
  if (constant != kNoValue) {
    found.data = graph.value(constant).constant.data;
  } else if (!tensor.values.empty()) {
    found.data = tensor.values.data();
  }
  return found;
}

Parameter Importer::optional_parameter(NodeView& node, int i, const char* suffix) {
  if (!node.ok()) return {};
  if (i >= node.inputs()) return at(find(node.raw_name() + "_" + suffix));
  const SymbolNode& variable = origin(node.input(i));
  return variable.op == "null" ? at(find(variable.name)) : Parameter{};
}

Parameter Importer::parameter(NodeView& node, int i, const char* suffix) {
  Parameter found = optional_parameter(node, i, suffix);
  if (found || !node.ok()) return found;
  std::string name = node.raw_name() + "_" + suffix;
  if (i < node.inputs()) {
    const SymbolNode& variable = origin(node.input(i));
    name = variable.name;
    if (variable.op != "null") node.refuse(std::string("its ") + suffix + " is computed by '" + printable(name) + "'");
  }
  if (find(name) >= 0) node.refuse(std::string("its ") + suffix + " '" + printable(name) + "' is not of floats");
  if (node.ok() && is_missing_.insert(name).second) missing_.push_back(name);
  node.give_up();
  return found;
}

ValueId Importer::constant_of(NodeView& node, const Parameter& parameter, const Shape& shape) {
  if (!node.ok()) return kNoValue;
  ValueId& held = constants_[parameter.index];
  if (held != kNoValue) {
    if (graph.value(held).shape == shape) return held;
    return graph.add_constant(graph.value(held).name, shape, graph.value(held).constant);
  }
  NamedTensor& tensor = params_.tensors[parameter.index];
  const Result<ValueId> made = constant(printable(without_prefix(tensor.name)), shape, std::move(tensor.values));
  if (!made.ok()) {
    node.fail({made.status().code(), node.label() + ": " + made.status().message()});
    return kNoValue;
  }
  return held = *made;
}

ValueId Importer::made_constant(NodeView& node, const char* suffix, const Shape& shape,
                                const std::vector<double>& values) {
  if (!node.ok()) return kNoValue;
  made_left_ -= static_cast<int64_t>(values.size());
  if (made_left_ < 0) {
    node.refuse("parameters are read so often that the result would be much larger than the file");
    return kNoValue;
  }
  const Result<ValueId> made = constant(node.name() + "/" + suffix, shape, values);
  if (made.ok()) return *made;
  node.fail({made.status().code(), node.label() + ": " + made.status().message()});
  return kNoValue;
}

ValueId Importer::value(NodeView& node, int i) {
  if (!node.ok()) return kNoValue;
  if (i >= node.inputs()) {
    node.corrupt("input " + std::to_string(i) + " is missing");
    return kNoValue;
  }
  const Reference from = node.input(i);
  if (const ValueId known = bound(from); known != kNoValue) return known;
  const SymbolNode& maker = symbol_.nodes[static_cast<size_t>(from.node)];
  ValueId made = kNoValue;
  if (maker.op != "null" || from.output != 0) {
    node.refuse("reads output " + std::to_string(from.output) + " of '" + printable(maker.name) +
                "', which mien does not compute");
  } else if (const Parameter found = at(find(maker.name))) {
    made = constant_of(node, found, found.shape);
  } else {
    made = input(node, maker);
  }
  if (made != kNoValue) bound_[static_cast<size_t>(from.node)] = {made};
  return made;
}

ValueId Importer::input(NodeView& node, const SymbolNode& variable) {
  const std::string who = "input '" + printable(variable.name) + "'";
  Dims wanted = shape_of_input(variable);
  if (wanted.empty()) {
    node.fail({Code::unsupported, who + ": is not in the parameter file, and its shape is not given"});
    return kNoValue;
  }
  if (wanted[0] <= 0 || wanted.size() == 4) wanted[0] = 1;  // the batch is what the caller runs, here one
  const bool fits =
      wanted.size() <= kMaxRank && std::all_of(wanted.begin(), wanted.end(), [](int64_t d) { return d > 0; });
  const Shape shape = fits ? Shape::of(wanted) : Shape{};
  if (!fits || shape.elements() < 1 || shape.elements() > int64_t{1} << 28) {
    node.fail({Code::unsupported, who + ": shape " + dims_text(wanted)});
    return kNoValue;
  }
  return graph.add_input(printable(variable.name), shape);
}

Dims Importer::shape_of_input(const SymbolNode& variable) {
  const bool first = graph.inputs.empty();
  Dims given;
  const auto attribute = variable.attributes.find("__shape__");
  if (attribute != variable.attributes.end() && parse_tuple(attribute->second, &given) && !given.empty()) {
    if (std::all_of(given.begin() + 1, given.end(), [](int64_t d) { return d > 0; })) return given;
  }
  if (!first) return {};
  if (given.size() != 4) given.assign(4, 0);
  if (given[1] <= 0) given[1] = guessed_channels();
  if (fill_free_sides(asked_, &given[2], &given[3]))
    warn("the symbol does not give the shape of its input: " + dims_text({1, given[1], given[2], given[3]}) +
         " is assumed");
  return given;
}

// What the first convolution reads.
int64_t Importer::guessed_channels() const {
  for (const SymbolNode& node : symbol_.nodes) {
    if (node.op != "Convolution" || node.inputs.size() < 2) continue;
    const int64_t weight = find(origin(node.inputs[1]).name);
    if (weight < 0 || params_.tensors[static_cast<size_t>(weight)].shape.rank != 4) break;
    const int64_t groups = NodeView(node).integer("num_group", 1);
    const int64_t channels = params_.tensors[static_cast<size_t>(weight)].shape[1];
    if (groups == 1 && channels >= 1 && channels <= 4) return channels;
    break;
  }
  return 3;
}

ValueId Importer::emit(NodeView& node, Node part, const std::string& name) {
  if (std::find(part.inputs.begin(), part.inputs.end(), kNoValue) != part.inputs.end()) node.give_up();
  if (!node.ok()) return kNoValue;
  if (part.name.empty()) part.name = name;
  const Result<ValueId> value = append(std::move(part), name);
  if (value.ok()) return *value;
  node.fail(value.status());
  return kNoValue;
}

ValueId Importer::step(NodeView& node, Node part, const std::string& suffix) {
  return emit(node, std::move(part), node.name() + "/" + suffix);
}

void Importer::finish(NodeView& node, Node part) {
  bind(node, 0, emit(node, std::move(part), node.name()));
}

void Importer::bind(NodeView& node, int output, ValueId value) {
  if (!node.ok()) return;
  if (output >= kMostOutputs) return node.refuse("more than " + std::to_string(kMostOutputs) + " outputs");
  std::vector<ValueId>& outputs = bound_[static_cast<size_t>(current_)];
  if (outputs.size() <= static_cast<size_t>(output)) outputs.resize(static_cast<size_t>(output) + 1, kNoValue);
  outputs[static_cast<size_t>(output)] = value;
}

std::vector<std::string> Importer::unused() const {
  std::vector<std::string> names;
  for (size_t i = 0; i < used_.size(); ++i) {
    if (!used_[i]) names.push_back(params_.tensors[i].name);
  }
  return names;
}

bool only_copies(const std::string& op) {
  static const char* const kNames[] = {"Dropout",       "identity",         "_copy",    "BlockGrad",
                                       "stop_gradient", "_CrossDeviceCopy", "_identity"};
  return std::any_of(std::begin(kNames), std::end(kNames), [&](const char* name) { return op == name; });
}

}  // namespace mien::mxnet
