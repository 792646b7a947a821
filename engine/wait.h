// Sleeping until another thread has moved a counter: a futex, without a lock and without memory of its own. Where there
// is none, the processor is offered to others instead.
#pragma once

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#else
#include <sched.h>
#endif

#include <atomic>
#include <climits>

namespace mien {

#if defined(__linux__)
static_assert(sizeof(std::atomic<int>) == sizeof(int), "a futex is a plain int");

// Returns when the counter is no longer `seen`, or for no reason at all.
inline void sleep_while(const std::atomic<int>& counter, int seen) {
  syscall(SYS_futex, reinterpret_cast<const int*>(&counter), FUTEX_WAIT_PRIVATE, seen, nullptr, nullptr, 0);
}

inline void wake_all(const std::atomic<int>& counter) {
  syscall(SYS_futex, reinterpret_cast<const int*>(&counter), FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}
#else
inline void sleep_while(const std::atomic<int>&, int) {
  sched_yield();
}

inline void wake_all(const std::atomic<int>&) {}
#endif

}  // namespace mien
