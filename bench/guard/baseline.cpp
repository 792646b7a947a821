#include "bench/guard/baseline.h"

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "kernels/cpu.h"

namespace mien::guard {
namespace {

using Json = nlohmann::ordered_json;

// An object; empty if there is no file.
Result<Json> read(const std::string& path) {
  std::ifstream in(path);
  if (!in) return Json(Json::object());
  Json json = Json::parse(in, nullptr, false);
  if (!json.is_object()) return Status(Code::corrupt, path + ": not a JSON object");
  return json;
}

double rounded(double value) {
  return std::round(value * 1e4) / 1e4;
}

}  // namespace

std::string cpu_key(const std::string& isa) {
  std::ifstream in("/proc/cpuinfo");
  std::map<std::string, std::string> fields;  // of the first CPU
  for (std::string line; std::getline(in, line) && !line.empty();) {
    const size_t colon = line.find(':');
    if (colon == std::string::npos || colon + 2 > line.size()) continue;
    fields[line.substr(0, line.find_last_not_of("\t ", colon - 1) + 1)] = line.substr(colon + 2);
  }
  std::string key = kernels::detect_cpu().brand;
  for (const auto& [field, name] : {std::pair("cpu family", " family "), std::pair("model", " model "),
                                    std::pair("CPU implementer", " implementer "), std::pair("CPU part", " part ")})
    if (fields.count(field)) key += name + fields[field];
  return key + " " + isa;
}

Result<std::vector<double>> read_baseline(const std::string& path, const std::string& cpu, const std::string& network) {
  const Result<Json> json = read(path);
  if (!json.ok()) return json.status();
  if (!json->contains(cpu) || !(*json)[cpu].contains(network)) return std::vector<double>();
  try {
    return (*json)[cpu][network].get<std::vector<double>>();
  } catch (const Json::exception& error) {
    return Status(Code::corrupt, path + ": " + network + ": " + error.what());
  }
}

Status write_baseline(const std::string& path, const std::string& cpu, const std::string& network,
                      const std::vector<double>& laps) {
  Result<Json> json = read(path);
  if (!json.ok()) return json.status();
  Json list = Json::array();
  for (const double lap : laps) list.push_back(rounded(lap));
  (*json)[cpu][network] = list;
  // A line per network: a difference of this file is then short.
  std::ofstream out(path);
  out << "{";
  const char* next_cpu = "\n";
  for (const auto& [name, networks] : json->items()) {
    out << next_cpu << "  " << Json(name).dump() << ": {";
    const char* next_network = "\n";
    for (const auto& [one, recorded] : networks.items()) {
      out << next_network << "    " << Json(one).dump() << ":\n    " << recorded.dump();
      next_network = ",\n";
    }
    out << "\n  }";
    next_cpu = ",\n";
  }
  out << "\n}\n";
  return out.flush() ? Status() : Status(Code::io, "cannot write " + path);
}

}  // namespace mien::guard
