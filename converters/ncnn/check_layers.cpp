// What a layer's parameters ask for and mien does not run, as far as it can be told before any shape is known: so that
// all of it is listed, also behind a layer that is refused.
#include <algorithm>

#include "converters/ncnn/operators.h"

namespace mien::ncnn {
namespace {

bool one_of(int64_t value, std::initializer_list<int64_t> list) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

void check_activation(LayerView& n) {
  const int64_t kind = n.integer(9, 0);
  const size_t numbers = n.reals(10).size();
  if (kind == 5) return n.refuse("activation mish");
  if (kind < 0 || kind > 6) return n.refuse("activation " + std::to_string(kind));
  const size_t needed = kind == 2 ? 1 : kind == 3 || kind == 6 ? 2 : 0;
  if (numbers < needed) n.corrupt("its activation has " + std::to_string(numbers) + " of its numbers");
}

void check_pooling(LayerView& n, WeightReader&) {
  const int64_t type = n.integer(0, 0), mode = n.integer(5, 0);
  if (!one_of(type, {0, 1})) n.refuse("a pool that is neither max nor avg");
  if (n.integer(4, 0) != 0) return;
  if (n.integer(7, 0) != 0) {
    const int64_t w = n.integer(8, 0);
    if (w != 1 || n.integer(18, w) != 1) n.refuse("adaptive to more than 1 x 1");
    return;
  }
  if (mode < 0 || mode > 3) n.refuse("pad mode " + std::to_string(mode));
  const int64_t left = n.integer(3, 0), top = n.integer(13, left);
  const bool padded = left != 0 || top != 0 || n.integer(14, left) != 0 || n.integer(15, top) != 0;
  if (mode >= 2 && padded) n.refuse("padding of its own besides that of its mode");
}

void check_interp(LayerView& n, WeightReader&) {
  const int64_t type = n.integer(0, 0);
  if (type != 1) n.refuse(type == 2 ? "bilinear" : type == 3 ? "bicubic" : "of kind " + std::to_string(type));
  if (n.integer(5, 0) != 0 || n.has(9)) n.refuse("to a size that is computed");
}

void check_binary(LayerView& n, WeightReader&) {
  const int64_t op = n.integer(0, 0);
  const bool scalar = n.integer(1, 0) != 0;
  if (op < 0 || op > 8) return n.refuse("operation " + std::to_string(op));
  if (n.bottoms() != (scalar ? 1 : 2)) return n.corrupt("reads " + std::to_string(n.bottoms()) + " blobs");
  if (op != 6) return;
  if (!scalar) return n.refuse("pow of two blobs");
  const double exponent = n.real(2, 0);
  for (double known : {2.0, 1.0, 0.5, -0.5, -1.0}) {
    if (exponent == known) return;
  }
  n.refuse("exponent " + std::to_string(exponent));
}

void check_eltwise(LayerView& n, WeightReader&) {
  const int64_t op = n.integer(0, 0);
  if (op < 0 || op > 2) return n.refuse("operation " + std::to_string(op));
  const size_t numbers = n.reals(1).size();
  if (op == 1 && numbers != 0 && numbers != static_cast<size_t>(n.bottoms()))
    n.corrupt(std::to_string(numbers) + " coefficients for " + std::to_string(n.bottoms()) + " blobs");
}

void check_unary(LayerView& n, WeightReader&) {
  const int64_t op = n.integer(0, 0);
  if (!one_of(op, {0, 1, 4, 5, 6, 7, 15, 16})) n.refuse("operation " + std::to_string(op));
}

void check_softmax(LayerView& n, WeightReader&) {
  // ncnn refuses it too: until 2018 the axis of a C x H x W blob was counted another way.
  if (n.integer(0, 0) != 0 && n.integer(1, 0) == 0) n.refuse("along an axis that old files count another way");
}

void check_reshape(LayerView& n, WeightReader&) {
  if (n.integer(3, 0) != 0) n.refuse("with a permutation");
  if (n.has(6)) n.refuse("to a shape that is computed");
  if (n.integer(0, -233) == -233) n.corrupt("has no width");
}

void check_padding(LayerView& n, WeightReader& w) {
  if (n.integer(4, 0) != 0) n.refuse("anything but a constant");
  if (n.integer(6, 0) != 0) {
    w.raw(n, n.integer(6, 0));
    n.refuse("a value per channel");
  }
  if (n.integer(7, 0) != 0 || n.integer(8, 0) != 0) n.refuse("of the channels");
  for (int id : {0, 1, 2, 3}) {
    const int64_t size = n.integer(id, 0);
    if (size < 0) n.refuse("a size of " + std::to_string(size));
  }
}

}  // namespace mien::ncnn
