// What the minimal library needs of libstdc++, for programs that shall not link it: C programs, and those against a C
// library that the compiler's libstdc++ was not built for. A library of its own (mien_runtime): a C++ program links
// libstdc++ and not this. Written to the interface of libstdc++'s headers, which has not changed since gcc 9.
// Thread-safety: as malloc.
//
// There are no exceptions here. Where operator new finds no memory, and where a container is asked for more than there
// can be, the process ends by abort(); the first can only happen for the some KB per layer of names, shapes and steps,
// as large memory comes from the allocator (aligned.h), and the second would be a bug.
#include <sched.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <unordered_map>
#include <utility>

#if !defined(__GLIBCXX__)
#error "mien_runtime replaces libstdc++ and fits no other C++ library"
#endif

namespace {

void* allocate(size_t size) {
  return std::malloc(size > 0 ? size : 1);
}
void* allocate_or_abort(size_t size) {
  void* memory = allocate(size);
  if (!memory) std::abort();
  return memory;
}

}  // namespace

void* operator new(size_t size) {
  return allocate_or_abort(size);
}
void* operator new[](size_t size) {
  return allocate_or_abort(size);
}
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  return allocate(size);
}
void* operator new[](size_t size, std::align_val_t alignment) {
  void* memory = nullptr;
  if (posix_memalign(&memory, static_cast<size_t>(alignment), size) != 0) std::abort();
  return memory;
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, size_t) noexcept {
  std::free(memory);
}

void operator delete[](void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, size_t, std::align_val_t) noexcept {
  std::free(memory);
}

// A variable that a function makes at its first call: one thread makes it, others wait. The first byte says that it is
// made, which the compiler's code looks at; the second is ours and says that somebody is at it.
extern "C" int __cxa_guard_acquire(std::atomic<unsigned char>* guard) {
  while (guard[1].exchange(1, std::memory_order_acquire) != 0) sched_yield();
  if (guard[0].load(std::memory_order_acquire) == 0) return 1;
  guard[1].store(0, std::memory_order_release);
  return 0;
}
extern "C" void __cxa_guard_release(std::atomic<unsigned char>* guard) {
  guard[0].store(1, std::memory_order_release);
  guard[1].store(0, std::memory_order_release);
}

// A call of a function that no class has defined.
extern "C" void __cxa_pure_virtual() {
  std::abort();
}

namespace std {

const nothrow_t nothrow{};

void __throw_bad_alloc() {
  abort();
}
void __throw_bad_array_new_length() {
  abort();
}
void __throw_bad_function_call() {
  abort();
}
void __throw_length_error(const char*) {
  abort();
}
void __throw_logic_error(const char*) {
  abort();
}
void __throw_out_of_range(const char*) {
  abort();
}
void __throw_out_of_range_fmt(const char*, ...) {
  abort();
}

// The functions of strings that the headers leave to the library.
template class basic_string<char>;

// Of make_shared: whether another library, built with RTTI, asks for the object. There is none.
bool _Sp_make_shared_tag::_S_eq(const type_info&) noexcept {
  return false;
}

// FNV-1a. Nothing depends on the values.
size_t _Hash_bytes(const void* data, size_t size, size_t seed) {
  const auto* bytes = static_cast<const unsigned char*>(data);
  auto hash = static_cast<uint64_t>(seed) ^ 0xcbf29ce484222325u;
  for (size_t i = 0; i < size; ++i) hash = (hash ^ bytes[i]) * 0x100000001b3u;
  return static_cast<size_t>(hash ^ hash >> 32);
}

namespace __detail {

// Buckets of a hash table: odd numbers, at least doubled each time.
size_t _Prime_rehash_policy::_M_next_bkt(size_t least) const {
  const size_t buckets = least | 1;
  _M_next_resize = static_cast<size_t>(static_cast<double>(buckets) * static_cast<double>(_M_max_load_factor));
  return buckets;
}

pair<bool, size_t> _Prime_rehash_policy::_M_need_rehash(size_t buckets, size_t elements, size_t more) const {
  if (elements + more <= _M_next_resize) return {false, 0};
  const size_t wanted = _M_bkt_for_elements(elements + more) + 1;
  return {true, _M_next_bkt(wanted > 2 * buckets ? wanted : 2 * buckets)};
}

}  // namespace __detail
}  // namespace std

#if defined(MIEN_NOT_GLIBC)
// What shared_ptr asks glibc for: never skip the atomic operations.
extern "C" char __libc_single_threaded;
char __libc_single_threaded = 0;
#endif
