#include "converters/mxnet/symbol.h"

#include <nlohmann/json.hpp>

#include "converters/text.h"
#include "engine/file/bytes.h"

namespace mien::mxnet {
namespace {

constexpr size_t kDeepest = 64, kLargest = size_t{64} << 20;
constexpr size_t kMostNodes = 100000, kMostAttributes = 200000, kMostHeads = 1024;
constexpr size_t kLongestText = 1 << 16;

// Where in the file the parser stands: what an object or an array is part of.
enum class Place { root, nodes, node, attributes, inputs, heads, reference, ignored };

// Takes the parser's events in the order of the file. Every handler returns false to stop, with status() set.
class Events : public nlohmann::json::json_sax_t {
 public:
  bool start_object(size_t) override {
    if (places_.empty()) return enter(Place::root);
    if (here() == Place::nodes) {
      if (symbol.nodes.size() == kMostNodes) return fail("more than " + std::to_string(kMostNodes) + " nodes");
      symbol.nodes.emplace_back();
      seen_ = 0;
      return enter(Place::node);
    }
    if (here() == Place::node && (key_ == "param" || key_ == "attr" || key_ == "attrs")) {
      own_attributes_ = key_ == "param";
      return once(key_ == "param" ? 8 : key_ == "attr" ? 16 : 32) && enter(Place::attributes);
    }
    return skip("an object");
  }
  bool start_array(size_t) override {
    if (places_.empty()) return fail("an array at the top; expected an object");
    if (here() == Place::root && key_ == "nodes") return once_at_root(1) && enter(Place::nodes);
    if (here() == Place::root && key_ == "heads") return once_at_root(2) && enter(Place::heads);
    if (here() == Place::node && key_ == "inputs") return once(4) && enter(Place::inputs);
    if (here() == Place::inputs || here() == Place::heads) {
      numbers_ = 0;
      return enter(Place::reference);
    }
    return skip("an array");
  }
  bool end_object() override {
    if (here() == Place::node && (seen_ & 3) != 3) return fail("has no op or no name");
    return leave();
  }
  bool end_array() override {
    if (here() == Place::reference && numbers_ < 2) return fail("a reference of less than two numbers");
    return leave();
  }
  bool key(std::string& text) override {
    key_ = text.substr(0, kLongestText);
    return true;
  }
  bool string(std::string& text) override {
    if (places_.empty() || here() == Place::root || here() == Place::ignored) return ignore("a text");
    if (text.size() > kLongestText) return fail("a text of " + std::to_string(text.size()) + " bytes");
    if (here() == Place::attributes) return attribute(text);
    if (here() != Place::node) return skip("a text");
    if (key_ == "op") return once(1) && keep(text, &symbol.nodes.back().op);
    if (key_ == "name") return once(2) && keep(text, &symbol.nodes.back().name);
    return ignore("a text");
  }
  bool number_integer(number_integer_t value) override { return number(value); }
  bool number_unsigned(number_unsigned_t value) override {
    return number(value > INT32_MAX ? -1 : static_cast<int64_t>(value));
  }
  bool number_float(number_float_t, const std::string&) override { return number(-1); }
  bool null() override { return ignore("null"); }
  bool boolean(bool) override { return ignore("a truth value"); }
  bool binary(binary_t&) override { return ignore("binary data"); }
  bool parse_error(size_t byte, const std::string&, const nlohmann::detail::exception&) override {
    if (status_.ok()) status_ = file::corrupt_at(byte > 0 ? byte - 1 : 0, "the symbol is not JSON from here on");
    return false;
  }

  const Status& status() const { return status_; }
  Symbol symbol;

 private:
  Place here() const { return places_.back(); }
  bool enter(Place place) {
    if (places_.size() == kDeepest) return fail("nested deeper than " + std::to_string(kDeepest));
    places_.push_back(place);
    return true;
  }
  bool leave() {
    places_.pop_back();
    return true;
  }
  // Only the root, a node and what is unknown may hold things that are not looked at.
  bool may_ignore() const {
    return !places_.empty() && (here() == Place::root || here() == Place::node || here() == Place::ignored);
  }
  bool is_known_key() const {
    return (here() == Place::root && (key_ == "nodes" || key_ == "heads")) ||
           (here() == Place::node && (key_ == "op" || key_ == "name" || key_ == "inputs" || key_ == "param" ||
                                      key_ == "attr" || key_ == "attrs"));
  }
  bool ignore(const char* what) {
    return may_ignore() && !is_known_key() ? true : fail(std::string("unexpectedly holds ") + what);
  }
  bool skip(const char* what) { return ignore(what) && enter(Place::ignored); }

