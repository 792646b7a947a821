#include "converters/caffe/net.h"

#include <algorithm>
#include <unordered_map>

#include "converters/caffe/operators.h"
#include "converters/caffe/rules.h"
#include "converters/text.h"

namespace mien::caffe {
namespace {

constexpr size_t kMostOutputs = 256;
constexpr size_t kMostBlobsOfALayer = 1024;

Status at_line(const Field& field, const std::string& what, Code code = Code::corrupt) {
  return {code, "line " + std::to_string(field.line) + ": " + what};
}

class NetReader {
 public:
  explicit NetReader(const Fields& fields) : root_{&fields, 0, static_cast<int32_t>(fields.size())} {}

  Result<Net> read() {
    MIEN_RETURN_IF_ERROR(text(root_, "name", &net_.name));
    MIEN_RETURN_IF_ERROR(read_state(root_, &state_));
    MIEN_RETURN_IF_ERROR(legacy_inputs());
    Status status;
    root_.each([&](const Field& field, int32_t i) {
      if (status.ok() && (field.name == "layer" || field.name == "layers")) status = layer(field, root_.inside(i));
    });
    MIEN_RETURN_IF_ERROR(status);
    if (net_.layers.empty()) return Status(Code::corrupt, "the network has no layer");
    MIEN_RETURN_IF_ERROR(find_outputs());
    find_needed();
    return std::move(net_);
  }

 private:
  // A text that may be left out.
  static Status text(const Message& message, const char* name, std::string* out) {
    const Field* field = message.find(name);
    if (!field || parse_text(field->value, out)) return {};
    return at_line(*field, std::string(name) + " is no text in quotes");
  }

  // The dimensions that stand in `message` under this name.
  static Status dimensions(const Message& message, const char* name, Dims* out) {
    Status status;
    message.each([&](const Field& field, int32_t) {
      if (!status.ok() || field.name != name) return;
      out->push_back(0);
      if (!parse_integer(field.value, &out->back()) || out->size() > 1024)
        status = at_line(field, std::string(name) + " is no whole number, or there are too many");
    });
    return status;
  }

  // All messages of this name as shapes.
  static Status shapes(const Message& message, const char* name, std::vector<Dims>* out) {
    Status status;
    message.each([&](const Field& field, int32_t i) {
      if (!status.ok() || field.name != name) return;
      out->emplace_back();
      status = dimensions(message.inside(i), "dim", &out->back());
    });
    return status;
  }

  // `input: "data"` with four `input_dim` or one `input_shape` for each.
  Status legacy_inputs() {
    Dims dims;
    std::vector<Dims> given;
    MIEN_RETURN_IF_ERROR(dimensions(root_, "input_dim", &dims));
    MIEN_RETURN_IF_ERROR(shapes(root_, "input_shape", &given));
    if (dims.size() % 4 != 0) return {Code::corrupt, std::to_string(dims.size()) + " input_dim; expected 4 an input"};
    if (!dims.empty() && !given.empty()) return {Code::corrupt, "both input_dim and input_shape"};
    for (size_t i = 0; i < dims.size(); i += 4)
      given.emplace_back(dims.begin() + static_cast<int64_t>(i), dims.begin() + static_cast<int64_t>(i) + 4);
    Status status;
    size_t inputs = 0;
    root_.each([&](const Field& field, int32_t) {
      if (!status.ok() || field.name != "input") return;
      NetLayer input;
      input.role = Role::source;
      input.type = "Input";
      input.message = {root_.fields, 0, 0};
      if (!parse_text(field.value, &input.name)) status = at_line(field, "input is no text in quotes");
      if (inputs < given.size()) input.shapes.push_back(given[inputs]);
      ++inputs;
      net_.layers.push_back(std::move(input));
      if (status.ok()) status = add_top(field, net_.layers.back().name, {});
    });
    MIEN_RETURN_IF_ERROR(status);
    if (!given.empty() && given.size() != inputs)
      return {Code::corrupt, std::to_string(given.size()) + " input shapes for " + std::to_string(inputs) + " inputs"};
    return {};
  }

  Status layer(const Field& field, const Message& message) {
    if (!field.is_message) return at_line(field, "a layer is no message");
    if (message.find("layer")) return at_line(field, "layers of version 0 (before 2013)", Code::unsupported);
    bool included = false;
    MIEN_RETURN_IF_ERROR(is_included(message, state_, &included));
    if (!included) return {};
    NetLayer made;
    made.message = message;
    MIEN_RETURN_IF_ERROR(text(message, "name", &made.name));
    MIEN_RETURN_IF_ERROR(type(field, &made));
    const OperatorRow* row = find_operator(made.type);
    made.role = row ? row->role : Role::layer;
    if (made.role == Role::source) MIEN_RETURN_IF_ERROR(source_shapes(&made));
    net_.layers.push_back(std::move(made));
    return connect(message);
  }

