// Every type of layer that mien reads from Caffe, in one table: the importer and the text of the documentation are made
// from it. Thread-safety: the table is constant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "converters/caffe/importer.h"
#include "converters/caffe/layer_view.h"
#include "converters/caffe/net.h"

namespace mien::caffe {

struct OperatorRow {
  const char* type;
  const char* v1;          // its name in the first version of layers, "" if it has none
  const char* parameters;  // the message that holds them, "" if there is none
  void (*import)(Importer&, LayerView&);
  const char* note;  // what is not supported, "" if nothing
  Role role = Role::layer;
};

const std::vector<OperatorRow>& operators();
const OperatorRow* find_operator(std::string_view type);
// "Convolution" for CONVOLUTION; the name itself if no row has it.
std::string type_of_v1(std::string_view name);

// import_window.cpp
void import_convolution(Importer& g, LayerView& n);
void import_depthwise(Importer& g, LayerView& n);
void import_pooling(Importer& g, LayerView& n);
void import_deconvolution(Importer& g, LayerView& n);
void import_upsample(Importer& g, LayerView& n);
// import_weighted.cpp
void import_inner_product(Importer& g, LayerView& n);
void import_batch_norm(Importer& g, LayerView& n);
void import_scale(Importer& g, LayerView& n);
void import_bias(Importer& g, LayerView& n);
void import_prelu(Importer& g, LayerView& n);
void import_normalize(Importer& g, LayerView& n);
// import_arithmetic.cpp
void import_relu(Importer& g, LayerView& n);
void import_relu6(Importer& g, LayerView& n);
void import_clip(Importer& g, LayerView& n);
void import_elu(Importer& g, LayerView& n);
void import_swish(Importer& g, LayerView& n);
void import_sigmoid(Importer& g, LayerView& n);
void import_tanh(Importer& g, LayerView& n);
void import_abs(Importer& g, LayerView& n);
void import_power(Importer& g, LayerView& n);
void import_exp(Importer& g, LayerView& n);
void import_softmax(Importer& g, LayerView& n);
void import_eltwise(Importer& g, LayerView& n);
void import_axpy(Importer& g, LayerView& n);
void import_reduction(Importer& g, LayerView& n);
// import_layout.cpp
void import_copy(Importer& g, LayerView& n);
void import_concat(Importer& g, LayerView& n);
void import_slice(Importer& g, LayerView& n);
void import_flatten(Importer& g, LayerView& n);
void import_reshape(Importer& g, LayerView& n);
void import_permute(Importer& g, LayerView& n);
void import_crop(Importer& g, LayerView& n);
void import_shuffle(Importer& g, LayerView& n);

}  // namespace mien::caffe
