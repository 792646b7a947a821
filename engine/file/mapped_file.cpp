#include "engine/file/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace mien::file {
namespace {

Status unreadable(const std::string& path, const char* reason) {
  return {Code::unreadable, path + ": " + reason};
}

Result<std::shared_ptr<const MappedFile>> fail(const std::string& path, int error) {
  if (error == ENOMEM) return Status{Code::out_of_memory, path + ": cannot be mapped"};
  return unreadable(path, std::strerror(error));
}

// Closes the descriptor on every way out; a mapping outlives it.
struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

}  // namespace

Result<std::shared_ptr<const MappedFile>> MappedFile::open(const std::string& path) {
  // O_NONBLOCK: a FIFO must not make us wait for a writer.
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.fd < 0) return fail(path, errno);
  return map(file.fd, path);
}

Result<std::shared_ptr<const MappedFile>> MappedFile::map(int fd, const std::string& path) {
  struct stat info;
  if (::fstat(fd, &info) != 0) return fail(path, errno);
  if (!S_ISREG(info.st_mode)) return unreadable(path, "not a regular file");
  if (static_cast<uint64_t>(info.st_size) > PTRDIFF_MAX)
    return unreadable(path, "the file is larger than this machine's address space");
  // Before the mapping, which it unmaps whatever happens later.
  std::unique_ptr<MappedFile> mapped(new MappedFile());
  const size_t size = static_cast<size_t>(info.st_size);
  void* address = nullptr;
  if (size > 0) {
    address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (address == MAP_FAILED) return fail(path, errno);
  }
  mapped->address_ = address;
  mapped->size_ = size;
  return std::shared_ptr<const MappedFile>(std::move(mapped));
}

void MappedFile::drop_pages() const {
  if (address_) ::madvise(address_, size_, MADV_DONTNEED);
}

MappedFile::~MappedFile() {
  if (address_) ::munmap(address_, size_);
}

}  // namespace mien::file
