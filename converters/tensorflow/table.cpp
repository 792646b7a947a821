#include "converters/tensorflow/table.h"

#include <snappy.h>

#include <algorithm>
#include <vector>

#include "converters/tensorflow/crc32c.h"
#include "engine/file/bytes.h"

namespace mien::tensorflow {
namespace {

using file::load;

constexpr size_t kFooter = 48, kMagic = 8;
constexpr size_t kTrailer = 5;  // of a block: how it is packed, and the checksum
constexpr uint64_t kTableMagic = 0xdb4775248b80fb57;
constexpr size_t kMaxKey = 8192;  // tensor names have at most half of it

Status corrupt(uint64_t at, const std::string& what) {
  return {Code::corrupt, "byte " + std::to_string(at) + ": " + what};
}

bool read_varint(const uint8_t* data, size_t end, size_t* pos, uint64_t* value) {
  *value = 0;
  for (int shift = 0; shift < 70; shift += 7) {
    if (*pos >= end) return false;
    const uint8_t byte = data[(*pos)++];
    if (shift == 63 && byte > 1) return false;
    *value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

struct Handle {
  uint64_t offset = 0, size = 0;
};

bool read_handle(const uint8_t* data, size_t end, size_t* pos, Handle* handle) {
  return read_varint(data, end, pos, &handle->offset) && read_varint(data, end, pos, &handle->size);
}

// The contents of one block: a view of the file, or unpacked bytes of its own.
struct Block {
  const uint8_t* data = nullptr;
  size_t size = 0;
  uint64_t offset = 0;
  std::vector<char> unpacked;
};

// The keys seen so far: they ascend, across blocks too.
struct Keys {
  bool any = false;
  std::string last;
};

using Visit = std::function<Status(const TableRecord&)>;

class Reader {
 public:
  Reader(const uint8_t* data, size_t size, const Visit& visit)
      : data_(data), size_(size), visit_(visit), budget_(4 * uint64_t{size} + (16 << 20)) {}

  Status read() {
    if (size_ < kFooter || load<uint64_t>(data_ + size_ - kMagic) != kTableMagic)
      return corrupt(size_ < kFooter ? 0 : size_ - kMagic, "the table's footer is missing");
    const size_t padding_end = size_ - kMagic;
    size_t pos = size_ - kFooter;
    Handle meta, index;
    if (!read_handle(data_, padding_end, &pos, &meta) || !read_handle(data_, padding_end, &pos, &index) ||
        std::any_of(data_ + pos, data_ + padding_end, [](uint8_t byte) { return byte != 0; }))
      return corrupt(size_ - kFooter, "the table's footer is malformed");
    Block block;
    MIEN_RETURN_IF_ERROR(open(meta, size_ - kFooter, &block));  // holds nothing that is used
    MIEN_RETURN_IF_ERROR(open(index, size_ - kFooter, &block));
    Keys keys;
    return entries(block, &keys, [&](const TableRecord& record) { return data_block(record); });
  }

 private:
  // `named_at`: where the handle stands. The index block and the data blocks lie before the footer.
  Status open(const Handle& handle, uint64_t named_at, Block* block) {
    const uint64_t room = size_ - kFooter;
    if (handle.offset > room || handle.size > room - handle.offset || kTrailer > room - handle.offset - handle.size)
      return corrupt(named_at, "a block of " + std::to_string(handle.size) + " bytes at " +
                                   std::to_string(handle.offset) + " lies outside of the file");
    const uint8_t* from = data_ + handle.offset;
    const size_t stored = static_cast<size_t>(handle.size);
    const uint8_t* trailer = from + stored;
    if (masked(crc32c(from, stored + 1)) != load<uint32_t>(trailer + 1))
      return corrupt(handle.offset, "the block's checksum does not fit its bytes");
    block->offset = handle.offset;
    block->data = from;
    block->size = stored;
    if (*trailer == 1) return unpack(block);
    if (*trailer != 0) return corrupt(handle.offset + stored, "block type " + std::to_string(*trailer));
    return budget_.take(stored) ? Status() : too_much(*block);
  }

  Status unpack(Block* block) {
    const char* packed = reinterpret_cast<const char*>(block->data);
    size_t length = 0;
    if (!snappy::GetUncompressedLength(packed, block->size, &length))
      return corrupt(block->offset, "not a Snappy block");
    if (!budget_.take(length)) return too_much(*block);
    block->unpacked.resize(length);
    if (!snappy::RawUncompress(packed, block->size, block->unpacked.data()))
      return corrupt(block->offset, "the Snappy block is damaged");
    block->data = reinterpret_cast<const uint8_t*>(block->unpacked.data());
    block->size = length;
    return {};
  }

  static Status too_much(const Block& block) {
    return corrupt(block.offset, "the blocks unpack to far more than the file");
  }

  // An entry of a block: how much the key shares with the one before, the lengths of its rest and of the value; both.
  Status entries(const Block& block, Keys* keys, const Visit& each) {
    if (block.size < 4) return corrupt(block.offset, "a block without its restart points");
    const uint64_t restarts = load<uint32_t>(block.data + block.size - 4);
    if (restarts < 1 || restarts > (block.size - 4) / 4)
      return corrupt(block.offset, std::to_string(restarts) + " restart points in a block");
    const size_t end = block.size - 4 - 4 * static_cast<size_t>(restarts);
    for (size_t pos = 0; pos < end;) {
      const size_t known = pos == 0 ? 0 : keys->last.size();
      uint64_t shared = 0, rest = 0, value = 0;
      if (!read_varint(block.data, end, &pos, &shared) || !read_varint(block.data, end, &pos, &rest) ||
          !read_varint(block.data, end, &pos, &value))
        return corrupt(block.offset, "an entry's lengths are malformed");
      if (shared > known || rest > end - pos || value > end - pos - rest)
        return corrupt(block.offset, "an entry is longer than what is there");
      if (shared + rest > kMaxKey) return corrupt(block.offset, "a key of " + std::to_string(shared + rest) + " bytes");
      std::string key = keys->last.substr(0, static_cast<size_t>(shared));
      key.append(reinterpret_cast<const char*>(block.data + pos), static_cast<size_t>(rest));
      if (keys->any && key <= keys->last) return corrupt(block.offset, "the keys do not ascend");
      keys->any = true;
      keys->last = std::move(key);
      pos += static_cast<size_t>(rest);
      MIEN_RETURN_IF_ERROR(each({keys->last, block.data + pos, static_cast<size_t>(value), block.offset}));
      pos += static_cast<size_t>(value);
    }
    return {};
  }

  // One entry of the index: a key not below those of a block, and where the block lies.
  Status data_block(const TableRecord& entry) {
    size_t pos = 0;
    Handle handle;
    if (!read_handle(entry.value, entry.size, &pos, &handle))
      return corrupt(entry.block, "an entry of the index is malformed");
    Block block;
    MIEN_RETURN_IF_ERROR(open(handle, entry.block, &block));
    MIEN_RETURN_IF_ERROR(entries(block, &keys_, visit_));
    return keys_.last > entry.key ? corrupt(entry.block, "the index does not fit its blocks") : Status();
  }

  const uint8_t* data_;
  const size_t size_;
  const Visit& visit_;
  file::Budget budget_;
  Keys keys_;  // of the data blocks
};

}  // namespace

Status read_table(const uint8_t* data, size_t size, const std::function<Status(const TableRecord&)>& visit) {
  return Reader(data, size, visit).read();
}

}  // namespace mien::tensorflow
