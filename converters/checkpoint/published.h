// Trained files whose checksum was published. Thread-safety: free function.
#pragma once

#include <string>

#include "converters/convert.h"

namespace mien {

// Notes whether this is the file that was published for the network, by its checksum, and if so fills the licence. Only
// networks built from a checkpoint are looked at: graph.name is the network's.
void note_published(const std::string& sha256, Imported* imported);

}  // namespace mien
