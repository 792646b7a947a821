#include "converters/mxnet/values.h"

#include <charconv>
#include <cmath>

namespace mien::mxnet {
namespace {

constexpr size_t kLongestTuple = 64;

std::string trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(' ');
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

}  // namespace

bool parse_flag(const std::string& text, bool* out) {
  const std::string word = trimmed(text);
  *out = word == "True" || word == "true" || word == "1";
  return *out || word == "False" || word == "false" || word == "0";
}

bool parse_integer(const std::string& text, int64_t* out) {
  std::string word = trimmed(text);
  if (word.size() > 1 && word.back() == 'L') word.pop_back();  // as Python 2 printed them
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), *out);
  return error == std::errc() && end == word.data() + word.size();
}

bool parse_real(const std::string& text, double* out) {
  const std::string word = trimmed(text);
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), *out);
  return error == std::errc() && end == word.data() + word.size() && std::isfinite(*out);
}

bool parse_tuple(const std::string& text, std::vector<int64_t>* out) {
  out->clear();
  std::string word = trimmed(text);
  const bool round = word.size() >= 2 && word.front() == '(' && word.back() == ')';
  const bool square = word.size() >= 2 && word.front() == '[' && word.back() == ']';
  const bool list = round || square;
  if (list) word = trimmed(word.substr(1, word.size() - 2));
  if (list && word.empty()) return true;
  if (list && word.back() == ',') word.pop_back();  // a tuple of one
  for (size_t start = 0; start <= word.size();) {
    const size_t comma = std::min(word.find(',', start), word.size());
    const std::string item = trimmed(word.substr(start, comma - start));
    int64_t value = 0;
    if (!(list && item == "None") && !parse_integer(item, &value)) return false;
    if (out->size() == kLongestTuple) return false;
    out->push_back(value);
    start = comma + 1;
  }
  return list || out->size() == 1;
}

}  // namespace mien::mxnet
