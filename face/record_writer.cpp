#include "face/record_writer.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/file/hash.h"

namespace mien::gallery {

Status RecordWriter::write(Kind kind, const std::string& name, const uint8_t* row) {
  if (!broken_.ok()) return broken_;
  const int slots = layout_.name_slots(static_cast<int>(name.size())) + 1;
  if (slots_ + slots > kMaxSlots) return {Code::bad_argument, path_ + ": the gallery is full"};
  const Status written = write_slots(kind, name, row);
  if (written.ok()) {
    slots_ += slots;
    return {};
  }
  // A part of a name that stayed would contradict the record that comes to stand before it.
  for (int64_t slot = slots_; slot < slots_ + slots && broken_.ok(); ++slot) {
    if (!clear(layout_.entry(slot), kEntrySize).ok()) broken_ = written;
  }
  return written;
}

Status RecordWriter::write_slots(Kind kind, const std::string& name, const uint8_t* row) {
  Entry entry;
  entry.name_bytes = static_cast<uint16_t>(name.size());
  std::memcpy(entry.name, name.data(), std::min<size_t>(name.size(), kInlineName));
  const int name_slots = layout_.name_slots(entry.name_bytes);
  std::vector<uint8_t> part(static_cast<size_t>(layout_.row_bytes()));
  int64_t slot = slots_;
  for (size_t at = kInlineName; slot < slots_ + name_slots; ++slot, at += part.size()) {
    std::fill(part.begin(), part.end(), uint8_t{0});
    std::memcpy(part.data(), name.data() + at, std::min(part.size(), name.size() - at));
    entry.kind = Kind::name;
    entry.left = static_cast<uint8_t>(slots_ + name_slots - slot);
    MIEN_RETURN_IF_ERROR(write_slot(slot, entry, part.data()));
  }
  entry.kind = kind;
  entry.left = 0;
  return write_slot(slot, entry, row);
}

// The row first: an entry that is there says that its row is.
Status RecordWriter::write_slot(int64_t slot, Entry entry, const uint8_t* row) {
  entry.slot = static_cast<uint32_t>(slot);
  entry.row_hash = file::hash_of(row, static_cast<size_t>(layout_.row_bytes()));
  uint8_t bytes[kEntrySize];
  write_entry(entry, bytes);
  MIEN_RETURN_IF_ERROR(write_at(layout_.row(slot), row, layout_.row_bytes()));
  return write_at(layout_.entry(slot), bytes, kEntrySize);
}

Status RecordWriter::write_at(uint64_t offset, const uint8_t* data, uint64_t size) {
  while (size > 0) {
    const ssize_t written = ::pwrite(fd_, data, static_cast<size_t>(size), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return {Code::io, path_ + ": " + std::strerror(written < 0 ? errno : ENOSPC)};
    data += written;
    offset += static_cast<uint64_t>(written);
    size -= static_cast<uint64_t>(written);
  }
  return {};
}

Status RecordWriter::clear(uint64_t offset, uint64_t size) {
  const std::vector<uint8_t> zeros(static_cast<size_t>(size));
  return write_at(offset, zeros.data(), size);
}

}  // namespace mien::gallery
