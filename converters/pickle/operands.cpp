#include "converters/pickle/operands.h"

#include <charconv>
#include <cstring>

namespace mien::pickle {

void Operands::fail(const std::string& what, Code code) {
  if (!failed()) status_ = {code, "at byte " + std::to_string(offset_ + opcode_at_) + ": in a pickle: " + what};
}

std::string_view Operands::take(uint64_t bytes) {
  if (bytes > left()) fail("needs " + std::to_string(bytes) + " bytes where " + std::to_string(left()) + " are left");
  if (failed()) return {};
  const std::string_view taken(reinterpret_cast<const char*>(data_) + at_, static_cast<size_t>(bytes));
  at_ += taken.size();
  return taken;
}

double Operands::big_endian_real() {
  const uint64_t bits = __builtin_bswap64(number<uint64_t>());
  double value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

std::string_view Operands::line() {
  const void* end = left() > 0 ? std::memchr(data_ + at_, '\n', left()) : nullptr;
  if (end == nullptr) fail("a line has no end");
  if (failed()) return {};
  const std::string_view whole = take(static_cast<size_t>(static_cast<const uint8_t*>(end) - (data_ + at_)) + 1);
  return whole.substr(0, whole.size() - 1);
}

// Values point into the pickle, so that text with escapes, which only protocols 0 and 1 have, cannot be held.
std::string_view Operands::raw_line() {
  const std::string_view text = line();
  if (text.find('\\') != std::string_view::npos) fail("escapes in text of protocol 0", Code::unsupported);
  return text;
}

std::string_view Operands::quoted_line() {
  const std::string_view text = raw_line();
  const bool quoted = text.size() >= 2 && (text[0] == '\'' || text[0] == '"') && text.back() == text[0];
  if (!quoted) fail("text without its quotes");
  return failed() ? std::string_view() : text.substr(1, text.size() - 2);
}

template <class T>
T Operands::decimal(std::string_view digits) {
  T value{};
  const char* const last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, value);
  if (error != std::errc() || end != last) fail("a line that should be a number is none");
  return failed() ? T{} : value;
}

uint32_t Operands::line_index() {
  return decimal<uint32_t>(line());
}

int64_t Operands::line_integer() {
  std::string_view digits = line();
  if (!digits.empty() && digits.back() == 'L') digits.remove_suffix(1);
  return decimal<int64_t>(digits);
}

double Operands::line_real() {
  return decimal<double>(line());
}

}  // namespace mien::pickle
