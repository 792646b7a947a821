// A network of one convolution that takes pictures, and its answer computed by hand.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/records.h"

namespace mien::testing {

inline constexpr int kH = 4, kW = 5, kC = 3, kOut = 2, kPixels = kH * kW;

// Picture -> convolution over the whole of it -> [1,2,1,1]; and, as second output, its absolute values.
Package picture_package();
// [kH][kW][3], R first.
std::vector<uint8_t> picture(int seed);
// The network's input for a picture, as the record of picture_package() says: planes in the order B, G, R.
std::vector<float> normalized(const std::vector<uint8_t>& rgb);
// Element o of the first output.
double expected(const std::vector<float>& input, int o);

}  // namespace mien::testing
