// Operators that move, reduce or resize, in each of their forms, against values written out by hand.
#include <cmath>

#include "tests/converters/expect.h"

namespace mien::testing {
namespace {

TEST(Layout, ReshapeRules) {
  OnnxWriter w(13, {0, 2, 1, 3});
  w.ints("s", {0, -1});
  w.node("Reshape", {"x", "s"});
  expect(w, ramp(6), {1, 6}, ramp(6));
  OnnxWriter old(1, {1, 6});
  old.node("Reshape", {"x"}).integers("shape", {2, -1});
  expect(old, ramp(6), {2, 3}, ramp(6));
  OnnxWriter wrong(13, {0, 6});
  wrong.ints("s", {4, -1});
  wrong.node("Reshape", {"x", "s"});
  expect_refused(wrong, Code::corrupt, "cannot make");
  OnnxWriter floats(13, {0, 6});
  floats.weight("s", {2}, {1, 6});
  floats.node("Reshape", {"x", "s"});
  expect_refused(floats, Code::corrupt, "not a list of int64");
}
TEST(Layout, FlattenSqueezeUnsqueeze) {
  OnnxWriter flatten(11, {1, 2, 1, 3});
  flatten.node("Flatten", {"x"}).integer("axis", -2);
  expect(flatten, ramp(6), {2, 3}, ramp(6));
  OnnxWriter squeeze(11, {1, 2, 1, 1});
  squeeze.node("Squeeze", {"x"}).integers("axes", {2, -1});
  expect(squeeze, ramp(2), {1, 2}, ramp(2));
  OnnxWriter squeeze13(13, {1, 2, 1, 1});
  squeeze13.ints("a", {2, 3});
  squeeze13.node("Squeeze", {"x", "a"});
  expect(squeeze13, ramp(2), {1, 2}, ramp(2));
  OnnxWriter unsqueeze(13, {1, 2});
  unsqueeze.ints("a", {-1, 0});
  unsqueeze.node("Unsqueeze", {"x", "a"});
  expect(unsqueeze, ramp(2), {1, 1, 2, 1}, ramp(2));
}
TEST(Layout, TransposeConcat) {
  OnnxWriter transpose(13, {1, 2, 3});
  transpose.node("Transpose", {"x"}).integers("perm", {0, 2, 1});
  expect(transpose, ramp(6), {1, 3, 2}, {1, 4, 2, 5, 3, 6});
  OnnxWriter reversed(13, {2, 3});
  reversed.node("Transpose", {"x"});
  expect(reversed, ramp(6), {3, 2}, {1, 4, 2, 5, 3, 6});
  OnnxWriter concat(13, {2, 1});
  concat.weight("c", {2, 2}, {10, 20, 30, 40});
  concat.node("Concat", {"x", "c"}).integer("axis", -1);
  expect(concat, {1, 2}, {2, 3}, {1, 10, 20, 2, 30, 40});
}
TEST(Layout, SplitForms) {
  auto finish = [](OnnxWriter& w) { w.node("Concat", {"b", "a"}).integer("axis", 1); };
  OnnxWriter attribute(11, {1, 5});
  attribute.node("Split", {"x"}, {"a", "b"}).integer("axis", 1).integers("split", {2, 3});
  finish(attribute);
  expect(attribute, ramp(5), {1, 5}, {3, 4, 5, 1, 2});
  OnnxWriter input(13, {1, 5});
  input.ints("s", {2, 3});
  input.node("Split", {"x", "s"}, {"a", "b"}).integer("axis", 1);
  finish(input);
  expect(input, ramp(5), {1, 5}, {3, 4, 5, 1, 2});
  OnnxWriter uneven(18, {1, 5});
  uneven.node("Split", {"x"}, {"a", "b"}).integer("axis", 1).integer("num_outputs", 2);
  finish(uneven);
  expect(uneven, ramp(5), {1, 5}, {4, 5, 1, 2, 3});
  OnnxWriter wrong(13, {1, 5});
  wrong.node("Split", {"x"}, {"a", "b"}).integer("axis", 1);
  finish(wrong);
  expect_refused(wrong, Code::corrupt, "equal parts");
}
TEST(Layout, SliceForms) {
  OnnxWriter attributes(9, {1, 5});
  attributes.node("Slice", {"x"}).integers("starts", {1}).integers("ends", {INT64_MAX}).integers("axes", {1});
  expect(attributes, ramp(5), {1, 4}, {2, 3, 4, 5});
  OnnxWriter inputs(10, {1, 5});
  inputs.ints("s", {-4}), inputs.ints("e", {-1}), inputs.ints("a", {1}), inputs.ints("t", {2});
  inputs.node("Slice", {"x", "s", "e", "a", "t"});
  expect(inputs, ramp(5), {1, 2}, {2, 4});
  OnnxWriter backwards(10, {1, 5});
  backwards.ints("s", {4}), backwards.ints("e", {0}), backwards.ints("a", {1}), backwards.ints("t", {-1});
  backwards.node("Slice", {"x", "s", "e", "a", "t"});
  expect_refused(backwards, Code::unsupported, "backwards");
  OnnxWriter empty(10, {1, 5});
  empty.ints("s", {3}), empty.ints("e", {1}), empty.ints("a", {1});
  empty.node("Slice", {"x", "s", "e", "a"});
  expect_refused(empty, Code::unsupported, "empty slice");
}
TEST(Layout, Gather) {
  OnnxWriter one(13, {1, 3});
  one.ints("i", {}, {-1});
  one.node("Gather", {"x", "i"}).integer("axis", 1);
  expect(one, ramp(3), {1}, {3});
  OnnxWriter scattered(13, {1, 3});
  scattered.ints("i", {2, 0, 0});
  scattered.node("Gather", {"x", "i"}).integer("axis", 1);
  expect(scattered, ramp(3), {1, 3}, {3, 1, 1});
  OnnxWriter outside(13, {1, 3});
  outside.ints("i", {3});
  outside.node("Gather", {"x", "i"}).integer("axis", 1);
  expect_refused(outside, Code::corrupt, "outside");
}
TEST(Layout, PadForms) {
  OnnxWriter old(2, {1, 2});
  old.node("Pad", {"x"}).integers("pads", {0, 1, 0, 0}).real("value", 7);
  expect(old, {1, 2}, {1, 3}, {7, 1, 2});
  OnnxWriter axes(18, {1, 2});
  axes.ints("p", {0, 2}), axes.ints("a", {-1});
  axes.weight("v", {}, {5});
  axes.node("Pad", {"x", "p", "v", "a"});
  expect(axes, {1, 2}, {1, 4}, {1, 2, 5, 5});
  OnnxWriter reflect(11, {1, 2});
  reflect.ints("p", {0, 1, 0, 0});
  reflect.node("Pad", {"x", "p"}).text("mode", "reflect");
  expect_refused(reflect, Code::unsupported, "mode reflect");
  OnnxWriter crop(11, {1, 2});
  crop.ints("p", {0, -1, 0, 0});
  crop.node("Pad", {"x", "p"});
  expect_refused(crop, Code::unsupported, "negative padding");
}
TEST(Layout, DepthToSpaceAndBack) {
  OnnxWriter dcr(13, {1, 4, 1, 1}), back(13, {1, 1, 2, 2});
  dcr.node("DepthToSpace", {"x"}).integer("blocksize", 2);
  expect(dcr, ramp(4), {1, 1, 2, 2}, ramp(4));
  back.node("SpaceToDepth", {"x"}).integer("blocksize", 2);
  expect(back, ramp(4), {1, 4, 1, 1}, ramp(4));
}
TEST(Layout, DisappearingOnes) {
  OnnxWriter w(13, {1, 2});
  w.weight("r", {}, {0.5f});
  w.node("Identity", {"x"}, {"a"});
  w.node("Dropout", {"a", "r"}, {"b", "mask"});
  w.node("Cast", {"b"}, {"c"}).integer("to", 1);
  w.node("Relu", {"c"});
  expect(w, {-1, 2}, {1, 2}, {0, 2});
  EXPECT_EQ(answer(w.bytes(), {-1, 2}).imported.package.graph.nodes.size(), 1u);
}

TEST(Softmax, FlattensUpToOpset12) {
  const double e1 = std::exp(1), e2 = std::exp(2);
  for (int opset : {11, 13}) {
    OnnxWriter w(opset, {1, 2, 2});
    w.node("Softmax", {"x"}).integer("axis", 1);
    const double flat = 2 * e1 + 2 * e2;
    expect(w, {1, 1, 2, 2}, {1, 2, 2},
           opset == 11 ? V{e1 / flat, e1 / flat, e2 / flat, e2 / flat}
                       : V{e1 / (e1 + e2), e1 / (e1 + e2), e2 / (e1 + e2), e2 / (e1 + e2)});
  }
  OnnxWriter last(13, {1, 2});
  last.node("Softmax", {"x"});
  expect(last, {1, 2}, {1, 2}, {e1 / (e1 + e2), e2 / (e1 + e2)});
}

TEST(Reduce, Forms) {
  OnnxWriter mean(11, {1, 2, 1, 2});
  mean.node("ReduceMean", {"x"}).integers("axes", {2, 3}).integer("keepdims", 0);
  expect(mean, {1, 3, 5, 9}, {1, 2}, {2, 7});
  OnnxWriter sum(13, {1, 3});
  sum.ints("a", {-1});
  sum.node("ReduceSum", {"x", "a"});
  expect(sum, {1, 2, 4}, {1, 1}, {7});
  OnnxWriter channels(11, {1, 2, 1, 2});
  channels.node("ReduceSum", {"x"}).integers("axes", {1});
  expect(channels, {1, 2, 10, 20}, {1, 1, 1, 2}, {11, 22});
  OnnxWriter l2(18, {1, 2});
  l2.ints("a", {1});
  l2.node("ReduceL2", {"x", "a"});
  expect(l2, {3, 4}, {1, 1}, {5});
  OnnxWriter max(13, {1, 1, 2, 2});
  max.node("ReduceMax", {"x"}).integers("axes", {-2, -1});
  expect(max, {1, 9, 3, 4}, {1, 1, 1, 1}, {9});
  OnnxWriter batch(13, {1, 3, 2});
  batch.node("ReduceMean", {"x"}).integers("axes", {0, 1});
  expect_refused(batch, Code::unsupported, "over axes");
}

TEST(Resize, NearestRules) {
  struct Row {
    const char *coordinates, *rounding;
    V y;
  };
  // 4 columns to 6 (scale 1.5) and what each rule picks, worked out by hand.
  const Row rows[] = {{"asymmetric", "floor", {0, 0, 1, 2, 2, 3}},
                      {"asymmetric", "ceil", {0, 1, 2, 2, 3, 3}},
                      {"half_pixel", "round_prefer_floor", {0, 0, 1, 2, 2, 3}},
                      {"half_pixel", "round_prefer_ceil", {0, 1, 1, 2, 3, 3}},
                      {"align_corners", "floor", {0, 0, 1, 1, 2, 3}},
                      {"tf_half_pixel_for_nn", "floor", {0, 1, 1, 2, 3, 3}}};
  for (const Row& row : rows) {
    SCOPED_TRACE(std::string(row.coordinates) + " " + row.rounding);
    OnnxWriter w(11, {1, 1, 1, 4});
    w.weight("roi", {0}, {}), w.weight("s", {4}, {1, 1, 1, 1.5f});
    w.node("Resize", {"x", "roi", "s"})
        .text("coordinate_transformation_mode", row.coordinates)
        .text("nearest_mode", row.rounding);
    expect(w, ramp(4, 0), {1, 1, 1, 6}, row.y);
  }
}
TEST(Resize, OtherForms) {
  const V doubled = {0, 0, 1, 1, 0, 0, 1, 1};
  OnnxWriter sizes(13, {1, 1, 1, 2});
  sizes.ints("z", {1, 1, 2, 4});
  sizes.node("Resize", {"x", "", "", "z"})
      .text("coordinate_transformation_mode", "asymmetric")
      .text("nearest_mode", "floor");
  expect(sizes, {0, 1}, {1, 1, 2, 4}, doubled);
  OnnxWriter axes(18, {1, 1, 1, 2});
  axes.ints("z", {4, 2});
  axes.node("Resize", {"x", "", "", "z"}).integers("axes", {3, 2});
  expect(axes, {0, 1}, {1, 1, 2, 4}, doubled);
  OnnxWriter opset10(10, {1, 1, 1, 2});
  opset10.weight("s", {4}, {1, 1, 2, 2});
  opset10.node("Resize", {"x", "s"});
  expect(opset10, {0, 1}, {1, 1, 2, 4}, doubled);
  OnnxWriter upsample7(7, {1, 1, 1, 2});
  upsample7.node("Upsample", {"x"}).reals("scales", {1, 1, 2, 2});
  expect(upsample7, {0, 1}, {1, 1, 2, 4}, doubled);
  OnnxWriter upsample9(9, {1, 1, 1, 2});
  upsample9.weight("s", {4}, {1, 1, 2, 2});
  upsample9.node("Upsample", {"x", "s"});
  expect(upsample9, {0, 1}, {1, 1, 2, 4}, doubled);
  OnnxWriter upsample1(1, {1, 1, 1, 2});
  upsample1.node("Upsample", {"x"}).real("width_scale", 2).real("height_scale", 2);
  expect(upsample1, {0, 1}, {1, 1, 2, 4}, doubled);
}
TEST(Resize, Refusals) {
  OnnxWriter linear(13, {1, 1, 2, 2});
  linear.weight("s", {4}, {1, 1, 2, 2});
  linear.node("Resize", {"x", "", "s"}).text("mode", "linear");
  expect_refused(linear, Code::unsupported, "mode linear");
  OnnxWriter channels(13, {1, 1, 2, 2});
  channels.weight("s", {4}, {1, 2, 1, 1});
  channels.node("Resize", {"x", "", "s"});
  expect_refused(channels, Code::unsupported, "channels");
  for (float scale : {0.0f, -1.0f, 1e30f, std::nanf("")}) {
    OnnxWriter bad(13, {1, 1, 2, 2});
    bad.weight("s", {4}, {1, 1, scale, 1});
    bad.node("Resize", {"x", "", "s"});
    expect_refused(bad, Code::corrupt, "scale");
  }
}

TEST(LpNormalization, ZeroStaysZero) {
  OnnxWriter w(9, {0, 2});
  w.node("LpNormalization", {"x"}).integer("axis", 1);
  expect(w, {3, 4}, {1, 2}, {0.6, 0.8});
  expect(w, {0, 0}, {1, 2}, {0, 0});
}

}  // namespace
}  // namespace mien::testing
