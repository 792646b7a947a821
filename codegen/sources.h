// The kernels' sources as this build had them, for the code that is made from them. Immutable.
#pragma once

#include <string>
#include <vector>

namespace mien::codegen {

// Text of a file by its path in the repository: kernels/, engine/float_control.h, codegen/vector.h. Null if it is not
// one of them.
const char* source_of(const std::string& path);

// Files one after the other with the files that they include in front of them, each once and without what is in
// `skip`; includes of the C++ library go to `system`, each once. Those under a condition are left out: they are the
// compiler's headers of an instruction set, which is known.
class Flattener {
 public:
  void add(const std::string& path);
  void skip(const std::string& path) { done_.push_back(path); }
  const std::string& text() const { return text_; }
  const std::vector<std::string>& system() const { return system_; }

 private:
  void add_line(const std::string& line);
  std::string text_;
  std::vector<std::string> system_, done_;
  int conditions_ = 0;  // around the line at hand
};

}  // namespace mien::codegen
