#include "converters/caffe/layer_view.h"

#include <algorithm>

#include "converters/text.h"

namespace mien::caffe {
namespace {

constexpr size_t kLongestList = 1024;

// How weights are drawn, which code runs, what happens in training.
constexpr std::string_view kNoMatter[] = {
    "weight_filler",  "bias_filler",   "filler",      "scale_filler",     "slope_filler",
    "engine",         "dropout_ratio", "scale_train", "stable_prod_grad", "moving_average_fraction",
    "force_nd_im2col"};

}  // namespace

LayerView::LayerView(const NetLayer& layer, const char* parameters)
    : layer_(layer), parameters_(parameters), message_(layer.message.child(parameters)) {
  bool seen = false;
  layer.message.each([&](const Field& field, int32_t) {
    if (field.name != parameters) return;
    if (seen || !field.is_message) corrupt(std::string(parameters) + " is there twice or no message");
    seen = true;
  });
}

std::string LayerView::name() const {
  return printable(layer_.name);
}
std::string LayerView::label() const {
  return "layer '" + name() + "' (" + printable(type()) + ")";
}

bool LayerView::has(const char* parameter) const {
  return message_.find(parameter) != nullptr;
}

const Field* LayerView::single(const char* parameter) {
  note(parameter);
  const Field* found = nullptr;
  message_.each([&](const Field& field, int32_t) {
    if (field.name != parameter) return;
    if (found) corrupt(std::string(parameter) + " is there twice");
    found = &field;
  });
  return found;
}

void LayerView::malformed(const char* parameter, std::string_view value) {
  corrupt(std::string(parameter) + " is '" + printable(std::string(value.substr(0, 121))) + "'");
}

bool LayerView::flag(const char* parameter, bool fallback) {
  const Field* field = single(parameter);
  bool value = fallback;
  if (field && !parse_flag(field->value, &value)) malformed(parameter, field->value);
  return value;
}

int64_t LayerView::integer(const char* parameter, int64_t fallback) {
  const Field* field = single(parameter);
  int64_t value = fallback;
  if (!field || parse_integer(field->value, &value)) return value;
  malformed(parameter, field->value);
  return fallback;
}

double LayerView::real(const char* parameter, double fallback) {
  const Field* field = single(parameter);
  double value = fallback;
  if (!field || parse_real(field->value, &value)) return value;
  malformed(parameter, field->value);
  return fallback;
}

std::string LayerView::word(const char* parameter, const std::string& fallback) {
  const Field* field = single(parameter);
  return field ? printable(std::string(field->value.substr(0, 121))) : fallback;
}

Dims LayerView::integers(const char* parameter) {
  note(parameter);
  Dims values;
  message_.each([&](const Field& field, int32_t) {
    if (field.name != parameter || !ok()) return;
    values.push_back(0);
    if (!parse_integer(field.value, &values.back())) malformed(parameter, field.value);
    if (values.size() > kLongestList) corrupt(std::string(parameter) + " has more than 1024 values");
  });
  return values;
}

std::vector<double> LayerView::reals(const char* parameter) {
  note(parameter);
  std::vector<double> values;
  message_.each([&](const Field& field, int32_t) {
    if (field.name != parameter || !ok()) return;
    values.push_back(0);
    if (!parse_real(field.value, &values.back())) malformed(parameter, field.value);
    if (values.size() > kLongestList) corrupt(std::string(parameter) + " has more than 1024 values");
  });
  return values;
}

Dims LayerView::shape(const char* parameter) {
  const Field* field = single(parameter);
  Dims values;
  if (!field) return values;
  message_.child(parameter).each([&](const Field& dim, int32_t) {
    if (!ok()) return;
    values.push_back(0);
    if (dim.name != "dim" || !parse_integer(dim.value, &values.back())) malformed(parameter, dim.value);
    if (values.size() > kLongestList) corrupt(std::string(parameter) + " has more than 1024 axes");
  });
  return values;
}

int LayerView::axis(const char* parameter, int64_t fallback, int rank) {
  const int64_t given = integer(parameter, fallback), at = given < 0 ? given + rank : given;
  if (at >= 0 && at < rank) return static_cast<int>(at);
  corrupt(std::string(parameter) + " " + std::to_string(given) + " of rank " + std::to_string(rank));
  return 0;
}

void LayerView::check_all_read() {
  const auto in = [](const auto& names, std::string_view name) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
  };
  message_.each([&](const Field& field, int32_t) {
    if (!in(read_, field.name) && !in(kNoMatter, field.name))
      refuse(std::string(parameters_) + " has '" + printable(std::string(field.name.substr(0, 121))) +
             "', which mien does not know");
  });
}

}  // namespace mien::caffe
