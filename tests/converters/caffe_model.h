// Small Caffe networks, and what comes of them.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "converters/caffe/caffe.h"
#include "engine/reference.h"
#include "tests/converters/caffe_writer.h"

namespace mien::testing {

using V = std::vector<double>;

inline Result<Imported> import_files(const Bytes& prototxt, const Bytes& model, const PictureSize& asked = {},
                                     std::vector<std::string>* unsupported = nullptr) {
  std::vector<std::string> local;
  Result<caffe::CaffeModel> weights = caffe::read_caffe_model(model.data(), model.size());
  if (!weights.ok()) return weights.status();
  return import_caffe(prototxt.data(), prototxt.size(), std::move(*weights), asked, unsupported ? unsupported : &local);
}
inline Result<Imported> import_net(const CaffeNet& net, std::vector<std::string>* unsupported = nullptr) {
  return import_files(net.text(), net.model(), {}, unsupported);
}

// One of the network's outputs on the reference kernels.
inline void expect(const CaffeNet& net, const std::vector<V>& inputs, const Shape& shape, const V& y,
                   double tolerance = 1e-6, size_t output = 0) {
  const Result<Imported> imported = import_net(net);
  ASSERT_TRUE(imported.ok()) << imported.status().message();
  const Graph& graph = imported->package.graph;
  ASSERT_LT(output, graph.outputs.size());
  EXPECT_EQ(graph.value(graph.outputs[output]).shape.text(), shape.text());
  const auto run = run_reference(graph, inputs);
  ASSERT_TRUE(run.ok()) << run.status().message();
  ASSERT_EQ((*run)[output].size(), y.size());
  for (size_t i = 0; i < y.size(); ++i) EXPECT_NEAR((*run)[output][i], y[i], tolerance) << "element " << i;
}

inline void expect_refused(const CaffeNet& net, Code code, const std::string& part) {
  const Result<Imported> imported = import_net(net);
  ASSERT_FALSE(imported.ok()) << part;
  EXPECT_EQ(imported.status().code(), code) << imported.status().message();
  EXPECT_NE(imported.status().message().find(part), std::string::npos) << imported.status().message();
}

// A network of one layer "y" on "data" of this shape.
inline CaffeNet net_of(const std::string& type, const std::vector<int64_t>& shape, const std::string& more = "",
                       const std::vector<CaffeBlob>& blobs = {}) {
  CaffeNet net;
  net.input("data", shape).layer(type, "y", {"data"}, {"y"}, more, blobs);
  return net;
}

}  // namespace mien::testing
