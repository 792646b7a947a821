// Walks serialized protobuf bytes before the library parses them, so that damage is reported with its offset and a
// small file cannot become a huge object. Thread-safety: free functions without state.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/status.h"

namespace google::protobuf {
class Descriptor;
}

namespace mien::onnx {

struct WireLimits {
  int depth = 32;                       // nested messages
  int64_t records = int64_t{50} << 20;  // of any kind
  int64_t objects = int64_t{2} << 20;   // messages and texts: each costs far more in memory than on the wire
};

// Checks that the bytes are a whole message of this type: keys and lengths fit their parent, a known field has its own
// wire type, a singular message appears once, packed payloads divide evenly. Unknown fields may be anything well
// formed. Error: corrupt, "byte N: what".
Status check_wire(const uint8_t* data, size_t size, const google::protobuf::Descriptor* type,
                  const WireLimits& limits = {});

// One record of a message, for probes. Reads at *pos and moves past the record; false at the end or on damage.
struct WireRecord {
  uint64_t field = 0;
  int wire = 0;
  uint64_t varint = 0;           // wire 0
  size_t begin = 0, length = 0;  // wire 2: the payload
};
bool next_record(const uint8_t* data, size_t size, size_t* pos, WireRecord* record);

}  // namespace mien::onnx
