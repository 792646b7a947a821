// Files of models/default/ that are bytes of this program. Thread-safety: constants.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace mien::app {

struct Carried {
  const char* name;  // of the file, without its folder
  const uint8_t* begin;
  const uint8_t* end;

  size_t size() const { return static_cast<size_t>(end - begin); }
};

// Model files, aligned so that weights are used where they lie.
extern const Carried kCarriedDetector, kCarriedRecogniser;

// Portraits of three people who do not exist, two of each: "a1.jpg" to "c2.jpg".
extern const std::array<Carried, 6> kCarriedPortraits;

}  // namespace mien::app
