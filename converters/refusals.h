// What is said of files that are recognised and not read. Thread-safety: free function.
#pragma once

#include "converters/detect.h"

namespace mien {

// One line: what it is, and what to do instead. Null for formats that a reader takes.
const char* refusal_of(SourceFormat format);

}  // namespace mien
