// Checked sizes and little-endian encoding: the only place where the flat file's bytes become numbers and back.
// Encoder and Decoder have the same members, so that one description of a structure (fields.h) serves both ways.
// Not thread-safe; each belongs to one call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include "engine/graph.h"
#include "engine/status.h"

#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "weights are used as they lie in the file: a little-endian machine is needed"
#endif

namespace mien::file {

// False if the result does not fit; *out is then not to be used.
inline bool add(uint64_t a, uint64_t b, uint64_t* out) {
  return !__builtin_add_overflow(a, b, out);
}
inline bool multiply(uint64_t a, uint64_t b, uint64_t* out) {
  return !__builtin_mul_overflow(a, b, out);
}
// The next multiple of 64.
inline bool align(uint64_t size, uint64_t* out) {
  if (!add(size, 63, out)) return false;
  *out &= ~uint64_t{63};
  return true;
}
// REQUIRES: size <= 2^64 - 64.
inline uint64_t aligned(uint64_t size) {
  return (size + 63) & ~uint64_t{63};
}

template <class T>
T load(const uint8_t* from) {
  static_assert(std::is_arithmetic_v<T>);
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
template <class T>
void store(uint8_t* to, T value) {
  static_assert(std::is_arithmetic_v<T>);
  std::memcpy(to, &value, sizeof value);
}

// Valid UTF-8 without control characters other than tab and line feed: safe to print and to put into JSON.
bool is_text(const std::string& text);

// corrupt, "at byte 123: what".
Status corrupt_at(uint64_t offset, const std::string& what);

// Bytes of memory that decoding may still allocate. Structures in memory are larger than in the file; without this a
// small file of many tiny entries could ask for much more than its own size.
class Budget {
 public:
  explicit Budget(uint64_t bytes) : left_(bytes) {}
  bool take(uint64_t bytes) {
    if (bytes > left_) return false;
    left_ -= bytes;
    return true;
  }

 private:
  uint64_t left_;
};

// Turns values into bytes and hands them to put().
class Encoder {
 public:
  virtual ~Encoder() = default;

  template <class T>
  void number(const T& value) {
    static_assert(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>);
    put(&value, sizeof value);
  }
  void flag(bool value) { number(static_cast<uint8_t>(value)); }
  template <class E>
  void choice(E value, E /*last*/) {
    number(static_cast<std::underlying_type_t<E>>(value));
  }
  void op(Op value) { number(static_cast<uint16_t>(value)); }
  void text(const std::string& value);
  void shape(const Shape& value);
  template <class T, class Each>
  void list(const std::vector<T>& values, size_t /*least_bytes*/, Each each) {
    count(values.size());
    for (const T& value : values) each(*this, value);
  }
  template <class T>
  void numbers(const std::vector<T>& values) {
    count(values.size());
    put(values.data(), values.size() * sizeof(T));
  }

  // Something was too long for its 32-bit count.
  bool failed() const { return failed_; }

 protected:
  virtual void put(const void* data, size_t size) = 0;

 private:
  void count(size_t n);
  bool failed_ = false;
};

// Appends to a vector.
class VectorEncoder final : public Encoder {
 public:
  std::vector<uint8_t> bytes;

 private:
  void put(const void* data, size_t size) override;
};

// Compares with bytes that are already there, without memory of its own.
class CompareEncoder final : public Encoder {
 public:
  CompareEncoder(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  bool same() const { return same_ && at_ == size_; }
  size_t position() const { return at_; }  // of the first field that differs

 private:
  void put(const void* data, size_t size) override;
  const uint8_t* data_;
  size_t size_;
  size_t at_ = 0;
  bool same_ = true;
};

// Turns the bytes of one section into values. The first error sticks; after it every read gives zeros and nothing is
// allocated. A count is compared with the bytes that are left, and with the budget, before memory is asked for.
class Decoder {
 public:
  // `offset` is where data lies in the file, for messages.
  Decoder(const uint8_t* data, size_t size, uint64_t offset, Budget* budget)
      : data_(data), size_(size), offset_(offset), budget_(budget) {}

  template <class T>
  void number(T& value) {
    static_assert(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>);
    value = room(sizeof value) ? load<T>(data_ + at_) : T{};
    if (!failed()) at_ += sizeof value;
  }
  void flag(bool& value);
  template <class E>
  void choice(E& value, E last) {
    std::underlying_type_t<E> raw;
    number(raw);
    if (raw > static_cast<std::underlying_type_t<E>>(last)) fail_before(sizeof raw, "no such choice");
    value = failed() ? E{} : static_cast<E>(raw);
  }
  void op(Op& value);
  void text(std::string& value);
  void shape(Shape& value);
  // least_bytes: the smallest encoding of one entry.
  template <class T, class Each>
  void list(std::vector<T>& values, size_t least_bytes, Each each) {
    values.resize(count(least_bytes, sizeof(T)));
    for (size_t i = 0; i < values.size() && !failed(); ++i) each(*this, values[i]);
  }
  template <class T>
  void numbers(std::vector<T>& values) {
    values.resize(count(sizeof(T), sizeof(T)));
    if (values.empty()) return;
    std::memcpy(values.data(), data_ + at_, values.size() * sizeof(T));
    at_ += values.size() * sizeof(T);
  }

  bool failed() const { return !status_.ok(); }
  void fail(const std::string& what) { fail_before(0, what); }
  uint64_t offset() const { return offset_ + at_; }  // in the file, of the next byte
  // The first error, or that the section goes on after its last field.
  Status finish();

 private:
  bool room(uint64_t bytes);
  size_t count(size_t least_bytes, size_t memory_each);
  // The fault lies `bytes` before the current position.
  void fail_before(size_t bytes, const std::string& what);

  const uint8_t* data_;
  size_t size_;
  uint64_t offset_;
  Budget* budget_;
  size_t at_ = 0;
  Status status_;
};

}  // namespace mien::file
