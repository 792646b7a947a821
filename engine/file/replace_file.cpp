#include "engine/file/replace_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace mien::file {
namespace {

Status io_error(const std::string& path, const std::string& what) {
  return {Code::io, path + ": " + what};
}

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "./" : path.substr(0, slash + 1);
}

// The file that `path` names, links followed.
std::string resolved(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
  return real ? real.get() : path;
}

bool write_all(int fd, const char* data, size_t size) {
  constexpr size_t kMost = size_t{1} << 30;  // Linux writes at most 2 GiB at a time
  while (size > 0) {
    const ssize_t written = ::write(fd, data, std::min(size, kMost));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    data += written;
    size -= static_cast<size_t>(written);
  }
  return true;
}

// Opens a new file with a name that nobody else uses; -1 if that cannot be done (errno says why). Nothing that can
// throw comes after the file exists.
int create_temporary(const std::string& folder, std::string* name) {
  static std::atomic<unsigned> counter{0};
  int fd = -1;
  for (int attempt = 0; attempt < 100 && fd < 0; ++attempt) {
    *name = folder + ".mien-" + std::to_string(::getpid()) + "-" + std::to_string(counter++) + ".tmp";
    fd = ::open(name->c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && errno != EEXIST) break;
  }
  return fd;
}

// The rename itself lasts only once the folder is on the disk. Some file systems cannot flush a folder: no error.
void flush_folder(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

}  // namespace

Status replace_file(const std::string& path, const void* data, size_t size) {
  struct stat info;
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) return io_error(path, "not a regular file");
  const std::string target = resolved(path);
  const std::string folder = folder_of(target);
  std::string temporary;
  const int fd = create_temporary(folder, &temporary);
  if (fd < 0) return io_error(path, std::string("cannot create a file there: ") + std::strerror(errno));
  bool ok = write_all(fd, static_cast<const char*>(data), size) && ::fsync(fd) == 0;
  int error = errno;
  if (::close(fd) != 0 && ok) {
    ok = false;
    error = errno;
  }
  if (ok && ::rename(temporary.c_str(), target.c_str()) != 0) {
    ok = false;
    error = errno;
  }
  if (ok) {
    flush_folder(folder);
    return {};
  }
  ::unlink(temporary.c_str());
  return io_error(path, std::strerror(error));
}

}  // namespace mien::file
