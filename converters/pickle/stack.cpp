#include "converters/pickle/stack.h"

#include <string>

#include "converters/pickle/pickle.h"

namespace mien::pickle {
namespace {

constexpr Ref kEmpty = ~Ref{0};

}  // namespace

void Stack::push(Ref v) {
  if (stack_.size() == kMaxStack) in_->fail("a stack deeper than any checkpoint needs");
  if (!in_->failed()) stack_.push_back(v);
}

Ref Stack::pop() {
  if (available() == 0) in_->fail("takes a value that is not on the stack");
  if (in_->failed()) return Values::kNone;
  const Ref v = stack_.back();
  stack_.pop_back();
  return v;
}

std::vector<Ref> Stack::pop_many(size_t count) {
  if (available() < count) in_->fail("takes values that are not on the stack");
  if (in_->failed()) return {};
  const std::vector<Ref> taken(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
  stack_.resize(stack_.size() - count);
  return taken;
}

void Stack::mark() {
  if (marks_.size() == kMaxStack) in_->fail("more marks than any checkpoint needs");
  if (!in_->failed()) marks_.push_back(static_cast<uint32_t>(stack_.size()));
}

std::vector<Ref> Stack::pop_to_mark() {
  if (marks_.empty()) in_->fail("needs a mark on the stack");
  std::vector<Ref> taken = pop_many(available());
  if (!in_->failed()) marks_.pop_back();
  return taken;
}

void Stack::drop() {
  if (available() == 0 && !marks_.empty()) {
    marks_.pop_back();
  } else {
    pop();
  }
}

void Stack::duplicate() {
  const Ref v = pop();
  push(v), push(v);
}

Ref Stack::target(Kind kind, const char* what) {
  if (available() == 0 || !values_->is(stack_.back(), kind))
    in_->fail(std::string("no ") + what + " is there to add to");
  return in_->failed() ? Values::kNone : stack_.back();
}

void Stack::memorize(uint32_t index) {
  if (index >= kMaxStack) in_->fail("a memo larger than any checkpoint needs");
  if (available() == 0) in_->fail("memorizes a value that is not on the stack");
  if (in_->failed()) return;
  if (index >= memo_.size()) memo_.resize(index + 1, kEmpty);
  if (memo_[index] == kEmpty) ++memorized_;
  memo_[index] = stack_.back();
}

void Stack::recall(uint32_t index) {
  if (index >= memo_.size() || memo_[index] == kEmpty) return in_->fail("recalls what was not memorized");
  push(memo_[index]);
}

}  // namespace mien::pickle
