#include "engine/constant_memory.h"

#include <sys/mman.h>
#include <unistd.h>

namespace mien {
namespace {

// A call into the kernel for less is not worth it.
constexpr int64_t kPiece = int64_t{1} << 18;  // floats: 1 MB

// Drops the pages of [begin, end). Those at the ends hold others' floats too: of a file they may go with the rest, as
// they come back by themselves. Failing changes nothing but the memory in use.
void drop_pages(const float* begin, const float* end, bool of_file) {
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  auto first = reinterpret_cast<uintptr_t>(begin), last = reinterpret_cast<uintptr_t>(end);
  of_file ? last += page - 1 : first += page - 1;
  first -= first % page;
  last -= last % page;
  if (first < last) madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
}

}  // namespace

ConstantMemory::ConstantMemory(Value& value) {
  Constant& constant = value.constant;
  const bool of_file = constant.memory == Constant::Memory::file;
  const bool unshared = constant.memory == Constant::Memory::own && constant.owner.use_count() == 1;
  if (!constant.data || !(of_file || unshared)) return;
  constant_ = &constant;
  begin_ = constant.data;
  end_ = begin_ + value.shape.elements();
}

void ConstantMemory::read_until(const float* end) {
  if (!constant_ || end - begin_ < kPiece) return;
  drop_pages(begin_, end, constant_->memory == Constant::Memory::file);
  begin_ = end;
}

void ConstantMemory::read_all() {
  if (!constant_) return;
  if (constant_->memory == Constant::Memory::file) {
    drop_pages(begin_, end_, true);
  } else {
    *constant_ = {nullptr, nullptr, Constant::Memory::gone};
  }
  constant_ = nullptr;
}

}  // namespace mien
