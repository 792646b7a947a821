// The outer form of a file: header, section table, padding, hashes. Knows nothing of what is in a section.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "engine/file/format.h"
#include "engine/status.h"

namespace mien::file {

// The known sections of a file, by number; length 0 and offset 0 where an optional one is missing.
struct Sections {
  Entry of[kSections + 1];
  uint32_t unknown = 0;  // sections of types that this reader does not know and need not
};

// Checks everything up to, but not including, the hash of the weights. Allocates nothing but messages.
// Errors: unreadable (not a .mien file), corrupt with the offset, unsupported (a newer format, an unknown critical
// section).
Status read_container(const uint8_t* data, size_t size, Sections* sections);
Status check_hash(const uint8_t* data, const Entry& entry);

// REQUIRES: read_container(data, ...) was ok. The table may hold sections of unknown types.
Header load_header(const uint8_t* data);
std::vector<Entry> load_table(const uint8_t* data);

// A section to be written: `fill` writes `length` bytes.
struct Part {
  uint32_t type = 0;
  uint32_t flags = 0;
  uint64_t length = 0;
  std::function<void(uint8_t* to)> fill;
};
Part part_of(Section section, uint64_t length, std::function<void(uint8_t* to)> fill);
// The whole file: the header with its versions as they are given, the table, the parts in the order given, and zeros
// between them. REQUIRES: ascending types; lengths whose sum does not overflow.
std::vector<uint8_t> assemble(Header header, const std::vector<Part>& parts);

void write_header(const Header& header, uint8_t* to);
void write_entry(const Entry& entry, uint8_t* to);

}  // namespace mien::file
