#include "converters/nn_archive/members.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <set>

#include "converters/nn_archive/unpacked.h"
#include "converters/text.h"
#include "engine/file/bytes.h"

namespace mien::nn_archive {
namespace {

constexpr size_t kMostMembers = 10000, kLongestName = 4096;

// Room for `more` bytes, twice what there is but never beyond `whole`: a size that the header states is no reason to
// allocate, the bytes that have come are.
void make_room(std::vector<uint8_t>* bytes, size_t more, uint64_t whole) {
  const size_t needed = bytes->size() + more;
  if (needed > bytes->capacity()) bytes->reserve(std::max<size_t>(needed, std::min<uint64_t>(2 * needed, whole)));
  // The caller has compared needed with whole.
}

bool are_zeros(const uint8_t* bytes, size_t size) {
  return std::all_of(bytes, bytes + size, [](uint8_t b) { return b == 0; });
}

class Tar {
 public:
  Tar(const uint8_t* data, size_t size, bool (*wanted)(const std::string&))
      : packed_(data, size), wanted_(wanted), tar_(archive_read_new()) {
    if (tar_ == nullptr) throw std::bad_alloc();
  }
  ~Tar() { archive_read_free(tar_); }
  Tar(const Tar&) = delete;
  Tar& operator=(const Tar&) = delete;

  Result<Members> read() {
    if (archive_read_support_format_tar(tar_) != ARCHIVE_OK ||
        archive_read_open(tar_, this, nullptr, give, nullptr) != ARCHIVE_OK)
      return failed();
    for (int result; (result = archive_read_next_header(tar_, &entry_)) != ARCHIVE_EOF;) {
      if (result != ARCHIVE_OK && !(result == ARCHIVE_WARN && has_foreign_name())) return failed();
      MIEN_RETURN_IF_ERROR(add());
    }
    MIEN_RETURN_IF_ERROR(finish());
    return std::move(out_);
  }

 private:
  static la_ssize_t give(archive*, void* self, const void** block) {
    Tar& tar = *static_cast<Tar*>(self);
    const uint8_t* bytes = nullptr;
    const size_t size = tar.packed_.next(&bytes);
    *block = tar.block_ = bytes;
    tar.block_size_ = size;
    if (tar.packed_.status().ok()) return static_cast<la_ssize_t>(size);
    archive_set_error(tar.tar_, EIO, "unpacking failed");
    return -1;
  }

  Status failed() const {
    if (!packed_.status().ok()) return packed_.status();
    const char* said = archive_error_string(tar_);
    if (out_.names.empty() && *packed_.compression() != 0 && !seen_any_)
      return {Code::corrupt, "no tar archive is packed in this " + std::string(packed_.compression()) +
                                 " file: unpack it and give the file itself (" + printable(said ? said : "damaged") +
                                 ")"};
    return corrupt(said ? printable(said) : "damaged");
  }
  Status corrupt(const std::string& what) const {
    const la_int64_t at = archive_read_header_position(tar_);
    return {Code::corrupt, "tar, byte " + std::to_string(std::max<la_int64_t>(at, 0)) + ": " + what};
  }
  Status bad_member(const std::string& what) const {
    const char* path = archive_entry_pathname(entry_);
    return corrupt("member '" + printable(path ? path : "?") + "' " + what);
  }

  // libarchive warns of letters that the current locale does not have, and gives the name's bytes as they are.
  bool has_foreign_name() const {
    const char* path = archive_entry_pathname(entry_);
    return path && std::any_of(path, path + std::strlen(path), [](char c) { return static_cast<uint8_t>(c) > 127; });
  }

