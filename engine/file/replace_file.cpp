#include "engine/file/replace_file.h"

#include "engine/file/temporary_file.h"

namespace mien::file {

Status replace_file(const std::string& path, const void* data, size_t size) {
  Result<TemporaryFile> file = TemporaryFile::create(path);
  if (!file.ok()) return file.status();
  MIEN_RETURN_IF_ERROR(file->write(data, size));
  return file->replace();
}

}  // namespace mien::file
