// The layout of a .mien file in numbers; docs/FORMAT.md says it in words. Constants and plain structs only.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/file/flat_file.h"

namespace mien::file {

// As PNG's: a byte above 127, the name, both line ends and an end-of-text mark, so that a transfer as text shows.
inline constexpr uint8_t kMagic[8] = {0x89, 'M', 'I', 'E', 'N', '\r', '\n', 0x1A};
inline constexpr uint32_t kEndianMark = 0x01020304;  // 04 03 02 01 in the file
inline constexpr size_t kHeaderSize = 64;
inline constexpr size_t kHeaderHashOffset = 56;  // the header's hash covers the bytes before it
inline constexpr size_t kEntrySize = 32;
inline constexpr size_t kAlignment = 64;  // of sections in the file and of constants in the weights

// Sections stand in the file in ascending order of these numbers.
enum Section : uint32_t {
  kGraph = 1,
  kInput = 2,
  kOutput = 3,
  kCard = 4,
  kGolden = 5,
  kWeights = 6,
  kFace = 7,
};
inline constexpr uint32_t kSections = 7;
inline constexpr uint32_t kCritical = 1;  // flag: who does not know the section must refuse the file

inline const char* name_of(Section section) {
  constexpr const char* kNames[] = {"", "graph", "input", "output", "card", "golden", "weights", "face"};
  return kNames[section];
}
inline bool is_critical(Section section) {
  return section != kCard && section != kGolden && section != kFace;
}
inline bool is_optional(Section section) {
  return section == kGolden || section == kFace;
}

// What a value of the graph has in the weights section.
enum class Stored : uint8_t { nothing = 0, f32 = 1, f16 = 2 };
inline constexpr uint16_t kLeastMinorOfHalf = 2;  // a reader of 1.0 or 1.1 knows no f16

struct Header {
  uint16_t major = kFormatMajor, minor = kFormatMinor;
  uint16_t least_major = 1, least_minor = 0;  // of the reader; 1.0 skips what came later, save f16 weights
  uint32_t sections = 0;
  uint64_t file_size = 0;
  uint64_t table_hash = 0;
};

struct Entry {
  uint32_t type = 0;
  uint32_t flags = 0;
  uint64_t offset = 0;
  uint64_t length = 0;
  uint64_t hash = 0;
};

}  // namespace mien::file
