#include "converters/checkpoint/naming.h"

namespace mien {
namespace {

// Leaves in the order of Role: conv weight and bias, fc weight and bias, gamma, beta, mean, var, slope.
constexpr Framework kMindSpore = {
    "MindSpore", {"weight", "bias", "weight", "bias", "gamma", "beta", "moving_mean", "moving_variance", "w|a|weight"},
    '.',         false,
    true,        0};
constexpr Framework kTorch = {
    "PyTorch", {"weight", "bias", "weight", "bias", "weight", "bias", "running_mean", "running_var", "weight"},
    '.',       false,
    false,     0};
constexpr Framework kGluon = {
    "Gluon", {"weight", "bias", "weight", "bias", "gamma", "beta", "running_mean", "running_var", "alpha"},
    '.',     false,
    false,   0};
constexpr Framework kGluonExport = {
    "Gluon export",
    {"weight", "bias", "weight", "bias", "gamma", "beta", "running_mean", "running_var", "alpha"},
    '_',
    false,
    false,
    0};
// The symbols of InsightFace set eps to 2e-5 everywhere.
constexpr Framework kMxnet = {
    "MXNet", {"weight", "bias", "weight", "bias", "gamma", "beta", "moving_mean", "moving_var", "gamma"},
    '_',     false,
    false,   2e-5};
constexpr Framework kTensorFlow = {
    "TensorFlow", {"weights", "biases", "weights", "biases", "gamma", "beta", "moving_mean", "moving_variance", ""},
    '/',          true,
    false,        0};

std::string same(const std::string& layer, Role) {
  return layer;
}

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == at)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

}  // namespace

const std::vector<Naming>& namings() {
  static const std::vector<Naming> table = {
      {"mobilefacenet", kTorch, path_mobilefacenet_arcface},
      {"mobilefacenet", kTorch, path_mobilefacenet_insightface},
      {"mobilefacenet_relu6", kTorch, same},
      // A list that was never part of another network loses its own name.
      {"mobilefacenet_0.45g", kMindSpore, same, "", "layers."},
      {"mobilefacenet_0.45g", kTorch, same},
      {"arcface_r50", kMindSpore, same},
      {"arcface_r50", kTorch, same},
      {"arcface_r50", kMxnet, path_iresnet_mxnet, "mxnet"},
      {"arcface_r100", kMindSpore, same},
      {"arcface_r100", kTorch, same},
      {"arcface_r100", kMxnet, path_iresnet_mxnet, "mxnet"},
      {"facenet", kTensorFlow, path_facenet_tensorflow},
      {"facenet", kTorch, path_facenet_torch},
      {"deepid", kMindSpore, same},
      {"deepid", kTorch, same},
      {"gluonface_mobilefacenet", kGluon, path_gluonface},
      {"gluonface_mobilefacenet", kGluonExport, path_gluonface_export},
      {"retinaface_mobilenet025", kMindSpore, path_retinaface_mindspore},
      {"retinaface_mobilenet025", kTorch, same},
      {"retinaface_resnet50", kMindSpore, path_retinaface_mindspore},
      {"retinaface_resnet50", kTorch, same},
  };
  return table;
}

std::vector<std::string> names_of(const Naming& naming, const std::string& layer, Role role) {
  const std::string path = naming.path(layer, role);
  const std::string leaves = naming.framework.leaves[static_cast<size_t>(role)];
  if (path.empty() || leaves.empty()) return {};
  std::vector<std::string> names;
  for (const std::string& leaf : split(leaves, '|')) names.push_back(path + naming.framework.separator + leaf);
  const std::string left_out = naming.also_without;
  const size_t whole = names.size();
  for (size_t i = 0; !left_out.empty() && i < whole; ++i)
    if (names[i].compare(0, left_out.size(), left_out) == 0) names.push_back(names[i].substr(left_out.size()));
  return names;
}

}  // namespace mien
