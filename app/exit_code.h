// The exit codes of the command, in one place.
#pragma once

#include "engine/status.h"

namespace mien::app {

// 0 fine; 1 a check failed; 2 usage; 3 unreadable or corrupt input; 4 unsupported operator or form; 5 input/output or
// memory of this machine.
inline int exit_code(Code code) {
  switch (code) {
    case Code::ok: return 0;
    case Code::check_failed: return 1;
    case Code::bad_argument: return 2;
    case Code::unreadable:
    case Code::corrupt: return 3;
    case Code::unsupported: return 4;
    case Code::out_of_memory:
    case Code::cancelled:
    case Code::io: return 5;
  }
  return 5;
}

}  // namespace mien::app
