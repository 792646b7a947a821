#include "converters/tensorflow/live_part.h"

#include <algorithm>
#include <optional>

#include "converters/text.h"
#include "tensorflow/tensorflow.pb.h"

namespace mien::tensorflow {
namespace {

constexpr int kBool = 10;  // the number of its type

bool is_placeholder(const std::string& op) {
  return op == "Placeholder" || op == "PlaceholderV2" || op == "PlaceholderWithDefault";
}

// What becomes of a node once its inputs are known.
struct Fate {
  enum State { unseen, open, done } state = unseen;
  bool dead = false;    // in a branch that is not taken
  bool passes = false;  // hands on `target` as its output `output`; all its other outputs are dead
  int output = 0;
  Ref target;
};

class Flow {
 public:
  Flow(const GraphIndex& index, std::vector<std::string>* unsupported)
      : index_(index),
        fates_(static_cast<size_t>(index.size())),
        inputs_(static_cast<size_t>(index.size())),
        unsupported_(unsupported) {}

  // Decides a node and all that it depends on, without recursion: chains can be as long as the file.
  Status decide(int root) {
    std::vector<std::pair<int, size_t>> stack;
    MIEN_RETURN_IF_ERROR(open(root, &stack));
    while (!stack.empty()) {
      const int node = stack.back().first;
      const std::vector<Ref>& inputs = inputs_[static_cast<size_t>(node)];
      if (stack.back().second < inputs.size()) {
        MIEN_RETURN_IF_ERROR(open(inputs[stack.back().second++].node, &stack));
        continue;
      }
      stack.pop_back();
      close(node);
    }
    return {};
  }

  bool is_dead(Ref ref) const {
    const Fate& fate = fate_of(ref.node);
    return fate.dead || (fate.passes && ref.output != fate.output);
  }
  // The output that really makes what `ref` is. REQUIRES: it is decided and not dead.
  Ref source_of(Ref ref) const {
    const Fate& fate = fate_of(ref.node);
    return fate.passes ? fate.target : ref;
  }
  const std::vector<Ref>& inputs(int node) const { return inputs_[static_cast<size_t>(node)]; }
  bool is_decided(int node) const { return fate_of(node).state == Fate::done; }
  const std::vector<std::string>& read_as_false() const { return read_as_false_; }

 private:
  const Fate& fate_of(int node) const { return fates_[static_cast<size_t>(node)]; }

  Status open(int node, std::vector<std::pair<int, size_t>>* stack) {
    Fate& fate = fates_[static_cast<size_t>(node)];
    if (fate.state == Fate::done) return {};
    if (fate.state == Fate::open)
      return {Code::unsupported, "node '" + printable(index_.name(node)) + "' is part of a loop"};
    fate.state = Fate::open;
    if (!is_source(index_.op(node))) {
      Result<std::vector<Ref>> inputs = index_.inputs(node);
      if (!inputs.ok()) return inputs.status();
      inputs_[static_cast<size_t>(node)] = std::move(*inputs);
    }
    stack->emplace_back(node, 0);
    return {};
  }

  void close(int node) {
    Fate& fate = fates_[static_cast<size_t>(node)];
    const std::vector<Ref>& inputs = inputs_[static_cast<size_t>(node)];
    const std::string& op = index_.op(node);
    fate.state = Fate::done;
    if (op == "Merge") return merge(node, &fate);
    fate.dead = std::any_of(inputs.begin(), inputs.end(), [&](Ref ref) { return is_dead(ref); });
    if (fate.dead || inputs.empty()) return;
    fate.passes = is_identity(op);
    if (op == "Switch" && inputs.size() == 2) {
      fate.passes = true;
      fate.output = predicate(node, inputs[1]) ? 1 : 0;
    }
    if (fate.passes) fate.target = source_of(inputs[0]);
  }

  void merge(int node, Fate* fate) {
    std::vector<Ref> live;
    for (Ref ref : inputs(node)) {
      if (!is_dead(ref)) live.push_back(source_of(ref));
    }
    fate->dead = live.empty();
    if (live.empty()) return;
    fate->passes = true;
    fate->target = live[0];
    if (live.size() > 1) unsupported_->push_back("node '" + printable(index_.name(node)) + "': Merge of live branches");
  }

  bool predicate(int node, Ref ref) {
    const std::optional<bool> value = constant_bool(ref);
    if (!value) {
      unsupported_->push_back("node '" + printable(index_.name(node)) + "': Switch on '" +
                              printable(index_.name(ref.node)) + "', which is computed at run time");
    }
    return value.value_or(false);
  }

