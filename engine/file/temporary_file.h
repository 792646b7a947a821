// A file that is written beside the one whose place it will take, so that a reader sees the old bytes or the new ones,
// nothing between. Not thread-safe; objects are independent of each other.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "engine/status.h"

namespace mien::file {

// Unless replace() or publish() succeeded, the destructor removes the file. Errors: io, with the path that is to be
// written and the system's reason.
class TemporaryFile {
 public:
  // An empty file in the folder of `path`, links followed. What is at `path` already must be a regular file.
  static Result<TemporaryFile> create(const std::string& path);
  TemporaryFile(TemporaryFile&& other) noexcept;
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  ~TemporaryFile();

  int fd() const { return fd_; }  // open for reading and writing
  // Appends at the descriptor's position.
  Status write(const void* data, size_t size);
  // Flushes it to the disk and renames it to `path`, whatever was there.
  Status replace();
  // The same, but an error if something is there.
  Status publish();
  // Hands the descriptor over to the caller, who closes it.
  int release() { return std::exchange(fd_, -1); }

 private:
  TemporaryFile() = default;

  // As the caller says it, with links followed, its folder, and of the file itself. All are made by create(), so that
  // nothing can run out of memory once the new file is in its place.
  std::string path_, target_, folder_, temporary_;
  int fd_ = -1;
  bool exists_ = false;
};

}  // namespace mien::file
