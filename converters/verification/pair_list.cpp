#include "converters/verification/pair_list.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>

#include "converters/text.h"

namespace mien {
namespace {

using Fields = std::vector<std::string_view>;

constexpr int kMostPictures = 999999;  // of one person

Fields fields_of(std::string_view line, bool commas) {
  Fields fields;
  const std::string_view between = commas ? " \t\r," : " \t\r";
  for (size_t at = 0; (at = line.find_first_not_of(between, at)) != std::string_view::npos;) {
    const size_t end = std::min(line.find_first_of(between, at), line.size());
    fields.push_back(line.substr(at, end - at));
    at = end;
  }
  return fields;
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0 || value > kMostPictures) return {};
  return value;
}

// Not empty, relative, and without a step upwards.
bool stays_below(std::string_view path) {
  if (path.empty() || path[0] == '/' || path.find('\0') != std::string_view::npos) return false;
  for (size_t at = 0; at <= path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    if (path.substr(at, end - at) == "..") return false;
    at = end + 1;
  }
  return true;
}

bool is_name(std::string_view name) {
  return name != "." && stays_below(name) && name.find('/') == name.npos;
}

std::string picture_of(std::string_view name, int index) {
  char digits[16];
  std::snprintf(digits, sizeof digits, "_%04d", index);
  return std::string(name) + "/" + std::string(name) + digits;
}

class Parser {
 public:
  Result<PairList> parse(std::string_view text) {
    for (size_t at = 0; at < text.size() && status_.ok();) {
      const size_t end = std::min(text.find('\n', at), text.size());
      ++line_;
      take(text.substr(at, end - at));
      at = end + 1;
    }
    if (!status_.ok()) return status_;
    if (list_.pairs.empty()) return Status(Code::corrupt, "no pair in it");
    if (expected_ > 0 && list_.pairs.size() != expected_)
      return Status(Code::corrupt, "its head says " + std::to_string(expected_) + " pairs, it holds " +
                                       std::to_string(list_.pairs.size()));
    return std::move(list_);
  }

 private:
  void fail(const std::string& what) { status_ = {Code::corrupt, "line " + std::to_string(line_) + ": " + what}; }

  void take(std::string_view line) {
    if (first_ && line.substr(0, 5) == "name,") {
      commas_ = true, first_ = false;
      return;
    }
    const Fields fields = fields_of(line, commas_);
    if (fields.empty()) return;
    if (first_ && take_head(fields)) return;
    if (first_) list_.has_endings = !commas_ && fields.size() == 3 && !number(fields[1]);
    first_ = false;
    list_.has_endings ? take_labelled(fields) : take_named(fields);
  }

  // `folds n` or `n`: n pairs of one person and n of two, per fold.
  bool take_head(const Fields& fields) {
    if (fields.size() > 2) return false;
    const auto one = number(fields[0]), two = fields.size() == 2 ? number(fields[1]) : 1;
    first_ = false;
    if (!one || !two || *one == 0 || *two == 0) return fail("neither a head nor a pair"), true;
    expected_ = 2 * static_cast<size_t>(*one) * static_cast<size_t>(*two);
    return true;
  }

  void take_named(const Fields& f) {
    const bool same = f.size() == 3;
    if (!same && f.size() != 4) return fail(std::to_string(f.size()) + " fields where a pair has 3 or 4");
    const std::string_view second = same ? f[0] : f[2];
    const auto i = number(f[1]), j = number(f[same ? 2 : 3]);
    if (!i || !j) return fail("a number of a picture is none");
    for (std::string_view name : {f[0], second})
      if (!is_name(name)) return fail("not the name of a person: " + printable(std::string(name)));
    list_.pairs.push_back({picture_of(f[0], *i), picture_of(second, *j), same});
  }

  void take_labelled(const Fields& f) {
    if (f.size() != 3) return fail(std::to_string(f.size()) + " fields where `path path 0|1` has 3");
    if (f[2] != "0" && f[2] != "1") return fail("neither 0 nor 1: " + printable(std::string(f[2])));
    for (std::string_view path : {f[0], f[1]})
      if (!stays_below(path)) return fail("not a path below the folder: " + printable(std::string(path)));
    list_.pairs.push_back({std::string(f[0]), std::string(f[1]), f[2] == "1"});
  }

  PairList list_;
  Status status_;
  size_t line_ = 0, expected_ = 0;
  bool first_ = true, commas_ = false;
};

}  // namespace

Result<PairList> parse_pair_list(std::string_view text) {
  return Parser().parse(text);
}

}  // namespace mien
