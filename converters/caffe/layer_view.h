// One layer of a network with typed access to its parameters. Access never fails outright: the first thing that is
// wrong is remembered, a harmless fallback is returned, and whoever runs the layer looks at status() once. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "converters/caffe/net.h"
#include "engine/status.h"

namespace mien::caffe {

class LayerView {
 public:
  // `parameters`: the message of the layer that the accessors read, "" for none. `layer` must outlive the view.
  LayerView(const NetLayer& layer, const char* parameters);

  const std::string& type() const { return layer_.type; }
  const std::string& raw_name() const { return layer_.name; }
  std::string name() const;   // fit for a message and for the graph
  std::string label() const;  // layer 'conv1' (Convolution)
  int bottoms() const { return static_cast<int>(layer_.bottoms.size()); }
  int tops() const { return static_cast<int>(layer_.tops.size()); }
  int32_t bottom(int i) const { return layer_.bottoms[static_cast<size_t>(i)]; }
  int32_t top(int i) const { return layer_.tops[static_cast<size_t>(i)]; }

  bool has_parameters() const { return message_.begin != message_.end; }
  bool has(const char* parameter) const;
  bool flag(const char* parameter, bool fallback);
  int64_t integer(const char* parameter, int64_t fallback);
  double real(const char* parameter, double fallback);
  std::string word(const char* parameter, const std::string& fallback);  // of an enumeration: MAX, AVE
  Dims integers(const char* parameter);                                  // all of a repeated one
  std::vector<double> reals(const char* parameter);
  Dims shape(const char* parameter);  // the `dim` of a message
  // An axis of a tensor of this rank; negative ones count from the end.
  int axis(const char* parameter, int64_t fallback, int rank);

  // Refuses the layer if it has a parameter that nothing has read and that is not known to be of no matter here.
  void check_all_read();

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
  // The one field of this name; null if there is none.
  const Field* single(const char* parameter);
  void malformed(const char* parameter, std::string_view value);
  void note(const char* parameter) { read_.push_back(parameter); }

  const NetLayer& layer_;
  const char* parameters_;
  Message message_;
  std::vector<std::string_view> read_;
  Status status_;
};

}  // namespace mien::caffe
