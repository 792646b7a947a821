// From bytes to a graph: checks the wire format, orders the nodes, imports them one by one, fills the records.
#include <google/protobuf/stubs/logging.h>

#include <new>

#include "converters/onnx/graph_index.h"
#include "converters/onnx/l2_pattern.h"
#include "converters/onnx/onnx.h"
#include "converters/onnx/operators.h"
#include "converters/onnx/wire_check.h"
#include "converters/text.h"
#include "onnx/onnx.pb.h"

namespace mien {
namespace onnx {
namespace {

constexpr int64_t kNewestOpset = 25;

bool default_domain(const std::string& domain) {
  return domain.empty() || domain == "ai.onnx";
}

Status parse(const uint8_t* data, size_t size, onnx_pb::Model* model) {
  if (size > (size_t{1} << 31) - 1) return {Code::unreadable, "an ONNX file cannot have 2 GiB or more"};
  MIEN_RETURN_IF_ERROR(check_wire(data, size, onnx_pb::Model::descriptor()));
  // The library would print its own complaints; ours are in the Status.
  google::protobuf::LogSilencer silence;
  if (!model->ParseFromArray(data, static_cast<int>(size))) return {Code::corrupt, "not a serialized model"};
  if (!model->has_graph()) return {Code::corrupt, "the model has no graph"};
  return {};
}

Result<int> opset_of(const onnx_pb::Model& model) {
  int64_t version = 0;
  for (const onnx_pb::OperatorSet& set : model.opset_import()) {
    if (!default_domain(set.domain())) continue;
    if (version != 0 && version != set.version()) return Status(Code::corrupt, "two versions of the operator set");
    version = set.version();
  }
  if (version == 0 && model.ir_version() < 3) version = 1;
  if (version < 1) return Status(Code::corrupt, "operator set version " + std::to_string(version));
  if (version > kNewestOpset) {
    return Status(Code::unsupported,
                  "operator set " + std::to_string(version) + " is newer than " + std::to_string(kNewestOpset));
  }
  return static_cast<int>(version);
}

class Driver {
 public:
  Driver(const onnx_pb::Model& model, int opset, const std::string& folder, size_t bytes, const PictureSize& asked,
         std::vector<std::string>* unsupported)
      : model_(model),
        graph_(model.graph()),
        asked_(asked),
        importer_(opset, folder, bytes),
        unsupported_(unsupported) {}

  Result<Imported> run() {
    if (graph_.sparse_initializer_size() > 0) unsupported_->push_back("sparse initializers");
    Result<std::unique_ptr<GraphIndex>> index = GraphIndex::build(graph_, importer_.external());
    if (!index.ok()) return index.status();
    index_ = std::move(*index);
    MIEN_RETURN_IF_ERROR(add_sources());
    patterns_ = find_l2_patterns(graph_, importer_.opset(), index_.get());
    ReadsOverride reads;
    for (const auto& [node, pattern] : patterns_) {
      reads[node] = pattern.shapes;
      reads[node].push_back(pattern.x);
    }
    Result<std::vector<int>> order = index_->order(reads);
    if (!order.ok()) return order.status();
    for (int i : *order) MIEN_RETURN_IF_ERROR(add_node(i));
    if (!unsupported_->empty()) return refusal();
    MIEN_RETURN_IF_ERROR(add_outputs());
    if (!unsupported_->empty()) return refusal();
    return imported();
  }

 private:
  Status refusal() const {
    std::string text = std::to_string(unsupported_->size()) + " thing(s) that mien does not run: ";
    for (size_t i = 0; i < unsupported_->size(); ++i) text += (i ? "; " : "") + (*unsupported_)[i];
    return {Code::unsupported, text};
  }

  Status add_sources() {
    for (const onnx_pb::Tensor& t : graph_.initializer()) importer_.add_constant(t.name(), &t);
    for (const onnx_pb::ValueInfo& input : graph_.input()) {
      if (!index_->initializer(input.name())) MIEN_RETURN_IF_ERROR(add_input(input));
    }
    return {};
  }

  Status refuse_input(const onnx_pb::ValueInfo& input, const std::string& why) {
    unsupported_->push_back("input '" + printable(input.name()) + "': " + why);
    importer_.add_refused(input.name());
    return {};
  }

