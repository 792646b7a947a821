// Bytes, NumPy arrays and truth values in a pickle, in all the ways that Python 2 and 3 write them. Not thread-safe:
// keeps what it decoded.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "converters/pickle/pickle.h"

namespace mien {

// The names that such pickles may hold: NumPy's arrays, types and scalars, codecs.encode, bytes, bytearray, bool.
// Error unsupported for any other.
Result<pickle::Use> numpy_names(std::string_view module, std::string_view name);

class PickledArrays {
 public:
  // REQUIRES: values outlives this.
  explicit PickledArrays(const pickle::Values& values) : values_(values) {}

  // Bytes, Python 2 text, text that stands for bytes in Latin-1, or an array of uint8. Nothing if it is none of them.
  std::optional<std::string_view> bytes_of(pickle::Ref v);
  // One truth value per element of a list, a tuple or an array of booleans or whole numbers, all of them 0 or 1.
  std::optional<std::vector<bool>> truths_of(pickle::Ref v);

  // What bytes_of() had to decode; its views point into it.
  std::deque<std::string> take_decoded() { return std::move(decoded_); }

 private:
  struct Type {
    char kind = 0;  // 'u', 'b', 'i'
    size_t size = 0;
    bool big_endian = false;
  };
  struct Array {
    Type type;
    std::string_view elements;
  };

  bool is_record(pickle::Ref v, std::string_view name, size_t least_arguments) const;
  const std::vector<pickle::Ref>& arguments_of(pickle::Ref record) const;
  std::optional<std::string_view> plain_bytes(pickle::Ref v);
  std::optional<std::string_view> latin1(pickle::Ref text);
  std::optional<std::string_view> word(pickle::Ref v) const;
  std::optional<Type> type_of(pickle::Ref v) const;
  bool shape_fits(pickle::Ref shape, size_t elements) const;
  std::optional<Array> make_array(pickle::Ref type, pickle::Ref shape, pickle::Ref elements);
  std::optional<Array> array_of(pickle::Ref v);
  std::optional<std::vector<bool>> truths_in(const Array& array) const;
  std::optional<bool> truth_of(pickle::Ref v);

  const pickle::Values& values_;
  std::map<pickle::Ref, std::string_view> known_;  // so that text which is referred to often is decoded once
  std::deque<std::string> decoded_;
};

}  // namespace mien
