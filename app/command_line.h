// The grammar of the command line, all verbs and options in one place.
#pragma once

#include "engine/status.h"

namespace mien::app {

// Parses and runs the verb that was asked for; --help and --version are printed here. What the user got wrong is
// bad_argument with one line of text.
Status run_command_line(int argc, const char* const* argv);

}  // namespace mien::app
