#include "converters/caffe/importer.h"

#include <algorithm>

#include "converters/text.h"

namespace mien::caffe {
namespace {

constexpr size_t kMostLines = 1000;

// Old files store every blob with four axes, the first ones 1.
Dims without_leading_ones(const Dims& dims) {
  return {std::find_if(dims.begin(), dims.end(), [](int64_t d) { return d != 1; }), dims.end()};
}

}  // namespace

Importer::Importer(const Net& net, CaffeModel model, const PictureSize& asked)
    : net_(net),
      model_(std::move(model)),
      asked_(asked),
      used_(model_.layers.size(), false),
      bound_(net.blobs.size(), kNoValue),
      refused_(net.blobs.size(), false),
      read_(net.blobs.size(), false) {
  for (size_t i = 0; i < model_.layers.size(); ++i) by_name_.emplace(model_.layers[i].name, i);
}

ValueId Importer::value(LayerView& n, int bottom) {
  if (!n.ok()) return kNoValue;
  if (bottom >= n.bottoms()) {
    n.corrupt("bottom " + std::to_string(bottom) + " is missing");
    return kNoValue;
  }
  const ValueId found = bound(n.bottom(bottom));
  if (found == kNoValue) n.give_up();  // its source was refused
  return found;
}

ValueId Importer::only_value(LayerView& n, int bottoms) {
  if (n.bottoms() != bottoms)
    n.refuse(std::to_string(n.bottoms()) + " bottoms; only " + std::to_string(bottoms) + " are supported");
  if (n.tops() != 1) n.refuse(std::to_string(n.tops()) + " tops; only one is supported");
  return value(n, 0);
}

void Importer::misfit(const std::string& line) {
  if (misfits_.size() < kMostLines) misfits_.push_back(line);
}

bool Importer::take(LayerView& n, const std::vector<Expected>& expected, std::vector<std::vector<float>>* blobs) {
  if (!n.ok()) return false;
  const auto found = by_name_.find(n.raw_name());
  if (found == by_name_.end()) {
    misfit(n.label() + " has no weights");
    return false;
  }
  if (used_[found->second]) {
    n.corrupt("a second layer of this name with weights");
    return false;
  }
  used_[found->second] = true;
  std::vector<Blob>& given = model_.layers[found->second].blobs;
  if (given.size() != expected.size()) {
    misfit(n.label() + " has " + std::to_string(given.size()) + " blobs of weights; expected " +
           std::to_string(expected.size()));
    return false;
  }
  bool fits = true;
  for (size_t i = 0; i < given.size(); ++i) {
    if (without_leading_ones(given[i].shape) == without_leading_ones(expected[i].shape)) continue;
    misfit(n.label() + ": " + expected[i].what + " is " + dims_text(given[i].shape) + "; expected " +
           dims_text(expected[i].shape));
    fits = false;
  }
  if (!fits) return false;
  for (Blob& blob : given) blobs->push_back(std::move(blob.values));
  return true;
}

void Importer::stand_in(LayerView& n, const Dims& made) {
  if (!n.ok() || misfits_.empty()) return;
  const bool fits = made.size() <= kMaxRank && std::all_of(made.begin(), made.end(), [](int64_t d) { return d > 0; });
  if (!fits || Shape::of(made).elements() < 1) return n.corrupt("makes " + dims_text(made));
  bind(n, 0, graph.add_input(n.name(), Shape::of(made)));
}

template <class T>
ValueId Importer::constant_of(LayerView& n, const char* what, const Dims& dims, std::vector<T> values) {
  if (!n.ok()) return kNoValue;
  const Result<ValueId> made = constant(n.name() + "/" + what, Shape::of(dims), std::move(values));
  if (made.ok()) return *made;
  n.fail({made.status().code(), n.label() + ": " + made.status().message()});
  return kNoValue;
}
template ValueId Importer::constant_of(LayerView&, const char*, const Dims&, std::vector<float>);
template ValueId Importer::constant_of(LayerView&, const char*, const Dims&, std::vector<double>);

ValueId Importer::emit(LayerView& n, Node part, const std::string& name) {
  if (std::find(part.inputs.begin(), part.inputs.end(), kNoValue) != part.inputs.end()) n.give_up();
  if (!n.ok()) return kNoValue;
  if (part.name.empty()) part.name = name;
  const Result<ValueId> value = append(std::move(part), name);
  if (value.ok()) return *value;
  n.fail(value.status());
  return kNoValue;
}

ValueId Importer::step(LayerView& n, Node part, const std::string& suffix) {
  return emit(n, std::move(part), n.name() + "/" + suffix);
}

void Importer::bind(LayerView& n, int top, ValueId value) {
  if (!n.ok()) return;
  if (top >= n.tops()) return n.corrupt("top " + std::to_string(top) + " is missing");
  bound_[static_cast<size_t>(n.top(top))] = value;
}

void Importer::refuse_tops(const NetLayer& layer) {
  for (int32_t top : layer.tops) refused_[static_cast<size_t>(top)] = true;
}

Status Importer::add_source(const NetLayer& source) {
  for (size_t i = 0; i < source.tops.size(); ++i) {
    const int32_t top = source.tops[i];
    if (!read_[static_cast<size_t>(top)]) continue;
    const std::string name = net_.blobs[static_cast<size_t>(top)].name, who = "input '" + printable(name) + "'";
    Dims wanted = shape_of_input(source, i);
    if (wanted.empty()) return {Code::unsupported, who + ": its shape is not given"};
    if (wanted.size() > 1) wanted[0] = 1;  // the batch is what the caller runs, here one
    const bool fits =
        wanted.size() <= kMaxRank && std::all_of(wanted.begin(), wanted.end(), [](int64_t d) { return d > 0; });
    const Shape shape = fits ? Shape::of(wanted) : Shape{};
    if (!fits || shape.elements() < 1 || shape.elements() > int64_t{1} << 28)
      return {Code::unsupported, who + ": shape " + dims_text(wanted)};
    bound_[static_cast<size_t>(top)] = graph.add_input(printable(name), shape);
    const Message transform = source.message.child("transform_param");
    if (transform.find("mean_value") || transform.find("mean_file") || transform.find("scale"))
      warn(who + ": its layer subtracts a mean or scales (transform_param), which is no part of the graph: choose a " +
           "preset that does");
  }
  return {};
}

Dims Importer::shape_of_input(const NetLayer& source, size_t top) {
  const bool first = graph.inputs.empty();
  Dims given;
  if (!source.shapes.empty()) given = source.shapes[std::min(top, source.shapes.size() - 1)];
  if (!first) return given;
  const bool is_free = given.empty();
  if (is_free) given = {1, 0, 0, 0};
  if (given.size() != 4) return given;
  if (given[1] == 0) given[1] = guessed_channels();
  if (is_free && fill_free_sides(asked_, &given[2], &given[3]))
    warn("the network does not give the shape of its input: " + dims_text(given) + " is assumed");
  return given;
}

// What the first convolution reads.
int64_t Importer::guessed_channels() const {
  for (const NetLayer& layer : net_.layers) {
    if (!layer.is_needed || layer.type != "Convolution") continue;
    const auto found = by_name_.find(layer.name);
    if (found == by_name_.end()) break;
    const Dims& weight = model_.layers[found->second].blobs[0].shape;
    if (weight.size() == 4 && weight[1] >= 1 && weight[1] <= 4) return weight[1];
    break;
  }
  return 3;
}

std::vector<std::string> Importer::unused() const {
  std::vector<std::string> names;
  for (size_t i = 0; i < used_.size(); ++i) {
    if (!used_[i]) names.push_back(model_.layers[i].name);
  }
  return names;
}

}  // namespace mien::caffe
