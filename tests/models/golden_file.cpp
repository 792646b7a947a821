#include "tests/models/golden_file.h"

#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "models/seeded_weights.h"

namespace mien {
namespace {

int64_t elements_of(const std::string& shape) {
  int64_t product = 1;
  std::istringstream in(shape);
  for (std::string d; std::getline(in, d, 'x');) product *= std::stoll(d);
  return product;
}

GoldenOutput read_output(const nlohmann::json& json) {
  GoldenOutput output;
  output.elements = 1;
  for (const auto& dim : json.at("shape")) output.elements *= dim.get<int64_t>();
  output.rms = json.at("rms");
  const bool sampled = json.contains("sample");
  if (sampled) output.stride = json.at("sample_stride");
  output.values = json.at(sampled ? "sample" : "values").get<std::vector<double>>();
  return output;
}

GoldenPicture read_picture(const std::string& salt, const nlohmann::json& outputs) {
  GoldenPicture picture;
  picture.salt = salt;
  for (const auto& [name, output] : outputs.items()) picture.outputs[name] = read_output(output);
  return picture;
}

// Columns: layer shape rms min max v0 v1 v2 v3
void read_layers(const std::string& path, GoldenFile* golden) {
  std::ifstream table(path);
  std::string line;
  std::getline(table, line);
  while (std::getline(table, line)) {
    std::istringstream in(line);
    std::string name, shape;
    double low, high;
    GoldenLayer layer;
    in >> name >> shape >> layer.rms >> low >> high;
    layer.elements = elements_of(shape);
    for (double v; in >> v;) layer.first.push_back(v);
    golden->layers[name] = layer;
  }
}

// Columns: key shape fan_in gain state crc32 ...
void read_tensors(const std::string& path, GoldenFile* golden) {
  std::ifstream table(path);
  std::string line;
  std::getline(table, line);
  while (std::getline(table, line)) {
    std::istringstream in(line);
    std::string shape, fan_in, gain, state, crc;
    GoldenTensor tensor;
    in >> tensor.key >> shape >> fan_in >> gain >> state >> crc;
    tensor.elements = elements_of(shape);
    if (fan_in != "-") tensor.fan_in = std::stoll(fan_in), tensor.gain = std::stod(gain);
    tensor.crc = static_cast<uint32_t>(std::stoul(crc, nullptr, 16));
    golden->tensors.push_back(tensor);
  }
}

std::array<uint32_t, 256> crc_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? 0xEDB88320u : 0u);
    table[i] = crc;
  }
  return table;
}

}  // namespace

bool read_golden(const std::string& stem, GoldenFile* golden, const GoldenVariant& variant) {
  std::ifstream file(stem + ".json");
  if (!file) return false;
  const nlohmann::json json = nlohmann::json::parse(file);
  golden->height = json.at("input").at("height");
  golden->width = json.at("input").at("width");
  if (json.contains("inputs")) {
    for (const auto& input : json.at("inputs"))
      golden->pictures.push_back(read_picture(input.at("salt"), input.at(variant.outputs)));
  } else {
    golden->pictures.push_back(
        read_picture(json.at("input").at("salt"), json.at("definitions").at(variant.definition)));
  }
  if (variant.outputs != std::string(GoldenVariant().outputs)) return true;
  read_layers(stem + ".layers.tsv", golden);
  read_tensors(stem + ".tensors.tsv", golden);
  return true;
}

std::vector<uint8_t> golden_picture(const std::string& salt, int height, int width) {
  std::vector<uint8_t> pixels(static_cast<size_t>(height) * static_cast<size_t>(width) * 3);
  const uint64_t state = fnv(salt);
  for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<uint8_t>(mix(state + i) >> 56);
  return pixels;
}

uint32_t crc32(const void* data, size_t bytes) {
  static const std::array<uint32_t, 256> table = crc_table();
  const auto* byte = static_cast<const unsigned char*>(data);
  uint32_t crc = ~0u;
  for (size_t i = 0; i < bytes; ++i) crc = (crc >> 8) ^ table[(crc ^ byte[i]) & 255];
  return ~crc;
}

}  // namespace mien
