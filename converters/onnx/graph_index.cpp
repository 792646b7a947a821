#include "converters/onnx/graph_index.h"
#include "converters/text.h"

#include <functional>
#include <queue>

#include "onnx/onnx.pb.h"

namespace mien::onnx {
namespace {

constexpr int kMaxNodes = 50000, kMaxTensors = 100000;
constexpr size_t kMaxName = 4096;

Status check_name(const std::string& name) {
  if (name.size() > kMaxName) return {Code::corrupt, "a name of " + std::to_string(name.size()) + " bytes"};
  if (name.find('\0') != std::string::npos) return {Code::corrupt, "name '" + printable(name) + "' holds a zero byte"};
  return {};
}

Status twice(const std::string& name) {
  return {Code::corrupt, "the name '" + printable(name) + "' is made twice"};
}

}  // namespace

Result<std::unique_ptr<GraphIndex>> GraphIndex::build(const onnx_pb::Graph& graph, const ExternalData& external) {
  std::unique_ptr<GraphIndex> index(new GraphIndex(graph, external));
  if (graph.node_size() > kMaxNodes)
    return Status(Code::corrupt, std::to_string(graph.node_size()) + " nodes; at most 50000");
  if (graph.initializer_size() > kMaxTensors)
    return Status(Code::corrupt, std::to_string(graph.initializer_size()) + " tensors; at most 100000");
  MIEN_RETURN_IF_ERROR(index->add_names());
  MIEN_RETURN_IF_ERROR(index->check_reads());
  return index;
}

Status GraphIndex::add_names() {
  for (const onnx_pb::Tensor& t : graph_.initializer()) {
    MIEN_RETURN_IF_ERROR(check_name(t.name()));
    if (t.name().empty()) return {Code::corrupt, "an initializer has no name"};
    if (!initializer_.emplace(t.name(), &t).second) return twice(t.name());
  }
  for (const onnx_pb::ValueInfo& v : graph_.input()) {
    MIEN_RETURN_IF_ERROR(check_name(v.name()));
    // Up to ir_version 3 every initializer is listed as an input as well.
    if (!input_.emplace(v.name(), true).second) return twice(v.name());
  }
  for (int i = 0; i < graph_.node_size(); ++i) {
    MIEN_RETURN_IF_ERROR(check_name(graph_.node(i).name()));
    MIEN_RETURN_IF_ERROR(check_name(graph_.node(i).op_type()));
    for (const std::string& name : graph_.node(i).output()) {
      MIEN_RETURN_IF_ERROR(check_name(name));
      if (name.empty()) continue;
      if (initializer_.count(name) || input_.count(name) || !producer_.emplace(name, i).second) return twice(name);
    }
  }
  return {};
}

Status GraphIndex::check_reads() const {
  auto made = [&](const std::string& name) {
    return producer_.count(name) || initializer_.count(name) || input_.count(name);
  };
  for (int i = 0; i < graph_.node_size(); ++i) {
    for (const std::string& name : graph_.node(i).input()) {
      if (name.empty() || made(name)) continue;
      return {Code::corrupt,
              NodeView(graph_.node(i), 1, nullptr).label() + ": reads '" + printable(name) + "', which nothing makes"};
    }
  }
  for (const onnx_pb::ValueInfo& v : graph_.output()) {
    if (!made(v.name())) return {Code::corrupt, "output '" + printable(v.name()) + "' is made by nothing"};
  }
  return {};
}

int GraphIndex::producer(const std::string& name) const {
  auto found = producer_.find(name);
  return found == producer_.end() ? -1 : found->second;
}

const onnx_pb::Tensor* GraphIndex::initializer(const std::string& name) const {
  auto found = initializer_.find(name);
  return found == initializer_.end() ? nullptr : found->second;
}

const onnx_pb::Tensor* GraphIndex::find_constant(const std::string& name) const {
  std::string at = name;
  for (int hops = 0; hops < 16; ++hops) {
    const int maker = producer(at);
    if (maker < 0) return initializer(at);
    const onnx_pb::Node& node = graph_.node(maker);
    if (node.op_type() == "Constant") {
      for (const onnx_pb::Attribute& a : node.attribute()) {
        if (a.name() == "value" && a.has_t()) return &a.t();
      }
      return nullptr;
    }
    if (node.op_type() != "Identity" || node.input_size() != 1) return nullptr;
    at = node.input(0);
  }
  return nullptr;
}

std::shared_ptr<const Tensor> GraphIndex::constant(const std::string& name, Status* status) {
  const onnx_pb::Tensor* proto = find_constant(name);
  if (!proto) return nullptr;
  Result<int64_t> count = count_elements({proto->dims().begin(), proto->dims().end()});
  if (!count.ok() || *count > 4096) return nullptr;
  Result<Tensor> tensor = decode_tensor(*proto, external_);
  if (!tensor.ok()) {
    *status = tensor.status();
    return nullptr;
  }
  return std::make_shared<const Tensor>(std::move(*tensor));
}

std::vector<std::string> GraphIndex::reads_of(int node, const ReadsOverride& reads) const {
  auto found = reads.find(node);
  if (found != reads.end()) return found->second;
  return {graph_.node(node).input().begin(), graph_.node(node).input().end()};
}

Result<std::vector<int>> GraphIndex::order(const ReadsOverride& reads) const {
  const size_t n = static_cast<size_t>(graph_.node_size());
  std::vector<bool> needed(n, false);
  std::vector<int> open;
  auto need = [&](const std::string& name) {
    const int i = producer(name);
    if (i < 0 || needed[static_cast<size_t>(i)]) return;
    needed[static_cast<size_t>(i)] = true;
    open.push_back(i);
  };
  for (const onnx_pb::ValueInfo& v : graph_.output()) need(v.name());
  size_t total = 0;
  std::vector<int> waits(n, 0);
  std::vector<std::vector<int>> readers(n);
  for (; !open.empty(); ++total) {
    const int i = open.back();
    open.pop_back();
    for (const std::string& name : reads_of(i, reads)) {
      need(name);
      const int from = producer(name);
      if (from < 0) continue;
      readers[static_cast<size_t>(from)].push_back(i);
      ++waits[static_cast<size_t>(i)];
    }
  }
  // The smallest index that is ready: a file in order stays in order.
  std::priority_queue<int, std::vector<int>, std::greater<>> ready;
  for (size_t i = 0; i < n; ++i) {
    if (needed[i] && waits[i] == 0) ready.push(static_cast<int>(i));
  }
  std::vector<int> sorted;
  while (!ready.empty()) {
    const int i = ready.top();
    ready.pop();
    sorted.push_back(i);
    for (int reader : readers[static_cast<size_t>(i)]) {
      if (--waits[static_cast<size_t>(reader)] == 0) ready.push(reader);
    }
  }
  if (sorted.size() != total) return Status(Code::corrupt, "the nodes form a cycle");
  return sorted;
}

}  // namespace mien::onnx
