#include "tests/app/tiny_model.h"

#include <gtest/gtest.h>
#include <png.h>

#include "app/npy.h"
#include "engine/file/flat_file.h"
#include "engine/make_golden.h"
#include "tests/app/subprocess.h"
#include "tests/face/written_pictures.h"

namespace mien::test {
namespace {

// Adds a node with constant inputs after the first one.
class Builder {
 public:
  explicit Builder(Graph& graph) : graph_(graph) {}

  ValueId constant(const Shape& shape, float scale) {
    const std::string name = "c" + std::to_string(++seed_);
    return graph_.add_constant(name, shape, golden_input(seed_, shape.elements(), -scale, scale));
  }
  ValueId node(Op op, std::vector<ValueId> inputs, const Window& window = {}, std::vector<int64_t> ints = {}) {
    Node made;
    made.op = op;
    made.name = std::string(name_of(op)) + std::to_string(graph_.nodes.size());
    made.inputs = std::move(inputs);
    made.window = window;
    made.axis = 1;
    made.ints = std::move(ints);
    return graph_.add_node(made);
  }

 private:
  Graph& graph_;
  uint64_t seed_ = 0;
};

}  // namespace

Package tiny_package() {
  Package package;
  Graph& graph = package.graph;
  Builder build(graph);
  graph.name = "tiny";
  Window window;
  window.kernel_h = window.kernel_w = 3;
  window.stride_h = window.stride_w = 2;
  window.pad_top = window.pad_left = window.pad_bottom = window.pad_right = 1;
  const ValueId x = graph.add_input("data", {1, 3, kSide, kSide});
  const ValueId c1 = build.node(Op::conv, {x, build.constant({8, 3, 3, 3}, 0.5f), build.constant({8}, 0.5f)}, window);
  const ValueId p1 = build.node(Op::prelu, {c1, build.constant({8}, 0.5f)});
  const ValueId c2 = build.node(Op::conv, {p1, build.constant({20, 8, 1, 1}, 0.5f)});
  const ValueId r2 = build.node(Op::relu, {c2});
  const ValueId pool = build.node(Op::global_average_pool, {r2});
  const ValueId flat = build.node(Op::reshape, {pool}, {}, {1, 20});
  graph.outputs = {build.node(Op::fully_connected, {flat, build.constant({kDims, 20}, 0.5f)})};
  EXPECT_TRUE(infer_shapes(graph).ok());

  package.input.known = true;
  package.input.preset = "arcface";
  package.input.height = package.input.width = kSide;
  package.input.mean = {127.5f, 127.5f, 127.5f, 0};
  package.input.scale = {1 / 127.5f, 1 / 127.5f, 1 / 127.5f, 1};
  package.output = {true, kDims, false};
  package.face = {Alignment::landmarks, 0, Flip::none, "made up", {{0.01, 0.25}, {0.001, 0.375}}};
  package.card.name = "tiny";
  package.card.source_format = "seed";
  auto golden = make_golden(graph, 2, -1, 1);
  EXPECT_TRUE(golden.ok()) << golden.status().message();
  package.golden = std::move(*golden);
  return package;
}

std::string tiny_model() {
  static const std::string path = [] {
    std::string made = folder() + "/tiny.mien";
    const Status status = write_file(tiny_package(), made);
    EXPECT_TRUE(status.ok()) << status.message();
    return made;
  }();
  return path;
}

std::string tiny_picture(int which) {
  const std::string path = folder() + "/picture" + std::to_string(which) + ".png";
  auto pixels = pattern(kSide, kSide, 3);
  for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<uint8_t>(pixels[i] * (which + 1) + which * i);
  write_bytes(path, write_png(pixels, kSide, kSide, {PNG_COLOR_TYPE_RGB}));
  return path;
}

std::string tiny_tensor(int samples) {
  const std::string path = folder() + "/tensor" + std::to_string(samples) + ".npy";
  const auto values = golden_input(7, int64_t{samples} * 3 * kSide * kSide, -1, 1);
  write_bytes(path, app::npy_bytes({samples, 3, kSide, kSide}, values.data()));
  return path;
}

}  // namespace mien::test
