// A network small enough to be run hundreds of times, and files to feed it. Made once per test program.
#pragma once

#include <string>

#include "engine/records.h"

namespace mien::test {

inline constexpr int kSide = 16;  // of its pictures
inline constexpr int kDims = 24;  // of its embedding

// 3x16x16 -> conv 3x3 s2, PReLU -> conv 1x1 -> global average -> fully connected; with golden cases.
Package tiny_package();

std::string tiny_model();                      // path of the .mien file
std::string tiny_picture(int which);           // path of a PNG of the right size
std::string tiny_tensor(int samples);          // path of a float32 .npy [samples, 3, 16, 16]

}  // namespace mien::test
