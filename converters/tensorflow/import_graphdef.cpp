// From bytes to a graph: finds the GraphDef, follows what its outputs need, imports node by node.
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <new>

#include "converters/onnx/wire_check.h"
#include "converters/tensorflow/live_part.h"
#include "converters/tensorflow/operators.h"
#include "converters/tensorflow/patterns.h"
#include "converters/tensorflow/tensorflow.h"
#include "converters/tensorflow/values.h"
#include "converters/text.h"
#include "onnx/onnx.pb.h"
#include "tensorflow/tensorflow.pb.h"

namespace mien {
namespace tensorflow {
namespace {

using onnx::WireRecord;

struct Span {
  const uint8_t* data = nullptr;
  size_t size = 0;
};

// The payload of the n-th record of this field; empty if there is none.
Span find_field(Span in, uint64_t field, int* count = nullptr) {
  size_t pos = 0;
  WireRecord record;
  Span found;
  int seen = 0;
  while (onnx::next_record(in.data, in.size, &pos, &record)) {
    if (record.field != field || record.wire != 2) continue;
    if (seen++ == 0) found = {in.data + record.begin, record.length};
  }
  if (count) *count = seen;
  return found;
}

// A NodeDef has the name of an operator where the other messages that may stand there have messages.
bool is_node(Span message) {
  const Span op = find_field(message, 2);
  const auto in_names = [](uint8_t c) { return std::isalnum(c) || c == '_' || c == '>' || c == '.'; };
  return find_field(message, 1).size > 0 && op.size > 0 && std::all_of(op.data, op.data + op.size, in_names);
}

bool is_meta_graph(Span file) {
  int infos = 0;
  find_field(file, 1, &infos);
  return infos <= 1 && is_node(find_field(find_field(file, 2), 1));
}

bool is_saved_model(Span file) {
  size_t pos = 0;
  WireRecord record;
  return onnx::next_record(file.data, file.size, &pos, &record) && record.field == 1 && record.wire == 0 &&
         is_meta_graph(find_field(file, 2));
}

// Checks the whole file and finds the GraphDef in it.
Status find_graph(Span file, Span* graph) {
  const bool saved = is_saved_model(file), meta = !saved && is_meta_graph(file);
  const auto* type = saved  ? tf_pb::SavedModel::descriptor()
                     : meta ? tf_pb::MetaGraph::descriptor()
                            : tf_pb::Graph::descriptor();
  MIEN_RETURN_IF_ERROR(onnx::check_wire(file.data, file.size, type));
  *graph = file;
  if (saved) {
    int graphs = 0;
    *graph = find_field(file, 2, &graphs);
    if (graphs > 1) return {Code::unsupported, "a SavedModel of " + std::to_string(graphs) + " graphs"};
  }
  if (saved || meta) *graph = find_field(*graph, 2);
  return {};
}

Status parse(Span file, tf_pb::Graph* graph) {
  if (file.size > (size_t{1} << 31) - 1) return {Code::unreadable, "a GraphDef cannot have 2 GiB or more"};
  Span bytes;
  MIEN_RETURN_IF_ERROR(find_graph(file, &bytes));
  google::protobuf::LogSilencer silence;
  if (!graph->ParseFromArray(bytes.data, static_cast<int>(bytes.size))) return {Code::corrupt, "not a GraphDef"};
  if (graph->node_size() == 0) return {Code::corrupt, "the graph has no node"};
  return {};
}

bool is_variable(const std::string& op) {
  return op == "VariableV2" || op == "Variable" || op == "VarHandleOp" || op == "ReadVariableOp";
}

class Driver {
 public:
  Driver(tf_pb::Graph* graph, size_t bytes, const PictureSize& asked, std::vector<std::string>* unsupported)
      : graph_(*graph), index_(*graph), network_(bytes), asked_(asked), unsupported_(unsupported) {}

