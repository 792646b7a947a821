// The text of an ncnn network: its layers, the blobs between them and their numbered parameters. Plain data and a
// reader; thread-safety: free function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/status.h"

namespace mien::ncnn {

// As the text has it: whole, or with a point or an exponent. ncnn keeps 32 bits of either.
struct Number {
  bool whole = true;
  int32_t integer = 0;  // of a whole one
  float real = 0;       // of both
};

enum class ParamKind : uint8_t { number, list, text };

// numbers[first .. first + count) of its layer; a text has none.
struct Param {
  ParamKind kind = ParamKind::number;
  int8_t id = 0;  // 0..31
  int32_t first = 0, count = 0;
};

struct Layer {
  std::string type, name;
  std::vector<int32_t> bottoms, tops;  // blobs that it reads and makes
  std::vector<Param> params;           // no id twice
  std::vector<Number> numbers;
};

struct Blob {
  std::string name;
  bool is_read = false;
};

struct Net {
  std::vector<Layer> layers;  // each reads what earlier ones make, no blob is read twice
  std::vector<Blob> blobs;    // in the order in which they are made
};

// Reads lists as `-23303=2,1.0,2.0` and as `3=1.0,2.0`. Numbers are read the same under every locale.
// Error: unreadable for a text that does not begin with 7767517, or of more than 16 MiB; corrupt, with the line, for
// anything else: counts that are not those of the text, a line of more than 64 KiB, a blob that is not made before it
// is read, made twice or read twice, a parameter that is no number or there twice.
Result<Net> read_param(const uint8_t* data, size_t size);

}  // namespace mien::ncnn
