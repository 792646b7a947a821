// What a verb was given to look at: model files, told from pictures by content, and pictures in files, folders and
// lists. Thread-safety: free functions without state.
#pragma once

#include <string>
#include <vector>

#include "engine/status.h"

namespace mien::app {

struct Inputs {
  std::vector<std::string> models;    // in the order given
  std::vector<std::string> pictures;  // likewise
  std::vector<std::string> names;     // of who is in each picture
};

// A file is a model if it begins like one or is called *.mien, so that a damaged model is no picture. Other files are
// pictures, save the names of the models that the command carries (default_models.h); a folder stands for its pictures
// (*.jpg, *.jpeg, *.png, in sub-folders too, sorted by path, hidden files and folders left out), "-" for the paths on
// standard input, one per line. The name of who is in a picture: in a folder that was given, the picture's sub-folder
// in it; else the file name without extension. Errors name the path: something is not there, a folder cannot be read or
// has no picture.
Result<Inputs> sort_inputs(const std::vector<std::string>& paths);

}  // namespace mien::app
