// Writes ncnn networks for the tests: the text and the weights, in every form that the weights of a layer may have.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "converters/ncnn/ncnn.h"
#include "engine/reference.h"

namespace mien::testing {

using Bytes = std::vector<uint8_t>;
using V = std::vector<double>;
using Floats = std::vector<float>;

// The word in front of weights. A table is told by any other word.
enum class NcnnTag : uint32_t { float32 = 0, float16 = 0x01306B47, int8 = 0x000D4B38, scaled = 0x0002C056, table = 1 };

// REQUIRES: the value is 0 or one that a normal half holds exactly.
inline uint16_t exact_half(float value) {
  if (value == 0) return 0;
  int exponent = 0;
  const float fraction = std::frexp(std::fabs(value), &exponent);
  const int bits = static_cast<int>(std::ldexp(fraction, 11)) - 1024;
  return static_cast<uint16_t>((value < 0 ? 0x8000 : 0) | (exponent + 14) << 10 | bits);
}

class NcnnModel {
 public:
  // The layer's line; its weights follow by raw() and flagged().
  NcnnModel& layer(const std::string& type, const std::string& name, const std::vector<std::string>& bottoms,
                   const std::vector<std::string>& tops, const std::string& params = "") {
    std::string line = type + " " + name + " " + std::to_string(bottoms.size()) + " " + std::to_string(tops.size());
    for (const std::string& blob : bottoms) line += " " + blob;
    for (const std::string& blob : tops) line += " " + blob;
    lines.push_back(params.empty() ? line : line + " " + params);
    blobs += tops.size();
    return *this;
  }
  // Layer `y` that reads `x`, the only input, of this size.
  NcnnModel& input(const std::string& params) { return layer("Input", "in", {}, {"x"}, params); }
  NcnnModel& then(const std::string& type, const std::string& params = "") {
    return layer(type, "y", {"x"}, {"y"}, params);
  }

  NcnnModel& raw(const Floats& values) { return append(values.data(), values.size() * sizeof(float)); }
  NcnnModel& flagged(const Floats& values, NcnnTag tag = NcnnTag::float32) {
    append(&tag, sizeof tag);
    if (tag == NcnnTag::float32 || tag == NcnnTag::scaled) return raw(values);
    Floats table;
    for (float v : values) {
      if (std::find(table.begin(), table.end(), v) == table.end()) table.push_back(v);
    }
    if (tag == NcnnTag::table) {
      Floats whole = table;
      whole.resize(256, -1);
      raw(whole);
    }
    for (float v : values) {
      const uint16_t half = exact_half(v);
      const auto eight = tag == NcnnTag::int8
                             ? static_cast<int8_t>(v)
                             : static_cast<int8_t>(std::find(table.begin(), table.end(), v) - table.begin());
      if (tag == NcnnTag::float16)
        append(&half, sizeof half);
      else
        append(&eight, sizeof eight);
    }
    bin.resize((bin.size() + 3) / 4 * 4);
    return *this;
  }

  std::string text() const {
    std::string all = "7767517\n" + std::to_string(lines.size()) + " " + std::to_string(blobs) + "\n";
    for (const std::string& line : lines) all += line + "\n";
    return all;
  }

  std::vector<std::string> lines;
  size_t blobs = 0;
  Bytes bin;

 private:
  NcnnModel& append(const void* data, size_t size) {
    const auto* p = static_cast<const uint8_t*>(data);
    bin.insert(bin.end(), p, p + size);
    return *this;
  }
};

// A network that begins with this input.
inline NcnnModel of(const std::string& input) {
  return NcnnModel().input(input);
}

// A small face network: normalisation inside, convolutions, BatchNorm, PReLU, sum, pool, fully connected layer, in the
// forms that weights may have.
inline NcnnModel face(const std::string& input = "0=8 1=8 2=3") {
  NcnnModel m;
  m.layer("Input", "data", {}, {"data"}, input);
  m.layer("BinaryOp", "_minusscalar0", {"data"}, {"minus"}, "0=1 1=1 2=127.5");
  m.layer("BinaryOp", "_mulscalar0", {"minus"}, {"mul"}, "0=2 1=1 2=0.0078125");
  m.layer("Convolution", "conv0", {"mul"}, {"conv0"}, "0=2 1=3 3=2 4=1 5=0 6=54").flagged(Floats(54, 0.125f));
  m.layer("BatchNorm", "bn0", {"conv0"}, {"bn0"}, "0=2 1=1.000000e-03");
  m.raw({1, 2}).raw({0.5f, 1}).raw({1, 4}).raw({0.25f, -1});
  m.layer("PReLU", "relu0", {"bn0"}, {"relu0"}, "0=2").raw({-0.5f, 1.5f});
  m.layer("Split", "split", {"relu0"}, {"a", "b"});
  m.layer("ConvolutionDepthWise", "conv1", {"a"}, {"c"}, "0=2 1=3 4=-233 6=18 7=2 9=3 -23310=2,-6.0,6.0");
  m.flagged(Floats(18, 0.5f), NcnnTag::float16);
  m.layer("Eltwise", "sum", {"b", "c"}, {"sum"}, "0=1");
  m.layer("Pooling", "pool", {"sum"}, {"pool"}, "0=1 1=2 2=2");
  m.layer("Dropout", "drop", {"pool"}, {"drop"});
  m.layer("InnerProduct", "fc1", {"drop"}, {"fc1"}, "0=2 1=1 2=16")
      .flagged({1, 2, 3, 4, 5, 6, 7, 8, 8, 7, 6, 5, 4, 3, 2, 1}, NcnnTag::table);
  return m.raw({0.5f, 1});
}

inline Result<Imported> import_ncnn_text(const std::string& text, const Bytes& bin,
                                         std::vector<std::string>* unsupported = nullptr,
                                         const PictureSize& input = {}) {
  std::vector<std::string> local;
  return import_ncnn(reinterpret_cast<const uint8_t*>(text.data()), text.size(), bin, input,
                     unsupported ? unsupported : &local);
}
inline Result<Imported> import_model(const NcnnModel& model, std::vector<std::string>* unsupported = nullptr,
                                     const PictureSize& input = {}) {
  return import_ncnn_text(model.text(), model.bin, unsupported, input);
}

// The model's first output on the reference kernels.
inline void expect(const NcnnModel& model, const V& x, const Shape& shape, const V& y, double tolerance = 1e-6) {
  const Result<Imported> imported = import_model(model);
  ASSERT_TRUE(imported.ok()) << imported.status().message();
  const Graph& graph = imported->package.graph;
  EXPECT_EQ(graph.value(graph.outputs[0]).shape.text(), shape.text());
  const auto run = run_reference(graph, {x});
  ASSERT_TRUE(run.ok()) << run.status().message();
  ASSERT_EQ((*run)[0].size(), y.size());
  for (size_t i = 0; i < y.size(); ++i) EXPECT_NEAR((*run)[0][i], y[i], tolerance) << "element " << i;
}

inline void expect_refused(const NcnnModel& model, Code code, const std::string& part) {
  const Result<Imported> imported = import_model(model);
  ASSERT_FALSE(imported.ok()) << part;
  EXPECT_EQ(imported.status().code(), code) << imported.status().message();
  EXPECT_NE(imported.status().message().find(part), std::string::npos) << imported.status().message();
}

}  // namespace mien::testing
