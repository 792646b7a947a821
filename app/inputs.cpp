#include "app/inputs.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <system_error>

#include "app/default_models.h"
#include "engine/file/format.h"

namespace mien::app {
namespace {

namespace fs = std::filesystem;

std::string extension_of(const fs::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return extension;
}

bool is_model_file(const std::string& path) {
  if (extension_of(path) == ".mien") return true;
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return false;
  char start[sizeof file::kMagic] = {};
  std::ifstream stream(path, std::ios::binary);
  return stream.read(start, sizeof start) && std::memcmp(start, file::kMagic, sizeof start) == 0;
}

// `above`: the folders that lead here, so that a link back up is not followed for ever.
Status find_pictures(const fs::path& folder, std::vector<fs::path>* above, std::vector<std::string>* found) {
  std::error_code error;
  const fs::path real = fs::canonical(folder, error);
  if (std::find(above->begin(), above->end(), real) != above->end()) return {};
  above->push_back(real);
  fs::directory_iterator at(folder, error), end;
  for (; !error && at != end; at.increment(error)) {
    const fs::path& path = at->path();
    const std::string extension = extension_of(path);
    std::error_code no_target;  // of a link
    if (path.filename().string().front() == '.') continue;
    if (at->is_directory(no_target)) {
      MIEN_RETURN_IF_ERROR(find_pictures(path, above, found));
    } else if ((extension == ".jpg" || extension == ".jpeg" || extension == ".png") && at->is_regular_file(no_target)) {
      found->push_back(path.string());
    }
  }
  above->pop_back();
  return error ? Status(Code::unreadable, folder.string() + ": " + error.message()) : Status();
}

Status add_folder(const std::string& folder, Inputs* inputs) {
  std::vector<fs::path> above;
  std::vector<std::string> found;
  MIEN_RETURN_IF_ERROR(find_pictures(folder, &above, &found));
  if (found.empty()) return {Code::unreadable, folder + ": no .jpg, .jpeg or .png file in this folder"};
  std::sort(found.begin(), found.end());
  for (const std::string& path : found) {
    const fs::path inside = fs::path(path).lexically_relative(folder);
    inputs->names.push_back((inside.has_parent_path() ? *inside.begin() : inside.stem()).string());
    inputs->pictures.push_back(path);
  }
  return {};
}

void add_file(const std::string& path, Inputs* inputs) {
  inputs->pictures.push_back(path);
  inputs->names.push_back(fs::path(path).stem().string());
}

// What is in the list is looked at when its turn comes: one missing file does not stop a list of thousands before then.
Status add_list(Inputs* inputs) {
  for (std::string line; std::getline(std::cin, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) add_file(line, inputs);
  }
  return std::cin.bad() ? Status(Code::io, "standard input: cannot read the list of pictures") : Status();
}

}  // namespace

Result<Inputs> sort_inputs(const std::vector<std::string>& paths) {
  Inputs inputs;
  for (const std::string& path : paths) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (default_model(path)) {
      inputs.models.push_back(path);
    } else if (path == "-") {
      MIEN_RETURN_IF_ERROR(add_list(&inputs));
    } else if (fs::is_directory(status)) {
      MIEN_RETURN_IF_ERROR(add_folder(path, &inputs));
    } else if (!fs::exists(status)) {
      return Status(Code::unreadable, path + ": " + error.message());
    } else if (is_model_file(path)) {
      inputs.models.push_back(path);
    } else {
      add_file(path, &inputs);
    }
  }
  return inputs;
}

}  // namespace mien::app
