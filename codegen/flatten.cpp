#include <algorithm>
#include <sstream>

#include "codegen/sources.h"

namespace mien::codegen {
namespace {

bool starts_with(const std::string& text, const std::string& with) {
  return text.compare(0, with.size(), with) == 0;
}

void add_once(std::vector<std::string>& list, const std::string& item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

}  // namespace

void Flattener::add(const std::string& path) {
  if (std::find(done_.begin(), done_.end(), path) != done_.end()) return;
  done_.push_back(path);
  std::istringstream lines(source_of(path));
  std::string line;
  while (std::getline(lines, line)) add_line(line);
}

void Flattener::add_line(const std::string& line) {
  if (starts_with(line, "#pragma once")) return;
  if (starts_with(line, "#if")) ++conditions_;
  if (starts_with(line, "#endif")) --conditions_;
  if (starts_with(line, "#include <xsimd/")) {
    add("codegen/vector.h");
  } else if (starts_with(line, "#include <")) {
    if (conditions_ == 0) add_once(system_, line);
  } else if (starts_with(line, "#include \"")) {
    const size_t begin = line.find('"') + 1;
    add(line.substr(begin, line.find('"', begin) - begin));
  } else {
    text_ += line + "\n";
  }
}

}  // namespace mien::codegen
