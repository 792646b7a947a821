#include <algorithm>
#include <cstring>
#include <new>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/file/container.h"
#include "engine/file/flat_file.h"
#include "engine/file/mapped_file.h"
#include "engine/file/package.h"
#include "engine/file/replace_file.h"

namespace mien {
namespace file {
namespace {

// The sections of the file as they are, but for the face's. REQUIRES: data was read and outlives the parts.
std::vector<Part> parts_without_face(const uint8_t* data) {
  std::vector<Part> parts;
  for (const Entry& entry : load_table(data)) {
    if (entry.type == kFace) continue;
    parts.push_back({entry.type, entry.flags, entry.length, [data, entry](uint8_t* to) {
                       if (entry.length > 0) std::memcpy(to, data + entry.offset, entry.length);
                     }});
  }
  return parts;
}

std::vector<uint8_t> with_face(const uint8_t* data, const FaceRecord& record) {
  std::vector<Part> parts = parts_without_face(data);
  Header header = load_header(data);
  if (!is_default(record)) {
    const auto after = std::find_if(parts.begin(), parts.end(), [](const Part& part) { return part.type > kFace; });
    parts.insert(after, encoded_face(record));
    // A file of 1.0 becomes one of the version that has the section; a newer one stays what it is.
    const std::pair<uint16_t, uint16_t> version(header.major, header.minor), ours(kFormatMajor, kFormatMinor);
    std::tie(header.major, header.minor) = std::max(version, ours);
  }
  return assemble(header, parts);
}

Status update(const std::string& path, const FaceRecord& record) {
  const auto named = [&path](Code code, const Status& status) { return Status(code, path + ": " + status.message()); };
  auto mapped = MappedFile::open(path);
  if (!mapped.ok()) return mapped.status();
  const uint8_t* data = (*mapped)->data();
  if (const Status status = parse_package(data, (*mapped)->size(), {}).status(); !status.ok())
    return named(status.code(), status);
  if (const Status status = check_face_record(record); !status.ok())
    return {Code::bad_argument, "the face record cannot be stored: " + status.message()};
  const std::vector<uint8_t> bytes = with_face(data, record);
  // As the writer does: what cannot be read back must not take the place of a file that can.
  if (const Status status = parse_package(bytes.data(), bytes.size(), {}).status(); !status.ok())
    return {Code::bad_argument, "the face record cannot be stored: " + status.message()};
  return replace_file(path, bytes.data(), bytes.size());
}

}  // namespace
}  // namespace file

Status update_face_record(const std::string& path, const FaceRecord& record) try {
  return file::update(path, record);
} catch (const std::bad_alloc&) {
  return {Code::out_of_memory, "out of memory"};
}

}  // namespace mien
