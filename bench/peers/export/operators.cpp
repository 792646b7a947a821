#include "bench/peers/export/operators.h"

#include <string>
#include <vector>

namespace mien::bench {
namespace {

// One node on its way into the file.
struct Writing {
  OnnxFile& file;
  const Node& node;
  const char* op_type;  // of the operator's row

  const Shape& shape_of(ValueId id) const { return file.graph().value(id).shape; }
  const std::string& output() const { return file.graph().value(node.output).name; }
  std::string input(size_t i) const { return file.operand(node.inputs[i]); }
  // The ONNX node that makes the output.
  OnnxNode finish(const std::vector<std::string>& inputs) const { return file.add(op_type, inputs, output()); }
  OnnxNode finish() const {
    std::vector<std::string> inputs;
    for (const ValueId id : node.inputs) inputs.push_back(file.operand(id));
    return finish(inputs);
  }
  Status refuse(const std::string& what) const {
    return Status(Code::unsupported,
                  "node '" + (node.name.empty() ? output() : node.name) + "': " + what + " is not written to ONNX");
  }
};

Status plain(const Writing& w) {
  w.finish();
  return {};
}

OnnxNode with_window(OnnxNode onnx, const Window& w) {
  return onnx.integers("kernel_shape", {w.kernel_h, w.kernel_w})
      .integers("strides", {w.stride_h, w.stride_w})
      .integers("dilations", {w.dilation_h, w.dilation_w})
      .integers("pads", {w.pad_top, w.pad_left, w.pad_bottom, w.pad_right});
}

Status conv(const Writing& w) {
  with_window(w.finish(), w.node.window).integer("group", w.node.window.groups);
  return {};
}

Status max_pool(const Writing& w) {
  with_window(w.finish(), w.node.window).integer("ceil_mode", w.node.window.ceil_mode ? 1 : 0);
  return {};
}

Status fully_connected(const Writing& w) {
  const Shape& x = w.shape_of(w.node.inputs[0]);
  if (x.rank != 2) return w.refuse("a fully connected layer on " + x.text());
  w.finish().integer("transB", 1);
  return {};
}

// The graph has the two vectors that are left of a trained layer's four: here they are the scale and the shift of a
// layer with mean 0 and variance 1. Without an epsilon that is the same to the last bit.
Status batch_norm(const Writing& w) {
  const std::vector<int64_t> dims = {w.shape_of(w.node.inputs[1])[0]};
  const std::vector<float> zeros(static_cast<size_t>(dims[0]), 0.0f), ones(zeros.size(), 1.0f);
  const std::string mean = w.file.constant(w.output() + ".mean", dims, zeros.data());
  const std::string variance = w.file.constant(w.output() + ".variance", dims, ones.data());
  w.finish({w.input(0), w.input(1), w.input(2), mean, variance}).real("epsilon", 0);
  return {};
}

// ONNX broadcasts slopes as NumPy does, so the axes behind the channels must be there: C x 1 x 1.
Status prelu(const Writing& w) {
  const Value& slope = w.file.graph().value(w.node.inputs[1]);
  if (!slope.is_constant()) return w.refuse("a PReLU whose slopes are computed");
  std::vector<int64_t> dims(static_cast<size_t>(w.shape_of(w.node.inputs[0]).rank - 1), 1);
  dims[0] = slope.shape.elements();
  w.finish({w.input(0), w.file.constant(slope.name + ".wide", dims, slope.constant.data)});
  return {};
}

Status clip(const Writing& w) {
  const std::string low = w.file.constant(w.output() + ".min", {}, &w.node.a);
  const std::string high = w.file.constant(w.output() + ".max", {}, &w.node.b);
  w.finish({w.input(0), low, high});
  return {};
}

Status leaky_relu(const Writing& w) {
  w.finish().real("alpha", w.node.a);
  return {};
}

Status along_axis(const Writing& w) {
  w.finish().integer("axis", w.node.axis);
  return {};
}

Status transpose(const Writing& w) {
  w.finish().integers("perm", w.node.ints);
  return {};
}

// Exporters write Flatten where the batch stays and all else becomes one axis.
Status reshape(const Writing& w) {
  const std::vector<int64_t>& to = w.node.ints;
  if (to.size() == 2 && to[0] == w.shape_of(w.node.inputs[0])[0]) {
    w.file.add("Flatten", {w.input(0)}, w.output()).integer("axis", 1);
  } else {
    w.finish({w.input(0), w.file.constant(w.output() + ".shape", to)});
  }
  return {};
}

// How often each of `size` rows (or columns) is repeated; 0 if `sources`, one for each of `count`, do not just do that.
int64_t repeats(const int64_t* sources, int64_t count, int64_t size) {
  const int64_t times = count / size;
  if (times * size != count) return 0;
  for (int64_t i = 0; i < count; ++i)
    if (sources[i] != i / times) return 0;
  return times;
}

// Whole multiples only: for others the runtimes' float32 coordinates decide which row is the nearest.
Status resize(const Writing& w) {
  const Shape &x = w.shape_of(w.node.inputs[0]), &y = w.shape_of(w.node.output);
  const int64_t rows = repeats(w.node.ints.data(), y[2], x[2]),
                columns = repeats(w.node.ints.data() + y[2], y[3], x[3]);
  if (rows == 0 || columns == 0) return w.refuse("resizing " + x.text() + " to " + y.text());
  const float scales[] = {1, 1, static_cast<float>(rows), static_cast<float>(columns)};
  const std::string factors = w.file.constant(w.output() + ".scales", {4}, scales);
  w.finish({w.input(0), "", factors})
      .text("mode", "nearest")
      .text("coordinate_transformation_mode", "asymmetric")
      .text("nearest_mode", "floor");
  return {};
}

// As PyTorch exports F.normalize.
Status l2_normalize(const Writing& w) {
  const std::string norm = w.file.unique_name(w.output() + ".norm"), bounded = w.file.unique_name(norm + ".bounded");
  const std::string eps = w.file.constant(w.output() + ".eps", {}, &w.node.a);
  w.file.add("ReduceL2", {w.input(0)}, norm).integers("axes", {w.node.axis}).integer("keepdims", 1);
  w.file.add("Clip", {norm, eps}, bounded);
  w.finish({w.input(0), bounded});
  return {};
}

const struct Row {
  Op op;
  const char* op_type;
  Status (*write)(const Writing&);
} kRows[] = {
    {Op::conv, "Conv", conv},
    {Op::fully_connected, "Gemm", fully_connected},
    {Op::batch_norm, "BatchNormalization", batch_norm},
    {Op::prelu, "PRelu", prelu},
    {Op::relu, "Relu", plain},
    {Op::clip, "Clip", clip},
    {Op::leaky_relu, "LeakyRelu", leaky_relu},
    {Op::add, "Add", plain},
    {Op::mul, "Mul", plain},
    {Op::concat, "Concat", along_axis},
    {Op::transpose, "Transpose", transpose},
    {Op::reshape, "Reshape", reshape},
    {Op::max_pool, "MaxPool", max_pool},
    {Op::global_average_pool, "GlobalAveragePool", plain},
    {Op::resize_nearest, "Resize", resize},
    {Op::softmax, "Softmax", along_axis},
    {Op::l2_normalize, "Div", l2_normalize},
};

}  // namespace

Status write_node(OnnxFile& file, const Node& node) {
  for (const Row& row : kRows)
    if (row.op == node.op) return row.write({file, node, row.op_type});
  return Writing{file, node, ""}.refuse(std::string("operator ") + name_of(node.op));
}

}  // namespace mien::bench
