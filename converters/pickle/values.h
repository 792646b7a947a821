// What a pickle describes: inert values that refer to each other by index and to the pickle's own bytes for text. They
// may share children and form cycles: whoever walks them needs a limit of depth and of steps. Not thread-safe while
// they are being built; any number of readers afterwards.
#pragma once

#include <cstdint>
#include <deque>
#include <string_view>
#include <utility>
#include <vector>

namespace mien::pickle {

enum class Kind : uint8_t {
  none,
  boolean,
  integer,
  big_integer,  // more than 64 bits: slice() is its little-endian two's complement
  real,
  text,   // UTF-8, unchecked
  bytes,  // also the text of Python 2, and byte arrays
  list,
  tuple,
  dict,        // items: key, value, key, value...; a key that was set twice stands twice
  set,         // its content is not kept
  global,      // items: module, name; nothing was imported
  record,      // items: the global that Python would call, the tuple of its arguments, the state of BUILD or None
  persistent,  // items: the id, for the host to look up
};

using Ref = uint32_t;

class Values {
 public:
  static constexpr Ref kNone = 0, kFalse = 1, kTrue = 2;  // always there

  Values() {
    make(Kind::none);
    for (int64_t truth : {0, 1}) set_integer(make(Kind::boolean), truth);
  }
  Values(Values&&) = default;  // the bytes of the pickle must outlive the values

  Ref count() const { return static_cast<Ref>(values_.size()); }
  Kind kind(Ref v) const { return values_[v].kind; }
  bool is(Ref v, Kind kind) const { return values_[v].kind == kind; }
  bool truth(Ref v) const { return values_[v].integer != 0; }  // REQUIRES: boolean
  int64_t integer(Ref v) const { return values_[v].integer; }  // REQUIRES: integer
  double real(Ref v) const { return values_[v].real; }         // REQUIRES: real
  std::string_view slice(Ref v) const {                        // REQUIRES: text, bytes or big_integer
    return {values_[v].text, values_[v].length};
  }
  // REQUIRES: list, tuple, dict, global, record or persistent.
  const std::vector<Ref>& items(Ref v) const { return items_[values_[v].items]; }
  // Of a global. REQUIRES: global.
  std::string_view module_of(Ref v) const { return slice(items(v)[0]); }
  std::string_view name_of(Ref v) const { return slice(items(v)[1]); }
  bool is_global(Ref v, std::string_view module, std::string_view name) const {
    return is(v, Kind::global) && module_of(v) == module && name_of(v) == name;
  }

  Ref make(Kind kind) {
    values_.push_back({kind, 0, {0}});
    return count() - 1;
  }
  void set_integer(Ref v, int64_t integer) { values_[v].integer = integer; }
  void set_real(Ref v, double real) { values_[v].real = real; }
  // REQUIRES: slice.size() < 2^32.
  Ref make_slice(Kind kind, std::string_view slice) {
    values_.push_back({kind, static_cast<uint32_t>(slice.size()), {0}});
    values_.back().text = slice.data();
    return count() - 1;
  }
  Ref make_compound(Kind kind, std::vector<Ref> items) {
    const Ref v = make(kind);
    values_[v].items = items_.size();
    held_ += items.size();
    items_.push_back(std::move(items));
    return v;
  }
  void append(Ref v, Ref item) { items_[values_[v].items].push_back(item), ++held_; }
  void set_item(Ref v, size_t i, Ref item) { items_[values_[v].items][i] = item; }

  // At most what they occupy: a list has its own allocation, and one that grows has room for twice its items and is
  // copied then.
  uint64_t memory() const { return values_.size() * sizeof(Value) + items_.size() * 56 + held_ * 3 * sizeof(Ref); }

 private:
  struct Value {
    Kind kind;
    uint32_t length;  // of text
    union {
      int64_t integer;
      double real;
      const char* text;
      uint64_t items;  // index in items_
    };
  };

  std::deque<Value> values_;
  std::deque<std::vector<Ref>> items_;
  uint64_t held_ = 0;
};

}  // namespace mien::pickle
