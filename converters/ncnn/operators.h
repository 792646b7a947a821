// Every layer that mien reads from ncnn, in one table: the importer and the text of the documentation are made from it.
// Thread-safety: the table is constant.
#pragma once

#include <string>
#include <vector>

#include "converters/ncnn/importer.h"
#include "converters/ncnn/layer_view.h"
#include "converters/ncnn/weights.h"

namespace mien::ncnn {

inline constexpr int kAny = 1 << 20;

struct OperatorRow {
  const char* name;
  // Checks what no shape is needed for, and takes the layer's weights: all of them even where it is refused, for the
  // sake of the layers behind it. Null where there is nothing to do.
  void (*read)(LayerView&, WeightReader&);
  void (*import)(Importer&, LayerView&);
  const char* note;              // what is not supported, "" if nothing
  int least = 1, most = 1;       // blobs that it reads
  int most_tops = 1;             // that it makes, at least 1
  bool takes_constants = false;  // makes something of stored data alone, or nothing
};

const std::vector<OperatorRow>& operators();
const OperatorRow* find_operator(const std::string& name);

// read_weights.cpp
void read_convolution(LayerView& n, WeightReader& w);  // also ConvolutionDepthWise
void read_inner_product(LayerView& n, WeightReader& w);
void read_batch_norm(LayerView& n, WeightReader& w);
void read_scale(LayerView& n, WeightReader& w);
void read_prelu(LayerView& n, WeightReader& w);
void read_normalize(LayerView& n, WeightReader& w);
void read_memory_data(LayerView& n, WeightReader& w);
// check_layers.cpp
void check_activation(LayerView& n);  // the one that a layer with weights carries
void check_pooling(LayerView& n, WeightReader& w);
void check_interp(LayerView& n, WeightReader& w);
void check_binary(LayerView& n, WeightReader& w);
void check_eltwise(LayerView& n, WeightReader& w);
void check_unary(LayerView& n, WeightReader& w);
void check_softmax(LayerView& n, WeightReader& w);
void check_reshape(LayerView& n, WeightReader& w);
void check_padding(LayerView& n, WeightReader& w);

// import_layers.cpp
void import_convolution(Importer& g, LayerView& n);  // also ConvolutionDepthWise
void import_inner_product(Importer& g, LayerView& n);
// window.cpp
// Kernel, stride, dilation and padding where the parameters of that meaning are; false once the layer has failed.
struct WindowIds {
  int kernel_w, kernel_h, stride_w, stride_h, pad_left, pad_top, pad_right, pad_bottom;
};
bool read_extents(LayerView& n, const WindowIds& ids, Window* w);
bool read_pads(LayerView& n, const WindowIds& ids, Window* w);
// What TensorFlow calls SAME, of an input h x w; upper has the odd row behind, lower in front.
bool set_same_pads(LayerView& n, bool upper, int64_t h, int64_t w, Window* window);
// import_pooling.cpp
void import_pooling(Importer& g, LayerView& n);
void import_interp(Importer& g, LayerView& n);
void import_padding(Importer& g, LayerView& n);
// import_norm.cpp
void import_batch_norm(Importer& g, LayerView& n);
void import_scale(Importer& g, LayerView& n);
void import_prelu(Importer& g, LayerView& n);
void import_normalize(Importer& g, LayerView& n);
// import_activation.cpp
void import_relu(Importer& g, LayerView& n);
void import_clip(Importer& g, LayerView& n);
void import_elu(Importer& g, LayerView& n);
void import_hard_sigmoid(Importer& g, LayerView& n);
void import_hard_swish(Importer& g, LayerView& n);
void import_swish(Importer& g, LayerView& n);
void import_unary(Importer& g, LayerView& n);  // AbsVal, Sigmoid, TanH, UnaryOp
void import_softmax(Importer& g, LayerView& n);
// The node and behind it the activation that the layer carries, as the layer's output.
void finish_activated(Importer& g, LayerView& n, Node part);
// import_arithmetic.cpp
void import_binary(Importer& g, LayerView& n);
void import_eltwise(Importer& g, LayerView& n);
// The value and the number, as the layer's output; says so where the number seems to have lost digits.
void finish_scaled(Importer& g, LayerView& n, Op op, ValueId x, double number);
// import_layout.cpp
void import_input(Importer& g, LayerView& n);
void import_memory_data(Importer& g, LayerView& n);
void import_copy(Importer& g, LayerView& n);  // Split, Noop
void import_dropout(Importer& g, LayerView& n);
void import_reshape(Importer& g, LayerView& n);
void import_flatten(Importer& g, LayerView& n);
void import_permute(Importer& g, LayerView& n);
void import_concat(Importer& g, LayerView& n);
void import_slice(Importer& g, LayerView& n);

}  // namespace mien::ncnn
