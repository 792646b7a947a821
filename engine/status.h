// Errors as values: a short code and one line of text. Nothing in the engine throws across its surface.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace mien {

enum class Code {
  ok,
  bad_argument,  // the caller's mistake
  unreadable,    // a file that cannot be opened or read as what it should be
  corrupt,       // bytes that contradict themselves; the text names the offset
  unsupported,   // an operator or a form that mien does not run; the text names the node
  out_of_memory,
  check_failed,  // a proof, a guard or a comparison that did not hold
  io,            // writing failed
  cancelled = 9,  // the caller asked for it; 8 is the C interface's
};

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string message) : code_(code), message_(std::move(message)) {}
  bool ok() const { return code_ == Code::ok; }
  Code code() const { return code_; }
  const std::string& message() const { return message_; }

 private:
  Code code_ = Code::ok;
  std::string message_;
};

// A value or the Status that says why there is none.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::move(value)) {}
  Result(Status status) : held_(std::move(status)) {}
  bool ok() const { return held_.index() == 0; }
  T& value() { return std::get<0>(held_); }
  const T& value() const { return std::get<0>(held_); }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  Status status() const { return ok() ? Status() : std::get<1>(held_); }

 private:
  std::variant<T, Status> held_;
};

// Leaves the enclosing function with the status of `expression` unless it is ok.
#define MIEN_RETURN_IF_ERROR(expression)                                      \
  do {                                                                        \
    if (::mien::Status status_ = (expression); !status_.ok()) return status_; \
  } while (0)

}  // namespace mien
