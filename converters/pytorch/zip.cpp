#include "converters/pytorch/zip.h"

#include <algorithm>
#include <string>

#include "converters/text.h"
#include "engine/file/bytes.h"

namespace mien::pytorch {
namespace {

using file::corrupt_at;
using file::load;

constexpr uint64_t kMaxMembers = 100000;
constexpr uint64_t kEndSize = 22, kLocatorSize = 20, kEnd64Size = 56, kCentralSize = 46, kLocalSize = 30;
constexpr uint32_t kNot32 = 0xffffffff;  // the number is a 64-bit one and stands elsewhere

struct Directory {
  uint64_t offset = 0, size = 0, members = 0;
};

bool is_relative(std::string_view name) {
  if (name.empty() || name[0] == '/' || name.find('\0') != std::string_view::npos) return false;
  for (size_t begin = 0; begin <= name.size();) {
    const size_t end = std::min(name.find('/', begin), name.size());
    if (name.substr(begin, end - begin) == "..") return false;
    begin = end + 1;
  }
  return true;
}

class Reader {
 public:
  Reader(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  Result<std::vector<ZipMember>> read() {
    Result<uint64_t> end = find_end();
    if (!end.ok()) return end.status();
    Result<Directory> directory = find_directory(*end);
    if (!directory.ok()) return directory.status();
    MIEN_RETURN_IF_ERROR(read_directory(*directory));
    MIEN_RETURN_IF_ERROR(check_ranges());
    MIEN_RETURN_IF_ERROR(check_names());
    return std::move(members_);
  }

 private:
  bool holds(uint64_t at, uint64_t bytes) const { return at <= size_ && bytes <= size_ - at; }
  bool is(uint64_t at, const char* signature, uint64_t bytes) const {
    return holds(at, bytes) && std::equal(signature, signature + 4, reinterpret_cast<const char*>(data_) + at);
  }
  template <class T>
  T get(uint64_t at) const {
    return load<T>(data_ + at);
  }

  // The end record is the last one whose comment reaches exactly to the end of the file.
  Result<uint64_t> find_end() const {
    const uint64_t furthest = size_ > kEndSize + 65535 ? size_ - kEndSize - 65535 : 0;
    for (uint64_t at = size_ < kEndSize ? 0 : size_ - kEndSize + 1; at-- > furthest;) {
      if (is(at, "PK\5\6", kEndSize) && at + kEndSize + get<uint16_t>(at + 20) == size_) return at;
    }
    return corrupt_at(size_, "a zip file without its end record: is it cut off?");
  }

  Result<Directory> find_directory(uint64_t end) const {
    if (get<uint16_t>(end + 4) != 0 || get<uint16_t>(end + 6) != 0)
      return Status(Code::unsupported, "a zip file in several parts");
    Directory d{get<uint32_t>(end + 16), get<uint32_t>(end + 12), get<uint16_t>(end + 10)};
    const bool wide = d.offset == kNot32 || d.size == kNot32 || d.members == 0xffff;
    uint64_t last = end;
    if (end >= kLocatorSize && is(end - kLocatorSize, "PK\6\7", kLocatorSize)) {
      last = get<uint64_t>(end - kLocatorSize + 8);
      if (!is(last, "PK\6\6", kEnd64Size)) return corrupt_at(end - kLocatorSize, "no 64-bit end record where it says");
      d = {get<uint64_t>(last + 48), get<uint64_t>(last + 40), get<uint64_t>(last + 32)};
    } else if (wide) {
      return corrupt_at(end, "64-bit sizes without the 64-bit end record");
    }
    // Nothing may stand between the directory and its end record; that also refuses a zip file behind other bytes.
    if (d.offset > last || d.size != last - d.offset)
      return corrupt_at(end, "the directory of " + std::to_string(d.size) + " bytes is not where the end record says");
    if (d.members > kMaxMembers || d.members * kCentralSize > d.size)
      return corrupt_at(end, std::to_string(d.members) + " members do not fit the directory");
    return d;
  }

  Status read_directory(const Directory& d) {
    members_.reserve(d.members);
    uint64_t at = d.offset;
    const uint64_t end = d.offset + d.size;
    for (uint64_t i = 0; i < d.members; ++i) {
      if (at > end || end - at < kCentralSize || !is(at, "PK\1\2", kCentralSize))
        return corrupt_at(at, "no directory entry where one should be");
      const uint64_t name = get<uint16_t>(at + 28), extra = get<uint16_t>(at + 30), comment = get<uint16_t>(at + 32);
      if (name + extra + comment > end - at - kCentralSize) return corrupt_at(at, "a directory entry is cut off");
      MIEN_RETURN_IF_ERROR(read_entry(at, {name, extra}, d.offset));
      at += kCentralSize + name + extra + comment;
    }
    return at == end ? Status() : corrupt_at(at, "bytes behind the last directory entry");
  }

  struct Lengths {
    uint64_t name, extra;
  };

  Status read_entry(uint64_t at, Lengths lengths, uint64_t limit) {
    ZipMember m;
    m.name = {reinterpret_cast<const char*>(data_) + at + kCentralSize, lengths.name};
    const uint16_t method = get<uint16_t>(at + 10);
    if (get<uint16_t>(at + 8) & 1) return refuse(m, "is encrypted");
    if (method != 0 && method != 8) return refuse(m, "is compressed by method " + std::to_string(method));
    if (!is_relative(m.name)) return corrupt_at(at, "'" + printable(std::string(m.name)) + "' is no relative name");
    m.stored = method == 0;
    m.crc32 = get<uint32_t>(at + 16);
    uint64_t packed = get<uint32_t>(at + 20), unpacked = get<uint32_t>(at + 24);
    m.begin = get<uint32_t>(at + 42);
    const uint64_t extra = at + kCentralSize + lengths.name;
    for (uint64_t* wide : {&unpacked, &packed, &m.begin}) {
      if (*wide != kNot32) continue;
      MIEN_RETURN_IF_ERROR(read_wide(extra, lengths.extra, {&unpacked, &packed, &m.begin}));
      break;
    }
    if (m.stored && packed != unpacked) return corrupt_at(at, "a stored member has two sizes");
    m.size = packed;
    return read_local(&m, at, limit);
  }

  // Replaces those of the three numbers that are 0xffffffff by those of the extra field 1, which has only those.
  Status read_wide(uint64_t at, uint64_t bytes, std::initializer_list<uint64_t*> numbers) const {
    for (const uint64_t end = at + bytes; end - at >= 4;) {
      const uint16_t id = get<uint16_t>(at);
      uint64_t length = get<uint16_t>(at + 2);
      at += 4;
      if (length > end - at) break;
      if (id != 1) {
        at += length;
        continue;
      }
      for (uint64_t* number : numbers) {
        if (*number != kNot32) continue;
        if (length < 8) return corrupt_at(at, "64-bit sizes are missing");
        *number = get<uint64_t>(at);
        at += 8, length -= 8;
      }
      return {};
    }
    return corrupt_at(at, "64-bit sizes are missing");
  }

  // Sizes in the local header are not used: a writer that streams leaves them 0.
  Status read_local(ZipMember* m, uint64_t entry, uint64_t limit) {
    if (m->begin > limit || limit - m->begin < kLocalSize || !is(m->begin, "PK\3\4", kLocalSize))
      return corrupt_at(entry, "no local header at byte " + std::to_string(m->begin));
    const uint64_t name = get<uint16_t>(m->begin + 26), extra = get<uint16_t>(m->begin + 28);
    const uint64_t header = kLocalSize + name + extra;
    if (header > limit - m->begin || m->size > limit - m->begin - header)
      return corrupt_at(entry, "a member of " + std::to_string(m->size) + " bytes runs into the directory");
    if (m->name != std::string_view(reinterpret_cast<const char*>(data_) + m->begin + kLocalSize, name))
      return corrupt_at(m->begin, "a local header has another name than the directory");
    m->data = data_ + m->begin + header;
    m->end = m->begin + header + m->size;
    members_.push_back(*m);
    return {};
  }

  static Status refuse(const ZipMember& m, const std::string& what) {
    return {Code::unsupported, "member '" + printable(std::string(m.name)) + "' " + what};
  }

  Status check_ranges() {
    std::sort(members_.begin(), members_.end(), [](auto& a, auto& b) { return a.begin < b.begin; });
    for (size_t i = 1; i < members_.size(); ++i) {
      if (members_[i].begin < members_[i - 1].end) return corrupt_at(members_[i].begin, "two members overlap");
    }
    return {};
  }

  Status check_names() {
    std::sort(members_.begin(), members_.end(), [](auto& a, auto& b) { return a.name < b.name; });
    for (size_t i = 1; i < members_.size(); ++i) {
      if (members_[i].name == members_[i - 1].name)
        return corrupt_at(members_[i].begin,
                          "two members are called '" + printable(std::string(members_[i].name)) + "'");
    }
    return {};
  }

  const uint8_t* data_;
  uint64_t size_;
  std::vector<ZipMember> members_;
};

}  // namespace

Result<Zip> Zip::open(const uint8_t* data, size_t size) {
  Result<std::vector<ZipMember>> members = Reader(data, size).read();
  if (!members.ok()) return members.status();
  Zip zip;
  zip.members_ = std::move(*members);
  return zip;
}

const ZipMember* Zip::find(std::string_view name) const {
  const auto at = std::lower_bound(members_.begin(), members_.end(), name,
                                   [](const ZipMember& m, std::string_view wanted) { return m.name < wanted; });
  return at != members_.end() && at->name == name ? &*at : nullptr;
}

}  // namespace mien::pytorch
