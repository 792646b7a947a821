#include "app/inputs.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <system_error>

#include "engine/file/format.h"

namespace mien::app {
namespace {

namespace fs = std::filesystem;

bool is_picture_name(const fs::path& path) {
  if (path.filename().string().front() == '.') return false;
  std::string extension = path.extension().string();
  for (char& c : extension) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return extension == ".jpg" || extension == ".jpeg" || extension == ".png";
}

// By content, or by its name if it is damaged or not there, so that the error says what is wrong with the model.
bool is_model_file(const std::string& path) {
  if (path.size() > 5 && path.compare(path.size() - 5, 5, ".mien") == 0) return true;
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return false;
  char start[sizeof file::kMagic] = {};
  std::ifstream stream(path, std::ios::binary);
  return stream.read(start, sizeof start) && std::memcmp(start, file::kMagic, sizeof start) == 0;
}

Status add_folder(const std::string& folder, std::vector<std::string>* pictures) {
  const size_t before = pictures->size();
  std::error_code error;
  fs::recursive_directory_iterator at(folder, fs::directory_options::follow_directory_symlink, error), end;
  for (; !error && at != end; at.increment(error)) {
    std::error_code unreadable;
    if (at->is_regular_file(unreadable) && is_picture_name(at->path())) pictures->push_back(at->path().string());
    if (at.depth() > 64) at.disable_recursion_pending();  // a link that leads back up
  }
  if (error) return {Code::unreadable, folder + ": " + error.message()};
  if (pictures->size() == before) return {Code::unreadable, folder + ": no .jpg, .jpeg or .png file in this folder"};
  std::sort(pictures->begin() + static_cast<ptrdiff_t>(before), pictures->end());
  return {};
}

Status add_list(std::vector<std::string>* pictures) {
  for (std::string line; std::getline(std::cin, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) pictures->push_back(line);
  }
  return std::cin.bad() ? Status(Code::io, "standard input: cannot read the list of pictures") : Status();
}

}  // namespace

Result<std::vector<std::string>> expand_pictures(const std::vector<std::string>& paths) {
  std::vector<std::string> pictures;
  for (const std::string& path : paths) {
    std::error_code error;
    if (path == "-") {
      MIEN_RETURN_IF_ERROR(add_list(&pictures));
    } else if (fs::is_directory(path, error)) {
      MIEN_RETURN_IF_ERROR(add_folder(path, &pictures));
    } else {
      pictures.push_back(path);
    }
  }
  return pictures;
}

Result<std::vector<NamedPicture>> name_pictures(const std::vector<std::string>& paths) {
  std::vector<NamedPicture> pictures;
  for (const std::string& given : paths) {
    Result<std::vector<std::string>> expanded = expand_pictures({given});
    if (!expanded.ok()) return expanded.status();
    for (const std::string& path : *expanded) {
      const fs::path inside = fs::path(path).lexically_relative(given);
      const bool in_sub_folder = path != given && given != "-" && inside.has_parent_path();
      pictures.push_back({path, in_sub_folder ? inside.begin()->string() : fs::path(path).stem().string()});
    }
  }
  return pictures;
}

Result<Inputs> sort_inputs(const std::vector<std::string>& paths) {
  Inputs inputs;
  for (const std::string& path : paths) (is_model_file(path) ? inputs.models : inputs.others).push_back(path);
  Result<std::vector<std::string>> pictures = expand_pictures(inputs.others);
  if (!pictures.ok()) return pictures.status();
  inputs.pictures = std::move(*pictures);
  return inputs;
}

}  // namespace mien::app
