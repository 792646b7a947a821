// What the files behind the C headers share: exceptions and Status turned into codes, structs of other versions of a
// header, handles. Internal to engine/c_api.cpp and face/c_api*.cpp. Thread-safety: pure on its arguments.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "engine/file/flat_file.h"
#include "engine/model.h"
#include "engine/status.h"
#include "kernels/cpu.h"
#include "mien/mien.h"

struct mien_model {
  std::shared_ptr<const mien::Model> model;
};

namespace mien::c_api {

inline constexpr int32_t kMaxBatch = 4096;

// Copies text into `size` bytes, cut between two characters of UTF-8 if it is longer, and terminates it.
inline void copy_text(const char* text, char* to, size_t size) {
  size_t length = std::min(std::strlen(text), size - 1);
  while (text[length] != 0 && length > 0 && (text[length] & 0xC0) == 0x80) --length;
  std::memcpy(to, text, length);
  to[length] = 0;
}

inline void fill(mien_error* error, mien_code code, const char* message) {
  if (!error || error->struct_size < sizeof *error) return;
  error->code = code;
  copy_text(message, error->message, sizeof error->message);
}

// Runs `call`, which returns a Status.
template <class Call>
mien_code guarded(mien_error* error, Call call) noexcept {
#if defined(__cpp_exceptions)
  try {
#endif
    const Status status = call();
    const auto code = static_cast<mien_code>(status.code());
    if (!status.ok()) fill(error, code, status.message().c_str());
    return code;
#if defined(__cpp_exceptions)
  } catch (const std::bad_alloc&) {
    fill(error, MIEN_OUT_OF_MEMORY, "out of memory");
    return MIEN_OUT_OF_MEMORY;
  } catch (...) {
    fill(error, MIEN_INTERNAL, "an exception inside the library");
    return MIEN_INTERNAL;
  }
#endif
}

inline Status bad(const char* message) {
  return {Code::bad_argument, message};
}

// Copies the caller's options over the defaults. A larger struct comes from a newer header: what this library does
// not know must be unset. A smaller one comes from an older header: `first`, the size of its first version, is the
// least.
template <class T>
Status read_options(const T* given, T* options, size_t first = sizeof(T)) {
  if (!given) return {};
  if (given->struct_size < first) return bad("struct_size of the options is not set");
  const auto* bytes = reinterpret_cast<const unsigned char*>(given);
  if (given->struct_size > sizeof(T) &&
      std::any_of(bytes + sizeof(T), bytes + given->struct_size, [](unsigned char b) { return b != 0; }))
    return {Code::unsupported, "the options have fields that this version of the library does not know"};
  std::memcpy(options, given, std::min(given->struct_size, sizeof(T)));
  return {};
}

// Checks the arguments of a get function and hands out a zeroed struct to fill.
template <class T>
Status start(const void* handle, T* out) {
  if (!handle || !out) return bad("null argument");
  if (out->struct_size < sizeof(T)) return bad("struct_size is not set");
  const size_t size = out->struct_size;
  *out = T{};
  out->struct_size = size;
  return {};
}

// name: NULL leaves *isa as it is.
inline Status read_isa(const char* name, std::optional<kernels::Isa>* isa) {
  if (!name) return {};
  kernels::Isa found;
  if (!kernels::isa_from_name(name, &found)) return bad("no instruction set of mien has this name");
  *isa = found;
  return {};
}

inline Status read_parallel(int32_t width, mien_parallel_for_fn parallel_for, void* context, Parallel* parallel) {
  if (width < 1) return bad("width is below 1");
  if (width > 1 && !parallel_for) return bad("width is above 1 and there is no parallel_for");
  *parallel = {width, parallel_for, context};
  return {};
}

// given: NULL leaves *allocator as it is.
inline Status read_allocator(const mien_allocator* given, std::optional<Allocator>* allocator) {
  if (!given) return {};
  mien_allocator read = MIEN_ALLOCATOR_INIT;
  MIEN_RETURN_IF_ERROR(read_options(given, &read));
  if (!read.allocate || !read.release) return bad("an allocator needs both of its functions");
  *allocator = Allocator{read.allocate, read.release, read.context};
  return {};
}

inline Status read_allocator(const mien_allocator* given, Allocator* allocator) {
  std::optional<Allocator> read;
  MIEN_RETURN_IF_ERROR(read_allocator(given, &read));
  if (read) *allocator = *read;
  return {};
}

// Says what a caller may want to know of a load that succeeded.
class Log {
 public:
  Log(mien_log_fn function, void* context) : function_(function), context_(context) {}
  explicit operator bool() const { return function_ != nullptr; }
  void info(const std::string& message) const { say(MIEN_LOG_INFO, message); }
  void warning(const std::string& message) const { say(MIEN_LOG_WARNING, message); }

 private:
  void say(int32_t level, const std::string& message) const {
    if (function_) function_(context_, level, message.c_str());
  }
  mien_log_fn function_;
  void* context_;
};

// read(read_options) returns the package; what the file has to say about itself goes to the log.
template <class Read>
Result<Package> read_package(bool check_weights, const Allocator& allocator, const Log& log, Read read) {
  std::vector<std::string> warnings;
  ReadOptions options;
  options.check_weights = check_weights;
  options.allocator = allocator;
  options.warnings = log ? &warnings : nullptr;
  Result<Package> package = read(options);
  if (!package.ok()) return package;
  if (!check_weights && log) log.warning("the weights were not checked");
  for (const std::string& warning : warnings) log.warning(warning);
  return package;
}

inline Status read_session_options(const mien_session_options* given, SessionOptions* out) {
  mien_session_options options = MIEN_SESSION_OPTIONS_INIT;
  MIEN_RETURN_IF_ERROR(read_options(given, &options, offsetof(mien_session_options, allocator)));
  if (options.max_batch < 1 || options.max_batch > kMaxBatch) return bad("max_batch is not in 1..4096");
  out->max_batch = options.max_batch;
  out->allow_nonfinite = options.allow_nonfinite != 0;
  out->cancel = options.cancel;
  out->cancel_context = options.cancel_context;
  MIEN_RETURN_IF_ERROR(read_allocator(options.allocator, &out->allocator));
  return read_parallel(options.width, options.parallel_for, options.parallel_context, &out->parallel);
}

}  // namespace mien::c_api
