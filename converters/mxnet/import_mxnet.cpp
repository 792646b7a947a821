// From a symbol and its parameters to a graph: finds what the heads need, imports node by node, names the outputs.
#include <new>
#include <unordered_set>

#include "converters/mxnet/mxnet.h"
#include "converters/mxnet/operators.h"
#include "converters/text.h"

namespace mien {
namespace mxnet {
namespace {

constexpr size_t kNamesInAMessage = 40;

// "a, b, c and 12 more".
std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < names.size() && i < kNamesInAMessage; ++i) text += (i ? ", " : "") + printable(names[i]);
  if (names.size() > kNamesInAMessage) text += " and " + std::to_string(names.size() - kNamesInAMessage) + " more";
  return text;
}

class Driver {
 public:
  Driver(const Symbol& symbol, Checkpoint params, const PictureSize& asked, std::vector<std::string>* unsupported)
      : symbol_(symbol), importer_(symbol, std::move(params), asked), unsupported_(unsupported) {}

  Result<Imported> run() {
    find_needed();
    for (size_t i = 0; i < symbol_.nodes.size(); ++i) {
      if (needed_[i] && symbol_.nodes[i].op != "null") MIEN_RETURN_IF_ERROR(add_node(static_cast<int>(i)));
    }
    if (!unsupported_->empty()) return refusal();
    if (!importer_.missing().empty()) {
      const std::vector<std::string> missing = all_missing();
      return Status(Code::corrupt, "the parameter file lacks " + std::to_string(missing.size()) +
                                       " parameter(s) that the symbol needs: " + listed(missing));
    }
    for (const Reference& head : symbol_.heads) MIEN_RETURN_IF_ERROR(add_output(head));
    if (!unsupported_->empty()) return refusal();
    if (const auto unused = importer_.unused(); !unused.empty())
      importer_.warn(std::to_string(unused.size()) + " parameter(s) that the symbol does not use: " + listed(unused));
    const SymbolNode& last = symbol_.nodes[static_cast<size_t>(symbol_.heads[0].node)];
    return importer_.GraphBuilder::finish(last.name, "mxnet");
  }

 private:
  const SymbolNode& node(int32_t i) const { return symbol_.nodes[static_cast<size_t>(i)]; }

  Status refusal() const {
    std::string text = std::to_string(unsupported_->size()) + " thing(s) that mien does not run: ";
    for (size_t i = 0; i < unsupported_->size(); ++i) text += (i ? "; " : "") + (*unsupported_)[i];
    return {Code::unsupported, text};
  }

  // What the heads depend on, without labels.
  void find_needed() {
    needed_.assign(symbol_.nodes.size(), false);
    for (const Reference& head : symbol_.heads) needed_[static_cast<size_t>(head.node)] = true;
    for (size_t i = symbol_.nodes.size(); i-- > 0;) {
      if (!needed_[i]) continue;
      for (const Reference& input : data_inputs(symbol_.nodes[i])) needed_[static_cast<size_t>(input.node)] = true;
    }
  }

  static std::vector<Reference> data_inputs(const SymbolNode& node) {
    const OperatorRow* row = find_operator(node.op);
    if (row && row->others == Others::label && node.inputs.size() > 1) return {node.inputs[0]};
    return node.inputs;
  }

  // What the import met first, and then the weights of all nodes that it did not get to.
  std::vector<std::string> all_missing() const {
    std::vector<std::string> all = importer_.missing();
    std::unordered_set<std::string> seen(all.begin(), all.end());
    for (size_t i = 0; i < symbol_.nodes.size(); ++i) {
      const SymbolNode& reader = symbol_.nodes[i];
      const OperatorRow* row = needed_[i] ? find_operator(reader.op) : nullptr;
      if (!row || row->others != Others::weights) continue;
      for (size_t k = 1; k < reader.inputs.size(); ++k) {
        const SymbolNode& weight = node(reader.inputs[k].node);
        const bool unread = k == 1 && row->import == import_batch_norm && NodeView(reader).flag("fix_gamma", true);
        if (weight.op == "null" && !unread && !importer_.is_parameter(reader.inputs[k]) &&
            seen.insert(weight.name).second)
          all.push_back(weight.name);
      }
    }
    return all;
  }

  Status add_node(int32_t i) {
    NodeView view(node(i));
    importer_.set_current(i);
    const OperatorRow* row = find_operator(view.op());
    bool constant = !node(i).inputs.empty();
    if (!row) view.fail({Code::unsupported, "node '" + view.name() + "': operator " + printable(view.op())});
    for (const Reference& input : data_inputs(node(i))) {
      if (importer_.is_refused(input)) view.give_up();
      constant = constant && importer_.is_parameter(input);
    }
    if (!view.ok()) {
      // Listed below, or because of what is listed already.
    } else if (constant && !only_copies(view.op())) {
      view.refuse("has only parameters as inputs");
    } else {
      row->import(importer_, view);
    }
    if (view.ok()) return {};
    importer_.refuse_outputs(i);
    if (view.status().code() != Code::unsupported) return view.status();
    // Each refused operator is listed; what only reads a refused value is not.
    if (!view.status().message().empty()) unsupported_->push_back(view.status().message());
    return {};
  }

  Status add_output(const Reference& head) {
    const ValueId value = importer_.bound(head);
    const std::string name = printable(node(head.node).name);
    if (value == kNoValue || importer_.graph.value(value).is_constant()) {
      unsupported_->push_back("head '" + name + "' does not depend on the input or is not computed");
      return {};
    }
    importer_.add_output(value, head.output == 0 ? name : name + "/" + std::to_string(head.output));
    return {};
  }

  const Symbol& symbol_;
  Importer importer_;
  std::vector<std::string>* unsupported_;
  std::vector<bool> needed_;
};

}  // namespace
}  // namespace mxnet

Result<Imported> import_mxnet(const uint8_t* symbol, size_t size, Checkpoint params, const PictureSize& asked,
                              std::vector<std::string>* unsupported) {
  try {
    const Result<mxnet::Symbol> read = mxnet::read_symbol(symbol, size);
    if (!read.ok()) return read.status();
    return mxnet::Driver(*read, std::move(params), asked, unsupported).run();
  } catch (const std::bad_alloc&) {
    return Status(Code::out_of_memory, "not enough memory to import the model");
  }
}

}  // namespace mien
