#include "codegen/fold.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iterator>

namespace mien::codegen {
namespace {

// The longest body of a loop that is looked for, in terms. A row of 112 pixels in groups of at most 6 has 19.
constexpr size_t kLongest = 40;

// The same calls in the same loops, whatever their values. b may lack the outermost `missing` loops around a's calls.
bool alike(const Term& a, const Term& b, size_t missing) {
  if (a.count != b.count || a.body.size() != b.body.size()) return false;
  for (size_t i = 0; i < a.body.size(); ++i)
    if (!alike(a.body[i], b.body[i], missing)) return false;
  if (a.count > 0) return true;
  const Call &x = a.call, &y = b.call;
  if (x.function != y.function || x.steps.size() != y.steps.size() + missing) return false;
  return std::equal(y.steps.begin(), y.steps.end(), x.steps.begin()) && x.arguments == y.arguments;
}

template <class Visit>
void each_call(Term& term, const Visit& visit) {
  if (term.count == 0) visit(term.call);
  for (Term& inner : term.body) each_call(inner, visit);
}
template <class Visit>
void each_call(const Term& term, const Visit& visit) {
  if (term.count == 0) visit(term.call);
  for (const Term& inner : term.body) each_call(inner, visit);
}

std::vector<int64_t> values_of(const Term* terms, size_t n) {
  std::vector<int64_t> values;
  for (size_t i = 0; i < n; ++i)
    each_call(terms[i], [&](const Call& c) { values.insert(values.end(), c.values.begin(), c.values.end()); });
  return values;
}

// Values of a loop's body in round `round` of it.
std::vector<int64_t> values_in_round(const Term& loop, int64_t round) {
  std::vector<int64_t> values;
  each_call(loop, [&](const Call& c) {
    for (size_t i = 0; i < c.values.size(); ++i) values.push_back(c.values[i] + round * c.steps.back()[i]);
  });
  return values;
}

bool all_alike(const Term* a, const Term* b, size_t n, size_t missing) {
  // The last of a block first: it is what differs most often.
  for (size_t i = n; i-- > 0;)
    if (!alike(a[i], b[i], missing)) return false;
  return true;
}

void unfold(const Term& term, std::vector<int64_t>& rounds, std::vector<Call>* calls) {
  if (term.count > 0) {
    for (int64_t round = 0; round < term.count; ++round) {
      rounds.push_back(round);
      for (const Term& inner : term.body) unfold(inner, rounds, calls);
      rounds.pop_back();
    }
    return;
  }
  Call call = term.call;
  for (size_t depth = 0; depth < call.steps.size(); ++depth) {
    const int64_t round = rounds[rounds.size() - 1 - depth];
    for (size_t i = 0; i < call.values.size(); ++i) call.values[i] += round * call.steps[depth][i];
  }
  call.steps.clear();
  calls->push_back(std::move(call));
}

}  // namespace

bool Argument::operator==(const Argument& other) const {
  return kind == other.kind && name == other.name && text == other.text && space == other.space &&
         std::memcmp(&number, &other.number, sizeof number) == 0;
}

void Folder::add(Call call) {
  terms_.emplace_back();
  terms_.back().call = std::move(call);
  for (size_t length = 1; length <= kLongest && length < terms_.size();) {
    // What was found may be the end of a larger loop.
    length = extend(length) || begin(length) ? 1 : length + 1;
  }
}

// The last `length` terms are one more round of the loop before them.
bool Folder::extend(size_t length) {
  Term& loop = terms_[terms_.size() - 1 - length];
  if (loop.count == 0 || loop.body.size() != length) return false;
  const Term* last = terms_.data() + (terms_.size() - length);
  if (!all_alike(loop.body.data(), last, length, 1)) return false;
  if (values_in_round(loop, loop.count) != values_of(last, length)) return false;
  ++loop.count;
  terms_.resize(terms_.size() - length);
  return true;
}

// The last three times `length` terms are three rounds of a new loop.
bool Folder::begin(size_t length) {
  if (terms_.size() < 3 * length) return false;
  Term* first = terms_.data() + (terms_.size() - 3 * length);
  Term *second = first + length, *third = second + length;
  if (!all_alike(second, third, length, 0) || !all_alike(first, second, length, 0)) return false;
  const std::vector<int64_t> a = values_of(first, length), b = values_of(second, length), c = values_of(third, length);
  std::vector<int64_t> steps(a.size());
  for (size_t i = 0; i < a.size(); ++i) {
    steps[i] = b[i] - a[i];
    if (c[i] - b[i] != steps[i]) return false;
  }
  Term loop;
  loop.count = 3;
  loop.body.assign(std::make_move_iterator(first), std::make_move_iterator(second));
  auto from = steps.begin();
  each_call(loop, [&](Call& call) {
    const auto to = from + static_cast<ptrdiff_t>(call.values.size());
    call.steps.emplace_back(from, to);
    from = to;
  });
  terms_.resize(terms_.size() - 3 * length);
  terms_.push_back(std::move(loop));
  return true;
}

std::vector<Call> unfolded(const std::vector<Term>& terms) {
  std::vector<Call> calls;
  std::vector<int64_t> rounds;
  for (const Term& term : terms) unfold(term, rounds, &calls);
  return calls;
}

}  // namespace mien::codegen
