// Finds the whole records of a gallery file that a writer may be appending to. Internal to face/gallery*.cpp.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "face/gallery_format.h"

namespace mien::gallery {

// The bytes of a file. They may change behind the last whole record while they are looked at, nowhere else.
struct Bytes {
  const uint8_t* data;
  uint64_t size;
};

// 64 slots.
struct Block {
  uint64_t live = 0;  // bit i: slot i holds an embedding that was not removed
  int64_t first = 0;  // live slots in the blocks before
};

struct Scan {
  int64_t slots = 0;  // of the whole records
  int64_t rows = 0;   // live
  std::vector<Block> blocks;
  std::string tail;  // what stands behind the last whole record; "" if nothing
};

// check_rows: compare every row with its hash; else only those of the last record and those that hold names. A record
// at the end that is not whole is left out and told in `tail`. Error: corrupt, with the offset; a record that is
// damaged and has whole ones behind it is one.
Result<Scan> scan(const Bytes& bytes, const Layout& layout, bool check_rows);

// REQUIRES: slot is the last of a whole record.
std::string name_at(const Bytes& bytes, const Layout& layout, int64_t slot);

// Calls clear(offset, size) for pieces that hold all bytes other than 0 behind the last whole record.
template <class Clear>
Status each_tail_piece(const Bytes& bytes, const Layout& layout, int64_t slots, Clear clear) {
  constexpr uint64_t kPiece = 4096;
  const auto pieces = [&](uint64_t from, uint64_t to) -> Status {
    for (uint64_t at = from; at < to; at += kPiece) {
      const uint64_t end = at + kPiece < to ? at + kPiece : to;
      bool zero = true;
      for (uint64_t i = at; i < end; ++i) zero = zero && bytes.data[i] == 0;
      if (!zero) MIEN_RETURN_IF_ERROR(clear(at, end - at));
    }
    return {};
  };
  // Entries of the block that has rows already stand before these rows.
  if (slots % kBlockSlots != 0) {
    MIEN_RETURN_IF_ERROR(pieces(layout.entry(slots), layout.block(slots / kBlockSlots) + kEntriesSize));
  }
  return pieces(layout.size(slots), bytes.size);
}

}  // namespace mien::gallery
