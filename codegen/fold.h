// A list of calls as nested loops, found by the numbers in them: the nested loop recognition of Ketterlin and Clauss,
// "Prediction and trace compression of data access addresses through nested loop recognition" (2008). The kernels of a
// step are called in loops already; this finds them again, whatever the step, with every number known.
// Thread-safety: one Folder per thread.
#pragma once

#include <vector>

#include "codegen/call.h"

namespace mien::codegen {

class Folder {
 public:
  // Appends a call. Its arguments' values may become loops with those before it: the list of calls that terms() stand
  // for, each loop unrolled, is always exactly the list of the calls added.
  void add(Call call);
  std::vector<Term> take() { return std::move(terms_); }

 private:
  bool extend(size_t length);
  bool begin(size_t length);
  std::vector<Term> terms_;
};

// The calls that terms stand for, one after the other.
std::vector<Call> unfolded(const std::vector<Term>& terms);

}  // namespace mien::codegen
