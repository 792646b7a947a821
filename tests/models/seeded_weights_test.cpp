// The integer rule behind seeded weights: fixed numbers, and every tensor of a network that another program drew.
#include "models/seeded_weights.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace mien {
namespace {

TEST(SeededWeights, MixIsSplitmix64) {
  EXPECT_EQ(mix(0), 0xE220A8397B1DCDAFu);
  EXPECT_EQ(mix(0x653b786920939388u), 0xf85e17f367281704u);
  EXPECT_EQ(mix(0x653b786920939388u + 2), 0x5c3b797b50549884u);
}

TEST(SeededWeights, FnvOfKeys) {
  EXPECT_EQ(fnv(""), 0xCBF29CE484222325u);
  EXPECT_EQ(fnv("a"), 0xAF63DC4C8601EC8Cu);
  EXPECT_EQ(fnv("block1.0/conv.weight"), 0x653b786920939388u);
  EXPECT_EQ(fnv("layer1.0.bn1/bn.var"), 0x45af30452f4957b8u);
}

TEST(SeededWeights, ValuesOfEveryRole) {
  const SeededWeights weights(0);
  const auto conv = weights.draw_weight("block1.0", 3, 48, 2);
  EXPECT_EQ(conv, (std::vector<float>{0.33247149f, 0.174993172f, -0.0987952054f}));
  EXPECT_EQ(weights.draw("layer1.0.bn1", Role::bn_var, 3),
            (std::vector<float>{0.95768559f, 0.879329085f, 1.11955142f}));
  EXPECT_EQ(weights.draw("layers.0.layers.2", Role::prelu_slope, 3),
            (std::vector<float>{0.445841789f, 0.132852167f, 0.336189687f}));
  EXPECT_EQ(weights.draw("Repeat/block35_1/Conv2d_1x1", Role::conv_bias, 3),
            (std::vector<float>{0.0267525911f, 0.0449151024f, -0.0365020745f}));
}

TEST(SeededWeights, ASeedChangesEveryTensorAndZeroIsThePlainRule) {
  const auto plain = SeededWeights(0).draw("conv1", Role::bn_beta, 64);
  const auto one = SeededWeights(1).draw("conv1", Role::bn_beta, 64);
  const auto two = SeededWeights(2).draw("conv1", Role::bn_beta, 64);
  EXPECT_NE(plain, one);
  EXPECT_NE(one, two);
  EXPECT_EQ(one, SeededWeights(1).draw("conv1", Role::bn_beta, 64));
}

// CRC-32 with the zlib polynomial, a bit at a time.
uint32_t crc32(const std::vector<float>& values) {
  std::vector<unsigned char> bytes(values.size() * sizeof(float));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  uint32_t crc = ~0u;
  for (const unsigned char byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? 0xEDB88320u : 0u);
  }
  return ~crc;
}

// One row of a table of tensors: key shape fan_in gain state crc32 ...
struct Row {
  std::string layer, role;
  int64_t count = 1, fan_in = 0;
  double gain = 0;
  uint64_t state = 0;
  uint32_t crc = 0;
};

Row parse(const std::string& line) {
  std::istringstream in(line);
  std::string key, shape, fan_in, gain, state, crc;
  in >> key >> shape >> fan_in >> gain >> state >> crc;
  Row row;
  row.layer = key.substr(0, key.rfind('/'));
  row.role = key.substr(key.rfind('/') + 1);
  std::istringstream dims(shape);
  for (std::string d; std::getline(dims, d, 'x');) row.count *= std::stoll(d);
  if (fan_in != "-") row.fan_in = std::stoll(fan_in), row.gain = std::stod(gain);
  row.state = std::stoull(state, nullptr, 16);
  row.crc = static_cast<uint32_t>(std::stoul(crc, nullptr, 16));
  return row;
}

std::vector<float> draw(const Row& row) {
  const SeededWeights weights(0);
  const Role weight = row.role == "fc.weight" ? Role::fc_weight : Role::conv_weight;
  if (row.fan_in > 0) return weights.draw_weight(row.layer, row.count, row.fan_in, row.gain, weight);
  for (const Role role :
       {Role::conv_bias, Role::fc_bias, Role::bn_gamma, Role::bn_beta, Role::bn_mean, Role::bn_var, Role::prelu_slope})
    if (row.role == name_of(role)) return weights.draw(row.layer, role, row.count);
  ADD_FAILURE() << "unknown role " << row.role;
  return {};
}

TEST(SeededWeights, EveryTensorOfATableDrawnByAnotherProgram) {
  const std::string path = MIEN_SHARED_DIR "/golden/mobilefacenet_0.45g.tensors.tsv";
  std::ifstream table(path);
  if (!table) GTEST_SKIP() << "no table at " << path;
  std::string line;
  std::getline(table, line);  // the heading
  int rows = 0;
  for (; std::getline(table, line); ++rows) {
    const Row row = parse(line);
    EXPECT_EQ(fnv(row.layer + "/" + row.role), row.state) << line;
    EXPECT_EQ(crc32(draw(row)), row.crc) << line;
  }
  EXPECT_GT(rows, 100);
}

}  // namespace
}  // namespace mien
