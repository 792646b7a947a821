// Embeddings of crops and their mirror images, on a network whose answer is computed by hand.
#include "face/embedder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/engine/picture_model.h"

namespace mien {
namespace {

using namespace mien::testing;

std::shared_ptr<const Model> model_of(Package package) {
  const auto status = infer_shapes(package.graph);
  EXPECT_TRUE(status.ok()) << status.message();
  auto model = Model::create(std::move(package));
  EXPECT_TRUE(model.ok()) << model.status().message();
  return *model;
}

std::shared_ptr<const Model> model_with(Flip flip) {
  Package package = picture_package();
  package.face.flip = flip;
  return model_of(std::move(package));
}

Picture crop(int seed) {
  return {kH, kW, picture(seed)};
}

std::vector<uint8_t> mirrored(const std::vector<uint8_t>& rgb) {
  std::vector<uint8_t> out;
  for (size_t y = 0; y < kH; ++y)
    for (size_t x = kW; x-- > 0;)
      for (size_t c = 0; c < 3; ++c) out.push_back(rgb[(y * kW + x) * 3 + c]);
  return out;
}

double of_crop(int seed, int o) {
  return expected(normalized(picture(seed)), o);
}
double of_mirror(int seed, int o) {
  return expected(normalized(mirrored(picture(seed))), o);
}

std::vector<float> embed(Embedder& embedder, int first, int count) {
  std::vector<Picture> pictures;
  for (int i = 0; i < count; ++i) pictures.push_back(crop(first + i));
  std::vector<const Picture*> pointers;
  for (const Picture& one : pictures) pointers.push_back(&one);
  std::vector<float> out(static_cast<size_t>(count * embedder.dims()));
  const Status status = embedder.embed(pointers.data(), count, out.data());
  EXPECT_TRUE(status.ok()) << status.message();
  return out;
}

std::unique_ptr<Embedder> make(std::shared_ptr<const Model> model, int max_batch = 1, std::optional<Flip> flip = {}) {
  SessionOptions options;
  options.max_batch = max_batch;
  auto embedder = Embedder::create(std::move(model), options, flip);
  EXPECT_TRUE(embedder.ok()) << embedder.status().message();
  return std::move(*embedder);
}

TEST(Embedder, TheMirrorImageIsAnother) {
  for (int o = 0; o < kOut; ++o) EXPECT_GT(std::fabs(of_crop(0, o) - of_mirror(0, o)), 0.1);
}

TEST(Embedder, EachFlipIsWhatItSays) {
  for (const int seed : {0, 1}) {
    const auto none = embed(*make(model_with(Flip::none)), seed, 1);
    const auto sum = embed(*make(model_with(Flip::sum)), seed, 1);
    const auto concat = embed(*make(model_with(Flip::concat)), seed, 1);
    ASSERT_EQ(none.size(), 2u);
    ASSERT_EQ(sum.size(), 2u);
    ASSERT_EQ(concat.size(), 4u);
    for (int o = 0; o < kOut; ++o) {
      const auto i = static_cast<size_t>(o);
      EXPECT_NEAR(none[i], of_crop(seed, o), 1e-4);
      EXPECT_NEAR(sum[i], of_crop(seed, o) + of_mirror(seed, o), 2e-4);
      EXPECT_NEAR(concat[i], of_crop(seed, o), 1e-4);
      EXPECT_NEAR(concat[i + kOut], of_mirror(seed, o), 1e-4);
    }
  }
}

TEST(Embedder, TheRecordsFlipCanBeOverridden) {
  for (const Flip recorded : {Flip::none, Flip::sum, Flip::concat}) {
    const auto model = model_with(recorded);
    EXPECT_EQ(make(model)->flip(), recorded);
    EXPECT_EQ(make(model)->dims(), recorded == Flip::concat ? 4 : 2);
    for (const Flip wanted : {Flip::none, Flip::sum, Flip::concat}) {
      EXPECT_EQ(make(model, 1, wanted)->flip(), wanted);
      EXPECT_EQ(make(model, 1, wanted)->dims(), wanted == Flip::concat ? 4 : 2);
      EXPECT_EQ(embed(*make(model, 1, wanted), 2, 1), embed(*make(model_with(wanted)), 2, 1));
    }
  }
}

TEST(Embedder, ABatchGivesTheSameBits) {
  for (const Flip flip : {Flip::none, Flip::sum, Flip::concat}) {
    const auto model = model_with(flip);
    const auto one = make(model), four = make(model, 4);
    EXPECT_EQ(four->max_batch(), 4);
    std::vector<float> apart;
    for (int i = 0; i < 4; ++i) {
      const auto some = embed(*one, i, 1);
      apart.insert(apart.end(), some.begin(), some.end());
    }
    EXPECT_EQ(embed(*four, 0, 4), apart) << name_of(flip);
    EXPECT_EQ(embed(*four, 2, 2), std::vector<float>(apart.begin() + 2 * four->dims(), apart.end()));
    EXPECT_EQ(embed(*make(model, 3), 0, 4), apart) << "in two runs";
    const Picture picture = crop(0);
    const Picture* pointer = &picture;
    EXPECT_EQ(four->embed(&pointer, 0, apart.data()).code(), Code::bad_argument);
  }
}

TEST(Embedder, PicturesMadeOneAfterTheOther) {
  for (const Flip flip : {Flip::none, Flip::concat}) {
    const auto embedder = make(model_with(flip), 2);
    std::vector<float> out(static_cast<size_t>(5 * embedder->dims()));
    std::vector<int> asked;
    const auto make_crop = [&](int i, Picture* picture) {
      asked.push_back(i);
      *picture = crop(i);
      return i < 5 ? Status() : Status(Code::unreadable, "the sixth");
    };
    ASSERT_TRUE(embedder->embed_each(5, make_crop, out.data()).ok());
    EXPECT_EQ(asked, (std::vector<int>{0, 1, 2, 3, 4}));
    EXPECT_EQ(out, embed(*embedder, 0, 5));
    out.resize(static_cast<size_t>(6 * embedder->dims()));
    EXPECT_EQ(embedder->embed_each(6, make_crop, out.data()).message(), "the sixth");
    EXPECT_EQ(embedder->embed_each(0, make_crop, out.data()).code(), Code::bad_argument);
  }
}

// A session takes 4096 samples, so that 4096 crops and their mirror images are two runs.
TEST(Embedder, MoreMirrorImagesThanASessionTakes) {
  const auto model = model_with(Flip::concat);
  const auto all = embed(*make(model, 4096), 0, 4096);
  const auto one = make(model);
  for (const int i : {0, 2047, 2048, 4095}) {
    const auto begin = all.begin() + ptrdiff_t{4} * i;
    EXPECT_EQ(std::vector<float>(begin, begin + 4), embed(*one, i, 1)) << i;
  }
  SessionOptions options;
  for (const int bad : {0, -1, 4097}) {
    options.max_batch = bad;
    EXPECT_EQ(Embedder::create(model, options).status().code(), Code::bad_argument) << bad;
  }
}

// The picture's weight at each pixel and channel, and one that makes the mirror image's answer the opposite.
Package antisymmetric(InputLayout layout) {
  Package package = picture_package();
  Graph graph;
  const bool planes = layout == InputLayout::nchw;
  ValueId x = graph.add_input("picture", planes ? Shape{1, kC, kH, kW} : Shape{1, kH, kW, kC});
  if (!planes) {
    Node transpose;
    transpose.op = Op::transpose;
    transpose.inputs = {x};
    transpose.ints = {0, 3, 1, 2};
    x = graph.add_node(transpose, "planes");
  }
  std::vector<float> weights;
  for (int c = 0; c < kC; ++c)
    for (int p = 0; p < kPixels; ++p) weights.push_back(static_cast<float>((p % kW - kW / 2) * (c + 1)));
  Node conv;
  conv.op = Op::conv;
  conv.window.kernel_h = kH;
  conv.window.kernel_w = kW;
  conv.inputs = {x, graph.add_constant("w", {1, kC, kH, kW}, weights)};
  graph.outputs = {graph.add_node(conv, "sum")};
  package.graph = std::move(graph);
  package.input.layout = layout;
  package.output.dims = 1;
  return package;
}

TEST(Embedder, MirrorsBothLayouts) {
  const auto planes = make(model_of(antisymmetric(InputLayout::nchw)), 1, Flip::concat);
  const auto pixels = make(model_of(antisymmetric(InputLayout::nhwc)), 1, Flip::concat);
  for (int seed = 0; seed < 3; ++seed) {
    const auto a = embed(*planes, seed, 1), b = embed(*pixels, seed, 1);
    EXPECT_NE(a[0], 0);
    EXPECT_EQ(a[1], -a[0]);
    EXPECT_EQ(b, a);
  }
}

TEST(Embedder, HalvesThatCancelOutAreNoEmbedding) {
  const auto embedder = make(model_of(antisymmetric(InputLayout::nchw)), 1, Flip::sum);
  const Picture picture = crop(0);
  const Picture* pointer = &picture;
  float out;
  EXPECT_EQ(embedder->embed(&pointer, 1, &out).code(), Code::check_failed);
}

// The crop's vector is not 0, its mirror image's is: a concatenation of the two would pass a look at its norm.
TEST(Embedder, EachHalfIsChecked) {
  Package package = antisymmetric(InputLayout::nchw);
  Node relu;
  relu.op = Op::relu;
  relu.inputs = {package.graph.outputs[0]};
  package.graph.outputs = {package.graph.add_node(relu, "positive")};
  const auto model = model_of(std::move(package));
  for (int seed = 0; seed < 3; ++seed) {
    const Picture picture = crop(seed);
    const Picture* pointer = &picture;
    float out[2];
    for (const Flip flip : {Flip::sum, Flip::concat})
      EXPECT_EQ(make(model, 1, flip)->embed(&pointer, 1, out).code(), Code::check_failed);
  }
}

TEST(Embedder, APictureOfAnotherSizeIsRefused) {
  for (const Flip flip : {Flip::none, Flip::concat}) {
    const auto embedder = make(model_with(flip));
    Picture picture = crop(0);
    std::swap(picture.height, picture.width);
    const Picture* pointer = &picture;
    float out[4];
    EXPECT_EQ(embedder->embed(&pointer, 1, out).code(), Code::bad_argument);
  }
}

}  // namespace
}  // namespace mien
