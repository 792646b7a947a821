// Weights that lie in a file beside the model. The location comes from the model file, so it is hostile until proven
// otherwise. Thread-safety: immutable.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/status.h"

namespace mien::onnx {

class ExternalData {
 public:
  // folder: the model's own; "" allows no external data at all.
  explicit ExternalData(std::string folder) : folder_(std::move(folder)) {}

  // Exactly `length` bytes at `offset` of folder/location. Each component is opened by itself without following
  // symbolic links; absolute paths, "..", ".", backslashes, drive letters, NUL, anything but a regular file with one
  // link are refused. Nothing is allocated before the file is known to be long enough. Error: corrupt or unreadable.
  Result<std::vector<uint8_t>> read(const std::string& location, uint64_t offset, uint64_t length) const;

  // Size of the file; the same checks.
  Result<uint64_t> size_of(const std::string& location) const;

 private:
  std::string folder_;
};

}  // namespace mien::onnx
