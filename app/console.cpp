#include "app/console.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace mien::app {

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void print_json(const Json& json) {
  print(text_of(json));
}

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

void Progress::show(const std::string& what, double share) {
  constexpr size_t kWidth = 30;
  const size_t full = static_cast<size_t>(std::clamp(share, 0.0, 1.0) * kWidth);
  const std::string bar = "[" + std::string(full, '#') + std::string(kWidth - full, '.') + "]";
  char percent[8];
  std::snprintf(percent, sizeof percent, "%3d %%", static_cast<int>(100 * std::clamp(share, 0.0, 1.0)));
  show(bar + " " + percent + " " + what);
}

}  // namespace mien::app
