#include "converters/ncnn/importer.h"

#include <algorithm>

#include "converters/text.h"

namespace mien::ncnn {
namespace {

constexpr int64_t kMostInput = int64_t{1} << 28;

}  // namespace

Importer::Importer(const Net& net, const PictureSize& asked, int64_t weights)
    : net_(net),
      asked_(asked),
      bound_(net.blobs.size(), kNoValue),
      // A BatchNorm makes two vectors of the four it reads.
      made_left_((int64_t{1} << 20) + weights / 2) {}

ValueId Importer::value(LayerView& n, int bottom) {
  if (!n.ok()) return kNoValue;
  const ValueId known = bottom < n.bottoms() ? bound(n.bottom(bottom)) : kNoValue;
  if (known == kNoValue) n.give_up();
  return known;
}

ValueId Importer::picture(LayerView& n, int bottom) {
  const ValueId x = value(n, bottom);
  if (!n.ok()) return kNoValue;
  Dims in = dims(x);
  if (in.size() > 4) {
    n.refuse("input is " + dims_text(in) + "; only C x H x W is supported");
    return kNoValue;
  }
  in.insert(in.begin() + 1, 4 - in.size(), 1);
  return shaped(n, x, in, "picture");
}

ValueId Importer::shaped(LayerView& n, ValueId id, const Dims& wanted, const char* suffix) {
  if (!n.ok() || dims(id) == wanted) return id;
  const Value& value = graph.value(id);
  if (value.is_constant()) return graph.add_constant(value.name, Shape::of(wanted), value.constant);
  return step(n, make_reshape(id, wanted), suffix);
}

ValueId Importer::constant_of(LayerView& n, size_t weights, const char* suffix, const Shape& shape) {
  if (!n.ok()) return kNoValue;
  const Result<ValueId> made = constant(n.name() + "/" + suffix, shape, std::move(n.weights[weights]));
  if (made.ok()) return *made;
  n.fail({made.status().code(), n.label() + ": " + made.status().message()});
  return kNoValue;
}

ValueId Importer::made_constant(LayerView& n, const char* suffix, const Shape& shape,
                                const std::vector<double>& values) {
  if (!n.ok()) return kNoValue;
  made_left_ -= static_cast<int64_t>(values.size());
  if (made_left_ < 0) {
    n.refuse("needs so many numbers that the result would be much larger than the file");
    return kNoValue;
  }
  const Result<ValueId> made = constant(n.name() + "/" + suffix, shape, values);
  if (made.ok()) return *made;
  n.fail({made.status().code(), n.label() + ": " + made.status().message()});
  return kNoValue;
}

ValueId Importer::input(LayerView& n) {
  const Dims size = picture_size(n);
  if (!n.ok()) return kNoValue;
  const bool fits = std::all_of(size.begin(), size.end(), [](int64_t d) { return d > 0 && d <= kMostInput; });
  const Shape shape = fits ? Shape::of(size) : Shape{};
  if (!fits || shape.elements() < 1 || shape.elements() > kMostInput) {
    n.refuse("shape " + dims_text(size));
    return kNoValue;
  }
  return graph.add_input(top_name(n, 0), shape);
}

// What the layer says; a width of 0 is one that it leaves free.
Dims Importer::picture_size(LayerView& n) {
  const int64_t w = n.integer(0, 0), h = n.integer(1, 0), d = n.integer(11, 0), c = n.integer(2, 0);
  if (d != 0) n.refuse("of four dimensions");
  if (w > 0) return c != 0 ? Dims{1, c, h, w} : h != 0 ? Dims{1, h, w} : Dims{1, w};
  if (!graph.inputs.empty()) n.refuse("a second input, whose size is not given");
  Dims size{1, c > 0 ? c : guessed_channels(), 0, 0};
  if (fill_free_sides(asked_, &size[2], &size[3]))
    warn("the network does not give the size of its input: " + dims_text(size) + " is assumed");
  return size;
}

// What the first convolution reads.
int64_t Importer::guessed_channels() const {
  for (const Layer& layer : net_.layers) {
    if (layer.type != "Convolution") continue;
    LayerView conv(layer);
    const int64_t outputs = conv.integer(0, 0), w = conv.integer(1, 0), h = conv.integer(11, w);
    if (outputs < 1 || w < 1 || h < 1 || w > 4096 || h > 4096) break;
    const int64_t count = conv.integer(6, 0), channels = count / (outputs * w * h);
    if (conv.ok() && channels >= 1 && channels <= 4 && count % (outputs * w * h) == 0) return channels;
    break;
  }
  return 3;
}

ValueId Importer::emit(LayerView& n, Node part, const std::string& name, const std::string& output_name) {
  if (std::find(part.inputs.begin(), part.inputs.end(), kNoValue) != part.inputs.end()) n.give_up();
  if (!n.ok()) return kNoValue;
  part.name = name;
  const Result<ValueId> value = append(std::move(part), output_name);
  if (value.ok()) return *value;
  n.fail(value.status());
  return kNoValue;
}

ValueId Importer::step(LayerView& n, Node part, const std::string& suffix) {
  const std::string name = n.name() + "/" + suffix;
  return emit(n, std::move(part), name, name);
}

void Importer::finish(LayerView& n, Node part) {
  bind(n, 0, emit(n, std::move(part), n.name(), top_name(n, 0)));
}

void Importer::bind(LayerView& n, int top, ValueId value) {
  if (n.ok()) bound_[static_cast<size_t>(n.top(top))] = value;
}

std::string Importer::top_name(const LayerView& n, int top) const {
  return printable(net_.blobs[static_cast<size_t>(n.top(top))].name);
}

}  // namespace mien::ncnn
