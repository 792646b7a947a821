// Safetensors files: a JSON header that says where each tensor lies, and the tensors. Thread-safety: free function
// without state.
#pragma once

#include <cstddef>
#include <cstdint>

#include "converters/checkpoint/checkpoint.h"
#include "engine/status.h"

namespace mien {

// The tensors must cover the data without a hole or an overlap, as the format demands, and no name may appear twice.
// Errors: corrupt "at byte N: what" or "tensor 'name': what"; unsupported for complex numbers and those of fewer than
// 16 bits that are no integers.
Result<Checkpoint> read_safetensors(const uint8_t* data, size_t size);

}  // namespace mien