  Result<Imported> run() {
    MIEN_RETURN_IF_ERROR(index_.build());
    Result<LivePart> part = find_live_part(index_, unsupported_);
    if (!part.ok()) return part.status();
    part_ = std::move(*part);
    Patterns patterns(index_, part_, &network_);
    for (int node : part_.order) MIEN_RETURN_IF_ERROR(add_node(node, &patterns));
    if (!variable_.empty()) {
      unsupported_->push_back(std::to_string(variables_) + " variables ('" + printable(variable_) +
                              "' and others), whose values lie in a checkpoint: convert that, or freeze the graph");
    }
    if (!unsupported_->empty()) return refusal();
    for (const std::string& name : part_.decided)
      network_.repair("'" + printable(name) + "' read as false: the graph as it runs in inference");
    add_outputs();
    return network_.GraphBuilder::finish("graph", "tensorflow");
  }

 private:
  Status refusal() const {
    std::string text = std::to_string(unsupported_->size()) + " thing(s) that mien does not run: ";
    for (size_t i = 0; i < unsupported_->size(); ++i) text += (i ? "; " : "") + (*unsupported_)[i];
    return {Code::unsupported, text};
  }

  Status add_node(int i, Patterns* patterns) {
    const tf_pb::Node& tf = index_.node(i);
    if (is_source(tf.op())) return add_input(i);
    if (is_variable(tf.op())) {
      if (variables_++ == 0) variable_ = tf.name();
      network_.add_refused(tf.name());
      return {};
    }
    onnx_pb::Node proto;
    proto.set_name(tf.name());
    proto.set_op_type(tf.op());
    proto.add_output(tf.name());
    for (Ref ref : part_.inputs.at(i)) proto.add_input(key_of(index_, ref));
    TfNode node(tf, &proto, &network_);
    run_node(i, node, patterns);
    if (node.ok()) return {};
    if (node.status().code() != Code::unsupported) return node.status();
    if (!node.status().message().empty()) unsupported_->push_back(node.status().message());
    network_.add_refused(tf.name());
    return {};
  }

  void run_node(int i, TfNode& node, Patterns* patterns) {
    for (const tf_pb::AttributeEntry& entry : index_.node(i).attr()) {
      if (attribute_of(index_.node(i), entry.key()) != &entry.value())
        return node.corrupt("attribute '" + printable(entry.key()) + "' is there twice");
    }
    if (node.op() == "Const") return add_constant(i, node);
    const OperatorRow* row = find_operator(node.op());
    if (!row)
      return node.fail({Code::unsupported, "node '" + node.base_name() + "': operator " + printable(node.op())});
    for (int k = 0; k < node.inputs(); ++k) {
      if (network_.is_refused(node.input(k))) return node.fail({Code::unsupported, ""});
    }
    if (node.inputs() == 0) return node.corrupt("has no input");
    if (!patterns->import(i, node)) row->import(network_, node);
  }

  void add_constant(int i, TfNode& node) {
    for (tf_pb::AttributeEntry& entry : *graph_.mutable_node(i)->mutable_attr()) {
      if (entry.key() != "value") continue;
      if (!entry.value().has_tensor()) return node.corrupt("value is not a tensor");
      const Status status = network_.add_constant(node.output(0), entry.mutable_value()->mutable_tensor());
      if (!status.ok()) node.fail({status.code(), node.label() + ": " + status.message()});
      return;
    }
    node.corrupt("has no value");
  }

