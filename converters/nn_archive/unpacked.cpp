#include "converters/nn_archive/unpacked.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <string>

#include "converters/crc32.h"
#include "converters/text.h"
#include "engine/file/bytes.h"

namespace mien::nn_archive {
namespace {

struct Compression {
  const char* name;
  const char* magic;
  size_t length;
  int filter;
};

constexpr Compression kCompressions[] = {
    {"gzip", "\x1f\x8b\x08", 3, ARCHIVE_FILTER_GZIP},
    {"xz",
     "\xfd"
     "7zXZ\0",
     6, ARCHIVE_FILTER_XZ},
    {"bzip2", "BZh", 3, ARCHIVE_FILTER_BZIP2},
};

const Compression* compression_of(const uint8_t* data, size_t size) {
  for (const Compression& c : kCompressions)
    if (size >= c.length && std::memcmp(data, c.magic, c.length) == 0) return &c;
  return nullptr;
}

constexpr uint64_t kMiB = uint64_t{1} << 20;

}  // namespace

uint64_t unpacked_limit(uint64_t size) {
  const uint64_t n = std::min(size, 1024 * kMiB);  // more makes no difference, and nothing overflows
  return std::min({1024 * kMiB, 200 * n, std::max(8 * n, 64 * kMiB)});
}

Unpacked::Unpacked(const uint8_t* data, size_t size)
    : data_(data), size_(size), limit_(unpacked_limit(size)), stream_(archive_read_new()) {
  if (stream_ == nullptr) throw std::bad_alloc();
  open();
}

Unpacked::~Unpacked() {
  archive_read_free(stream_);
}

// The filter is named, not found by bidding: libarchive would go on to undo up to 25 of them, one inside the other.
void Unpacked::open() {
  if (const Compression* c = compression_of(data_, size_)) {
    compression_ = c->name;
    // ARCHIVE_WARN: it would start a program to do it.
    if (archive_read_append_filter(stream_, c->filter) != ARCHIVE_OK)
      return fail(Code::unsupported, std::string(c->name) + " is not built into libarchive here: pack it as .tar");
  }
  archive_entry* entry = nullptr;
  if (archive_read_support_format_raw(stream_) != ARCHIVE_OK ||
      archive_read_open_memory(stream_, data_, size_) != ARCHIVE_OK)
    return fail(Code::corrupt, "");
  const int result = archive_read_next_header(stream_, &entry);
  if (result == ARCHIVE_EOF) return finish();
  if (result != ARCHIVE_OK) fail(Code::corrupt, "");
}

size_t Unpacked::next(const uint8_t** block) {
  if (ended_ || !status_.ok()) return 0;
  const void* bytes = nullptr;
  size_t size = 0;
  la_int64_t offset = 0;
  int result = ARCHIVE_OK;
  do {
    result = archive_read_data_block(stream_, &bytes, &size, &offset);
  } while (result == ARCHIVE_OK && size == 0);
  if (result == ARCHIVE_EOF) return finish(), 0;
  if (result != ARCHIVE_OK) return fail(Code::corrupt, ""), 0;
  if (size > limit_ - given_) {
    fail(Code::unsupported, "the archive unpacks to more than " + std::to_string(limit_) + " bytes");
    return 0;
  }
  *block = static_cast<const uint8_t*>(bytes);
  given_ += size;
  if (compression_ == kCompressions[0].name) crc_ = crc32(*block, size, crc_);
  return size;
}

// libarchive does not compare a gzip stream with the checksum behind it, and stops where a second stream or anything
// else begins; xz and bzip2 are checked by their own libraries.
void Unpacked::finish() {
  ended_ = true;
  const auto used = static_cast<uint64_t>(archive_filter_bytes(stream_, -1));
  if (used != size_)
    return fail(Code::corrupt, "the " + std::string(*compression_ ? compression_ : "archive") +
                                   " stream ends at byte " + std::to_string(used) + " of " + std::to_string(size_));
  if (compression_ != kCompressions[0].name) return;
  const bool holds = size_ >= 8 && file::load<uint32_t>(data_ + size_ - 8) == crc_ &&
                     file::load<uint32_t>(data_ + size_ - 4) == static_cast<uint32_t>(given_);
  if (!holds)
    fail(Code::corrupt,
         "the gzip checksum does not hold: damaged, or several gzip streams behind each other, "
         "which are not read: give the .tar itself");
}

// An empty `what`: as libarchive says it.
void Unpacked::fail(Code code, const std::string& what) {
  if (!status_.ok()) return;
  const char* said = archive_error_string(stream_);
  status_ = {code, !what.empty() ? what
                                 : std::string(*compression_ ? compression_ : "archive") +
                                       " data: " + (said ? printable(said) : "damaged")};
}

}  // namespace mien::nn_archive
