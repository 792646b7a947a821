// The blobs of one network being imported and the graph that grows from them. Layers read their blobs here and add
// nodes. Not thread-safe.
#pragma once

#include <string>
#include <vector>

#include "converters/graph_builder.h"
#include "converters/ncnn/layer_view.h"
#include "converters/ncnn/ncnn.h"
#include "converters/ncnn/param.h"

namespace mien::ncnn {

class Importer : public GraphBuilder {
 public:
  // weights: how many numbers the file holds. `net` must live as long as the importer.
  Importer(const Net& net, const PictureSize& asked, int64_t weights);

  // For layers. All return kNoValue, or do nothing, once the layer has failed.
  ValueId value(LayerView& n, int bottom);
  Dims dims(ValueId id) const { return {shape(id).dims, shape(id).dims + shape(id).rank}; }
  // The blob seen as C x H x W, where ncnn gives what lacks dimensions some of 1: 1 x 1 x W, 1 x H x W.
  ValueId picture(LayerView& n, int bottom);
  // The value in these dimensions, which have its number of elements: itself, or a reshape.
  ValueId shaped(LayerView& n, ValueId id, const Dims& wanted, const char* suffix);
  // The layer's weights of this number as a constant; they are moved there.
  // REQUIRES: the layer's reader took so many, and the shape has their number of elements.
  ValueId constant_of(LayerView& n, size_t weights, const char* suffix, const Shape& shape);
  // Numbers that are made here. Their sum is bounded by the size of the weights.
  ValueId made_constant(LayerView& n, const char* suffix, const Shape& shape, const std::vector<double>& values);
  ValueId scalar(LayerView& n, const char* suffix, double value) { return made_constant(n, suffix, {}, {value}); }
  // An Input layer's blob.
  ValueId input(LayerView& n);

  // Adds a node for an intermediate value, or for the layer's first top.
  ValueId step(LayerView& n, Node part, const std::string& suffix);
  void finish(LayerView& n, Node part);
  void finish(LayerView& n, Op op, std::vector<ValueId> inputs) { finish(n, make_node(op, std::move(inputs))); }
  ValueId emit(LayerView& n, Node part, const std::string& name, const std::string& output_name);
  void bind(LayerView& n, int top, ValueId value);
  std::string top_name(const LayerView& n, int top) const;

  // kNoValue for a blob of a layer that was refused.
  ValueId bound(int32_t blob) const { return bound_[static_cast<size_t>(blob)]; }

 private:
  Dims picture_size(LayerView& n);
  int64_t guessed_channels() const;

  const Net& net_;
  PictureSize asked_;
  std::vector<ValueId> bound_;  // of each blob
  int64_t made_left_;           // elements that made_constant may still make
};

}  // namespace mien::ncnn
