// Writes whole records into the slots of a gallery file, one after the other. Internal to face/gallery*.cpp. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "face/gallery_format.h"

namespace mien::gallery {

class RecordWriter {
 public:
  // fd: open for writing, the caller's. `slots` are taken already. `path` is for messages.
  RecordWriter(int fd, std::string path, const Layout& layout, int64_t slots)
      : fd_(fd), path_(std::move(path)), layout_(layout), slots_(slots) {}

  int64_t slots() const { return slots_; }
  // row: layout.row_bytes() bytes. The record is there when its last entry is: until then no reader sees any of it, and
  // after an error nothing of it stays. Error: io (after which, if even clearing failed, every write fails),
  // bad_argument if the gallery is full. REQUIRES: fault_of_name(name) is empty.
  Status write(Kind kind, const std::string& name, const uint8_t* row);
  // Writes zeros.
  Status clear(uint64_t offset, uint64_t size);

 private:
  Status write_slots(Kind kind, const std::string& name, const uint8_t* row);
  Status write_slot(int64_t slot, Entry entry, const uint8_t* row);
  Status write_at(uint64_t offset, const uint8_t* data, uint64_t size);

  int fd_;
  std::string path_;
  Layout layout_;
  int64_t slots_;
  Status broken_;
};

}  // namespace mien::gallery
