// The files inside a tar archive, read in memory: nothing is ever written to disk. Thread-safety: free functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/status.h"

namespace mien::nn_archive {

struct Members {
  std::vector<std::string> names;                        // of all files, in the order of the archive
  std::map<std::string, std::vector<uint8_t>> contents;  // of those that were wanted
};

// Reads ustar, GNU and PAX archives, plain or packed with gzip, xz or bzip2. The whole archive is gone through, so that
// damage behind the files that are wanted is seen too. A stated size is compared with what the archive may still unpack
// to before anything is read, and memory grows with the bytes that are there. `wanted` is asked with the name as
// normal_name gives it.
// Error: corrupt, with the byte of the unpacked archive, for damage, links, devices, sparse files, names that lead out
// of the archive and names that are there twice; unsupported for what unpacks to more than unpacked_limit().
Result<Members> read_members(const uint8_t* data, size_t size, bool (*wanted)(const std::string& name));

// A path inside the archive without "." and doubled slashes; "" for its root. Error corrupt: absolute, with "..", a
// backslash, a drive or control characters, longer than 4096.
Result<std::string> normal_name(const std::string& path);

}  // namespace mien::nn_archive
