#include "face/read_bytes.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace mien {
namespace {

Status failed(const std::string& path, const std::string& what) { return {Code::unreadable, path + ": " + what}; }

Status too_large(const std::string& path, int64_t max_bytes) {
  return failed(path, "larger than the limit of " + std::to_string(max_bytes) + " bytes");
}

}  // namespace

Result<std::vector<uint8_t>> read_bytes(const std::string& path, int64_t max_bytes) {
  std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (!file) return failed(path, std::string("cannot open: ") + std::strerror(errno));
  struct stat info;
  if (fstat(fileno(file.get()), &info) != 0) return failed(path, std::strerror(errno));
  if (S_ISDIR(info.st_mode)) return failed(path, "is a folder, not a file");
  if (S_ISREG(info.st_mode) && info.st_size > max_bytes) return too_large(path, max_bytes);

  // Grows with what really arrives: a pipe has no size, and a file may change while it is read.
  std::vector<uint8_t> bytes;
  size_t used = 0;
  for (;;) {
    const size_t expected = S_ISREG(info.st_mode) && used == 0 ? static_cast<size_t>(info.st_size) + 1 : 0;
    bytes.resize(used + (expected > 0 ? expected : size_t{65536}));
    const size_t got = std::fread(bytes.data() + used, 1, bytes.size() - used, file.get());
    used += got;
    if (static_cast<int64_t>(used) > max_bytes) return too_large(path, max_bytes);
    if (got == 0 || used < bytes.size()) break;
  }
  if (std::ferror(file.get())) return failed(path, std::string("cannot read: ") + std::strerror(errno));
  bytes.resize(used);
  return bytes;
}

}  // namespace mien
