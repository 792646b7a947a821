// Text inside XML and HTML. Thread-safety: pure function.
#pragma once

#include <string>

namespace mien::app {

// &, <, > and " as entities, what cannot be printed or is not ASCII as '?': for element text and quoted attributes.
std::string escaped(const std::string& text);

}  // namespace mien::app
