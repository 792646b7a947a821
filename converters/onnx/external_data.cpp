#include "converters/onnx/external_data.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace mien::onnx {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

struct File {
  Descriptor descriptor;
  uint64_t size;
};

Status refused(const std::string& location, const std::string& why) {
  return {Code::corrupt, "external data '" + location.substr(0, 200) + "': " + why};
}

// The components of a path that cannot leave its folder; empty if it could.
std::vector<std::string> safe_components(const std::string& location) {
  if (location.empty() || location.size() > 4096) return {};
  for (char c : location) {
    if (c == '\\' || c == ':' || c == '\0') return {};
  }
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= location.size();) {
    size_t end = location.find('/', begin);
    if (end == std::string::npos) end = location.size();
    const std::string part = location.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") return {};
    parts.push_back(part);
    begin = end + 1;
  }
  return parts;
}

Result<File> open_inside(const std::string& folder, const std::string& location) {
  if (folder.empty())
    return Status(Code::unsupported, "external data '" + location.substr(0, 200) +
                                         "' are read from beside an .onnx file, not out of an archive: unpack it and "
                                         "give the .onnx file");
  const std::vector<std::string> parts = safe_components(location);
  if (parts.empty()) return refused(location, "only files inside the model's own folder are read");
  Descriptor at(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (size_t i = 0; i < parts.size() && at.get() >= 0; ++i) {
    // Non-blocking, or a FIFO in the folder would hang the conversion before fstat can refuse it.
    const int kind = i + 1 < parts.size() ? O_DIRECTORY : O_NONBLOCK;
    at = Descriptor(openat(at.get(), parts[i].c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | kind));
  }
  if (at.get() < 0) {
    if (errno == ELOOP || errno == ENOTDIR) return refused(location, "symbolic links are not followed");
    return Status(Code::unreadable, "external data '" + location.substr(0, 200) + "': " + std::strerror(errno));
  }
  struct stat info {};
  if (fstat(at.get(), &info) != 0 || !S_ISREG(info.st_mode)) return refused(location, "not a regular file");
  if (info.st_nlink > 1) return refused(location, "the file has several hard links");
  return File{std::move(at), static_cast<uint64_t>(info.st_size)};
}

}  // namespace

Result<uint64_t> ExternalData::size_of(const std::string& location) const {
  Result<File> file = open_inside(folder_, location);
  if (!file.ok()) return file.status();
  return file->size;
}

Result<std::vector<uint8_t>> ExternalData::read(const std::string& location, uint64_t offset, uint64_t length) const {
  Result<File> file = open_inside(folder_, location);
  if (!file.ok()) return file.status();
  if (offset > file->size || length > file->size - offset) {
    return refused(location, "has " + std::to_string(file->size) + " bytes; " + std::to_string(length) + " at " +
                                 std::to_string(offset) + " were asked for");
  }
  std::vector<uint8_t> bytes(length);
  for (size_t done = 0; done < length;) {
    const ssize_t n =
        pread(file->descriptor.get(), bytes.data() + done, length - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return Status(Code::unreadable, "external data '" + location + "': read failed");
    done += static_cast<size_t>(n);
  }
  return bytes;
}

}  // namespace mien::onnx
