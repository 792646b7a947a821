#include <cctype>
#include <utility>

#include "converters/checkpoint/naming.h"

namespace mien {
namespace {

using Renames = std::initializer_list<std::pair<const char*, const char*>>;

// Replaces the first of these parts that occurs.
std::string renamed(std::string text, const Renames& renames) {
  for (const auto& [from, to] : renames) {
    const size_t at = text.find(from);
    if (at != std::string::npos) return text.replace(at, std::string(from).size(), to);
  }
  return text;
}

// The whole text, if it is one of these.
bool renamed_whole(const std::string& text, const Renames& renames, std::string* out) {
  for (const auto& [from, to] : renames) {
    if (text != from) continue;
    *out = to;
    return true;
  }
  return false;
}

// Removes and returns what stands before the first `at`, or all of it.
std::string take(std::string* text, char at) {
  const size_t end = text->find(at);
  const std::string head = text->substr(0, end);
  *text = end == std::string::npos ? "" : text->substr(end + 1);
  return head;
}

bool starts(const std::string& text, const std::string& with) {
  return text.compare(0, with.size(), with) == 0;
}

bool is_norm(Role role) {
  return role == Role::bn_gamma || role == Role::bn_beta || role == Role::bn_mean || role == Role::bn_var;
}

std::string number_less_one(const std::string& number) {
  return std::to_string(std::stoi(number) - 1);
}

}  // namespace

// Lower case, and three parts by other names.
std::string path_retinaface_mindspore(const std::string& layer, Role) {
  std::string path = renamed(layer, {{"downsample", "down_sample_layer"}});
  if (starts(path, "body.")) path = "base" + path.substr(4);
  for (char& c : path) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return path;
}

// layer3.0.bn2 -> stage3_unit1_bn2. The symbol fixes the last gamma at 1.
std::string path_iresnet_mxnet(const std::string& layer, Role role) {
  std::string path;
  if (layer == "features" && role == Role::bn_gamma) return "";
  if (renamed_whole(layer,
                    {{"conv1", "conv0"},
                     {"bn1", "bn0"},
                     {"prelu", "relu0"},
                     {"bn2", "bn1"},
                     {"fc", "pre_fc1"},
                     {"features", "fc1"}},
                    &path))
    return path;
  std::string rest = layer.substr(5);
  const std::string stage = take(&rest, '.');
  const int unit = std::stoi(take(&rest, '.')) + 1;
  if (!renamed_whole(rest, {{"prelu", "relu1"}, {"downsample.0", "conv1sc"}, {"downsample.1", "sc"}}, &path))
    path = rest;
  return "stage" + stage + "_unit" + std::to_string(unit) + "_" + path;
}

// The last BatchNorm computes with gamma 1, whatever is stored.
std::string path_gluonface(const std::string& layer, Role role) {
  return layer == "features.10" && role == Role::bn_gamma ? "" : layer;
}

// features.4.1.out.2.0 -> stage3_bottleneck1_conv2, features.7.1 -> batchnorm2: numbered within their scope.
std::string path_gluonface_export(const std::string& layer, Role role) {
  const std::string kind = is_norm(role) ? "batchnorm" : role == Role::prelu_slope ? "prelu" : "conv";
  std::string rest = path_gluonface(layer, role);
  if (rest.empty()) return "";
  take(&rest, '.');
  const int block = std::stoi(take(&rest, '.'));
  if (block <= 1) return kind + std::to_string(block);
  if (block == 9 || block == 10) return kind + "4";
  if (block >= 7) return kind + std::to_string(block - 5);
  const std::string bottleneck = take(&rest, '.');
  take(&rest, '.');
  return "stage" + std::to_string(block - 1) + "_bottleneck" + bottleneck + "_" + kind + take(&rest, '.');
}

// The variables of slim. Its BatchNorm has no gamma.
std::string path_facenet_tensorflow(const std::string& layer, Role role) {
  if (role == Role::bn_gamma) return "";
  return is_norm(role) && layer != "Bottleneck/BatchNorm" ? layer + "/BatchNorm" : layer;
}

namespace {

// Number of a convolution in its branch, or "" where the branch is that convolution alone.
std::string number_in_branch(const std::string& block, const std::string& branch, const std::string& conv) {
  if (conv == "Conv2d_1x1" || (block == "Mixed_6a" && branch == "Branch_0")) return "";
  if (starts(conv, "Conv2d_0")) return "." + std::to_string(conv[8] - 'a');
  return (block == "Mixed_6a" || branch == "Branch_2") ? ".2" : ".1";  // what follows 0a, or 0a and 0b
}

// The block's own path, taken off the front of `rest`.
std::string facenet_block(std::string* rest, std::string* block) {
  *block = take(rest, '/');
  std::string list;
  if (renamed_whole(*block, {{"Repeat", "repeat_1."}, {"Repeat_1", "repeat_2."}, {"Repeat_2", "repeat_3."}}, &list)) {
    *block = take(rest, '/');
    return list + number_less_one(block->substr(block->find('_') + 1));
  }
  std::string path = *block;
  for (char& c : path) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return path;
}

}  // namespace

// Repeat_1/block17_2/Branch_1/Conv2d_0b_1x7 -> repeat_2.1.branch1.1.conv or .bn.
std::string path_facenet_torch(const std::string& layer, Role role) {
  std::string path;
  if (renamed_whole(layer, {{"Bottleneck", "last_linear"}, {"Bottleneck/BatchNorm", "last_bn"}}, &path)) return path;
  const std::string part = is_norm(role) ? ".bn" : ".conv";
  std::string rest = layer, block;
  path = facenet_block(&rest, &block);
  if (rest.empty()) return path.substr(0, path.rfind('_')) + part;  // conv2d_1a_3x3 -> conv2d_1a
  if (rest == "Conv2d_1x1") return path + ".conv2d";
  const std::string branch = take(&rest, '/');
  return path + ".branch" + branch.substr(7) + number_in_branch(block, branch, rest) + part;
}

namespace {

// What both versions of MobileFaceNet share: stage3.2.expand -> conv_4.model.2.conv, then conv, bn or prelu.
std::string path_mobilefacenet_blocks(const std::string& layer, Role role) {
  const std::string part = is_norm(role) ? ".bn" : role == Role::prelu_slope ? ".prelu" : ".conv";
  std::string path;
  if (renamed_whole(layer, {{"conv1", "conv1"}, {"conv2", "conv2_dw"}}, &path)) return path + part;
  if (!starts(layer, "stage")) return "";
  std::string rest = layer.substr(5);
  const int stage = std::stoi(take(&rest, '.'));
  const std::string unit = take(&rest, '.');
  const std::string layer_of_unit = rest == "expand" ? "conv" : rest == "depthwise" ? "conv_dw" : "project";
  // A stage's halving block, which is all of stages 2 and 4, has a name of its own; the others are a list.
  static const char* const kHalving[] = {"conv_23", "conv_34", "", "conv_45", ""};
  static const char* const kList[] = {"conv_3", "", "conv_4", "", "conv_5"};
  const size_t s = static_cast<size_t>(stage - 1);
  if (unit == "0" && *kHalving[s]) return std::string(kHalving[s]) + "." + layer_of_unit + part;
  const std::string number = stage == 1 ? number_less_one(unit) : unit;
  return std::string(kList[s]) + ".model." + number + "." + layer_of_unit + part;
}

}  // namespace

std::string path_mobilefacenet_arcface(const std::string& layer, Role role) {
  const std::string path = path_mobilefacenet_blocks(layer, role);
  if (!path.empty()) return path;
  if (layer == "conv3") return is_norm(role) ? "sep_bn" : role == Role::prelu_slope ? "prelu" : "sep";
  if (layer == "gdconv") return is_norm(role) ? "GDC_bn" : "GDC_dw";
  return is_norm(role) ? "last_bn" : "features";
}

std::string path_mobilefacenet_insightface(const std::string& layer, Role role) {
  const std::string path = path_mobilefacenet_blocks(layer, role);
  if (!path.empty()) return path;
  if (layer == "conv3")
    return is_norm(role) ? "conv_6_sep.bn" : role == Role::prelu_slope ? "conv_6_sep.prelu" : "conv_6_sep.conv";
  if (layer == "gdconv") return is_norm(role) ? "conv_6_dw.bn" : "conv_6_dw.conv";
  return is_norm(role) ? "bn" : "linear";
}

}  // namespace mien
