// What is said of files that are recognised and not read. Thread-safety: free function.
#pragma once

#include "converters/detect.h"
#include "engine/status.h"

namespace mien {

// One line: what the file is, and what to do instead. unsupported for models in other formats, unreadable for what is
// no model; ok for the formats that a reader takes.
Status refusal_of(SourceFormat format);

}  // namespace mien
