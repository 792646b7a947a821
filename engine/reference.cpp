#include "engine/reference.h"

#include <algorithm>
#include <new>

#include "kernels/reference/reference.h"

namespace mien {
namespace {

namespace ref = kernels::reference;
}  // namespace
}  // namespace mien
