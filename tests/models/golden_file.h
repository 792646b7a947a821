// Golden outputs of a network with the weights of seed 0, made by the original definitions in double precision: a JSON
// file with outputs for three pictures, a table of layers for the first of them and a table of tensors.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace mien {

// Every stride-th value of a flattened output.
struct GoldenOutput {
  int64_t elements = 0;
  int64_t stride = 1;
  double rms = 0;
  std::vector<double> values;
};

struct GoldenPicture {
  std::string salt;  // of golden_picture
  std::map<std::string, GoldenOutput> outputs;
};

struct GoldenLayer {
  int64_t elements = 0;
  double rms = 0;
  std::vector<double> first;  // up to four values
};

struct GoldenTensor {
  std::string key;  // "<layer>/<role>"
  int64_t elements = 0;
  int64_t fan_in = 0;  // 0 where the tensor is not a layer's weights, and no gain then
  double gain = 0;
  uint32_t crc = 0;  // CRC-32 of the float32 bytes
};

struct GoldenFile {
  int height = 0, width = 0;
  std::vector<GoldenPicture> pictures;
  std::map<std::string, GoldenLayer> layers;  // of pictures[0]
  std::vector<GoldenTensor> tensors;
};

// Which of a file's outputs, where it has those of several definitions.
struct GoldenVariant {
  const char* outputs = "outputs";
  const char* definition = "biubug6-torch";
};

// Reads <stem>.json and, where they are, <stem>.layers.tsv and <stem>.tensors.tsv (of the usual
// variant). False if the JSON file is not there;
// throws on one that is not as described.
bool read_golden(const std::string& stem, GoldenFile* golden, const GoldenVariant& variant = {});

// [height][width][3], R first: (mix(fnv(salt) + i) >> 56) for element i.
std::vector<uint8_t> golden_picture(const std::string& salt, int height, int width);

// CRC-32 with the zlib polynomial.
uint32_t crc32(const void* data, size_t bytes);

}  // namespace mien
