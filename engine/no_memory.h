// Where operator new finds no memory: the one place that knows whether there are exceptions to say so. Large memory
// does not come from operator new (aligned.h); what does is names, shapes and steps, some KB per layer.
// Thread-safety: free functions without state.
#pragma once

#include <cstdlib>
#include <new>

#include "engine/status.h"

namespace mien {

// Runs `call`, which returns a Status or a Result; the answer is out_of_memory where it ran out. In a build without
// exceptions (MIEN_MINIMAL) the C++ library has ended the process by then.
template <class Call>
auto or_no_memory(Call call) -> decltype(call()) {
#if defined(__cpp_exceptions)
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return Status{Code::out_of_memory, "out of memory"};  // short: must not allocate
  }
#else
  return call();
#endif
}

[[noreturn]] inline void throw_no_memory() {
#if defined(__cpp_exceptions)
  throw std::bad_alloc();
#else
  std::abort();
#endif
}

}  // namespace mien
