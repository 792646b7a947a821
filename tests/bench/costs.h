// What a network costs, in numbers that do not depend on the machine's mood, and the table bench/guard/costs.tsv that
// says what they were. Not thread-safe.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "engine/aligned.h"
#include "engine/model.h"

namespace mien::costs {

// Of the simplified graph: multiply-adds and parameters. Of its plan for one instruction set: the rest, in bytes; the
// arena is what a session of this batch and these threads allocates.
inline constexpr std::array<const char*, 8> kColumns = {"macs",        "params",      "packed_bytes", "arena_b1_t1",
                                                        "arena_b1_t2", "arena_b8_t1", "arena_b8_t2",  "steps"};

struct Row {
  std::string network, isa;
  std::array<int64_t, kColumns.size()> figures{};
  int64_t params() const { return figures[1]; }
};

// The network with seed 0, simplified. Its constants are shared by copies.
Result<Package> simplified(const std::string& network);
// Its row for each instruction set that is built in: a plan can be made where it cannot be run.
Result<std::vector<Row>> measure(const std::string& network);

std::string table_path();
// Error: corrupt, with the line.
Result<std::vector<Row>> read_table();
// Puts `rows` in place of the rows of the same network and instruction set, leaves out networks that are gone, and
// writes the file in the order of network_names().
Status record(const std::vector<Row>& rows);

// Null if there is no such row.
const Row* find(const std::vector<Row>& table, const std::string& network, const std::string& isa);
// A line per figure that differs; "" if none does.
std::string difference(const Row& recorded, const Row& now);

}  // namespace mien::costs
