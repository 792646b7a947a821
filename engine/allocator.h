// Where large memory comes from: the system, or callbacks of whoever embeds the library. Plain data; which threads may
// call the callbacks at once is for their author to say.
#pragma once

#include <cstddef>

namespace mien {

// allocate: `size` bytes at a multiple of `alignment`, or null if there are none; no zeros are expected. release: what
// allocate gave, with the size it was asked for. Neither may throw.
struct Allocator {
  using Allocate = void* (*)(void* context, size_t size, size_t alignment);
  using Release = void (*)(void* context, void* memory, size_t size);
  Allocate allocate = nullptr;  // null: the system, and release is not called
  Release release = nullptr;
  void* context = nullptr;
};

}  // namespace mien
