// Every operator that mien reads from TensorFlow's graphs, in one table. Thread-safety: the table is constant.
#pragma once

#include <string>
#include <vector>

#include "converters/tensorflow/network.h"

namespace mien::tensorflow {

using ImportFunction = void (*)(Network&, TfNode&);

struct OperatorRow {
  const char* name;
  ImportFunction import;  // of a node with at least one input that is computed, or that it folds by itself
  const char* limits;     // what is not supported, "" if nothing
};

const std::vector<OperatorRow>& operators();
const OperatorRow* find_operator(const std::string& name);

// layers.cpp
void import_conv(Network& g, TfNode& n);  // Conv2D DepthwiseConv2dNative
void import_pool(Network& g, TfNode& n);
void import_matmul(Network& g, TfNode& n);
void import_batch_norm(Network& g, TfNode& n);
void import_reduce(Network& g, TfNode& n);
// elementwise.cpp
void import_unary(Network& g, TfNode& n);
void import_binary(Network& g, TfNode& n);
void import_softmax(Network& g, TfNode& n);
void import_cast(Network& g, TfNode& n);
// layout.cpp
void import_reshape(Network& g, TfNode& n);  // Reshape Squeeze ExpandDims
void import_concat(Network& g, TfNode& n);
void import_transpose(Network& g, TfNode& n);
void import_pad(Network& g, TfNode& n);
void import_shape(Network& g, TfNode& n);
void import_pack(Network& g, TfNode& n);
void import_strided_slice(Network& g, TfNode& n);
void import_fill(Network& g, TfNode& n);

}  // namespace mien::tensorflow