  bool once(unsigned bit) {
    if (seen_ & bit) return fail("'" + printable(key_) + "' is there twice");
    seen_ |= bit;
    return true;
  }
  bool once_at_root(unsigned bit) {
    if (seen_at_root_ & bit) return fail("'" + printable(key_) + "' is there twice");
    seen_at_root_ |= bit;
    return true;
  }

  bool keep(const std::string& text, std::string* to) {
    if (text.size() > 4096 || !file::is_text(text)) return fail("'" + key_ + "' is no text");
    *to = text;
    return true;
  }
  bool attribute(const std::string& text) {
    if (++attributes_ > kMostAttributes) return fail("more than " + std::to_string(kMostAttributes) + " attributes");
    auto& all = symbol.nodes.back().attributes;
    const bool is_new = all.emplace(key_, text).second;
    if (!is_new && own_attributes_) all[key_] = text;
    return true;
  }
  bool number(int64_t value) {
    if (here_or_root() != Place::reference) return ignore("a number");
    if (value < 0 || value > INT32_MAX) return fail("a reference that is no small whole number");
    const bool head = places_[places_.size() - 2] == Place::heads;
    std::vector<Reference>& list = head ? symbol.heads : symbol.nodes.back().inputs;
    if (head && list.size() > kMostHeads) return fail("more than " + std::to_string(kMostHeads) + " heads");
    if (numbers_ == 0) list.push_back({static_cast<int32_t>(value), 0});
    if (numbers_ == 1) list.back().output = static_cast<int32_t>(value);
    if (++numbers_ > 3) return fail("a reference of more than three numbers");  // the third is a version
    return true;
  }
  Place here_or_root() const { return places_.empty() ? Place::root : here(); }

  bool fail(const std::string& what) {
    std::string who = "the symbol";
    if (places_.size() > 1 && places_[1] == Place::nodes && !symbol.nodes.empty()) {
      const SymbolNode& node = symbol.nodes.back();
      who = "node " + std::to_string(symbol.nodes.size() - 1);
      if (!node.name.empty()) who += " '" + printable(node.name) + "'";
    }
    if (status_.ok()) status_ = {Code::corrupt, who + ": " + what};
    return false;
  }

  std::vector<Place> places_;
  std::string key_;
  unsigned seen_ = 0, seen_at_root_ = 0;  // keys of this node, of the root
  bool own_attributes_ = false;
  size_t attributes_ = 0;
  int numbers_ = 0;  // of this reference
  Status status_;
};

Status check_references(const Symbol& symbol) {
  if (symbol.nodes.empty()) return {Code::corrupt, "the symbol has no nodes"};
  if (symbol.heads.empty()) return {Code::corrupt, "the symbol has no heads"};
  for (size_t i = 0; i < symbol.nodes.size(); ++i) {
    for (const Reference& input : symbol.nodes[i].inputs) {
      if (static_cast<size_t>(input.node) < i) continue;
      return {Code::corrupt, "node " + std::to_string(i) + " '" + printable(symbol.nodes[i].name) + "' reads node " +
                                 std::to_string(input.node) + ", which does not come before it"};
    }
  }
  for (const Reference& head : symbol.heads) {
    if (static_cast<size_t>(head.node) >= symbol.nodes.size())
      return {Code::corrupt, "a head is node " + std::to_string(head.node) + ", which is not there"};
  }
  return {};
}

}  // namespace

Result<Symbol> read_symbol(const uint8_t* data, size_t size) {
  if (size > kLargest) return Status(Code::unsupported, "a symbol of more than 64 MiB");
  Events events;
  if (!nlohmann::json::sax_parse(data, data + size, &events)) return events.status();
  MIEN_RETURN_IF_ERROR(check_references(events.symbol));
  return std::move(events.symbol);
}

}  // namespace mien::mxnet
