// One entry of a MindSpore checkpoint: a tag and (a slice of) its tensor. Thread-safety: free functions.
#pragma once

#include <cstdint>
#include <string>

#include "converters/checkpoint/elements.h"
#include "engine/graph.h"
#include "engine/status.h"

namespace mien::mindspore {

struct Entry {
  size_t at = 0;  // in the file
  std::string tag, type;
  Shape shape;                   // of the whole tensor
  size_t begin = 0, length = 0;  // of the content, in the file

  Status error(const std::string& what) const;  // corrupt, with the byte and the tag
};

// Reads the entry at *pos and moves past it. Error: corrupt with the byte; unsupported for hash tables and for more
// than 6 dimensions.
Status read_entry(const uint8_t* data, size_t size, size_t* pos, Entry* entry);

// The type as MindSpore names it, in any case of letters.
bool is_known_type(const std::string& type);
int64_t bytes_of_type(const std::string& type);  // of one element; 0 for text and types that are not known
bool floating_type(const std::string& type, ElementType* element);
std::string lower(std::string text);

}  // namespace mien::mindspore
