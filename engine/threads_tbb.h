// The oneTBB back end of threads.h, a library of its own so that mien itself links nothing.
#pragma once

#include "engine/threads.h"

namespace mien {

// `width` <= 0 means allowed_threads(). One arena per width, made at first use and shared by all sessions.
Parallel tbb_parallel(int width);

}  // namespace mien
