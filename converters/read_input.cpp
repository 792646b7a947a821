#include "converters/read_input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace mien {
namespace {

constexpr uint64_t kMaxFile = uint64_t{1} << 32;

Status unreadable(const std::string& path, const std::string& why) { return {Code::unreadable, path + ": " + why}; }

Result<std::vector<uint8_t>> read_all(int fd, const std::string& path) {
  struct stat info {};
  if (fstat(fd, &info) != 0) return unreadable(path, std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return unreadable(path, "not a regular file");
  const uint64_t size = static_cast<uint64_t>(info.st_size);
  if (size == 0) return unreadable(path, "the file is empty");
  if (size >= kMaxFile) return unreadable(path, "4 GiB or more");
  std::vector<uint8_t> bytes(size);
  for (size_t done = 0; done < size;) {
    const ssize_t n = read(fd, bytes.data() + done, size - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return unreadable(path, std::strerror(errno));
    if (n == 0) return unreadable(path, "became shorter while it was read");
    done += static_cast<size_t>(n);
  }
  return bytes;
}

}  // namespace

Result<std::vector<uint8_t>> read_input(const std::string& path) {
  // Non-blocking: opening a FIFO must not hang.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return unreadable(path, std::strerror(errno));
  Result<std::vector<uint8_t>> bytes = read_all(fd, path);
  close(fd);
  return bytes;
}

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string base_name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace mien
