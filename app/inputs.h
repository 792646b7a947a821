// What a verb was given to look at: model files, told from pictures by content, and pictures in files, folders and
// lists. Thread-safety: free functions without state.
#pragma once

#include <string>
#include <vector>

#include "engine/status.h"

namespace mien::app {

struct Inputs {
  std::vector<std::string> models;    // .mien files, in the order given
  std::vector<std::string> others;    // as given
  std::vector<std::string> pictures;  // others, see expand_pictures
};

// Errors name the path.
Result<Inputs> sort_inputs(const std::vector<std::string>& paths);

// Files stay, a folder becomes its pictures (*.jpg, *.jpeg, *.png, in sub-folders too, sorted by path; hidden files
// left out), "-" the paths on standard input, one per line. Error if something is not there or a folder has no picture.
Result<std::vector<std::string>> expand_pictures(const std::vector<std::string>& paths);

struct NamedPicture {
  std::string path, name;
};
// The same with the name of who is in each: in a folder that was given, the name of the picture's sub-folder in it;
// else the picture's file name without extension.
Result<std::vector<NamedPicture>> name_pictures(const std::vector<std::string>& paths);

}  // namespace mien::app
