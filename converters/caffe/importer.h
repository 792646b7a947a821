// The blobs of one network being imported and the graph that grows from them. Layers read their bottoms here and add
// nodes. Not thread-safe.
#pragma once

#include <initializer_list>
#include <string>
#include <unordered_map>
#include <vector>

#include "converters/caffe/layer_view.h"
#include "converters/caffe/model.h"
#include "converters/caffe/net.h"
#include "converters/graph_builder.h"
#include "converters/picture_size.h"

namespace mien::caffe {

// A blob of weights as its layer needs it.
struct Expected {
  const char* what;  // "weight"
  Dims shape;
};

class Importer : public GraphBuilder {
 public:
  // asked: of the first input, where the net says nothing. `net` must live as long as the importer.
  Importer(const Net& net, CaffeModel model, const PictureSize& asked);

  // For layers. All return kNoValue or false, or do nothing, once the layer has failed.
  ValueId value(LayerView& n, int bottom);
  // Bottom 0, of a layer that has this many bottoms and one top.
  ValueId only_value(LayerView& n, int bottoms = 1);
  Dims dims(ValueId id) const { return {shape(id).dims, shape(id).dims + shape(id).rank}; }
  // Takes the layer's weights out of the model: exactly these, whose shapes may differ in leading ones. Where they are
  // missing or of other shapes, that goes to misfits() and the answer is false: the layer then calls stand_in with the
  // shape of what it would make, so that the layers behind it are looked at too.
  bool take(LayerView& n, const std::vector<Expected>& expected, std::vector<std::vector<float>>* blobs);
  void stand_in(LayerView& n, const Dims& made);
  // Whether the model has a layer of this name.
  bool has_weights(const LayerView& n) const { return by_name_.count(n.raw_name()) != 0; }
  // A constant called `<layer>/<what>`. T is float or double.
  template <class T>
  ValueId constant_of(LayerView& n, const char* what, const Dims& dims, std::vector<T> values);

  // Adds a node for an intermediate value, or for the layer's top 0.
  ValueId step(LayerView& n, Node part, const std::string& suffix);
  ValueId step(LayerView& n, Op op, std::vector<ValueId> inputs, const std::string& suffix) {
    return step(n, make_node(op, std::move(inputs)), suffix);
  }
  void finish(LayerView& n, Node part) { bind(n, 0, emit(n, std::move(part), n.name())); }
  void finish(LayerView& n, Op op, std::vector<ValueId> inputs) { finish(n, make_node(op, std::move(inputs))); }
  ValueId emit(LayerView& n, Node part, const std::string& name);
  void bind(LayerView& n, int top, ValueId value);

  // Makes the tops of a source inputs of the graph, those that a needed layer reads. Error: unsupported for a shape
  // that is not known.
  Status add_source(const NetLayer& source);
  void mark_read(int32_t blob) { read_[static_cast<size_t>(blob)] = true; }
  ValueId bound(int32_t blob) const { return bound_[static_cast<size_t>(blob)]; }
  void refuse_tops(const NetLayer& layer);
  bool is_refused(int32_t blob) const { return refused_[static_cast<size_t>(blob)]; }
  // Layers whose weights are missing or do not fit, a line each.
  const std::vector<std::string>& misfits() const { return misfits_; }
  std::vector<std::string> unused() const;  // layers of the model that the network does not have

 private:
  Dims shape_of_input(const NetLayer& source, size_t top);
  int64_t guessed_channels() const;
  void misfit(const std::string& line);

  const Net& net_;
  CaffeModel model_;
  const PictureSize asked_;
  std::unordered_map<std::string, size_t> by_name_;  // layers of the model
  std::vector<bool> used_;                           // of each layer of the model
  std::vector<ValueId> bound_;                       // of each blob
  std::vector<bool> refused_, read_;                 // of each blob
  std::vector<std::string> misfits_;
};

}  // namespace mien::caffe
