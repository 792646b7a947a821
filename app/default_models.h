// The detector and the recogniser that the command carries (models/default/, trained by training/), by name wherever a
// verb takes a model file. Thread-safety: free functions without state.
#pragma once

#include <string>
#include <vector>

#include "app/carried.h"
#include "engine/records.h"

namespace mien::app {

// "default" is what the verb needs: the recogniser, the detector, or both.
inline constexpr const char* kDefault = "default";
inline constexpr const char* kDefaultDetector = "default-detector";
inline constexpr const char* kDefaultRecogniser = "default-recogniser";

// The model that the command carries under this name, kDefault being the recogniser; null for any other name. A file
// that is called so is to be given as ./default.
const Carried* default_model(const std::string& name);

// The model file at `path`, or the one that the command carries. Its weights are those in the program, without a copy.
// Errors start with the path.
Result<Package> open_package(const std::string& path);

// Puts names of carried models where kDefault stands, or, if no model is named at all, at the end.
void resolve_defaults(bool detector, bool recogniser, std::vector<std::string>* models);

}  // namespace mien::app
