#include "app/console.h"

#include <unistd.h>

#include <cstdio>

namespace mien::app {

void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

std::string text_of(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

void print_json(const Json& json) { print(text_of(json)); }

Progress::Progress() : on_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (shown_) std::fputs("\r\x1B[K", stderr);
}

void Progress::show(const std::string& what) {
  if (!on_) return;
  std::fprintf(stderr, "\r\x1B[K%s", printable(what).c_str());
  std::fflush(stderr);
  shown_ = true;
}

}  // namespace mien::app
