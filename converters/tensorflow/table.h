// The table file that TensorFlow's checkpoints are made of (LevelDB's SSTable layout): blocks of keys with values, in
// ascending order of the keys. Thread-safety: free function without state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "engine/status.h"

namespace mien::tensorflow {

struct TableRecord {
  const std::string& key;
  const uint8_t* value;  // valid during the call
  size_t size;
  uint64_t block;  // offset in the file of the block that holds it, for messages
};

// Calls visit for every record in order until it returns an error. Every block's checksum is verified before its bytes
// are looked at; blocks may be compressed with Snappy. All blocks together may unpack to 4 times the file plus 16 MiB.
// Error corrupt, "byte N: what", or what visit returned.
Status read_table(const uint8_t* data, size_t size, const std::function<Status(const TableRecord&)>& visit);

}  // namespace mien::tensorflow
