#include "engine/file/bytes.h"

#include <limits>

namespace mien::file {
namespace {

// What an allocation costs besides its bytes: the allocator's header and rounding.
constexpr uint64_t kAllocation = 32;

// Length of the UTF-8 sequence at text[i], 0 if it is not one (overlong, surrogate, above U+10FFFF, cut off).
size_t sequence_length(const std::string& text, size_t i) {
  const auto byte = [&](size_t k) { return k < text.size() ? static_cast<uint8_t>(text[k]) : uint8_t{0}; };
  const auto tail = [&](size_t k, uint8_t low, uint8_t high) { return byte(k) >= low && byte(k) <= high; };
  const uint8_t lead = byte(i);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  if (lead < 0xE0) return tail(i + 1, 0x80, 0xBF) ? 2 : 0;
  if (lead < 0xF0) {
    const bool second = tail(i + 1, lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF);
    return second && tail(i + 2, 0x80, 0xBF) ? 3 : 0;
  }
  const bool second = tail(i + 1, lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF);
  return second && tail(i + 2, 0x80, 0xBF) && tail(i + 3, 0x80, 0xBF) ? 4 : 0;
}

// C0, delete and C1 (C2 80 to C2 9F).
bool is_control(const std::string& text, size_t i) {
  const uint8_t byte = static_cast<uint8_t>(text[i]);
  if (byte == '\t' || byte == '\n') return false;
  return byte < 0x20 || byte == 0x7F || (byte == 0xC2 && static_cast<uint8_t>(text[i + 1]) < 0xA0);
}

}  // namespace

bool is_text(const std::string& text) {
  for (size_t i = 0; i < text.size();) {
    const size_t length = sequence_length(text, i);
    if (length == 0 || is_control(text, i)) return false;
    i += length;
  }
  return true;
}

Status corrupt_at(uint64_t offset, const std::string& what) {
  return {Code::corrupt, "at byte " + std::to_string(offset) + ": " + what};
}

void Encoder::count(size_t n) {
  if (n > std::numeric_limits<uint32_t>::max()) failed_ = true;
  number(static_cast<uint32_t>(n));
}

void Encoder::text(const std::string& value) {
  count(value.size());
  put(value.data(), value.size());
}

void Encoder::shape(const Shape& value) {
  number(static_cast<uint8_t>(value.rank));
  put(value.dims, static_cast<size_t>(value.rank) * sizeof value.dims[0]);
}

void VectorEncoder::put(const void* data, size_t size) {
  const auto* from = static_cast<const uint8_t*>(data);
  bytes.insert(bytes.end(), from, from + size);
}

void CompareEncoder::put(const void* data, size_t size) {
  if (!same_) return;
  same_ = size <= size_ - at_ && (size == 0 || std::memcmp(data_ + at_, data, size) == 0);
  if (same_) at_ += size;
}

void Decoder::flag(bool& value) {
  uint8_t raw;
  number(raw);
  if (raw > 1) fail_before(1, "a yes or no that is neither 0 nor 1");
  value = raw == 1;
}

void Decoder::op(Op& value) {
  uint16_t raw;
  number(raw);
  if (!failed() && !op_from_number(raw, &value)) fail_before(2, "no operator has the number " + std::to_string(raw));
}

void Decoder::text(std::string& value) {
  const size_t length = count(1, 1);
  value.assign(reinterpret_cast<const char*>(data_ + at_), length);
  if (!is_text(value)) fail("text that is not UTF-8 or holds control characters");
  at_ += length;
}

void Decoder::shape(Shape& value) {
  uint8_t rank;
  number(rank);
  if (rank > kMaxRank) fail_before(1, "rank " + std::to_string(rank) + " is above " + std::to_string(kMaxRank));
  value.rank = failed() ? 0 : rank;
  for (int i = 0; i < value.rank; ++i) number(value.dims[i]);
}

Status Decoder::finish() {
  if (!failed() && at_ != size_) fail(std::to_string(size_ - at_) + " bytes after the section's last field");
  return status_;
}

bool Decoder::room(uint64_t bytes) {
  if (failed()) return false;
  if (bytes > size_ - at_) fail("the section ends inside a field");
  return !failed();
}

size_t Decoder::count(size_t least_bytes, size_t memory_each) {
  uint32_t n;
  number(n);
  if (failed() || n == 0) return 0;
  uint64_t memory = 0;
  if (n > (size_ - at_) / least_bytes) {
    fail_before(4, "a length of " + std::to_string(n) + " does not fit into the rest of its section");
  } else if (!multiply(n, memory_each, &memory) || !budget_->take(memory + kAllocation)) {
    fail_before(4, "the file would take far more memory than its own size");
  }
  return failed() ? 0 : n;
}

void Decoder::fail_before(size_t bytes, const std::string& what) {
  if (!failed()) status_ = corrupt_at(offset() - bytes, what);
}

}  // namespace mien::file
