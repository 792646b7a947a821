// Files that the verbs write. Thread-safety: one Outputs per thread.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/status.h"

namespace mien::app {

// Files that appear together at the end or not at all: each is written beside its place under another name, flushed,
// and renamed by commit(). Whatever was not committed is removed.
class Outputs {
 public:
  Outputs() = default;
  Outputs(const Outputs&) = delete;
  Outputs& operator=(const Outputs&) = delete;
  ~Outputs();

  // Errors (io) start with the path.
  Status add(const std::string& path, const void* data, size_t size);
  Status commit();

 private:
  std::vector<std::pair<std::string, std::string>> files_;  // temporary name, final name
};

Status write_one(const std::string& path, const std::string& text);

// A folder of its own under the system's temporary one, removed with all that is in it.
class TemporaryFolder {
 public:
  static Result<TemporaryFolder> create();
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ~TemporaryFolder();
  const std::string& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

// The status with `path: ` in front of its message unless the message already names the path.
Status named(const std::string& path, const Status& status);

}  // namespace mien::app