  Status add_input(const onnx_pb::ValueInfo& input) {
    const onnx_pb::TensorType& type = input.type().tensor();
    if (!input.type().has_tensor() || !type.has_shape()) return refuse_input(input, "its shape is not given");
    if (!is_floating(type.elem_type()))
      return refuse_input(input, "element type " + std::to_string(type.elem_type()) + " is not a float");
    if (type.elem_type() != kFloat)
      importer_.repair("input '" + printable(input.name()) + "' is not float32 in the file; it is here");
    const int rank = type.shape().dim_size();
    if (rank > kMaxRank) return refuse_input(input, "rank " + std::to_string(rank));
    Shape shape;
    shape.rank = rank;
    for (int i = 0; i < rank; ++i) {
      shape[i] = type.shape().dim(i).value();
      if (shape[i] < -1)
        return {Code::corrupt, "input '" + printable(input.name()) + "': dimension " + std::to_string(shape[i])};
    }
    if (rank > 0 && shape[0] <= 0) shape[0] = 1;  // the batch
    fill_sides(&shape);
    for (int i = 0; i < rank; ++i) {
      const std::string& symbol = type.shape().dim(i).symbol();
      if (shape[i] > 0) continue;
      return refuse_input(input, "dimension " + std::to_string(i) +
                                     (symbol.empty() ? "" : " ('" + printable(symbol) + "')") +
                                     " is not fixed; give --size HEIGHTxWIDTH, or export the model with a fixed size");
    }
    if (rank == 4 && shape[0] != 1)
      return refuse_input(input,
                          "a fixed batch of " + std::to_string(shape[0]) + "; export it with batch 1 or a free one");
    if (shape.elements() < 1 || shape.elements() > int64_t{1} << 28)
      return {Code::corrupt, "input '" + printable(input.name()) + "' has the shape " + shape.text()};
    importer_.add_input(input.name(), shape);
    return {};
  }

  // The sides of a picture that are free are those asked for, if any are.
  void fill_sides(Shape* shape) const {
    const auto channels = [](int64_t c) { return c == 1 || c == 3; };
    if (!asked_.given() || shape->rank != 4 || !importer_.graph.inputs.empty()) return;
    const int height = !channels((*shape)[1]) && channels((*shape)[3]) ? 1 : 2;
    fill_free_sides(asked_, &(*shape)[height], &(*shape)[height + 1]);
  }

  Status add_node(int i) {
    const onnx_pb::Node& proto = graph_.node(i);
    NodeView node(proto, importer_.opset(), &importer_);
    if (node.ok()) run_node(i, proto, node);
    if (node.ok()) return {};
    if (node.status().code() != Code::unsupported) return node.status();
    if (!node.status().message().empty()) unsupported_->push_back(node.status().message());
    for (const std::string& name : proto.output()) importer_.add_refused(name);
    return {};
  }

  void run_node(int i, const onnx_pb::Node& proto, NodeView& node) {
    const OperatorRow* row = find_operator(proto.op_type());
    if (!default_domain(proto.domain()))
      return unknown(node, "operator " + printable(proto.domain()) + "." + printable(proto.op_type()));
    if (!row) return unknown(node, "operator " + printable(proto.op_type()));
    if (node.outputs() < 1) return node.corrupt("has no output");
    auto pattern = patterns_.find(i);
    if (pattern != patterns_.end()) return normalize(node, pattern->second);
    bool constant = true;
    for (const std::string& name : proto.input()) {
      if (importer_.is_refused(name)) return node.fail({Code::unsupported, ""});
      constant = constant && (name.empty() || importer_.is_constant(name));
    }
    if (proto.op_type() == "Constant" && node.has("value")) {
      if (const onnx_pb::Tensor* tensor = node.tensor("value")) importer_.add_constant(node.output(0), tensor);
    } else if (constant && row->fold) {
      fold(node, row->fold);
    } else if (!row->import) {
      node.refuse("is only supported in constant expressions");
    } else if (constant) {
      node.refuse("has only constant inputs");
    } else {
      row->import(importer_, node);
    }
  }

  static void unknown(NodeView& node, const std::string& what) {
    node.fail({Code::unsupported, "node '" + node.base_name() + "': " + what});
  }

