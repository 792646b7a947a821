// The operands that stand behind a pickle's opcodes. After an error every read gives zeros or nothing. Not thread-safe:
// belongs to one machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/file/bytes.h"
#include "engine/status.h"

namespace mien::pickle {

class Operands {
 public:
  // `offset` is where data lies in the file, for messages.
  Operands(const uint8_t* data, size_t size, uint64_t offset) : data_(data), size_(size), offset_(offset) {}

  bool failed() const { return !status_.ok(); }
  const Status& status() const { return status_; }
  // The first error stays; it lies at the opcode that is being done.
  void fail(const std::string& what, Code code = Code::corrupt);

  // Begins the next instruction.
  uint8_t opcode() {
    opcode_at_ = at_;
    return number<uint8_t>();
  }
  size_t position() const { return at_; }
  size_t left() const { return size_ - at_; }

  template <class T>
  T number() {
    const std::string_view bytes = take(sizeof(T));
    return failed() ? T{} : file::load<T>(reinterpret_cast<const uint8_t*>(bytes.data()));
  }
  double big_endian_real();
  std::string_view take(uint64_t bytes);
  std::string_view line();      // without its line feed
  std::string_view raw_line();  // the same, of text: error unsupported if it has escapes
  std::string_view quoted_line();
  uint32_t line_index();
  int64_t line_integer();  // with or without an L at its end
  double line_real();

 private:
  template <class T>
  T decimal(std::string_view digits);

  const uint8_t* data_;
  size_t size_;
  uint64_t offset_;
  size_t at_ = 0, opcode_at_ = 0;
  Status status_;
};

}  // namespace mien::pickle
