#include "engine/file/container.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "engine/file/bytes.h"
#include "engine/file/hash.h"
#include "engine/no_memory.h"

namespace mien::file {
namespace {

Entry load_entry(const uint8_t* from) {
  Entry entry;
  entry.type = load<uint32_t>(from);
  entry.flags = load<uint32_t>(from + 4);
  entry.offset = load<uint64_t>(from + 8);
  entry.length = load<uint64_t>(from + 16);
  entry.hash = load<uint64_t>(from + 24);
  return entry;
}

std::string version(uint16_t major, uint16_t minor) {
  return std::to_string(major) + "." + std::to_string(minor);
}

// Bytes begin <= i < end must be zero. REQUIRES: end <= the file's size.
Status check_zero(const uint8_t* data, uint64_t begin, uint64_t end, const char* what) {
  const uint8_t* bad = std::find_if(data + begin, data + end, [](uint8_t byte) { return byte != 0; });
  if (bad == data + end) return {};
  return corrupt_at(static_cast<uint64_t>(bad - data), std::string(what) + " is not zero");
}

Status check_versions(const Header& header) {
  if (header.major == 0 || header.least_major == 0) return corrupt_at(12, "format version 0");
  const bool least_is_newer =
      header.least_major > header.major || (header.least_major == header.major && header.least_minor > header.minor);
  if (least_is_newer) return corrupt_at(16, "the least reader version is above the format version");
  const bool too_new =
      header.least_major > kFormatMajor || (header.least_major == kFormatMajor && header.least_minor > kFormatMinor);
  if (!too_new) return {};
  return {Code::unsupported, "the file needs a reader of format " + version(header.least_major, header.least_minor) +
                                 "; this one reads " + version(kFormatMajor, kFormatMinor)};
}

Status read_header(const uint8_t* data, size_t size, Header* header) {
  const size_t magic = std::min(size, sizeof kMagic);
  if (size == 0) return {Code::unreadable, "the file is empty"};
  if (std::memcmp(data, kMagic, magic) != 0) return {Code::unreadable, "not a .mien file"};
  if (size < kHeaderSize) return corrupt_at(size, "the file ends inside its header");
  if (load<uint32_t>(data + 8) != kEndianMark) return corrupt_at(8, "wrong endian mark");
  *header = load_header(data);
  if (load<uint64_t>(data + kHeaderHashOffset) != hash_of(data, kHeaderHashOffset))
    return corrupt_at(kHeaderHashOffset, "the header does not match its hash");
  MIEN_RETURN_IF_ERROR(check_zero(data, 40, kHeaderHashOffset, "a reserved byte of the header"));
  MIEN_RETURN_IF_ERROR(check_versions(*header));
  if (header->file_size == size) return {};
  return corrupt_at(
      std::min<uint64_t>(size, header->file_size),
      "the file has " + std::to_string(size) + " bytes, its header says " + std::to_string(header->file_size));
}

// Type and flags; `at` is the entry's offset.
Status check_kind(const Entry& entry, uint32_t previous_type, uint64_t at) {
  if (entry.type <= previous_type) return corrupt_at(at, "section types are not in ascending order");
  if ((entry.flags & ~kCritical) != 0) return corrupt_at(at + 4, "an unknown flag of a section is set");
  const bool critical = (entry.flags & kCritical) != 0;
  if (entry.type > kSections) {
    if (!critical) return {};
    return {Code::unsupported, "the file has a section of type " + std::to_string(entry.type) +
                                   " that its reader must know, and this one does not"};
  }
  const Section section = static_cast<Section>(entry.type);
  if (critical != is_critical(section))
    return corrupt_at(at + 4, std::string("wrong flags of section ") + name_of(section));
  if (entry.length == 0 && section != kWeights)
    return corrupt_at(at + 16, std::string("section ") + name_of(section) + " is empty");
  return {};
}

// Extent, padding and hash. *end: where the previous section ended; becomes where this one's padding ends.
Status check_extent(const uint8_t* data, size_t size, const Entry& entry, uint64_t at, uint64_t* end) {
  if (entry.offset != *end)
    return corrupt_at(at + 8,
                      "a section starts at " + std::to_string(entry.offset) + " instead of " + std::to_string(*end));
  uint64_t stop = 0, padded = 0;
  if (!add(entry.offset, entry.length, &stop) || !align(stop, &padded) || padded > size)
    return corrupt_at(at + 16, "a section of " + std::to_string(entry.length) + " bytes ends after the file");
  MIEN_RETURN_IF_ERROR(check_zero(data, stop, padded, "padding after a section"));
  if (entry.type != kWeights) MIEN_RETURN_IF_ERROR(check_hash(data, entry));
  *end = padded;
  return {};
}

Status check_complete(const Sections& sections) {
  for (uint32_t type = 1; type <= kSections; ++type) {
    const Section section = static_cast<Section>(type);
    if (sections.of[type].type == 0 && !is_optional(section))
      return corrupt_at(kHeaderSize, std::string("there is no section ") + name_of(section));
  }
  return {};
}

}  // namespace

Status check_hash(const uint8_t* data, const Entry& entry) {
  if (hash_of(data + entry.offset, entry.length) == entry.hash) return {};
  const std::string name =
      entry.type <= kSections ? name_of(static_cast<Section>(entry.type)) : std::to_string(entry.type);
  return corrupt_at(entry.offset, "section " + name + " does not match its hash");
}

Status read_container(const uint8_t* data, size_t size, Sections* sections) {
  Header header;
  MIEN_RETURN_IF_ERROR(read_header(data, size, &header));
  if (header.sections > (size - kHeaderSize) / kEntrySize)
    return corrupt_at(20, "more sections than the file can hold");
  const uint64_t table_end = kHeaderSize + uint64_t{header.sections} * kEntrySize;
  if (hash_of(data + kHeaderSize, table_end - kHeaderSize) != header.table_hash)
    return corrupt_at(kHeaderSize, "the section table does not match its hash");
  uint64_t end = aligned(table_end);
  if (end > size) return corrupt_at(size, "the file ends inside the padding of its section table");
  MIEN_RETURN_IF_ERROR(check_zero(data, table_end, end, "padding after the section table"));
  uint32_t previous_type = 0;
  for (uint32_t i = 0; i < header.sections; ++i) {
    const uint64_t at = kHeaderSize + uint64_t{i} * kEntrySize;
    const Entry entry = load_entry(data + at);
    MIEN_RETURN_IF_ERROR(check_kind(entry, previous_type, at));
    MIEN_RETURN_IF_ERROR(check_extent(data, size, entry, at, &end));
    previous_type = entry.type;
    if (entry.type <= kSections) {
      sections->of[entry.type] = entry;
    } else {
      ++sections->unknown;
    }
  }
  if (end != size) return corrupt_at(end, "bytes after the last section");
  return check_complete(*sections);
}

Header load_header(const uint8_t* data) {
  Header header;
  header.major = load<uint16_t>(data + 12);
  header.minor = load<uint16_t>(data + 14);
  header.least_major = load<uint16_t>(data + 16);
  header.least_minor = load<uint16_t>(data + 18);
  header.sections = load<uint32_t>(data + 20);
  header.file_size = load<uint64_t>(data + 24);
  header.table_hash = load<uint64_t>(data + 32);
  return header;
}

std::vector<Entry> load_table(const uint8_t* data) {
  std::vector<Entry> entries;
  const uint32_t sections = load_header(data).sections;
  for (uint32_t i = 0; i < sections; ++i) entries.push_back(load_entry(data + kHeaderSize + uint64_t{i} * kEntrySize));
  return entries;
}

Part part_of(Section section, uint64_t length, std::function<void(uint8_t* to)> fill) {
  return {section, is_critical(section) ? kCritical : 0, length, std::move(fill)};
}

std::vector<uint8_t> assemble(Header header, const std::vector<Part>& parts) {
  const uint64_t table_end = kHeaderSize + parts.size() * kEntrySize;
  uint64_t offset = aligned(table_end);
  uint64_t size = offset;
  for (const Part& part : parts) size += aligned(part.length);
  if (size > PTRDIFF_MAX) throw_no_memory();  // 32 bits: constants may share memory that the file repeats

  std::vector<uint8_t> file(static_cast<size_t>(size));
  uint8_t* entry_at = file.data() + kHeaderSize;
  for (const Part& part : parts) {
    uint8_t* to = file.data() + offset;
    part.fill(to);
    write_entry({part.type, part.flags, offset, part.length, hash_of(to, part.length)}, entry_at);
    entry_at += kEntrySize;
    offset += aligned(part.length);
  }
  header.sections = static_cast<uint32_t>(parts.size());
  header.file_size = size;
  header.table_hash = hash_of(file.data() + kHeaderSize, table_end - kHeaderSize);
  write_header(header, file.data());
  return file;
}

void write_header(const Header& header, uint8_t* to) {
  std::memset(to, 0, kHeaderSize);
  std::memcpy(to, kMagic, sizeof kMagic);
  store(to + 8, kEndianMark);
  store(to + 12, header.major);
  store(to + 14, header.minor);
  store(to + 16, header.least_major);
  store(to + 18, header.least_minor);
  store(to + 20, header.sections);
  store(to + 24, header.file_size);
  store(to + 32, header.table_hash);
  store(to + kHeaderHashOffset, hash_of(to, kHeaderHashOffset));
}

void write_entry(const Entry& entry, uint8_t* to) {
  store(to, entry.type);
  store(to + 4, entry.flags);
  store(to + 8, entry.offset);
  store(to + 16, entry.length);
  store(to + 24, entry.hash);
}

}  // namespace mien::file
