// Reads protobuf's text format into a tree of fields, without a schema: a network's description may hold fields that no
// published schema knows, and whoever imports a layer decides whether they matter. Plain data and a reader;
// thread-safety: free functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/status.h"

namespace mien::caffe {

// `name: value` or `name { ... }`. A list `name: [a, b]` is as many fields. Views into the text that was read.
struct Field {
  std::string_view name;
  std::string_view value;  // as written, with its quotes; empty for a message
  int32_t line = 0;        // from 1
  int32_t end = 0;         // index of the next field that is not inside of this one
  bool is_message = false;
};
using Fields = std::vector<Field>;  // in the order of the file, each message before what it holds

// The fields of one message, which are fields[begin] up to fields[end], without those inside of them.
struct Message {
  const Fields* fields = nullptr;
  int32_t begin = 0, end = 0;

  // Calls use(field, index) for each field.
  template <class Use>
  void each(Use use) const {
    for (int32_t i = begin; i < end; i = at(i).end) use(at(i), i);
  }
  const Field& at(int32_t i) const { return (*fields)[static_cast<size_t>(i)]; }
  Message inside(int32_t i) const { return {fields, i + 1, at(i).end}; }
  // The first field of this name; null if there is none.
  const Field* find(std::string_view name) const;
  // The first message of this name; empty if there is none.
  Message child(std::string_view name) const;
};

// `text` must live as long as the fields. Error: corrupt, with the line, for what is not text format, is nested deeper
// than 32 or has more than 500,000 fields.
Result<Fields> read_prototxt(const uint8_t* text, size_t size);

// The values of scalars, read strictly; false, with *out unspecified, for any other text.
bool parse_flag(std::string_view value, bool* out);
bool parse_integer(std::string_view value, int64_t* out);
bool parse_real(std::string_view value, double* out);  // finite
// A quoted text, its escapes resolved.
bool parse_text(std::string_view value, std::string* out);

}  // namespace mien::caffe
