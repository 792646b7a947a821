#include "engine/file/temporary_file.h"

#include <fcntl.h>
#include <stdio.h>
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

// Opens a new file with a name that nobody else uses; -1 if that cannot be done (errno says why). Nothing that can
// throw comes after the file exists.
int create_temporary(const std::string& folder, std::string* name) {
  static std::atomic<unsigned> counter{0};
  int fd = -1;
  for (int attempt = 0; attempt < 100 && fd < 0; ++attempt) {
    *name = folder + ".mien-" + std::to_string(::getpid()) + "-" + std::to_string(counter++) + ".tmp";
    fd = ::open(name->c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
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

// Not every system and file system can rename without replacing; a link does the same in two steps.
bool move_to_free_name(const char* from, const char* to) {
#ifdef RENAME_NOREPLACE
  if (::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return true;
  if (errno != EINVAL && errno != ENOSYS) return false;
#endif
  if (::link(from, to) != 0) return false;
  ::unlink(from);
  return true;
}

}  // namespace

Result<TemporaryFile> TemporaryFile::create(const std::string& path) {
  struct stat info;
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) return io_error(path, "not a regular file");
  TemporaryFile file;
  file.path_ = path;
  file.target_ = resolved(path);
  file.folder_ = folder_of(file.target_);
  file.fd_ = create_temporary(file.folder_, &file.temporary_);
  if (file.fd_ < 0) return io_error(path, std::string("cannot create a file there: ") + std::strerror(errno));
  file.exists_ = true;
  return Result<TemporaryFile>(std::move(file));
}

TemporaryFile::TemporaryFile(TemporaryFile&& other) noexcept
    : path_(std::move(other.path_)),
      target_(std::move(other.target_)),
      folder_(std::move(other.folder_)),
      temporary_(std::move(other.temporary_)),
      fd_(std::exchange(other.fd_, -1)),
      exists_(std::exchange(other.exists_, false)) {}

TemporaryFile::~TemporaryFile() {
  if (fd_ >= 0) ::close(fd_);
  if (exists_) ::unlink(temporary_.c_str());
}

Status TemporaryFile::write(const void* data, size_t size) {
  constexpr size_t kMost = size_t{1} << 30;  // Linux writes at most 2 GiB at a time
  for (const char* at = static_cast<const char*>(data); size > 0;) {
    const ssize_t written = ::write(fd_, at, std::min(size, kMost));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return io_error(path_, std::strerror(errno));
    at += written;
    size -= static_cast<size_t>(written);
  }
  return {};
}

Status TemporaryFile::replace() {
  if (::fsync(fd_) != 0 || ::rename(temporary_.c_str(), target_.c_str()) != 0) {
    return io_error(path_, std::strerror(errno));
  }
  exists_ = false;
  flush_folder(folder_);
  return {};
}

Status TemporaryFile::publish() {
  if (::fsync(fd_) != 0 || !move_to_free_name(temporary_.c_str(), target_.c_str())) {
    return io_error(path_, std::strerror(errno));
  }
  exists_ = false;
  flush_folder(folder_);
  return {};
}

}  // namespace mien::file
