#include "engine/file/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace mien::file {

uint64_t hash_of(const void* data, size_t size) {
  return XXH3_64bits(data, size);
}

}  // namespace mien::file
