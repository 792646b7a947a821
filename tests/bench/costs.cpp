#include "tests/bench/costs.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "engine/passes/passes.h"
#include "engine/plan.h"
#include "models/networks.h"

namespace mien::costs {
namespace {

Row row_of(const std::string& network, const NodeCost& cost, const kernels::Kernels& kernels, const Plan& plan) {
  return {network,
          kernels.name,
          {cost.macs, cost.params, plan.packed_bytes(), plan.arena_bytes(1, 1), plan.arena_bytes(1, 2),
           plan.arena_bytes(8, 1), plan.arena_bytes(8, 2), static_cast<int64_t>(plan.steps.size())}};
}

std::string header() {
  std::string line = "network\tisa";
  for (const char* column : kColumns) line += std::string("\t") + column;
  return line;
}

std::string line_of(const Row& row) {
  std::string line = row.network + "\t" + row.isa;
  for (const int64_t figure : row.figures) line += "\t" + std::to_string(figure);
  return line;
}

// The row's place in the file: networks in their own order, instruction sets from the least to the best.
std::pair<size_t, size_t> place_of(const Row& row) {
  const std::vector<std::string> names = network_names();
  const auto network = static_cast<size_t>(std::find(names.begin(), names.end(), row.network) - names.begin());
  size_t isa = 0;
  for (const kernels::Isa one : kernels::kAllIsas) {
    if (row.isa == kernels::name_of(one)) break;
    ++isa;
  }
  return {network, isa};
}

}  // namespace

Result<Package> simplified(const std::string& network) {
  Result<Package> package = build_network(network, 0);
  if (!package.ok()) return package.status();
  MIEN_RETURN_IF_ERROR(simplify(package->graph));
  return package;
}

Result<std::vector<Row>> measure(const std::string& network) {
  const Result<Package> package = simplified(network);
  if (!package.ok()) return package.status();
  std::vector<Row> rows;
  for (const kernels::Isa isa : kernels::kAllIsas) {
    const kernels::Kernels* kernels = kernels::kernels_of(isa);
    if (!kernels) continue;
    Graph graph = package->graph;
    const Result<std::unique_ptr<Plan>> plan = Plan::make(graph, *kernels);
    if (!plan.ok()) return plan.status();
    rows.push_back(row_of(network, cost_of(package->graph).total, *kernels, **plan));
  }
  return rows;
}

std::string table_path() {
  return MIEN_SOURCE_DIR "/bench/guard/costs.tsv";
}

Result<std::vector<Row>> read_table() {
  std::ifstream in(table_path());
  std::string line;
  std::vector<Row> rows;
  if (!std::getline(in, line)) return rows;  // nothing recorded yet
  if (line != header()) return Status(Code::corrupt, table_path() + ": the columns are not those of this build");
  while (std::getline(in, line)) {
    std::istringstream fields(line);
    Row row;
    fields >> row.network >> row.isa;
    for (int64_t& figure : row.figures) fields >> figure;
    if (!fields || !(fields >> std::ws).eof()) return Status(Code::corrupt, table_path() + ": line '" + line + "'");
    rows.push_back(std::move(row));
  }
  return rows;
}

Status record(const std::vector<Row>& rows) {
  std::vector<Row> table = rows;
  const Result<std::vector<Row>> old = read_table();
  const std::vector<std::string> names = network_names();
  // A table of other columns is replaced whole.
  for (const Row& row : old.ok() ? *old : std::vector<Row>())
    if (!find(rows, row.network, row.isa) && std::count(names.begin(), names.end(), row.network)) table.push_back(row);
  std::sort(table.begin(), table.end(), [](const Row& a, const Row& b) { return place_of(a) < place_of(b); });
  std::ofstream out(table_path());
  out << header() << "\n";
  for (const Row& row : table) out << line_of(row) << "\n";
  return out.flush() ? Status() : Status(Code::io, "cannot write " + table_path());
}

const Row* find(const std::vector<Row>& table, const std::string& network, const std::string& isa) {
  for (const Row& row : table)
    if (row.network == network && row.isa == isa) return &row;
  return nullptr;
}

std::string difference(const Row& recorded, const Row& now) {
  std::string text;
  for (size_t i = 0; i < kColumns.size(); ++i) {
    const int64_t was = recorded.figures[i], is = now.figures[i];
    if (was == is) continue;
    char line[160];
    std::snprintf(line, sizeof line, "  %-14s recorded %14lld   now %14lld   %+lld (%+.2f %%)\n", kColumns[i],
                  static_cast<long long>(was), static_cast<long long>(is), static_cast<long long>(is - was),
                  was ? 100.0 * static_cast<double>(is - was) / static_cast<double>(was) : 100.0);
    text += line;
  }
  return text;
}

}  // namespace mien::costs
