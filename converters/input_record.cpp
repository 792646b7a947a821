#include "converters/input_record.h"

#include "converters/input_normalization.h"

namespace mien {
namespace {

void fill_picture(const Shape& in, InputRecord* input) {
  if (in.rank != 4) {
    input->channels = 0;
    return;
  }
  auto channels = [](int64_t c) { return c == 1 || c == 3; };
  const bool nhwc = !channels(in[1]) && channels(in[3]);
  input->layout = nhwc ? InputLayout::nhwc : InputLayout::nchw;
  input->channels = static_cast<int32_t>(nhwc ? in[3] : in[1]);
  input->height = static_cast<int32_t>(nhwc ? in[1] : in[2]);
  input->width = static_cast<int32_t>(nhwc ? in[2] : in[3]);
  if (input->channels == 1) input->color = ColorOrder::gray;
}

}  // namespace

void fill_records(Imported* imported) {
  Package& p = imported->package;
  fill_picture(p.graph.value(p.graph.inputs[0]).shape, &p.input);
  switch (find_input_normalization(p.graph)) {
    case InsideNormalization::of_bytes:
      p.input.known = p.input.normalized_inside = true;
      p.input.preset = "graph";
      break;
    case InsideNormalization::of_fractions:
      imported->warnings.push_back(
          "the graph normalises an input in 0..1: pixels need a scale of 1/255 (--mean 0 --scale 0.00392156863)");
      break;
    case InsideNormalization::none:
      break;
  }
  const Value& first = p.graph.value(p.graph.outputs[0]);
  p.output.embedding = p.graph.outputs.size() == 1 && first.shape.rank == 2 && first.shape[0] == 1;
  p.output.dims = static_cast<int32_t>(first.shape.elements());
  const int maker = p.graph.producers()[static_cast<size_t>(p.graph.outputs[0])];
  p.output.normalized = maker >= 0 && p.graph.nodes[static_cast<size_t>(maker)].op == Op::l2_normalize;
}

}  // namespace mien
