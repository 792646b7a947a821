#include "face/gallery_format.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "engine/file/bytes.h"
#include "engine/file/hash.h"

namespace mien::gallery {
namespace {

using file::corrupt_at;
using file::load;
using file::store;

enum HeaderField : uint64_t {
  kAtEndian = 8,
  kAtVersion = 12,
  kAtDims = 16,
  kAtType = 20,
  kAtModelHash = 24,
  kAtNameBytes = 32,
  kAtName = 36,
  kAtFlip = 4080
};

uint64_t element_bytes(RowType type) {
  return type == RowType::float32 ? 4 : 2;
}

std::string hex(uint64_t hash) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  return text;
}

}  // namespace

Layout::Layout(const GalleryInfo& info)
    : cols_((info.dims + 15) / 16 * 16),
      row_bytes_(file::aligned(static_cast<uint64_t>(info.dims) * element_bytes(info.type))),
      block_bytes_(kEntriesSize + kBlockSlots * row_bytes_) {
  row_stride_ = static_cast<int64_t>(row_bytes_ / element_bytes(info.type));
}

int64_t Layout::rows_within(uint64_t size) const {
  if (size <= kHeaderSize) return 0;
  const uint64_t blocks = (size - kHeaderSize) / block_bytes_, rest = (size - kHeaderSize) % block_bytes_;
  const uint64_t rows = rest <= kEntriesSize ? 0 : (rest - kEntriesSize) / row_bytes_;
  if (blocks >= kMaxSlots / kBlockSlots) return kMaxSlots;
  return static_cast<int64_t>(blocks * kBlockSlots + rows);
}

int64_t Layout::entries_within(uint64_t size) const {
  if (size <= kHeaderSize) return 0;
  const uint64_t blocks = (size - kHeaderSize) / block_bytes_, rest = (size - kHeaderSize) % block_bytes_;
  if (blocks >= kMaxSlots / kBlockSlots) return kMaxSlots;
  return static_cast<int64_t>(blocks * kBlockSlots + std::min<uint64_t>(rest / kEntrySize, kBlockSlots));
}

int Layout::name_slots(int name_bytes) const {
  const int per_slot = static_cast<int>(row_bytes_);
  return name_bytes <= kInlineName ? 0 : (name_bytes - kInlineName + per_slot - 1) / per_slot;
}

void write_entry(const Entry& entry, uint8_t* to) {
  store(to + 8, entry.row_hash);
  store(to + 16, entry.slot);
  store(to + 20, entry.name_bytes);
  store(to + 22, static_cast<uint8_t>(entry.kind));
  store(to + 23, entry.left);
  std::memcpy(to + 24, entry.name, kInlineName);
  store(to, file::hash_of(to + 8, kEntrySize - 8));
}

bool read_entry(const uint8_t* from, int64_t slot, Entry* entry) {
  uint8_t bytes[kEntrySize];  // a writer may be at it: what is hashed must be what is used
  std::memcpy(bytes, from, kEntrySize);
  if (load<uint64_t>(bytes) != file::hash_of(bytes + 8, kEntrySize - 8)) return false;
  entry->row_hash = load<uint64_t>(bytes + 8);
  entry->slot = load<uint32_t>(bytes + 16);
  entry->name_bytes = load<uint16_t>(bytes + 20);
  entry->kind = static_cast<Kind>(bytes[22]);
  entry->left = bytes[23];
  std::memcpy(entry->name, bytes + 24, kInlineName);
  return entry->slot == slot;
}

bool is_empty(const uint8_t* entry) {
  return std::all_of(entry, entry + kEntrySize, [](uint8_t byte) { return byte == 0; });
}

