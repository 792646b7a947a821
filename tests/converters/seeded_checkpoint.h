// The seeded weights of a network as its published checkpoints would name them: names come from the tables beside the
// checkout, not from the rules that are tested. Not thread-safe; plain functions.
#pragma once

#include <string>
#include <vector>

#include "converters/checkpoint/checkpoint.h"
#include "models/weight_source.h"

namespace mien::testing {

// A column of one of the tables of tensors' names.
struct NameTable {
  const char* file;   // in specs/models/tables of the shared folder
  size_t column = 0;  // of the names
};

struct TableRow {
  std::string name, layer, role;  // role as name_of gives it
};
// Rows of weights only. Empty if the table is not there.
std::vector<TableRow> read_table(const NameTable& table);

// A tensor that a network asks for, as drawn.
struct Drawn {
  std::string layer;
  Role role;
  Shape shape;
  std::vector<float> values;
  std::string key() const { return layer + "/" + name_of(role); }
};
std::vector<Drawn> draw_network(const std::string& network, WeightSource& weights);

// The drawn tensors that the table has names for, in the table's order, as TensorFlow lays them out if `transposed`.
std::vector<NamedTensor> name_tensors(const std::vector<Drawn>& drawn, const std::vector<TableRow>& table,
                                      bool transposed = false);

}  // namespace mien::testing