  void normalize(NodeView& node, const L2Pattern& pattern) {
    if (importer_.is_refused(pattern.x)) return node.fail({Code::unsupported, ""});
    Node l2;
    l2.op = Op::l2_normalize;
    l2.inputs = {importer_.value_of(pattern.x)};
    l2.a = static_cast<float>(pattern.eps);
    if (l2.inputs[0] == kNoValue) return node.refuse("normalises a constant");
    const Dims dims = importer_.dims(l2.inputs[0]);
    int axis = 0;
    if (!resolve_axis(node, pattern.axis, static_cast<int>(dims.size()), &axis)) return;
    l2.axis = axis;
    for (const std::string& name : pattern.shapes) {
      Status status;
      auto shape = importer_.constant(name, &status);
      if (!status.ok()) return node.fail(status);
      if (!shape || shape->ints != dims)
        return node.refuse("expands the norm to another shape than that of its operand");
    }
    importer_.finish(node, std::move(l2));
  }

  void fold(NodeView& node, FoldFunction function) {
    Fold f{node, importer_.budget(), {}, {}};
    for (int i = 0; i < node.inputs(); ++i) f.in.push_back(node.constant(i));
    Tensor value;
    if (node.op() == "ConstantOfShape" && node.has("value")) {
      const onnx_pb::Tensor* proto = node.tensor("value");
      Result<Tensor> decoded =
          proto ? importer_.decode(*proto) : Result<Tensor>(Status(Code::corrupt, "value is not a tensor"));
      if (!decoded.ok()) return node.fail(decoded.status());
      value = std::move(*decoded);
      f.in.resize(2, nullptr);
      f.in[1] = &value;
    }
    if (node.ok()) function(f);
    if (!node.ok()) return;
    for (size_t i = 0; i < f.out.size(); ++i) {
      const std::string& name = node.output(static_cast<int>(i));
      if (!name.empty()) importer_.add_constant(name, std::move(f.out[i]));
    }
  }

  Status add_outputs() {
    if (graph_.output_size() == 0) return {Code::corrupt, "the graph has no output"};
    for (const onnx_pb::ValueInfo& output : graph_.output()) {
      const ValueId value = importer_.value_of(output.name());
      if (value == kNoValue) {
        unsupported_->push_back("output '" + printable(output.name()) +
                                "' does not depend on the input or is not computed");
        continue;
      }
      check_declared(output, importer_.shape(importer_.add_output(value, printable(output.name()))));
    }
    return {};
  }

  void check_declared(const onnx_pb::ValueInfo& output, const Shape& shape) {
    const onnx_pb::Dimensions& declared = output.type().tensor().shape();
    if (!output.type().tensor().has_shape()) return;
    bool same = declared.dim_size() == shape.rank;
    for (int i = 0; same && i < shape.rank; ++i)
      same = declared.dim(i).value() <= 0 || declared.dim(i).value() == shape[i];
    if (!same)
      importer_.warn("output '" + printable(output.name()) + "' is " + shape.text() + ", not what the file declares");
  }

  Result<Imported> imported() {
    Result<Imported> out = importer_.GraphBuilder::finish(graph_.name(), "onnx");
    if (!out.ok()) return out;
    for (const onnx_pb::Property& entry : model_.metadata()) {
      if (entry.key() == "license" || entry.key() == "licence")
        out->package.card.license = entry.value().substr(0, 65536);
    }
    return out;
  }

  const onnx_pb::Model& model_;
  const onnx_pb::Graph& graph_;
  const PictureSize asked_;
  Importer importer_;
  std::vector<std::string>* unsupported_;
  std::unique_ptr<GraphIndex> index_;
  std::unordered_map<int, L2Pattern> patterns_;
};

}  // namespace
}  // namespace onnx

bool looks_like_onnx(const uint8_t* data, size_t size) {
  size_t pos = 0;
  onnx::WireRecord record;
  int graphs = 0;
  bool version = false;
  while (onnx::next_record(data, size, &pos, &record)) {
    graphs += record.field == 7 && record.wire == 2;
    if (record.field == 1 && (record.wire != 0 || record.varint < 1 || record.varint > 50)) return false;
    version = version || record.field == 1;
  }
  return pos == size && graphs == 1 && version;
}

Result<Imported> import_onnx(const uint8_t* data, size_t size, const std::string& folder,
                             std::vector<std::string>* unsupported, const PictureSize& asked) {
  try {
    onnx_pb::Model model;
    MIEN_RETURN_IF_ERROR(onnx::parse(data, size, &model));
    Result<int> opset = onnx::opset_of(model);
    if (!opset.ok()) return opset.status();
    return onnx::Driver(model, *opset, folder, size, asked, unsupported).run();
  } catch (const std::bad_alloc&) {
    return Status(Code::out_of_memory, "not enough memory to import the model");
  }
}

}  // namespace mien