void write_header(const GalleryInfo& info, uint8_t* to) {
  std::memset(to, 0, kHeaderSize);
  std::memcpy(to, kMagic, sizeof kMagic);
  store(to + kAtEndian, kEndianMark);
  store(to + kAtVersion, kVersion);
  store(to + kAtDims, static_cast<uint32_t>(info.dims));
  store(to + kAtType, static_cast<uint32_t>(info.type));
  store(to + kAtModelHash, info.model.hash);
  store(to + kAtNameBytes, static_cast<uint32_t>(info.model.name.size()));
  std::memcpy(to + kAtName, info.model.name.data(), info.model.name.size());
  store(to + kAtFlip, static_cast<uint32_t>(info.model.flip));
  store(to + kHeaderHashOffset, file::hash_of(to, kHeaderHashOffset));
}

Result<GalleryInfo> read_header(const uint8_t* data, uint64_t size) {
  if (size < sizeof kMagic || std::memcmp(data, kMagic, sizeof kMagic) != 0) {
    return Status{Code::unreadable, "not a gallery"};
  }
  if (size < kHeaderSize) return corrupt_at(size, "the file ends within the header");
  if (load<uint64_t>(data + kHeaderHashOffset) != file::hash_of(data, kHeaderHashOffset)) {
    return corrupt_at(kHeaderHashOffset, "the header's hash does not match");
  }
  if (load<uint32_t>(data + kAtEndian) != kEndianMark) return corrupt_at(kAtEndian, "not little-endian");
  const uint32_t version = load<uint32_t>(data + kAtVersion);
  if (version != kVersion) {
    return Status{Code::unsupported, "gallery format " + std::to_string(version) + "; this is a reader of format 1"};
  }
  const uint32_t dims = load<uint32_t>(data + kAtDims), type = load<uint32_t>(data + kAtType);
  if (dims < 1 || dims > kMaxDims) return corrupt_at(kAtDims, "rows of " + std::to_string(dims) + " numbers");
  if (type != 1 && type != 2) return corrupt_at(kAtType, "rows of an unknown type");
  const uint32_t name_bytes = load<uint32_t>(data + kAtNameBytes), flip = load<uint32_t>(data + kAtFlip);
  if (name_bytes > kMaxName) return corrupt_at(kAtNameBytes, "the model's name is too long");
  if (flip > static_cast<uint32_t>(Flip::concat)) return corrupt_at(kAtFlip, "an unknown flip");
  GalleryInfo info;
  info.dims = static_cast<int>(dims);
  info.type = static_cast<RowType>(type);
  info.model.hash = load<uint64_t>(data + kAtModelHash);
  info.model.flip = static_cast<Flip>(flip);
  info.model.name.assign(reinterpret_cast<const char*>(data + kAtName), name_bytes);
  if (!file::is_text(info.model.name)) return corrupt_at(kAtName, "the model's name is no text");
  return info;
}

std::string fault_of_name(const std::string& name) {
  if (name.empty()) return "the name is empty";
  if (name.size() > kMaxName) return "the name has more than " + std::to_string(kMaxName) + " bytes";
  if (!file::is_text(name)) return "the name is not UTF-8, or has control characters";
  return "";
}

// Such a gallery may have been made with any.
constexpr char kOldGallery[] = " (one that was made before galleries noted their flip says none)";

Status check_model(const std::string& path, const GalleryInfo& info, const ModelIdentity& wanted) {
  if (info.model.hash != wanted.hash)
    return {Code::check_failed, path + ": holds embeddings of the model '" + info.model.name + "' (" +
                                    hex(info.model.hash) + "), which cannot be compared with those of '" + wanted.name +
                                    "' (" + hex(wanted.hash) + ")"};
  if (info.model.flip == wanted.flip) return {};
  return {Code::check_failed, path + ": holds embeddings made with flip " + name_of(info.model.flip) +
                                  ", which cannot be compared with those made with flip " + name_of(wanted.flip) +
                                  ": use the gallery's flip, or enroll the pictures again into a new gallery" +
                                  (info.model.flip == Flip::none ? kOldGallery : "")};
}

}  // namespace mien::gallery
