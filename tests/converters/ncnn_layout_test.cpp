// Layers of ncnn that pool, enlarge and move: what its blobs, which have no batch, are in the graph.
#include <cmath>

#include "tests/converters/ncnn_writer.h"

namespace mien::testing {
namespace {

V counted(size_t n) {
  V values(n);
  for (size_t i = 0; i < n; ++i) values[i] = static_cast<double>(i + 1);
  return values;
}

TEST(Pooling, FullIsTheDefaultAndItsTailDoesNotCount) {
  const auto made = [](const std::string& params) { return of("0=5 1=5 2=1").then("Pooling", params); };
  const V x = counted(25);
  expect(made("0=0 1=2 2=2"), x, {1, 1, 3, 3}, {7, 9, 10, 17, 19, 20, 22, 24, 25});
  expect(made("0=0 1=2 2=2 5=1"), x, {1, 1, 2, 2}, {7, 9, 17, 19});
  expect(made("0=1 1=2 2=2"), x, {1, 1, 3, 3}, {4, 6, 7.5, 14, 16, 17.5, 21.5, 23.5, 25});
  expect(made("0=1 1=2 2=2 6=1"), x, {1, 1, 3, 3}, {4, 6, 3.75, 14, 16, 8.75, 10.75, 11.75, 6.25});
  expect(made("0=1 1=2 2=2 5=1"), x, {1, 1, 2, 2}, {4, 6, 14, 16});
}

TEST(Pooling, Padding) {
  expect(of("0=1 1=1 2=1").then("Pooling", "0=1 1=3 3=1 5=1"), {9}, {1, 1, 1, 1}, {9});
  expect(of("0=1 1=1 2=1").then("Pooling", "0=1 1=3 3=1 5=1 6=1"), {9}, {1, 1, 1, 1}, {1});
  // SAME: what is added counts in an average. Upper behind, lower in front.
  expect(of("0=4 1=1 2=1").then("Pooling", "0=1 1=2 11=1 5=2"), {2, 4, 6, 8}, {1, 1, 1, 4}, {3, 5, 7, 4});
  expect(of("0=4 1=1 2=1").then("Pooling", "0=1 1=2 11=1 5=3"), {2, 4, 6, 8}, {1, 1, 1, 4}, {1, 3, 5, 7});
  expect(of("0=4 1=1 2=1").then("Pooling", "0=0 1=2 11=1 2=2 12=1 5=2"), {2, -4, -6, -8}, {1, 1, 1, 2}, {2, -6});
  // Each side of its own: left, top, right, bottom.
  const Result<Imported> apart =
      import_model(of("0=9 1=9 2=1").then("Pooling", "0=0 1=4 11=5 2=1 12=2 3=1 13=2 14=3 15=4 5=1"));
  ASSERT_TRUE(apart.ok()) << apart.status().message();
  const Window w = apart->package.graph.nodes[0].window;
  EXPECT_EQ(w.kernel_w, 4);
  EXPECT_EQ(w.kernel_h, 5);
  EXPECT_EQ(w.stride_w, 1);
  EXPECT_EQ(w.stride_h, 2);
  EXPECT_EQ(w.pad_left, 1);
  EXPECT_EQ(w.pad_top, 2);
  EXPECT_EQ(w.pad_right, 3);
  EXPECT_EQ(w.pad_bottom, 4);
  expect_refused(of("0=4 1=4 2=1").then("Pooling", "0=0 1=2 2=3 3=1"), Code::unsupported, "padding alone");
  expect_refused(of("0=4 1=4 2=1").then("Pooling", "0=0 1=2 3=1 5=2"), Code::unsupported, "besides that of its mode");
}

TEST(Pooling, GlobalMakesAVector) {
  const V x{1, 2, 3, 6, 5, 5, 5, 9};
  expect(of("0=2 1=2 2=2").then("Pooling", "0=1 4=1"), x, {1, 2}, {3, 6});
  expect(of("0=2 1=2 2=2").then("Pooling", "0=0 1=7 4=1"), x, {1, 2}, {6, 9});
  expect(of("0=2 1=2 2=2").then("Pooling", "0=1 7=1 8=1"), x, {1, 2, 1, 1}, {3, 6});
  expect_refused(of("0=2 1=2 2=2").then("Pooling", "0=1 7=1 8=2"), Code::unsupported, "adaptive");
  expect_refused(of("0=2 1=2 2=2").then("Pooling", "0=2 1=1"), Code::unsupported, "neither max nor avg");
  expect_refused(of("0=2 1=2 2=2").then("Pooling", "0=0 1=1 5=4"), Code::unsupported, "pad mode 4");
}

TEST(Interp, Nearest) {
  expect(of("0=2 1=1 2=1").then("Interp", "0=1 1=2.0 2=2.0"), {1, 2}, {1, 1, 2, 4}, {1, 1, 2, 2, 1, 1, 2, 2});
  expect(of("0=3 1=1 2=1").then("Interp", "0=1 3=2 4=5"), {1, 2, 3}, {1, 1, 2, 5}, {1, 1, 2, 2, 3, 1, 1, 2, 2, 3});
  expect(of("0=4 1=2 2=1").then("Interp", "0=1 1=0.5 2=0.5"), counted(8), {1, 1, 1, 2}, {1, 3});
  expect_refused(of("0=2 1=1 2=1").then("Interp", "0=2 1=2.0 2=2.0"), Code::unsupported, "bilinear");
  expect_refused(of("0=2 1=1 2=1").then("Interp", "0=1 5=1"), Code::unsupported, "computed");
  expect_refused(of("0=2").then("Interp", "0=1 1=2.0 2=2.0"), Code::unsupported, "of an input 1x2");
  expect_refused(of("0=2 1=1 2=1").then("Interp", "0=1 1=-2.0"), Code::corrupt, "not positive");
  expect_refused(of("0=2 1=1 2=1").then("Interp", "0=1 3=5000 4=1"), Code::corrupt, "makes 5000 x 1");
}

// ncnn itself would take the bits of the whole number 2, which are next to 0.
TEST(Interp, AWholeNumberIsRepaired) {
  const Result<Imported> imported = import_model(of("0=2 1=1 2=1").then("Interp", "0=1 1=2 2=2"));
  ASSERT_TRUE(imported.ok()) << imported.status().message();
  EXPECT_EQ(imported->package.graph.value(imported->package.graph.outputs[0]).shape, (Shape{1, 1, 2, 4}));
  ASSERT_EQ(imported->repairs.size(), 1u);
  EXPECT_NE(imported->repairs[0].find("node 'y' (Interp): a whole number"), std::string::npos);
}

TEST(Padding, ConstantOnly) {
  expect(of("0=1 1=1 2=1").then("Padding", "0=1 1=0 2=0 3=2 5=7.0"), {1}, {1, 1, 2, 3}, {7, 7, 7, 1, 7, 7});
  expect(of("0=1").then("Padding", "2=1 3=1"), {5}, {1, 3}, {0, 5, 0});
  expect_refused(of("0=1 1=1 2=1").then("Padding", "0=1 4=1"), Code::unsupported, "but a constant");
  expect_refused(of("0=1 1=1 2=1").then("Padding", "0=1 6=1").raw({1}), Code::unsupported, "per channel");
  expect_refused(of("0=1").then("Padding", "0=1"), Code::corrupt, "pads the rows of 1x1");
  expect_refused(of("0=1 1=1 2=1").then("Padding", "0=-233"), Code::unsupported, "a size of -233");
}

TEST(Reshape, ZeroCopiesAndMinusOneIsInferred) {
  const V x = counted(12);
  const auto made = [](const std::string& params) { return of("0=3 1=2 2=2").then("Reshape", params); };
  expect(made("0=12"), x, {1, 12}, x);
  expect(made("0=-1"), x, {1, 12}, x);
  expect(made("0=6 1=2"), x, {1, 2, 6}, x);
  expect(made("0=-1 1=0"), x, {1, 2, 6}, x);
  expect(made("0=0 1=-1"), x, {1, 4, 3}, x);
  expect(made("0=2 1=2 2=-1"), x, {1, 3, 2, 2}, x);
  expect(made("0=1 1=0 2=-1"), x, {1, 6, 2, 1}, x);
  expect(made("0=3 1=2 11=1 2=0"), x, {1, 2, 1, 2, 3}, x);
  for (const char* params : {"0=5", "0=-1 1=-1", "0=-2", "0=24 1=-1", "1=12", "0=2147483647 1=2147483647 2=4"})
    expect_refused(made(params), Code::corrupt, "node 'y' (Reshape)");
  expect_refused(made("0=12 3=1"), Code::unsupported, "permutation");
  expect_refused(made("0=12 6=\"0w,1\""), Code::unsupported, "computed");
}

TEST(Permute, EveryOrder) {
  const V x = counted(12);  // C x H x W = 2 x 2 x 3
  const struct {
    int order;
    Shape shape;
    int axes[3];  // of the new blob, among C, H, W
  } rows[] = {{0, {1, 2, 2, 3}, {0, 1, 2}}, {1, {1, 2, 3, 2}, {0, 2, 1}}, {2, {1, 2, 2, 3}, {1, 0, 2}},
              {3, {1, 2, 3, 2}, {1, 2, 0}}, {4, {1, 3, 2, 2}, {2, 0, 1}}, {5, {1, 3, 2, 2}, {2, 1, 0}}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.order);
    NcnnModel m = of("0=3 1=2 2=2");
    m.then("Permute", "0=" + std::to_string(row.order)).layer("ReLU", "z", {"y"}, {"z"});
    V y;
    const int sizes[] = {2, 2, 3}, steps[] = {6, 3, 1};
    for (int i = 0; i < sizes[row.axes[0]]; ++i)
      for (int j = 0; j < sizes[row.axes[1]]; ++j)
        for (int k = 0; k < sizes[row.axes[2]]; ++k)
          y.push_back(x[static_cast<size_t>(i * steps[row.axes[0]] + j * steps[row.axes[1]] + k * steps[row.axes[2]])]);
    expect(m, x, row.shape, y);
  }
  expect(of("0=3 1=2").then("Permute", "0=1"), {1, 2, 3, 4, 5, 6}, {1, 3, 2}, {1, 4, 2, 5, 3, 6});
  expect_refused(of("0=3 1=2").then("Permute", "0=3"), Code::unsupported, "order 3 of an input 1x2x3");
  expect_refused(of("0=3 1=2 2=2").then("Permute", "0=6"), Code::unsupported, "order 6");
}

TEST(Softmax, ItsAxisIsOneOfTheBlobs) {
  const double e = std::exp(1), high = e / (1 + e), low = 1 / (1 + e);
  expect(of("0=2").then("Softmax"), {1, 0}, {1, 2}, {high, low});
  expect(of("0=1 1=1 2=2").then("Softmax", "0=0"), {1, 0}, {1, 2, 1, 1}, {high, low});
  expect(of("0=2 1=2").then("Softmax", "0=1 1=1"), {1, 0, 0, 0}, {1, 2, 2}, {high, low, 0.5, 0.5});
  expect(of("0=2 1=1 2=2").then("Softmax", "0=-1 1=1"), {1, 0, 0, 0}, {1, 2, 1, 2}, {high, low, 0.5, 0.5});
  expect_refused(of("0=2 1=2").then("Softmax", "0=1"), Code::unsupported, "old files count another way");
  expect_refused(of("0=2 1=2").then("Softmax", "0=2 1=1"), Code::corrupt, "axis 2 of 2 dimensions");
}

TEST(Concat, AndSlice) {
  NcnnModel m = of("0=2 1=1 2=3");
  m.layer("Slice", "s", {"x"}, {"a", "b"}, "-23300=2,1,-233").layer("Concat", "y", {"b", "a"}, {"y"});
  expect(m, counted(6), {1, 3, 1, 2}, {3, 4, 5, 6, 1, 2});
  NcnnModel width = of("0=3 1=2");
  width.layer("Slice", "s", {"x"}, {"a", "b", "c"}, "-23300=3,-233,-233,-233 1=1");
  width.layer("Concat", "y", {"c", "a", "b"}, {"y"}, "0=-1");
  expect(width, counted(6), {1, 2, 3}, {3, 1, 2, 6, 4, 5});
  NcnnModel flat = of("0=2");
  flat.layer("Split", "s", {"x"}, {"a", "b"}).layer("Concat", "y", {"a", "b"}, {"y"}, "0=0");
  expect(flat, {1, 2}, {1, 4}, {1, 2, 1, 2});
  NcnnModel bad = of("0=2");
  expect_refused(bad.layer("Slice", "s", {"x"}, {"a", "b"}, "-23300=2,1,2"), Code::corrupt, "a part of 2 of 1x2");
}

TEST(Copies, Disappear) {
  NcnnModel m = of("0=2");
  m.layer("Split", "s", {"x"}, {"a", "b"}).layer("Dropout", "d", {"a"}, {"c"}).layer("Noop", "n", {"b"}, {"e"});
  m.layer("BinaryOp", "y", {"c", "e"}, {"y"}, "0=0");
  expect(m, {1, 2}, {1, 2}, {2, 4});
  EXPECT_EQ(import_model(m)->package.graph.nodes.size(), 1u);
  expect(of("0=2").then("Dropout", "0=0.5"), {1, 2}, {1, 2}, {0.5, 1});
  expect(of("0=2 1=1 2=2").then("Flatten"), {1, 2, 3, 4}, {1, 4}, {1, 2, 3, 4});
}

}  // namespace
}  // namespace mien::testing
