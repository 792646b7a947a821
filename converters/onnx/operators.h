// Every operator that mien reads from ONNX, in one table: the importer, the folding interpreter and the text of the
// documentation are made from it. Thread-safety: the table is constant.
#pragma once

#include <string>
#include <vector>

#include "converters/onnx/fold.h"
#include "converters/onnx/importer.h"

namespace mien::onnx {

using ImportFunction = void (*)(Importer&, NodeView&);

struct OperatorRow {
  const char* name;
  ImportFunction import;  // null: only in constant expressions
  FoldFunction fold;      // null: never folded
  const char* note;       // what is not supported, "" if nothing
};

const OperatorRow* find_operator(const std::string& name);
const std::vector<OperatorRow>& operators();
// Operators as a Markdown table, for the documentation.
std::string operators_markdown();

// import_conv.cpp, import_pool.cpp
void import_conv(Importer& g, NodeView& n);
void import_pool(Importer& g, NodeView& n);
void import_global_pool(Importer& g, NodeView& n);
// import_activation.cpp
void import_unary(Importer& g, NodeView& n);
void import_clip(Importer& g, NodeView& n);
void import_prelu(Importer& g, NodeView& n);
void import_softmax(Importer& g, NodeView& n);
// import_arithmetic.cpp
void import_binary(Importer& g, NodeView& n);   // Add Sub Mul Div
void import_variadic(Importer& g, NodeView& n); // Sum Max Min Mean
void import_pow(Importer& g, NodeView& n);
// import_matmul.cpp
void import_gemm(Importer& g, NodeView& n);
void import_matmul(Importer& g, NodeView& n);
// import_layout.cpp
void import_identity(Importer& g, NodeView& n);  // Identity Dropout
void import_reshape(Importer& g, NodeView& n);   // Reshape Flatten Squeeze Unsqueeze
void import_transpose(Importer& g, NodeView& n);
void import_concat(Importer& g, NodeView& n);
void import_split(Importer& g, NodeView& n);
void import_slice(Importer& g, NodeView& n);
void import_gather(Importer& g, NodeView& n);
void import_pad(Importer& g, NodeView& n);
void import_cast(Importer& g, NodeView& n);
void import_expand(Importer& g, NodeView& n);
void import_depth_space(Importer& g, NodeView& n);
void import_shape(Importer& g, NodeView& n);     // Shape Size
// import_norm.cpp
void import_batch_norm(Importer& g, NodeView& n);
void import_lp_norm(Importer& g, NodeView& n);
void import_reduce(Importer& g, NodeView& n);
// import_resize.cpp
void import_resize(Importer& g, NodeView& n);    // Resize Upsample

}  // namespace mien::onnx
