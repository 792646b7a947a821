// Reads MXNet's list of arrays: `prefix-0000.params`, `net.params`. Thread-safety: free function.
#pragma once

#include <cstddef>
#include <cstdint>

#include "converters/checkpoint/checkpoint.h"
#include "engine/status.h"

namespace mien {

// All layouts of an array (V0 without a version word, V1, V2, V3) in any mix, every element type; names keep their
// prefix ("arg:conv0_weight"), a list without names is numbered "0", "1", ... An array without a shape or of integers
// has no values. Format "mxnet". Nothing is allocated before its length is known to lie in the file.
// Error: corrupt, with the byte, where the file contradicts itself, ends early, goes on after its end or holds a name
// twice; unsupported for sparse arrays and for more than 6 dimensions.
Result<Checkpoint> read_mxnet_params(const uint8_t* data, size_t size);

}  // namespace mien
