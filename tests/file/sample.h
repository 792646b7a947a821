// Packages that the tests of the flat file store, and tools to change their bytes.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "engine/file/flat_file.h"
#include "engine/file/format.h"

namespace mien::testing {

// Sanitizers and emulators make a test ten times slower.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(MIEN_EMULATED)
inline constexpr bool kSlow = true;
#else
inline constexpr bool kSlow = false;
#endif

// A graph with every operator, every record field away from its default, and golden digests.
Package every_op();
// One convolution of 1x1 and nothing else: few enough bytes to try every value of each.
Package tiny();

// serialize() that must be ok.
std::vector<uint8_t> bytes_of(const Package& package);

// 64-byte aligned bytes, so that reading copies nothing; shift > 0 misaligns them.
class AlignedBytes {
 public:
  explicit AlignedBytes(const std::vector<uint8_t>& bytes, size_t shift = 0);
  uint8_t* data() { return memory_.data() + begin_; }
  size_t size() const { return size_; }

 private:
  std::vector<uint8_t> memory_;
  size_t begin_, size_;
};

// Entries of the section table as they stand in the bytes.
std::vector<file::Entry> table_of(const uint8_t* data);
file::Entry entry_of(const uint8_t* data, file::Section section);
// Recomputes every hash from the sections outwards; entries that point outside of the data keep theirs.
void rehash(uint8_t* data, size_t size);

// A folder of its own under the system's temporary folder, removed with its files at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }
  std::vector<std::string> names() const;  // of what is in it, sorted

 private:
  std::string path_;
};

void write_bytes(const std::string& path, const std::vector<uint8_t>& bytes);
std::vector<uint8_t> read_bytes(const std::string& path);

}  // namespace mien::testing
