// The repository's own files, for tests that read them as text. Pure functions.
#pragma once

#include <string>
#include <vector>

namespace mien {

struct SourceFile {
  std::string path;                // from the repository's root: "kernels/isa/avx2.cpp"
  std::vector<std::string> lines;  // without line ends
  std::string bytes;               // as on disk
};

// Every text file of ours under MIEN_SOURCE_DIR, sorted by path: C++, CMake, scripts, documents. Build folders and
// hidden folders are left out.
std::vector<SourceFile> read_sources();

bool starts_with(const std::string& text, const std::string& prefix);
bool ends_with(const std::string& text, const std::string& suffix);
// C and C++ only, lists of macros (.inc) included.
bool is_code(const SourceFile& file);
bool is_header(const SourceFile& file);

struct Include {
  std::string target;  // between the quotes or brackets
  bool angled = false;
  int line = 0;  // from 1
};
std::vector<Include> includes_of(const SourceFile& file);

}  // namespace mien
