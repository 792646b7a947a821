// NN Archives for the tests: a small network of ArcFace's kind as its exporters write it, and the config.json with it.
#pragma once

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/converters/onnx_writer.h"
#include "tests/converters/tar_writer.h"

namespace mien::testing {

inline std::vector<float> waves(int64_t n, float scale, float offset = 0) {
  std::vector<float> v;
  for (int64_t i = 0; i < n; ++i) v.push_back(offset + scale * std::sin(static_cast<float>(i) + scale));
  return v;
}

// One residual block of IR100 between its stem and its tail, 16 x 16 pixels in, 8 numbers out: "images" to "output".
// With the defects of MXNet's exporter: spatial = 0, slopes of rank 1, a 4-D operand of Gemm, weights listed as inputs.
class ArcfaceWriter {
 public:
  ArcfaceWriter() : w_(8, {0, 3, 16, 16}, 3) {
    w_.graph()->mutable_input(0)->set_name("images");
    const std::string stem = prelu("relu0", norm("bn0", conv("conv0", "images", 3, 4, 3, 1), 4), 4);
    std::string body = prelu("relu1", norm("bn2", conv("conv1", norm("bn1", stem, 4), 4, 4, 3, 1), 4), 4);
    body = norm("bn3", conv("conv2", body, 4, 4, 3, 2), 4);
    w_.node("Add", {body, norm("sc", conv("conv1sc", stem, 4, 4, 1, 2), 4)}, {"sum"});
    w_.weight("fc_w", {8, 256}, waves(8 * 256, 0.05f)), w_.weight("fc_b", {8}, waves(8, 0.1f));
    w_.node("Gemm", {norm("tail", "sum", 4), "fc_w", "fc_b"}, {"fc"}).integer("transB", 1);
    norm("features", "fc", 8, "output");
    w_.output("output");
    for (const onnx_pb::Tensor& t : w_.graph()->initializer()) w_.input(t.name(), {t.dims().begin(), t.dims().end()});
  }
  std::string bytes() { return w_.bytes(); }

 private:
  std::string conv(const std::string& name, const std::string& x, int64_t in, int64_t out, int64_t k, int64_t stride) {
    w_.weight(name + "_w", {out, in, k, k}, waves(out * in * k * k, 0.3f));
    w_.node("Conv", {x, name + "_w"}, {name})
        .integers("kernel_shape", {k, k})
        .integers("strides", {stride, stride})
        .integers("pads", std::vector<int64_t>(4, k / 2));
    return name;
  }
  std::string norm(const std::string& name, const std::string& x, int64_t n, const std::string& y = "") {
    w_.weight(name + "_g", {n}, waves(n, 0.2f, 1)), w_.weight(name + "_b", {n}, waves(n, 0.1f));
    w_.weight(name + "_m", {n}, waves(n, 0.1f)), w_.weight(name + "_v", {n}, waves(n, 0.3f, 1));
    const std::string out = y.empty() ? name : y;
    w_.node("BatchNormalization", {x, name + "_g", name + "_b", name + "_m", name + "_v"}, {out})
        .real("epsilon", 2e-5f)
        .integer("spatial", 0);
    return out;
  }
  std::string prelu(const std::string& name, const std::string& x, int64_t n) {
    w_.weight(name + "_gamma", {n}, waves(n, 0.1f, 0.2f));
    w_.node("PRelu", {x, name + "_gamma"}, {name});
    return name;
  }
  OnnxWriter w_;
};

// The smallest network for a picture: "x" of these dimensions to "y", one number for each channel.
inline std::string tiny_onnx(const std::vector<int64_t>& dims = {0, 3, 4, 4}) {
  OnnxWriter w(13, dims);
  w.node("GlobalAveragePool", {"x"}, {"q"});
  w.node("Flatten", {"q"});
  return w.bytes();
}

// As for ArcfaceWriter's network: BGR and nothing else is done to the pixels.
inline nlohmann::json arcface_config() {
  return nlohmann::json::parse(R"({
    "config_version": "1.0",
    "model": {
      "metadata": {"name": "arcface", "path": "arcface.onnx", "precision": "float32"},
      "inputs": [{"name": "images", "dtype": "float32", "input_type": "image", "shape": [1, 3, 16, 16],
                  "layout": "NCHW",
                  "preprocessing": {"mean": [0, 0, 0], "scale": [1, 1, 1], "reverse_channels": null,
                                    "interleaved_to_planar": null, "dai_type": "BGR888p"}}],
      "outputs": [{"name": "output", "dtype": "float32", "shape": [1, 8], "layout": "NF"}],
      "heads": [{"parser": "EmbeddingsParser", "outputs": ["output"], "metadata": {"anything": [1, {"a": null}]}}]
    }})");
}
// As for tiny_onnx.
inline nlohmann::json tiny_config() {
  nlohmann::json config = arcface_config();
  config["model"]["metadata"]["path"] = "model.onnx";
  config["model"]["inputs"][0]["name"] = "x";
  config["model"]["inputs"][0]["shape"] = {1, 3, 4, 4};
  config["model"]["outputs"] = {{{"name", "y"}, {"dtype", "float32"}}};
  return config;
}

// The model first and config.json last, as the generator has them.
inline std::string nn_archive(const nlohmann::json& config, const std::string& onnx) {
  return TarWriter()
      .member(config["model"]["metadata"]["path"].get<std::string>(), onnx)
      .member("config.json", config.dump())
      .bytes();
}

}  // namespace mien::testing
