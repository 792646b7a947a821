#include "converters/nn_archive/config.h"

#include <algorithm>
#include <cmath>

#include "converters/nn_archive/strict_json.h"
#include "converters/text.h"
#include "engine/file/bytes.h"

namespace mien::nn_archive {
namespace {

using nlohmann::json;

constexpr size_t kMostTensors = 1024, kLongestList = 64, kLongestText = 4096;
constexpr int64_t kLargestDimension = int64_t{1} << 31;

// An object of the document, with its place for messages. Members that are null count as absent.
class Object {
 public:
  Object(const json& value, std::string place) : value_(value), place_(std::move(place)) {}

  Status is_object() const { return value_.is_object() ? Status() : bad("", "is not an object"); }
  const json* find(const char* key) const {
    const auto at = value_.find(key);
    return at == value_.end() || at->is_null() ? nullptr : &*at;
  }
  std::string place_of(const char* key) const { return place_.empty() ? key : place_ + "." + key; }
  Status bad(const std::string& key, const std::string& what) const {
    return {Code::corrupt, (key.empty() ? place_ : place_of(key.c_str())) + " " + what};
  }

  Status text(const char* key, bool required, std::string* out) const {
    const json* value = find(key);
    if (!value) return required ? bad(key, "is missing") : Status();
    const auto* held = value->get_ptr<const std::string*>();
    if (!held || held->size() > kLongestText || !file::is_text(*held)) return bad(key, "is no text");
    *out = *held;
    return {};
  }
  Status flag(const char* key, std::optional<bool>* out) const {
    const json* value = find(key);
    if (!value) return {};
    if (!value->is_boolean()) return bad(key, "is neither true nor false");
    *out = *value->get_ptr<const bool*>();
    return {};
  }
  Status numbers(const char* key, std::vector<double>* out) const {
    const json* list = nullptr;
    MIEN_RETURN_IF_ERROR(array(key, kLongestList, &list));
    for (size_t i = 0; list && i < list->size(); ++i) {
      if (!(*list)[i].is_number()) return bad(key, "is not a list of numbers");
      out->push_back((*list)[i].get<double>());
    }
    return list && out->empty() ? bad(key, "is an empty list") : Status();
  }
  // null if there is none.
  Status array(const char* key, size_t most, const json** out) const {
    *out = find(key);
    if (!*out) return {};
    if (!(*out)->is_array()) return bad(key, "is not a list");
    return (*out)->size() <= most ? Status() : bad(key, "has more than " + std::to_string(most) + " entries");
  }
  // The object under a key that has to be there.
  Result<Object> object(const char* key) const {
    const json* value = find(key);
    if (!value) return bad(key, "is missing");
    const Object inner(*value, place_of(key));
    MIEN_RETURN_IF_ERROR(inner.is_object());
    return inner;
  }

