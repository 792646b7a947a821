// Numbers as the bytes of a file, for the writers of test files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mien::testing {

// Little-endian, as every machine that runs the tests has it.
template <class T>
std::string number_bytes(T value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
std::string values_bytes(const std::vector<T>& values) {
  return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

inline const uint8_t* bytes_in(const std::string& text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

}  // namespace mien::testing