  std::optional<bool> constant_bool(Ref ref) {
    bool negate = false;
    for (int steps = 0; steps <= index_.size(); ++steps) {
      const std::string& op = index_.op(ref.node);
      const tf_pb::Node& node = index_.node(ref.node);
      if (is_placeholder(op)) return placeholder(node) ? std::optional<bool>(negate) : std::nullopt;
      if (op == "Const") {
        const tf_pb::Attribute* value = attribute_of(node, "value");
        if (!value || value->tensor().dtype() != kBool) return {};
        const tf_pb::Tensor& t = value->tensor();
        const bool set = t.content().size() == 1 ? t.content()[0] != 0 : t.bool_val_size() == 1 && t.bool_val(0);
        return set != negate;
      }
      if (op == "LogicalNot") negate = !negate;
      if (op != "LogicalNot" && op != "Switch" && !is_identity(op)) return {};
      if (inputs(ref.node).empty()) return {};
      ref = inputs(ref.node)[0];
    }
    return {};
  }

  // Whether it is one of bool, which is false then.
  bool placeholder(const tf_pb::Node& node) {
    const tf_pb::Attribute* type = attribute_of(node, "dtype");
    if (!type || type->type() != kBool) return false;
    if (std::find(read_as_false_.begin(), read_as_false_.end(), node.name()) == read_as_false_.end())
      read_as_false_.push_back(node.name());
    return true;
  }

  const GraphIndex& index_;
  std::vector<Fate> fates_;
  std::vector<std::vector<Ref>> inputs_;
  std::vector<std::string>* unsupported_;
  std::vector<std::string> read_as_false_;
};

// Nodes that no data leave and that no other node reads.
std::vector<int> ends_of(const GraphIndex& index) {
  std::vector<bool> is_read(static_cast<size_t>(index.size()), false);
  for (int i = 0; i < index.size(); ++i) {
    Result<std::vector<Ref>> inputs = index.inputs(i);
    if (!inputs.ok()) continue;  // before a source; anywhere else the walk will meet it and say so
    for (Ref ref : *inputs) is_read[static_cast<size_t>(ref.node)] = true;
  }
  std::vector<int> ends;
  for (int i = 0; i < index.size(); ++i) {
    const std::string& op = index.op(i);
    const bool hidden = op == "NoOp" || op == "Const" || op == "Assert" || op == "SaveV2" || op.rfind("Queue", 0) == 0;
    if (!is_read[static_cast<size_t>(i)] && !hidden && !is_source(op)) ends.push_back(i);
  }
  return ends;
}

// Appends the live nodes that `root` needs to the order. True if a source is among them.
class Collector {
 public:
  Collector(const GraphIndex& index, const Flow& flow, LivePart* part)
      : index_(index), flow_(flow), part_(part), fed_(static_cast<size_t>(index.size()), kUnseen) {}

  bool add(Ref root) {
    std::vector<int> stack{root.node};
    while (!stack.empty()) {
      const int node = stack.back();
      if (fed_[static_cast<size_t>(node)] >= 0) {
        stack.pop_back();
        continue;
      }
      const auto [entry, is_new] = part_->inputs.try_emplace(node);
      if (is_new) {
        for (Ref ref : flow_.inputs(node)) entry->second.push_back(flow_.source_of(ref));
        for (size_t k = entry->second.size(); k-- > 0;) stack.push_back(entry->second[k].node);
        continue;
      }
      stack.pop_back();
      bool fed = is_source(index_.op(node));
      for (Ref ref : entry->second) fed = fed || fed_[static_cast<size_t>(ref.node)] == 1;
      fed_[static_cast<size_t>(node)] = fed ? 1 : 0;
      part_->order.push_back(node);
    }
    return fed_[static_cast<size_t>(root.node)] == 1;
  }

 private:
  static constexpr int8_t kUnseen = -1;
  const GraphIndex& index_;
  const Flow& flow_;
  LivePart* part_;
  std::vector<int8_t> fed_;  // by node: depends on a source, or not
};

}  // namespace

Result<LivePart> find_live_part(const GraphIndex& index, std::vector<std::string>* unsupported) {
  const int embeddings = index.find("embeddings");
  const std::vector<int> wanted = embeddings >= 0 ? std::vector<int>{embeddings} : ends_of(index);
  Flow flow(index, unsupported);
  LivePart all, part;
  Collector candidates(index, flow, &all), collector(index, flow, &part);
  for (int node : wanted) {
    MIEN_RETURN_IF_ERROR(flow.decide(node));
    if (flow.is_dead({node, 0})) continue;
    const Ref source = flow.source_of({node, 0});
    if (!candidates.add(source)) continue;
    collector.add(source);
    part.outputs.emplace_back(index.name(node), source);
  }
  if (part.outputs.empty()) return Status(Code::corrupt, "no output of the graph depends on an input");
  for (const char* name : {"image_batch", "input"}) {
    const int node = index.find(name);
    if (node >= 0 && flow.is_decided(node) && !flow.is_dead({node, 0}) &&
        is_source(index.op(flow.source_of({node, 0}).node)))
      part.input_name = name;
  }
  part.decided = flow.read_as_false();
  return part;
}

}  // namespace mien::tensorflow
