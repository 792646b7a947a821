#include "sources.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>

namespace mien {
namespace {

namespace fs = std::filesystem;

bool is_text(const fs::path& path) {
  static const char* const kSuffixes[] = {".h",  ".hpp",   ".c",  ".cpp", ".inc",  ".cmake", ".in",
                                          ".md", ".proto", ".sh", ".py",  ".json", ".txt"};
  const std::string suffix = path.extension().string();
  return std::any_of(std::begin(kSuffixes), std::end(kSuffixes), [&](const char* s) { return suffix == s; });
}

bool is_left_out(const fs::path& folder) {
  const std::string name = folder.filename().string();
  return name[0] == '.' || starts_with(name, "build") || name == "__pycache__";
}

SourceFile read_source(const fs::path& path, const fs::path& root) {
  SourceFile file;
  file.path = fs::relative(path, root).generic_string();
  std::ifstream in(path, std::ios::binary);
  file.bytes.assign(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  std::istringstream text(file.bytes);
  for (std::string line; std::getline(text, line);) file.lines.push_back(line);
  return file;
}

}  // namespace

std::vector<SourceFile> read_sources() {
  const fs::path root = MIEN_SOURCE_DIR;
  std::vector<SourceFile> files;
  for (auto it = fs::recursive_directory_iterator(root); it != fs::recursive_directory_iterator(); ++it) {
    if (it->is_directory() && is_left_out(it->path())) it.disable_recursion_pending();
    if (it->is_regular_file() && is_text(it->path())) files.push_back(read_source(it->path(), root));
  }
  std::sort(files.begin(), files.end(), [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return files;
}

bool starts_with(const std::string& text, const std::string& prefix) {
  return text.rfind(prefix, 0) == 0;
}

bool ends_with(const std::string& text, const std::string& suffix) {
  return text.size() >= suffix.size() && text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0;
}

bool is_header(const SourceFile& file) {
  return ends_with(file.path, ".h") || ends_with(file.path, ".hpp");
}

bool is_code(const SourceFile& file) {
  return is_header(file) || ends_with(file.path, ".cpp") || ends_with(file.path, ".c") || ends_with(file.path, ".inc");
}

std::vector<Include> includes_of(const SourceFile& file) {
  static const std::regex kInclude(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"].*)");
  std::vector<Include> includes;
  std::smatch match;
  for (size_t i = 0; i < file.lines.size(); ++i)
    if (std::regex_match(file.lines[i], match, kInclude))
      includes.push_back({match[2].str(), match[1].str() == "<", static_cast<int>(i) + 1});
  return includes;
}

}  // namespace mien