  // What leaves node i as output 0, as far as the file says it; the batch first.
  Result<Dims> input_dims(int i) {
    const tf_pb::Node& tf = index_.node(i);
    if (const tf_pb::Attribute* shape = attribute_of(tf, "shape"); shape && shape->shape().dim_size() > 0)
      return dims_of(shape->shape());
    if (const tf_pb::Attribute* all = attribute_of(tf, "_output_shapes"); all && all->list().shape_size() > 0)
      return dims_of(all->list().shape(0));
    if (tf.op().rfind("Queue", 0) != 0) return Status(Code::unsupported, "its shape is not given");
    const int queue = tf.input_size() > 0 ? index_.find(tf.input(0)) : -1;
    const tf_pb::Attribute* elements = queue < 0 ? nullptr : attribute_of(index_.node(queue), "shapes");
    if (elements && elements->list().shape_size() > 0) {
      Result<Dims> dims = dims_of(elements->list().shape(0));
      if (dims.ok()) dims->insert(dims->begin(), 1);
      return dims;
    }
    if (asked_.given()) return Dims{1, asked_.height, asked_.width, 3};
    network_.warn("the queue '" + printable(tf.name()) + "' does not say the size of its pictures: read as 160x160x3");
    return Dims{1, 160, 160, 3};
  }

  Status add_input(int i) {
    const tf_pb::Node& tf = index_.node(i);
    const std::string name = part_.input_name.empty() ? tf.name() : part_.input_name;
    Result<Dims> dims = input_dims(i);
    std::string why = dims.ok() ? "" : dims.status().message();
    const tf_pb::Attribute* dtype = attribute_of(tf, "dtype");
    if (dtype && dtype->type() != 1) why = "element type " + std::to_string(dtype->type()) + " is not float32";
    if (dims.ok() && dims->size() > kMaxRank) why = "rank above 6";
    if (dims.ok() && dims->size() == 4 && asked_.given() && network_.graph.inputs.empty())
      fill_free_sides(asked_, &(*dims)[1], &(*dims)[2]);
    for (size_t axis = 0; why.empty() && axis < dims->size(); ++axis) {
      int64_t& size = (*dims)[axis];
      if (size == -1 && axis == 0) size = 1;
      if (size < 1)
        why = "dimension " + std::to_string(axis) +
              " is not fixed; give --size HEIGHTxWIDTH, or freeze the graph with a fixed size";
      if (axis == 0 && dims->size() == 4 && size > 1) why = "a fixed batch of " + std::to_string(size);
    }
    const Shape shape = why.empty() ? Shape::of(to_graph_dims(*dims)) : Shape();
    if (why.empty() && (shape.elements() < 1 || shape.elements() > int64_t{1} << 28)) why = "shape " + shape.text();
    if (!why.empty()) {
      unsupported_->push_back("input '" + printable(tf.name()) + "' (" + printable(tf.op()) + "): " + why);
      network_.add_refused(tf.name());
      return {};
    }
    network_.add_value(tf.name(), network_.graph.add_input(printable(name), shape));
    return {};
  }

  void add_outputs() {
    for (const auto& [name, ref] : part_.outputs) {
      const ValueId value = network_.value_of(key_of(index_, ref));
      const ValueId output = network_.add_output(value, printable(name));
      if (network_.shape(output).rank == 4) {
        network_.warn("output '" + printable(name) + "' is N x C x H x W (" + network_.shape(output).text() +
                      "), N x H x W x C in the file");
      }
    }
  }

  tf_pb::Graph& graph_;
  GraphIndex index_;
  Network network_;
  const PictureSize asked_;
  LivePart part_;
  std::vector<std::string>* unsupported_;
  std::string variable_;
  int64_t variables_ = 0;
};

}  // namespace
}  // namespace tensorflow

bool looks_like_graphdef(const uint8_t* data, size_t size) {
  const tensorflow::Span file{data, size};
  return tensorflow::is_node(tensorflow::find_field(file, 1)) || tensorflow::is_meta_graph(file);
}

Result<Imported> import_graphdef(const uint8_t* data, size_t size, std::vector<std::string>* unsupported,
                                 const PictureSize& asked) {
  try {
    tf_pb::Graph graph;
    MIEN_RETURN_IF_ERROR(tensorflow::parse({data, size}, &graph));
    return tensorflow::Driver(&graph, size, asked, unsupported).run();
  } catch (const std::bad_alloc&) {
    return Status(Code::out_of_memory, "not enough memory to import the graph");
  }
}

}  // namespace mien
