// The outer form of a file: header, section table, padding, hashes. Knows nothing of what is in a section.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/file/format.h"
#include "engine/status.h"

namespace mien::file {

// The known sections of a file, by number; length 0 and offset 0 where an optional one is missing.
struct Sections {
  Entry of[kSections + 1];
};

// Checks everything up to, but not including, the hash of the weights. Allocates nothing but messages.
// Errors: unreadable (not a .mien file), corrupt with the offset, unsupported (a newer format, an unknown critical
// section).
Status read_container(const uint8_t* data, size_t size, Sections* sections);
Status check_hash(const uint8_t* data, const Entry& entry);

void write_header(const Header& header, uint8_t* to);
void write_entry(const Entry& entry, uint8_t* to);

}  // namespace mien::file
