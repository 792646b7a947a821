#include "converters/caffe/prototxt.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace mien::caffe {
namespace {

constexpr int kDeepest = 32;
constexpr size_t kMostFields = 500000;  // a network of a thousand layers has about 30,000

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Result<Fields> read() {
    MIEN_RETURN_IF_ERROR(fields_until('\0', 0));
    return std::move(fields_);
  }

 private:
  Status error(const std::string& what) const { return {Code::corrupt, "line " + std::to_string(line_) + ": " + what}; }

  // Moves to the next character that is neither space nor comment; '\0' at the end of the text.
  char peek() {
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '#') at_ = std::min(text_.find('\n', at_), text_.size());
      if (at_ == text_.size() || !is_space(text_[at_])) break;
      line_ += text_[at_] == '\n';
    }
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool accept(char wanted) {
    if (peek() != wanted || at_ == text_.size()) return false;
    ++at_;
    return true;
  }

  // Fields up to and with the closing character; '\0' stands for the end of the text.
  Status fields_until(char close, int depth) {
    if (depth > kDeepest) return error("messages are nested deeper than " + std::to_string(kDeepest));
    for (;;) {
      const char c = peek();
      if (at_ == text_.size()) return close == '\0' ? Status() : error("the text ends within a message");
      if (c == close && close != '\0') {
        ++at_;
        return {};
      }
      if (!is_letter(c)) return error("expected the name of a field");
      MIEN_RETURN_IF_ERROR(field(depth));
    }
  }

  Status field(int depth) {
    const size_t start = at_;
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
    const std::string_view name = text_.substr(start, at_ - start);
    const bool colon = accept(':');
    if (accept('[')) {
      if (!colon) return error("a list without a colon");
      if (!accept(']')) MIEN_RETURN_IF_ERROR(list(name, depth));
    } else {
      MIEN_RETURN_IF_ERROR(value(name, colon, depth));
    }
    if (!accept(',')) accept(';');
    return {};
  }

  Status list(std::string_view name, int depth) {
    do {
      MIEN_RETURN_IF_ERROR(value(name, true, depth));
    } while (accept(','));
    return accept(']') ? Status() : error("a list is not closed");
  }

  Status value(std::string_view name, bool colon, int depth) {
    if (fields_.size() >= kMostFields) return error("more than " + std::to_string(kMostFields) + " fields");
    const size_t index = fields_.size();
    const char c = peek();
    Field made;
    made.name = name;
    made.line = line_;
    made.is_message = c == '{' || c == '<';
    if (!made.is_message) {
      if (!colon) return error("expected ':' or '{' behind '" + std::string(name.substr(0, 40)) + "'");
      MIEN_RETURN_IF_ERROR(c == '"' || c == '\'' ? quoted(c, &made.value) : bare(&made.value));
    }
    fields_.push_back(made);
    if (made.is_message) {
      ++at_;
      MIEN_RETURN_IF_ERROR(fields_until(c == '{' ? '}' : '>', depth + 1));
    }
    fields_[index].end = static_cast<int32_t>(fields_.size());
    return {};
  }

  Status quoted(char quote, std::string_view* out) {
    const size_t start = at_++;
    while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n' && text_[at_] != '\0')
      at_ += text_[at_] == '\\' ? 2 : 1;
    if (at_ >= text_.size() || text_[at_] != quote) {
      at_ = std::min(at_, text_.size());
      return error("a text is not closed");
    }
    *out = text_.substr(start, ++at_ - start);
    return {};
  }

  Status bare(std::string_view* out) {
    const auto belongs = [](char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '+' || c == '-'; };
    const size_t start = at_;
    while (at_ < text_.size() && belongs(text_[at_])) ++at_;
    *out = text_.substr(start, at_ - start);
    return out->empty() ? error("expected a value") : Status();
  }

  std::string_view text_;
  size_t at_ = 0;
  int32_t line_ = 1;
  Fields fields_;
};

int digit_of(char c, int base) {
  const int digit = is_digit(c)            ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : base;
  return digit < base ? digit : -1;
}

// One escape; *i is behind its backslash and moves behind the last character of it.
bool parse_escape(std::string_view text, size_t* i, char* out) {
  static constexpr std::string_view kFrom = "abfnrtv\\'\"?", kTo = "\a\b\f\n\r\t\v\\'\"?";
  const char c = text[*i];
  if (const size_t simple = kFrom.find(c); simple != std::string_view::npos) {
    *out = kTo[simple], ++*i;
    return true;
  }
  const int base = c == 'x' || c == 'X' ? 16 : 8;
  if (base == 16) ++*i;
  int value = 0, digits = 0;
  for (; *i < text.size() && digits < (base == 16 ? 2 : 3) && digit_of(text[*i], base) >= 0; ++*i, ++digits)
    value = value * base + digit_of(text[*i], base);
  *out = static_cast<char>(value);
  return digits > 0 && value < 256;
}

}  // namespace

const Field* Message::find(std::string_view name) const {
  const Field* found = nullptr;
  each([&](const Field& field, int32_t) {
    if (!found && field.name == name) found = &field;
  });
  return found;
}

Message Message::child(std::string_view name) const {
  Message found{fields, 0, 0};
  each([&](const Field& field, int32_t i) {
    if (found.begin == 0 && field.is_message && field.name == name) found = inside(i);
  });
  return found;
}

Result<Fields> read_prototxt(const uint8_t* text, size_t size) {
  if (size > size_t{1} << 28) return Status(Code::corrupt, "more text than any network needs");
  return Reader({reinterpret_cast<const char*>(text), size}).read();
}

bool parse_flag(std::string_view value, bool* out) {
  *out = value == "true" || value == "True" || value == "t" || value == "1";
  return *out || value == "false" || value == "False" || value == "f" || value == "0";
}

bool parse_integer(std::string_view value, int64_t* out) {
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), *out);
  return error == std::errc() && end == value.data() + value.size();
}

bool parse_real(std::string_view value, double* out) {
  if (value.size() > 1 && (value.back() == 'f' || value.back() == 'F')) value.remove_suffix(1);
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), *out);
  return error == std::errc() && end == value.data() + value.size() && std::isfinite(*out);
}

bool parse_text(std::string_view value, std::string* out) {
  out->clear();
  if (value.size() < 2 || (value[0] != '"' && value[0] != '\'')) return false;
  const std::string_view inside = value.substr(1, value.size() - 2);
  for (size_t i = 0; i < inside.size();) {
    char c = inside[i++];
    if (c == '\\' && (i == inside.size() || !parse_escape(inside, &i, &c))) return false;
    out->push_back(c);
  }
  return true;
}

}  // namespace mien::caffe
