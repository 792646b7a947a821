// Damaged copies of a file, the same ones on every run, and the fixtures that stand beside a checkout.
#pragma once

#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "models/seeded_weights.h"

namespace mien::testing {

// Calls check(copy, length) with every proper prefix.
template <class Check>
void for_each_truncation(const std::vector<uint8_t>& whole, Check check) {
  for (size_t n = 0; n < whole.size(); ++n) check({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)}, n);
}

// Calls check(copy, position) with `count` copies of which one byte is another.
template <class Check>
void for_each_flip(const std::vector<uint8_t>& whole, int count, Check check) {
  for (uint64_t i = 0; i < static_cast<uint64_t>(count) && !whole.empty(); ++i) {
    std::vector<uint8_t> copy = whole;
    const size_t at = mix(i) % whole.size();
    copy[at] ^= static_cast<uint8_t>(1 + mix(~i) % 255);
    check(copy, at);
  }
}

// The bytes of a file; empty if it is not there.
inline std::vector<uint8_t> bytes_of_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
// fixtures/formats/<name>; empty where the machine has no fixtures.
inline std::vector<uint8_t> fixture(const std::string& name) {
  return bytes_of_file(std::string(MIEN_SHARED_DIR) + "/fixtures/formats/" + name);
}

}  // namespace mien::testing
