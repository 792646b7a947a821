// Text that came out of a file, made fit for an error message. Thread-safety: free functions.
#pragma once

#include <string>

namespace mien {

// At most 120 characters; whatever is not printable ASCII becomes '?'.
inline std::string printable(const std::string& text) {
  std::string out = text.substr(0, 120);
  for (char& c : out) {
    if (c < ' ' || c > '~') c = '?';
  }
  return text.size() > 120 ? out + "..." : out;
}

}  // namespace mien