  // `type: "ReLU"`, or as the first version numbered it, `type: RELU`.
  static Status type(const Field& layer, NetLayer* made) {
    const Field* type = made->message.find("type");
    if (!type) return at_line(layer, "a layer has no type");
    if (parse_text(type->value, &made->type)) return {};
    if (type->value.empty() || type->is_message) return at_line(*type, "type is no name");
    made->type = type_of_v1(type->value);
    return {};
  }

  static Status source_shapes(NetLayer* layer) {
    MIEN_RETURN_IF_ERROR(shapes(layer->message.child("input_param"), "shape", &layer->shapes));
    Dims crop;
    MIEN_RETURN_IF_ERROR(dimensions(layer->message.child("transform_param"), "crop_size", &crop));
    if (layer->shapes.empty() && crop.size() == 1) layer->shapes = {{1, 0, crop[0], crop[0]}};
    const Message memory = layer->message.child("memory_data_param");
    if (memory.begin != memory.end) {
      Dims dims{1};
      for (const char* name : {"channels", "height", "width"}) MIEN_RETURN_IF_ERROR(dimensions(memory, name, &dims));
      if (dims.size() == 4) layer->shapes = {dims};
    }
    return {};
  }

  Status connect(const Message& message) {
    Status status;
    std::vector<std::string> in_place;
    message.each([&](const Field& field, int32_t) {
      const bool bottom = field.name == "bottom";
      if (!status.ok() || (!bottom && field.name != "top")) return;
      std::string name;
      if (!parse_text(field.value, &name)) status = at_line(field, "the name of a blob is no text in quotes");
      if (status.ok() && bottom) in_place.push_back(name), status = add_bottom(field, name);
    });
    message.each([&](const Field& field, int32_t) {
      std::string name;
      if (status.ok() && field.name == "top" && parse_text(field.value, &name)) status = add_top(field, name, in_place);
    });
    return status;
  }

  Status add_bottom(const Field& field, const std::string& name) {
    const auto found = latest_.find(name);
    NetLayer& layer = net_.layers.back();
    if (found == latest_.end())
      return at_line(field, "layer '" + printable(layer.name) + "' reads '" + printable(name) +
                                "', which no layer before it makes");
    if (layer.bottoms.size() >= kMostBlobsOfALayer) return at_line(field, "a layer of more than 1024 bottoms");
    layer.bottoms.push_back(found->second);
    // What a loss reads is the network's answer; what is silenced is not.
    if (layer.role != Role::sink || layer.type == "Silence")
      net_.blobs[static_cast<size_t>(found->second)].is_read = true;
    return {};
  }

  Status add_top(const Field& field, const std::string& name, const std::vector<std::string>& in_place) {
    NetLayer& layer = net_.layers.back();
    const bool again = latest_.count(name) != 0;
    if (again && std::find(in_place.begin(), in_place.end(), name) == in_place.end())
      return at_line(field, "blob '" + printable(name) + "' is made a second time");
    if (layer.tops.size() >= kMostBlobsOfALayer) return at_line(field, "a layer of more than 1024 tops");
    NetBlob blob;
    blob.name = name;
    blob.layer = static_cast<int32_t>(net_.layers.size()) - 1;
    blob.top = static_cast<int32_t>(layer.tops.size());
    const int32_t index = static_cast<int32_t>(net_.blobs.size());
    net_.blobs.push_back(std::move(blob));
    latest_[name] = index;
    layer.tops.push_back(index);
    return {};
  }

  Status find_outputs() {
    for (size_t i = 0; i < net_.blobs.size(); ++i) {
      const NetBlob& blob = net_.blobs[i];
      if (!blob.is_read && net_.layers[static_cast<size_t>(blob.layer)].role == Role::layer)
        net_.outputs.push_back(static_cast<int32_t>(i));
    }
    if (net_.outputs.empty()) return {Code::corrupt, "the network has no output"};
    if (net_.outputs.size() > kMostOutputs)
      return {Code::unsupported, std::to_string(net_.outputs.size()) + " outputs: blobs that no layer reads"};
    return {};
  }

  void find_needed() {
    const auto maker = [this](int32_t blob) -> NetLayer& {
      return net_.layers[static_cast<size_t>(net_.blobs[static_cast<size_t>(blob)].layer)];
    };
    for (int32_t output : net_.outputs) maker(output).is_needed = true;
    for (size_t i = net_.layers.size(); i-- > 0;) {
      if (!net_.layers[i].is_needed) continue;
      for (int32_t bottom : net_.layers[i].bottoms) maker(bottom).is_needed = true;
    }
  }

  const Message root_;
  NetState state_;
  Net net_;
  std::unordered_map<std::string, int32_t> latest_;  // the last blob of each name
};

}  // namespace

Result<Net> read_net(const Fields& fields) {
  return NetReader(fields).read();
}

}  // namespace mien::caffe
