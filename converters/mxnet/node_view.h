// One node of a symbol with typed access to its attributes. Access never fails outright: the first thing that is wrong
// is remembered, a harmless fallback is returned, and whoever runs the node looks at status() once. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "converters/mxnet/symbol.h"
#include "engine/status.h"

namespace mien::mxnet {

using Dims = std::vector<int64_t>;

class NodeView {
 public:
  explicit NodeView(const SymbolNode& node) : node_(node) {}

  const std::string& op() const { return node_.op; }
  std::string name() const;   // fit for a message and for the graph
  std::string label() const;  // node 'conv0' (Convolution)
  const std::string& raw_name() const { return node_.name; }
  int inputs() const { return static_cast<int>(node_.inputs.size()); }
  Reference input(int i) const { return node_.inputs[static_cast<size_t>(i)]; }

  // Absent, or None.
  bool has(const char* attribute) const;
  bool flag(const char* attribute, bool fallback);
  int64_t integer(const char* attribute, int64_t fallback);
  double real(const char* attribute, double fallback);
  std::string text(const char* attribute, const std::string& fallback) const;
  Dims tuple(const char* attribute, const Dims& fallback);
  // A required number.
  double scalar(const char* attribute);
  // An axis of a tensor of this rank; negative ones count from the end.
  int axis(const char* attribute, int64_t fallback, int rank);

  void refuse(const std::string& what) { fail({Code::unsupported, label() + ": " + what}); }
  void corrupt(const std::string& what) { fail({Code::corrupt, label() + ": " + what}); }
  // Fails without a word of its own, because of something that is listed already.
  void give_up() { fail({Code::unsupported, ""}); }
  void fail(const Status& status) {
    if (status_.ok()) status_ = status;
  }
  bool ok() const { return status_.ok(); }
  const Status& status() const { return status_; }

 private:
  const std::string* find(const char* attribute) const;
  void malformed(const char* attribute, const std::string& text);

  const SymbolNode& node_;
  Status status_;
};

std::string dims_text(const Dims& dims);  // "1x3x112x112"

}  // namespace mien::mxnet
