#include "converters/pytorch/pytorch.h"

#include <cstring>
#include <string_view>

#include "converters/pytorch/layouts.h"

namespace mien {

Result<Checkpoint> read_pytorch(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (bytes.substr(0, 4) == "PK\3\4") return pytorch::read_zip_layout(data, size);
  if (bytes.substr(0, 1) == "\x80") return pytorch::read_legacy_layout(data, size);
  if (size > 262 && bytes.substr(257, 5) == "ustar")
    return Status(Code::unsupported, "a tar file of PyTorch 0.1; save it again with a later version");
  return Status(Code::unreadable, "neither layout of a PyTorch file");
}

}  // namespace mien
