// The two layouts of torch.save: each finds the pickle of the object and the bytes of its storages. Thread-safety: free
// functions without state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "converters/checkpoint/checkpoint.h"
#include "converters/pickle/pickle.h"
#include "converters/pytorch/storages.h"
#include "engine/status.h"

namespace mien::pytorch {

// Since PyTorch 1.6: a zip file with the object in <root>/data.pkl and each storage in <root>/data/<key>.
Result<Checkpoint> read_zip_layout(const uint8_t* data, size_t size);
// Before: five pickles (a magic number, the protocol, the machine, the object, the storages' keys), then the storages.
Result<Checkpoint> read_legacy_layout(const uint8_t* data, size_t size);

// Sets data of a storage that a tensor uses; storage->bytes() of them can then be read.
using FindStorage = std::function<Status(std::string_view key, Storage* storage)>;

// The tensors of an object's state_dict as float32, 2 * size + 8 MiB of them at most.
Result<Checkpoint> read_tensors(const pickle::Pickle& object, StorageTable table, const FindStorage& find, size_t size);

}  // namespace mien::pytorch