 private:
  const json& value_;
  std::string place_;
};

Status read_shape(const Object& from, Tensor* out) {
  const json* list = nullptr;
  MIEN_RETURN_IF_ERROR(from.array("shape", kLongestList, &list));
  for (size_t i = 0; list && i < list->size(); ++i) {
    const json& number = (*list)[i];
    const double value = number.is_number_integer() ? number.get<double>() : 0;
    if (value < 1 || value > static_cast<double>(kLargestDimension))
      return from.bad("shape", "is not a list of dimensions");
    out->shape.push_back(number.get<int64_t>());
  }
  MIEN_RETURN_IF_ERROR(from.text("layout", false, &out->layout));
  std::string letters = out->layout;
  std::sort(letters.begin(), letters.end());
  const bool distinct = std::adjacent_find(letters.begin(), letters.end()) == letters.end();
  const bool capitals = std::all_of(letters.begin(), letters.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!distinct || !capitals) return from.bad("layout", "is not made of distinct letters");
  if (!letters.empty() && !out->shape.empty() && letters.size() != out->shape.size())
    return from.bad("layout", "has not as many letters as the shape has dimensions");
  const size_t batch = out->layout.find('N');
  if (batch != std::string::npos && batch != 0) return from.bad("layout", "has an N that is not the first");
  return {};
}

Status read_preprocessing(const Object& from, Input* input) {
  MIEN_RETURN_IF_ERROR(from.numbers("mean", &input->mean));
  MIEN_RETURN_IF_ERROR(from.numbers("scale", &input->scale));
  MIEN_RETURN_IF_ERROR(from.text("dai_type", false, &input->dai_type));
  MIEN_RETURN_IF_ERROR(from.flag("reverse_channels", &input->reverse_channels));
  return from.flag("interleaved_to_planar", &input->interleaved_to_planar);
}

Status read_tensor(const Object& from, Tensor* out) {
  MIEN_RETURN_IF_ERROR(from.is_object());
  MIEN_RETURN_IF_ERROR(from.text("name", true, &out->name));
  return read_shape(from, out);
}

Status read_one(const Object& from, Tensor* output) {
  return read_tensor(from, output);
}

Status read_one(const Object& from, Input* input) {
  MIEN_RETURN_IF_ERROR(read_tensor(from, input));
  std::string type;
  MIEN_RETURN_IF_ERROR(from.text("input_type", true, &type));
  if (type != "image" && type != "raw") return from.bad("input_type", "is neither 'image' nor 'raw'");
  input->image = type == "image";
  if (input->image && !input->layout.empty() && input->layout.find('C') == std::string::npos)
    return from.bad("layout", "has no C, which an image needs");
  if (!from.find("preprocessing")) return {};
  const Result<Object> preprocessing = from.object("preprocessing");
  return preprocessing.ok() ? read_preprocessing(*preprocessing, input) : preprocessing.status();
}

template <class T>
Status read_list(const Object& model, const char* key, std::vector<T>* out) {
  const json* list = nullptr;
  MIEN_RETURN_IF_ERROR(model.array(key, kMostTensors, &list));
  if (!list || list->empty()) return model.bad(key, "is missing or empty");
  for (size_t i = 0; i < list->size(); ++i) {
    out->emplace_back();
    MIEN_RETURN_IF_ERROR(
        read_one(Object((*list)[i], model.place_of(key) + "[" + std::to_string(i) + "]"), &out->back()));
  }
  return {};
}

// Two numbers with a point between them, of which the first is 1.
Status check_version(const Object& root) {
  std::string version = "1.0";
  MIEN_RETURN_IF_ERROR(root.text("config_version", false, &version));
  const size_t point = version.find('.');
  const auto digits = [](const std::string& text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (point == std::string::npos || !digits(version.substr(0, point)) || !digits(version.substr(point + 1)))
    return root.bad("config_version", "is '" + printable(version) + "', not two numbers with a point between them");
  if (version.substr(0, point) != "1")
    return {Code::unsupported, "config_version " + printable(version) + "; 1.x is what is read"};
  return {};
}

Result<Config> read_document(const json& document) {
  const Object root(document, "");
  if (!document.is_object()) return Status(Code::corrupt, "the document is not an object");
  MIEN_RETURN_IF_ERROR(check_version(root));
  const Result<Object> model = root.object("model");
  if (!model.ok()) return model.status();
  const Result<Object> metadata = model->object("metadata");
  if (!metadata.ok()) return metadata.status();
  Config out;
  MIEN_RETURN_IF_ERROR(metadata->text("name", false, &out.name));
  MIEN_RETURN_IF_ERROR(metadata->text("path", true, &out.path));
  MIEN_RETURN_IF_ERROR(read_list(*model, "inputs", &out.inputs));
  MIEN_RETURN_IF_ERROR(read_list(*model, "outputs", &out.outputs));
  return out;
}

}  // namespace

Result<Config> read_config(const uint8_t* data, size_t size) {
  Result<json> document = parse_strictly(data, size);
  Result<Config> config = document.ok() ? read_document(*document) : document.status();
  if (config.ok()) return config;
  return Status(config.status().code(), "config.json: " + config.status().message());
}

}  // namespace mien::nn_archive
