// The text of a symbol's attributes as numbers: the few forms of Python's that MXNet writes, read strictly.
// Thread-safety: free functions. Each is false, with *out unspecified, for any other text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mien::mxnet {

// True, true, 1, False, false, 0.
bool parse_flag(const std::string& text, bool* out);
// "-1", "3L".
bool parse_integer(const std::string& text, int64_t* out);
// "2e-05", "127.5", finite.
bool parse_real(const std::string& text, double* out);
// "(3, 3)", "(3,)", "[3, 3]", "()", or one bare number. None within the list counts as 0.
bool parse_tuple(const std::string& text, std::vector<int64_t>* out);

}  // namespace mien::mxnet
