// The layout of a gallery file; docs/GALLERY.md says it in words. Pure functions and plain data.
#pragma once

#include <cstdint>
#include <string>

#include "engine/status.h"
#include "face/gallery_info.h"

namespace mien::gallery {

inline constexpr uint8_t kMagic[8] = {0x89, 'M', 'G', 'A', 'L', '\r', '\n', 0x1A};
inline constexpr uint32_t kEndianMark = 0x01020304;
inline constexpr uint32_t kVersion = 1;
inline constexpr uint64_t kHeaderSize = 4096;
inline constexpr uint64_t kHeaderHashOffset = kHeaderSize - 8;
inline constexpr int kBlockSlots = 64;
inline constexpr uint64_t kEntrySize = 64;
inline constexpr uint64_t kEntriesSize = kBlockSlots * kEntrySize;  // one page: then the rows are on pages of their own
inline constexpr int kInlineName = 40;                              // bytes of a name that fit into the entry
inline constexpr int64_t kMaxSlots = int64_t{1} << 31;

// Where things lie, given the dimensions.
class Layout {
 public:
  explicit Layout(const GalleryInfo& info);
  uint64_t row_bytes() const { return row_bytes_; }  // a multiple of 64
  // In elements: cols() floats are what a kernel reads, of row_stride(); all past dims are 0.
  int cols() const { return cols_; }
  int64_t row_stride() const { return row_stride_; }

  uint64_t block(int64_t i) const { return kHeaderSize + static_cast<uint64_t>(i) * block_bytes_; }
  uint64_t entry(int64_t slot) const { return block(slot / kBlockSlots) + kEntrySize * index(slot); }
  uint64_t row(int64_t slot) const { return block(slot / kBlockSlots) + kEntriesSize + row_bytes_ * index(slot); }
  // The size of a file of so many slots.
  uint64_t size(int64_t slots) const { return slots == 0 ? kHeaderSize : row(slots - 1) + row_bytes_; }
  // Slots whose row, and slots whose entry, lies wholly in a file of that size; at most kMaxSlots.
  int64_t rows_within(uint64_t size) const;
  int64_t entries_within(uint64_t size) const;
  // Slots before the one with the name's last bytes; 0 for most names.
  int name_slots(int name_bytes) const;

 private:
  static uint64_t index(int64_t slot) { return static_cast<uint64_t>(slot % kBlockSlots); }
  int cols_;
  int64_t row_stride_;
  uint64_t row_bytes_, block_bytes_;
};

// What a slot is.
enum class Kind : uint8_t {
  row = 1,      // an embedding
  name = 2,     // a part of the name of the record that ends in a later slot
  removal = 3,  // no embedding of an earlier slot has this name any more
};

struct Entry {
  uint64_t row_hash = 0;
  uint32_t slot = 0;  // its own number
  uint16_t name_bytes = 0;
  Kind kind = Kind::row;
  uint8_t left = 0;  // slots of this record that follow
  char name[kInlineName] = {};
};

// to: kEntrySize bytes.
void write_entry(const Entry& entry, uint8_t* to);
// False if the bytes are no entry of this slot; nothing else is checked.
bool read_entry(const uint8_t* from, int64_t slot, Entry* entry);
bool is_empty(const uint8_t* entry);

// to: kHeaderSize bytes.
void write_header(const GalleryInfo& info, uint8_t* to);
// Errors: unreadable (not a gallery), unsupported (a newer version), corrupt with the offset.
Result<GalleryInfo> read_header(const uint8_t* data, uint64_t size);

// Empty if such an embedding may be in a gallery, else what is wrong with the name.
std::string fault_of_name(const std::string& name);
// check_failed unless `wanted` is the model, and the flip, of the gallery at `path`.
Status check_model(const std::string& path, const GalleryInfo& info, const ModelIdentity& wanted);

}  // namespace mien::gallery
