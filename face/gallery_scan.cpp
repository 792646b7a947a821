#include "face/gallery_scan.h"

#include <atomic>
#include <map>

#include "engine/file/bytes.h"
#include "engine/file/hash.h"

namespace mien::gallery {
namespace {

using file::corrupt_at;

class Scanner {
 public:
  Scanner(const Bytes& bytes, const Layout& layout) : bytes_(bytes), layout_(layout) {}

  Status run(bool check_rows) {
    MIEN_RETURN_IF_ERROR(find_entries());
    MIEN_RETURN_IF_ERROR(find_records());
    drop_bad_tail();
    MIEN_RETURN_IF_ERROR(check_slots(check_rows));
    MIEN_RETURN_IF_ERROR(find_rows());
    describe_tail();
    return {};
  }
  Scan take() { return std::move(scan_); }

 private:
  bool read(int64_t slot, Entry* entry) const { return read_entry(bytes_.data + layout_.entry(slot), slot, entry); }
  bool valid(int64_t slot) const {
    Entry entry;
    return read(slot, &entry);
  }
  bool row_matches(int64_t slot) const {
    Entry entry;
    return read(slot, &entry) &&
           entry.row_hash == file::hash_of(bytes_.data + layout_.row(slot), static_cast<size_t>(layout_.row_bytes()));
  }
  // Of the record that ends in this slot.
  int64_t first_slot_of(int64_t last) const {
    Entry entry;
    return read(last, &entry) ? last - layout_.name_slots(entry.name_bytes) : last;
  }

  // entries_: how many valid entries stand at the start, each with its row in the file.
  Status find_entries() {
    const int64_t rows = layout_.rows_within(bytes_.size), entries = layout_.entries_within(bytes_.size);
    for (;;) {
      while (entries_ < rows && valid(entries_)) ++entries_;
      if (entries_ == rows) return {};
      int64_t later = entries_ + 1;
      while (later < entries && !valid(later)) ++later;
      if (later >= entries) return {};
      // Either this one is damaged, or a writer has come past it since we looked: it writes them in order.
      std::atomic_thread_fence(std::memory_order_acquire);
      if (!valid(entries_)) {
        return corrupt_at(layout_.entry(entries_), "a record that does not match its hash, with records behind it");
      }
    }
  }

  // slots: up to the last entry that completes a record.
  Status find_records() {
    int left = 0;  // slots to come of the record at hand, the last one included
    uint16_t name_bytes = 0;
    for (int64_t slot = 0; slot < entries_; ++slot) {
      Entry entry;
      if (!read(slot, &entry)) return corrupt_at(layout_.entry(slot), "changed while it was read");
      const bool first = left == 0;
      if (first) left = layout_.name_slots(entry.name_bytes) + 1;
      const bool named = entry.name_bytes >= 1 && entry.name_bytes <= kMaxName;
      const bool last = entry.kind == Kind::row || entry.kind == Kind::removal;
      if (!named || (!last && entry.kind != Kind::name) || last != (left == 1) || entry.left != left - 1 ||
          (!first && entry.name_bytes != name_bytes)) {
        return corrupt_at(layout_.entry(slot), "a record that contradicts itself");
      }
      name_bytes = entry.name_bytes;
      if (--left == 0) scan_.slots = slot + 1;
    }
    return {};
  }

  // Records at the end with a row that is not what was hashed: the machine went down before it reached the disk.
  void drop_bad_tail() {
    while (scan_.slots > 0) {
      const int64_t last = scan_.slots - 1, first = first_slot_of(last);
      int64_t good = first;
      while (good <= last && row_matches(good)) ++good;
      if (good > last) return;
      scan_.slots = first;
    }
  }

  Status check_slots(bool check_rows) {
    for (int64_t slot = 0; slot < scan_.slots; ++slot) {
      Entry entry;
      if (!read(slot, &entry)) return corrupt_at(layout_.entry(slot), "changed while it was read");
      if ((check_rows || entry.kind == Kind::name) && !row_matches(slot)) {
        return corrupt_at(layout_.row(slot), "a row that does not match its hash, with records behind it");
      }
      if (entry.kind != Kind::name && !file::is_text(name_at(bytes_, layout_, slot))) {
        return corrupt_at(layout_.entry(slot), "a name that is no text");
      }
    }
    return {};
  }

  // Live rows: those that no later removal names.
  Status find_rows() {
    std::map<std::string, int64_t> removals;  // a name's last
    scan_.blocks.resize(static_cast<size_t>((scan_.slots + kBlockSlots - 1) / kBlockSlots));
    for (int64_t slot = 0; slot < scan_.slots; ++slot) {
      Entry entry;
      if (!read(slot, &entry)) return corrupt_at(layout_.entry(slot), "changed while it was read");
      if (entry.kind == Kind::row) block_of(slot).live |= bit_of(slot);
      if (entry.kind == Kind::removal) removals[name_at(bytes_, layout_, slot)] = slot;
    }
    for (int64_t slot = 0; slot < scan_.slots && !removals.empty(); ++slot) {
      if ((block_of(slot).live & bit_of(slot)) == 0) continue;
      const auto removal = removals.find(name_at(bytes_, layout_, slot));
      if (removal != removals.end() && slot < removal->second) block_of(slot).live &= ~bit_of(slot);
    }
    for (Block& block : scan_.blocks) {
      block.first = scan_.rows;
      scan_.rows += __builtin_popcountll(block.live);
    }
    return {};
  }
  Block& block_of(int64_t slot) { return scan_.blocks[static_cast<size_t>(slot / kBlockSlots)]; }
  static uint64_t bit_of(int64_t slot) { return uint64_t{1} << (slot % kBlockSlots); }

  void describe_tail() {
    const auto found = [&](uint64_t offset, uint64_t) -> Status { return corrupt_at(offset, ""); };
    if (each_tail_piece(bytes_, layout_, scan_.slots, found).ok()) return;
    scan_.tail = "at byte " + std::to_string(layout_.size(scan_.slots)) +
                 ": behind the last whole record stands one that was not finished, or is being written";
  }

  Bytes bytes_;
  const Layout& layout_;
  int64_t entries_ = 0;
  Scan scan_;
};

}  // namespace

Result<Scan> scan(const Bytes& bytes, const Layout& layout, bool check_rows) {
  Scanner scanner(bytes, layout);
  MIEN_RETURN_IF_ERROR(scanner.run(check_rows));
  return scanner.take();
}

std::string name_at(const Bytes& bytes, const Layout& layout, int64_t slot) {
  Entry entry;
  if (!read_entry(bytes.data + layout.entry(slot), slot, &entry)) return "";
  const uint64_t size = entry.name_bytes;
  std::string name(entry.name, size < kInlineName ? size : kInlineName);
  for (int64_t part = slot - layout.name_slots(entry.name_bytes); part < slot; ++part) {
    const uint64_t left = size - name.size(), whole = layout.row_bytes();
    name.append(reinterpret_cast<const char*>(bytes.data + layout.row(part)), left < whole ? left : whole);
  }
  return name;
}

}  // namespace mien::gallery
