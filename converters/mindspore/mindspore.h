// Reads MindSpore's checkpoints (.ckpt): named tensors in a protobuf message. Thread-safety: free functions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "converters/checkpoint/checkpoint.h"
#include "engine/status.h"

namespace mien {

// True if the first entry is a tag with a tensor of a type that MindSpore writes (GraphDef begins alike).
bool looks_like_mindspore(const uint8_t* data, size_t size);

// Floating types are widened; text, integers and types that are not known have no values. A parameter that was written
// in slices is one tensor again, a checksum at the end is verified. Nothing is allocated before the bytes of a tensor
// are known to be exactly those that its dimensions need. Format "mindspore".
// Error: corrupt, with the byte, where the file contradicts itself, ends inside a tensor, fails its checksum or holds a
// tag twice; unsupported for encrypted files, hash tables and more than 6 dimensions.
Result<Checkpoint> read_mindspore(const uint8_t* data, size_t size);

}  // namespace mien
