// PyTorch files (.pt, .pth, .ckpt): what torch.save writes, in both of its layouts, and the parameters of TorchScript
// archives. Thread-safety: free function without state.
#pragma once

#include <cstddef>
#include <cstdint>

#include "converters/checkpoint/checkpoint.h"
#include "engine/status.h"

namespace mien {

// Zip archive or concatenated pickles, told by content. The pickle is read as data: nothing in the file is run.
// Memory: at most twice the file's size and 56 MiB, whatever the bytes. Errors: corrupt "at byte N: what" or "tensor
// 'name': what"; unsupported, with the class's name, for whole pickled modules and other Python objects.
Result<Checkpoint> read_pytorch(const uint8_t* data, size_t size);

}  // namespace mien
