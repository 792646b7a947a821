// Every operator that mien reads from MXNet, in one table: the importer and the text of the documentation are made from
// it. Thread-safety: the table is constant.
#pragma once

#include <string>
#include <vector>

#include "converters/mxnet/importer.h"
#include "converters/mxnet/node_view.h"

namespace mien::mxnet {

// What stands behind the first input, which is always data.
enum class Others { data, label, weights };

struct OperatorRow {
  const char* name;
  void (*import)(Importer&, NodeView&);
  const char* note;  // what is not supported, "" if nothing
  Others others = Others::data;
};

const std::vector<OperatorRow>& operators();
const OperatorRow* find_operator(const std::string& name);

// import_layers.cpp
void import_convolution(Importer& g, NodeView& n);
void import_fully_connected(Importer& g, NodeView& n);
void import_batch_norm(Importer& g, NodeView& n);
void import_pooling(Importer& g, NodeView& n);
void import_up_sampling(Importer& g, NodeView& n);
// import_activation.cpp
void import_activation(Importer& g, NodeView& n);
void import_leaky_relu(Importer& g, NodeView& n);
void import_unary(Importer& g, NodeView& n);
void import_clip(Importer& g, NodeView& n);
void import_softmax(Importer& g, NodeView& n);
void import_l2_normalization(Importer& g, NodeView& n);
// import_arithmetic.cpp
void import_binary(Importer& g, NodeView& n);
void import_sum_of_inputs(Importer& g, NodeView& n);
void import_scalar(Importer& g, NodeView& n);
void import_reduce(Importer& g, NodeView& n);
// import_layout.cpp
void import_copy(Importer& g, NodeView& n);
void import_cast(Importer& g, NodeView& n);
void import_reshape(Importer& g, NodeView& n);  // also Flatten, squeeze, expand_dims
void import_transpose(Importer& g, NodeView& n);
void import_concat(Importer& g, NodeView& n);
void import_slice_axis(Importer& g, NodeView& n);
void import_split(Importer& g, NodeView& n);
void import_crop(Importer& g, NodeView& n);

}  // namespace mien::mxnet
