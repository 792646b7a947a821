// docs/WEIGHT_FORMATS.md as the code says it: formats, networks and operators, from the tables that the converters work
// with. Thread-safety: free functions.
#pragma once

#include <string>

namespace mien::testing {

std::string formats_document();
std::string formats_document_path();

}  // namespace mien::testing
