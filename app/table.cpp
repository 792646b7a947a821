#include "app/table.h"

#include <algorithm>
#include <cstdio>

namespace mien::app {

void Table::row(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  for (std::string& cell : cells) cell = printable(cell);
  rows_.push_back(std::move(cells));
}

std::string Table::text() const {
  std::vector<size_t> widths(columns_.size(), 0);
  for (const auto& cells : rows_)
    for (size_t c = 0; c < cells.size(); ++c) widths[c] = std::max(widths[c], cells[c].size());

  std::string text;
  for (const auto& cells : rows_) {
    std::string line;
    for (size_t c = 0; c < cells.size(); ++c) {
      const std::string blanks(widths[c] - cells[c].size(), ' ');
      line += columns_[c] == 'r' ? blanks + cells[c] : cells[c] + blanks;
      line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string significant(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*g", digits, value);
  return text;
}

std::string percent(double share) { return fixed(100 * share, 1) + " %"; }

std::string count_text(int64_t n) {
  const auto value = static_cast<double>(n);
  if (n >= 100000000) return fixed(value / 1e9, 3) + " G";
  if (n >= 100000) return fixed(value / 1e6, 3) + " M";
  return std::to_string(n);
}

std::string bytes_text(int64_t n) {
  const auto value = static_cast<double>(n);
  if (n >= 1 << 20) return fixed(value / (1 << 20), 2) + " MiB";
  if (n >= 1 << 10) return fixed(value / (1 << 10), 1) + " KiB";
  return std::to_string(n) + " B";
}

std::string joined(const std::vector<std::string>& list, const char* between) {
  std::string text;
  for (const std::string& item : list) text += (text.empty() ? "" : between) + item;
  return text;
}

std::string base_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::string printable(const std::string& text) {
  std::string clean = text;
  for (char& c : clean)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  return clean;
}

}  // namespace mien::app
