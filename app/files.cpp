#include "app/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace mien::app {
namespace {

Status failed(const std::string& path, const char* what) {
  return {Code::io, path + ": " + what + ": " + std::strerror(errno)};
}

bool write_all(int file, const char* data, size_t size) {
  while (size > 0) {
    const ssize_t written = ::write(file, data, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    data += written;
    size -= static_cast<size_t>(written);
  }
  return true;
}

// A device or a pipe is written where it is: it cannot be replaced by a rename.
bool is_special(const std::string& path) {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

}  // namespace

Outputs::~Outputs() {
  for (const auto& file : files_) ::unlink(file.first.c_str());
}

Status Outputs::add(const std::string& path, const void* data, size_t size) {
  const bool direct = is_special(path);
  const std::string name = direct ? path : path + ".tmp" + std::to_string(::getpid());
  const int file = ::open(name.c_str(), direct ? O_WRONLY : O_WRONLY | O_CREAT | O_EXCL, 0666);
  if (file < 0) return failed(path, "cannot write");
  if (!direct) files_.emplace_back(name, path);
  const bool written = write_all(file, static_cast<const char*>(data), size) && (direct || ::fsync(file) == 0);
  const int error = errno;
  if (::close(file) != 0 && written) return failed(path, "cannot write");
  errno = error;
  return written ? Status() : failed(path, "cannot write");
}

Status Outputs::commit() {
  while (!files_.empty()) {
    const auto& [name, path] = files_.front();
    if (std::rename(name.c_str(), path.c_str()) != 0) return failed(path, "cannot write");
    files_.erase(files_.begin());
  }
  return {};
}

Status write_one(const std::string& path, const std::string& text) {
  Outputs outputs;
  MIEN_RETURN_IF_ERROR(outputs.add(path, text.data(), text.size()));
  return outputs.commit();
}

Result<TemporaryFolder> TemporaryFolder::create() {
  std::error_code error;
  const std::filesystem::path base = std::filesystem::temp_directory_path(error);
  if (error) return Status(Code::io, "no temporary folder: " + error.message());
  std::string path = (base / "mien-XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr) return failed(path, "cannot make a temporary folder");
  return TemporaryFolder(path);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Status named(const std::string& path, const Status& status) {
  if (status.ok() || status.message().rfind(path, 0) == 0) return status;
  return {status.code(), path + ": " + status.message()};
}

}  // namespace mien::app
