// A file mapped read-only. Immutable; any number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "engine/status.h"

namespace mien::file {

// Whoever truncates a file while it is mapped makes its readers die with SIGBUS; writers of ours never do, they put a
// new file in the place of the old one.
class MappedFile {
 public:
  // Follows links; the end must be a regular file. Error: unreadable, with the path and the system's reason.
  static Result<std::shared_ptr<const MappedFile>> open(const std::string& path);
  // The same of a descriptor, which stays the caller's; `path` is for messages.
  static Result<std::shared_ptr<const MappedFile>> map(int fd, const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const uint8_t* data() const { return static_cast<const uint8_t*>(address_); }  // page-aligned; null if empty
  size_t size() const { return size_; }
  // Takes the file out of this process's memory; a page comes back when it is read.
  void drop_pages() const;

 private:
  MappedFile() = default;
  void* address_ = nullptr;
  size_t size_ = 0;
};

}  // namespace mien::file
