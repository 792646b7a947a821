// The bytes of an archive without its compression, one block after the other and never more than a limit: nothing is
// written to disk and no more than a block is held. Not thread-safe; belongs to one call.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/status.h"

struct archive;

namespace mien::nn_archive {

// What a file of `size` bytes may unpack to: 200 times as much, the larger of 8 times as much and 64 MiB, and 1 GiB.
uint64_t unpacked_limit(uint64_t size);

class Unpacked {
 public:
  // gzip, xz or bzip2, told by the first bytes, or none of them: then the bytes as they are. One of them is undone,
  // once: what is inside is not looked at. REQUIRES: the bytes outlive it.
  Unpacked(const uint8_t* data, size_t size);
  ~Unpacked();
  Unpacked(const Unpacked&) = delete;
  Unpacked& operator=(const Unpacked&) = delete;

  // The next bytes, valid until the next call; 0 at the end and after an error. The end is only given when the
  // checksum holds and nothing follows.
  size_t next(const uint8_t** block);
  // corrupt: damage, or more behind the end; unsupported: beyond the limit, or no decoder was built in.
  const Status& status() const { return status_; }
  const char* compression() const { return compression_; }  // "gzip"; "" for none
  uint64_t given() const { return given_; }                 // bytes so far
  uint64_t limit() const { return limit_; }

 private:
  void open();
  void finish();
  void fail(Code code, const std::string& what);

  const uint8_t* data_;
  size_t size_;
  const char* compression_ = "";
  uint64_t limit_, given_ = 0;
  uint32_t crc_ = 0;
  bool ended_ = false;
  archive* stream_;
  Status status_;
};

}  // namespace mien::nn_archive
