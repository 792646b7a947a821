// How the verbs speak: answers on standard output, progress on standard error. Not thread-safe.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "app/table.h"
#include "engine/status.h"

namespace mien::app {

using Json = nlohmann::ordered_json;

void print(const std::string& text);
// Indented, with what is not UTF-8 in names replaced.
void print_json(const Json& json);
std::string text_of(const Json& json);

// One line on standard error that is rewritten in place; nothing if that is not a terminal.
class Progress {
 public:
  Progress();
  ~Progress();
  void show(const std::string& what);
  // With a bar of the share that is done, 0 to 1.
  void show(const std::string& what, double share);

 private:
  bool on_;
  bool shown_ = false;
};

}  // namespace mien::app
