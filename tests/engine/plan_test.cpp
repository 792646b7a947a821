// Every operator and every form of fusion and layout, planned for each ISA, against the double-precision reference.
#include "engine/steps/winograd.h"
#include "tests/engine/graph_cases.h"

namespace mien {
namespace {

using namespace testing_support;

struct ConvCase {
  int64_t in, out, h, w;
  Window window;
};

Window uneven(int kernel_h, int kernel_w, int stride_h, int stride_w, int top, int left, int bottom, int right) {
  Window w;
  w.kernel_h = kernel_h, w.kernel_w = kernel_w, w.stride_h = stride_h, w.stride_w = stride_w;
  w.pad_top = top, w.pad_left = left, w.pad_bottom = bottom, w.pad_right = right;
  return w;
}

TEST(Plan, Convolutions) {
  Window dilated = window(3, 1, 2);
  dilated.dilation_h = dilated.dilation_w = 2;
  const ConvCase cases[] = {
      {3, 16, 12, 12, window(3, 2, 1)},
      {1, 7, 5, 9, window(3, 1, 1)},
      {16, 16, 7, 7, window(1)},
      {17, 48, 7, 5, window(1)},
      {64, 80, 3, 3, window(3, 1, 1)},
      {32, 96, 8, 8, window(1, 2)},
      {5, 33, 6, 6, window(5, 1, 2)},
      {40, 24, 9, 9, dilated},
      {20, 20, 5, 5, uneven(1, 7, 1, 1, 0, 3, 0, 3)},
      {20, 32, 6, 5, uneven(3, 2, 2, 1, 1, 0, 2, 1)},
      {256, 32, 2, 2, window(1)},
      {48, 16, 1, 1, window(1)},
      {3, 8, 4, 4, window(4)},
      {8, 8, 5, 5, window(3, 1, 1)},
      {130, 19, 3, 3, window(3)},
  };
  for (const ConvCase& c : cases) {
    Builder b(1);
    const ValueId x = b.input({1, c.in, c.h, c.w});
    // A second layer, so that both the narrow and the blocked input form are met.
    const ValueId first = b.conv(x, c.out, c.window);
    const ValueId second = b.conv(first, 13, window(1));
    SCOPED_TRACE(b.graph.value(first).shape.text());
    expect_agrees(b.done({first, second}));
  }
}

// Sizes that leave partial tiles, both variants (many small pictures, few deep ones), both forms of the steps.
TEST(Plan, WinogradConvolutions) {
  const ConvCase cases[] = {
      {16, 16, 40, 40, window(3, 1, 1)}, {32, 48, 23, 29, window(3, 1, 1)},
      {64, 64, 14, 14, window(3, 1, 1)}, {128, 96, 7, 7, window(3, 1, 1)},
      {48, 33, 9, 6, window(3)},         {40, 64, 5, 5, uneven(3, 3, 1, 1, 2, 0, 1, 3)},
      {64, 64, 57, 58, window(3, 1, 1)}, {256, 256, 7, 7, window(3, 1, 1)},
  };
  for (const ConvCase& c : cases) {
    Builder b(20);
    const ValueId x = b.input({1, c.in, c.h, c.w});
    const ValueId first = b.relu(b.conv(x, c.in, window(1)));
    const ValueId y = b.conv(first, c.out, c.window);
    ASSERT_NE(choose_winograd(c.window, b.graph.value(first).shape, b.graph.value(y).shape), 0);
    // The pre-activation BatchNorm before a padded layer, an activation and a shortcut after it.
    const ValueId normed = b.batch_norm(y);
    ValueId z = b.prelu(b.conv(normed, c.out, window(3, 1, 1)));
    z = b.add(b.conv(z, c.out, window(3, 1, 1)), y);
    SCOPED_TRACE(b.graph.value(x).shape.text());
    expect_agrees(b.done({y, z}), 1e-5);
  }
}

TEST(Plan, WinogradForSeveralPictures) {
  Builder b(21);
  const ValueId x = b.input({3, 32, 14, 10});
  const ValueId y = b.conv(b.relu(b.conv(x, 32, window(1))), 48, window(3, 1, 1));
  expect_agrees(b.done({b.conv(y, 32, window(3, 1, 1))}), 1e-5);
}

TEST(Plan, GroupedConvolutions) {
  struct Case {
    int64_t in, out;
    int groups;
  };
  for (const Case& c :
       {Case{64, 64, 2}, Case{32, 64, 16}, Case{128, 128, 64}, Case{12, 20, 4}, Case{48, 48, 3}, Case{9, 18, 9}}) {
    Builder b(2);
    const ValueId x = b.input({1, c.in, 6, 7});
    SCOPED_TRACE(c.groups);
    const ValueId y = b.conv(x, c.out, window(3, 1, 1, c.groups));
    expect_agrees(b.done({b.prelu(y)}));
  }
}

TEST(Plan, DepthwiseConvolutions) {
  for (int64_t channels : {1 + 1, 16, 24, 64}) {
    for (int size : {1, 2, 3, 7, 14, 15}) {
      for (int stride : {1, 2}) {
        Builder b(3);
        const int groups = static_cast<int>(channels);
        const ValueId x = b.input({1, channels, size, size + 1});
        const ValueId three = b.prelu(b.conv(x, channels, window(3, stride, 1, groups)));
        const ValueId five = b.conv(x, channels, window(5, stride, 2, groups), false);
        SCOPED_TRACE(std::to_string(channels) + "@" + std::to_string(size));
        expect_agrees(b.done({three, five}));
      }
    }
  }
  Builder b(4);
  const ValueId x = b.input({1, 80, 7, 7});
  expect_agrees(b.done({b.conv(x, 80, window(7, 1, 0, 80))}));
}

TEST(Plan, EpiloguesInEveryOrder) {
  for (int form = 0; form < 6; ++form) {
    Builder b(5);
    const ValueId x = b.input({1, 32, 9, 9});
    const ValueId start = b.conv(x, 40, window(1));
    const int groups = form % 2 == 0 ? 1 : 40;
    ValueId y = b.conv(start, 40, window(3, 1, 1, groups));
    if (form < 2) y = b.relu(b.add(start, y));
    if (form == 2 || form == 3) y = b.add(b.prelu(y), start);
    if (form >= 4) y = b.node(Op::clip, {b.add(y, start)}, [](Node& n) { n.a = -1.25f, n.b = 1.5f; });
    SCOPED_TRACE(form);
    expect_agrees(b.done({y}));
  }
}

TEST(Plan, AddOfTwoConvolutionsAndOfAValueWithItself) {
  Builder b(6);
  const ValueId x = b.input({1, 16, 8, 8});
  const ValueId left = b.conv(x, 32, window(3, 2, 1)), right = b.conv(x, 32, window(1, 2));
  const ValueId sum = b.relu(b.add(left, right));
  expect_agrees(b.done({b.add(sum, sum), sum}));
}

TEST(Plan, BatchNormAndPReluAlone) {
  Builder b(7);
  const ValueId x = b.input({1, 3, 6, 6});
  const ValueId normed = b.batch_norm(x);
  const ValueId y = b.conv(normed, 20, window(3, 1, 1));
  const ValueId z = b.prelu(b.batch_norm(b.relu(y)));
  const ValueId shared = b.node(Op::prelu, {z, b.constant({1})});
  const ValueId leaky = b.node(Op::leaky_relu, {b.conv(shared, 8, window(1))}, [](Node& n) { n.a = 0.1f; });
  expect_agrees(b.done({leaky, z, normed}));
}

TEST(Plan, FullyConnectedForms) {
  Builder b(8);
  const ValueId x = b.input({1, 20, 3, 5});
  const ValueId picture = b.relu(b.conv(x, 24, window(1)));
  const ValueId flat = b.reshape(picture, {1, 24 * 15});
  const ValueId embedded = b.prelu(b.fully_connected(flat, 70));
  const ValueId small = b.fully_connected(embedded, 3);
  const ValueId rows = b.fully_connected(b.reshape(x, {4, 5, 15}), 33);
  const ValueId even_rows = b.relu(b.fully_connected(b.reshape(x, {10, 30}), 16));
  expect_agrees(b.done({embedded, small, rows, even_rows}));
}

TEST(Plan, NormThenFlattenThenFullyConnected) {
  Builder b(9);
  const ValueId x = b.input({1, 32, 4, 4});
  const ValueId y = b.batch_norm(b.conv(x, 32, window(3, 1, 1)));
  const ValueId embedding = b.batch_norm(b.fully_connected(b.reshape(y, {1, 512}), 64));
  expect_agrees(b.done({b.node(Op::l2_normalize, {embedding}, [](Node& n) { n.axis = 1, n.a = 1e-12f; })}));
}

TEST(Plan, UnaryFunctions) {
  const Op ops[] = {Op::relu, Op::sigmoid, Op::tanh,         Op::exp,       Op::abs,
                    Op::neg,  Op::elu,     Op::hard_sigmoid, Op::hard_swish};
  for (Op op : ops) {
    Builder b(10);
    const ValueId x = b.input({1, 18, 5, 5});
    auto set = [&](Node& n) { n.a = op == Op::hard_sigmoid ? 0.2f : 1.0f, n.b = 0.5f; };
    const ValueId plain = b.node(op, {x}, set);
    const ValueId blocked = b.node(op, {b.conv(x, 18, window(1))}, set);
    const ValueId after = b.conv(blocked, 5, window(1));
    SCOPED_TRACE(name_of(op));
    expect_agrees(b.done({plain, blocked, after}), 4e-6);
  }
  Builder b(11);
  const ValueId x = b.input({1, 18, 5, 5});
  const ValueId positive = b.node(Op::exp, {b.conv(x, 18, window(1))});
  const ValueId root = b.node(Op::sqrt, {positive}), inverse = b.node(Op::reciprocal, {positive});
  expect_agrees(b.done({b.conv(root, 4, window(1)), b.conv(inverse, 4, window(1))}), 4e-6);
}

TEST(Plan, BinaryBroadcasts) {
  const std::pair<Shape, Shape> cases[] = {
      {{2, 3, 4}, {2, 3, 4}},
      {{2, 3, 4}, {4}},
      {{2, 3, 4}, {3, 1}},
      {{2, 1, 4}, {3, 1}},
      {{5}, {1}},
      {{1, 4, 5, 6}, {1, 4, 1, 1}},
      {{1, 4, 5, 6}, {5, 6}},
      {{1, 1, 1, 1}, {2, 3, 4, 5}},
      {{1, 7, 2}, {1, 7, 1}},
  };
  for (Op op : {Op::add, Op::sub, Op::mul, Op::div, Op::max, Op::min}) {
    for (const auto& [a, other] : cases) {
      Builder b(12);
      const ValueId x = b.input(a), y = b.input(other);
      const ValueId safe = op == Op::div ? b.node(Op::exp, {y}) : y;
      SCOPED_TRACE(a.text() + " " + name_of(op) + " " + other.text());
      expect_agrees(b.done({b.node(op, {x, safe}), b.node(op, {b.constant(other, 1, 2), b.constant(a, 1, 2)})}), 4e-6);
    }
  }
}

TEST(Plan, BinaryOnBlockedPictures) {
  Builder b(13);
  const ValueId x = b.input({1, 20, 4, 4});
  const ValueId p = b.relu(b.conv(x, 20, window(1))), q = b.node(Op::sigmoid, {b.conv(x, 20, window(3, 1, 1))});
  const ValueId product = b.node(Op::mul, {p, q});
  const ValueId gated = b.node(Op::mul, {product, b.node(Op::global_average_pool, {q})});
  expect_agrees(
      b.done({b.node(Op::sub, {gated, b.constant({1, 20, 4, 4})}), b.node(Op::div, {p, b.node(Op::exp, {q})})}), 4e-6);
}

TEST(Plan, ConcatSliceTransposePad) {
  Builder b(14);
  const ValueId x = b.input({1, 16, 4, 6});
  const ValueId even =
      b.node(Op::concat, {b.conv(x, 32, window(1)), b.conv(x, 16, window(1))}, [](Node& n) { n.axis = 1; });
  const ValueId odd = b.node(Op::concat, {b.conv(x, 5, window(1)), even, x}, [](Node& n) { n.axis = 1; });
  const ValueId wide = b.node(Op::concat, {x, x}, [](Node& n) { n.axis = 3; });
  const ValueId cut = b.node(Op::slice, {odd}, [](Node& n) { n.ints = {0, 3, 0, 1, 1, 60, 4, 6, 1, 2, 1, 3}; });
  const ValueId turned = b.node(Op::transpose, {cut}, [](Node& n) { n.ints = {0, 2, 3, 1}; });
  const ValueId padded = b.node(Op::pad, {turned}, [](Node& n) { n.ints = {0, 1, 0, 2, 0, 0, 3, 1}, n.a = 0.5f; });
  expect_agrees(b.done({b.conv(even, 8, window(3, 1, 1)), b.conv(odd, 8, window(1)), wide, cut, turned, padded}));
}

TEST(Plan, Pools) {
  Builder b(15);
  const ValueId x = b.input({1, 19, 9, 8});
  std::vector<ValueId> outputs;
  for (Op op : {Op::max_pool, Op::average_pool}) {
    for (int form = 0; form < 4; ++form) {
      outputs.push_back(b.node(op, {x}, [&](Node& n) {
        n.window = form == 0 ? window(2, 2) : form == 1 ? window(3, 2, 1) : uneven(3, 2, 1, 2, 1, 0, 0, 1);
        n.window.ceil_mode = form == 1;
        n.window.count_include_pad = op == Op::average_pool && form >= 2;
        if (form == 3) n.window.dilation_h = 2;
      }));
    }
  }
  outputs.push_back(b.node(Op::global_average_pool, {x}));
  outputs.push_back(b.node(Op::global_max_pool, {x}));
  expect_agrees(b.done(outputs));
}

TEST(Plan, ResizeSoftmaxNormalise) {
  Builder b(16);
  const ValueId x = b.input({1, 20, 3, 4});
  std::vector<ValueId> outputs;
  outputs.push_back(b.node(Op::resize_nearest, {x}, [](Node& n) {
    n.axis = 6;
    n.ints = {0, 0, 1, 1, 2, 2, 0, 1, 1, 2, 3};
  }));
  for (int axis = 0; axis < 4; ++axis) {
    outputs.push_back(b.node(Op::softmax, {x}, [&](Node& n) { n.axis = axis; }));
    outputs.push_back(b.node(Op::l2_normalize, {x}, [&](Node& n) { n.axis = axis, n.a = 1e-12f; }));
  }
  expect_agrees(b.done(outputs));
}

TEST(Plan, OutputsThatAreInputsConstantsOrTheSame) {
  Builder b(17);
  const ValueId x = b.input({1, 6, 2, 2});
  const ValueId c = b.constant({3});
  const ValueId y = b.conv(x, 16, window(1));
  const ValueId flat = b.reshape(x, {24}), deep = b.reshape(b.reshape(y, {4, 16}), {1, 64});
  expect_agrees(b.done({x, c, y, y, flat, deep}));
}

TEST(Plan, PicturesOfAFixedBatch) {
  Builder b(18);
  const ValueId x = b.input({2, 3, 8, 8});
  const ValueId y = b.prelu(b.conv(x, 24, window(3, 2, 1)));
  const ValueId z = b.add(b.conv(y, 24, window(3, 1, 1, 24)), y);
  const ValueId both =
      b.node(Op::concat, {b.conv(z, 16, window(1)), b.conv(z, 16, window(1))}, [](Node& n) { n.axis = 1; });
  expect_agrees(b.done({b.node(Op::global_average_pool, {both}), b.fully_connected(b.reshape(both, {2, 512}), 9)}));
}

TEST(Plan, NoTwoLiveTensorsShareMemory) {
  // A wide graph with long-lived values: any overlap would show as a wrong output.
  Builder b(19);
  ValueId x = b.input({1, 16, 10, 10});
  std::vector<ValueId> kept;
  for (int i = 0; i < 12; ++i) {
    x = b.relu(b.conv(x, 16 + 16 * (i % 3), window(3, 1, 1)));
    kept.push_back(x);
  }
  ValueId sum = b.node(Op::global_average_pool, {kept[0]});
  for (size_t i = 3; i < kept.size(); i += 3) sum = b.add(sum, b.node(Op::global_average_pool, {kept[i]}));
  expect_agrees(b.done({sum}), 1e-5);
}

}  // namespace
}  // namespace mien
