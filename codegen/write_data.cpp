#include <cstdio>

#include "codegen/write.h"

namespace mien::codegen {
namespace {

// A string literal: gcc 12 takes 0.3 s for 4 MB of it, and 2 to 5 s for the same as a list of numbers.
class Literal {
 public:
  explicit Literal(std::string* text) : text_(*text) {}

  void add(const unsigned char* bytes, size_t n) {
    for (size_t i = 0; i < n; ++i) add(bytes[i]);
  }
  void end() {
    if (column_ > 0) text_ += "\"";
    column_ = 0;
  }

 private:
  static constexpr int kColumns = 110;

  void add(unsigned char byte) {
    if (column_ == 0) {
      text_ += "\n    \"";
      octal_ = false;
    }
    const size_t before = text_.size();
    // A digit behind an escape would be part of it; ? could begin a trigraph.
    const bool plain = byte >= 32 && byte < 127 && byte != '"' && byte != '\\' && byte != '?' &&
                       !(octal_ && byte >= '0' && byte <= '7');
    if (plain) {
      text_ += static_cast<char>(byte);
    } else {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\%o", static_cast<unsigned>(byte));
      text_ += escape;
    }
    octal_ = !plain && byte < 64;  // of fewer than three digits
    column_ += static_cast<int>(text_.size() - before);
    if (column_ >= kColumns) end();
  }

  std::string& text_;
  int column_ = 0;
  bool octal_ = false;
};

void add_weights(const Memory& memory, std::string* text) {
  const int64_t bytes = memory.weight_floats() * 4;
  // One more for the zero that ends a literal.
  *text += "// Weights in the order in which the kernels read them, the bytes of little-endian floats.\n";
  *text += "alignas(64) const unsigned char weight_bytes[" + std::to_string(bytes + 1) + "] =";
  Literal literal(text);
  int64_t at = 0;
  const unsigned char zeros[64] = {};
  for (const Memory::Piece& piece : memory.weights()) {
    literal.add(zeros, static_cast<size_t>(piece.offset - at) * 4);
    literal.add(reinterpret_cast<const unsigned char*>(piece.data), static_cast<size_t>(piece.floats) * 4);
    at = piece.offset + piece.floats;
  }
  literal.end();
  if (memory.weights().empty()) *text += " \"\"";
  *text += ";\n\n";
}

void add_integers(const std::vector<int32_t>& numbers, std::string* text) {
  if (numbers.empty()) return;
  *text += "// Offsets of the taps of windows, and sources of resized rows and columns.\n";
  *text += "const int32_t integers[] = {";
  for (size_t i = 0; i < numbers.size(); ++i)
    *text += (i % 16 == 0 ? "\n    " : " ") + std::to_string(numbers[i]) + ",";
  *text += "\n};\n\n";
}

}  // namespace

std::string data_text(const Memory& memory) {
  std::string text;
  add_weights(memory, &text);
  add_integers(memory.integer_table(), &text);
  return text;
}

}  // namespace mien::codegen