  Status add() {
    seen_any_ = true;
    const char* path = archive_entry_pathname(entry_);
    if (path == nullptr || *path == 0) return corrupt("a member without a name");
    Result<std::string> name = normal_name(path);
    if (!name.ok()) return corrupt(name.status().message());
    if (archive_entry_hardlink(entry_) || archive_entry_symlink(entry_)) return bad_member("is a link");
    if (++members_ > kMostMembers) return corrupt("more than " + std::to_string(kMostMembers) + " members");
    if (archive_entry_filetype(entry_) == AE_IFDIR) return skip();
    if (archive_entry_filetype(entry_) != AE_IFREG) return bad_member("is neither a file nor a folder");
    if (name->empty()) return bad_member("has no name");
    if (!seen_.insert(*name).second) return bad_member("is there twice");
    out_.names.push_back(*name);
    const la_int64_t size = archive_entry_size(entry_);
    if (!archive_entry_size_is_set(entry_) || size < 0) return bad_member("has no size");
    if (static_cast<uint64_t>(size) > packed_.limit())
      return {Code::unsupported, "member '" + printable(*name) + "' of " + std::to_string(size) +
                                     " bytes is more than this archive may unpack to (" +
                                     std::to_string(packed_.limit()) + ")"};
    return wanted_(*name) ? keep(static_cast<uint64_t>(size), &out_.contents[*name]) : skip();
  }

  Status skip() { return archive_read_data_skip(tar_) == ARCHIVE_OK ? Status() : failed(); }

  Status keep(uint64_t size, std::vector<uint8_t>* bytes) {
    const void* block = nullptr;
    size_t count = 0;
    la_int64_t offset = 0;
    int result;
    while ((result = archive_read_data_block(tar_, &block, &count, &offset)) == ARCHIVE_OK) {
      if (offset < 0 || static_cast<uint64_t>(offset) != bytes->size()) return bad_member("is sparse");
      if (count > size - bytes->size()) return bad_member("has more bytes than it states");
      make_room(bytes, count, size);
      const auto* from = static_cast<const uint8_t*>(block);
      bytes->insert(bytes->end(), from, from + count);
    }
    if (result != ARCHIVE_EOF) return failed();
    return bytes->size() == size ? Status() : bad_member("is sparse or ends early");
  }

  // What follows the last record is padding: in the block that libarchive stopped in, and in all later ones.
  Status finish() {
    const uint64_t unread = packed_.given() - static_cast<uint64_t>(archive_filter_bytes(tar_, 0));
    const size_t rest = static_cast<size_t>(std::min<uint64_t>(unread, block_size_));
    bool zeros = rest == 0 || are_zeros(block_ + (block_size_ - rest), rest);
    const uint8_t* block = nullptr;
    while (const size_t size = packed_.next(&block)) zeros = zeros && are_zeros(block, size);
    MIEN_RETURN_IF_ERROR(packed_.status());
    return zeros ? Status() : Status(Code::corrupt, "tar: data behind the end of the archive");
  }

  Unpacked packed_;
  bool (*wanted_)(const std::string&);
  archive* tar_;
  archive_entry* entry_ = nullptr;
  Members out_;
  std::set<std::string> seen_;
  const uint8_t* block_ = nullptr;  // the last one that libarchive was given
  size_t block_size_ = 0;
  size_t members_ = 0;
  bool seen_any_ = false;
};

}  // namespace

Result<std::string> normal_name(const std::string& path) {
  const auto bad = [&path](const char* what) {
    return Status(Code::corrupt, "the name '" + printable(path) + "' " + what);
  };
  if (path.size() > kLongestName) return bad("is too long");
  if (!path.empty() && path[0] == '/') return bad("is absolute");
  if (path.size() > 1 && path[1] == ':') return bad("begins with a drive");
  for (const char c : path) {
    if (c == '\\') return bad("has a backslash");
    if (static_cast<unsigned char>(c) < ' ' || c == 127) return bad("has control characters");
  }
  std::string out;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string part = path.substr(begin, end - begin);
    if (part == "..") return bad("leads out of the archive");
    if (!part.empty() && part != ".") out += (out.empty() ? "" : "/") + part;
    begin = end + 1;
  }
  return out;
}

Result<Members> read_members(const uint8_t* data, size_t size, bool (*wanted)(const std::string& name)) {
  return Tar(data, size, wanted).read();
}

}  // namespace mien::nn_archive
