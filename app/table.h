// Small text tables and figures for people. Thread-safety: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mien::app {

// Columns as wide as their widest cell, two blanks apart.
class Table {
 public:
  // One letter per column: 'l' aligned left, 'r' aligned right.
  explicit Table(std::string columns) : columns_(std::move(columns)) {}
  // Missing cells are empty.
  void row(std::vector<std::string> cells);
  // A line each, no blanks at their ends.
  std::string text() const;

 private:
  std::string columns_;
  std::vector<std::vector<std::string>> rows_;
};

std::string fixed(double value, int digits);        // "2.30"
std::string significant(double value, int digits);  // "1.2e-06", "0.25"
std::string percent(double share);                  // 0.803 -> "80.3 %"
std::string count_text(int64_t n);                  // 221123456 -> "0.221 G", 995456 -> "0.995 M"
std::string bytes_text(int64_t n);                  // "4.05 MiB"
std::string joined(const std::vector<std::string>& list, const char* between);

std::string base_name(const std::string& path);  // "a.jpg" of "some/where/a.jpg"

// What may stand on a terminal's line: control characters (a model file can hold any) become '?'.
std::string printable(const std::string& text);

}  // namespace mien::app
