// The members of a zip file as PyTorch writes them: stored, not compressed, so that they are read where they lie.
// Thread-safety: immutable once opened.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/status.h"

namespace mien::pytorch {

struct ZipMember {
  std::string_view name;          // in the file
  const uint8_t* data = nullptr;  // in the file
  uint64_t size = 0;              // of data: its compressed size if it is compressed
  uint64_t begin = 0, end = 0;    // with its local header, in the file
  uint32_t crc32 = 0;
  bool stored = true;
};

class Zip {
 public:
  // Reads the central directory and every local header: members lie inside the file and do not overlap, names are
  // unique and relative. Contents are not looked at. Errors: corrupt "at byte N: what", unsupported (encrypted, in
  // parts). The bytes must outlive the result.
  static Result<Zip> open(const uint8_t* data, size_t size);

  const std::vector<ZipMember>& members() const { return members_; }  // sorted by name
  const ZipMember* find(std::string_view name) const;                 // null if there is none

 private:
  std::vector<ZipMember> members_;
};

}  // namespace mien::pytorch
