// Pairs of pictures and whether they show one person, read from the files of a benchmark. The pictures stay encoded.
// Thread-safety: plain data; not to be copied, since pictures point into it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace mien {

// A picture as a file's bytes in memory, or, where data is null, the file to read when it is its turn.
struct EncodedPicture {
  const uint8_t* data = nullptr;
  size_t size = 0;
  std::string path;
};

struct VerificationPair {
  uint32_t a = 0, b = 0;  // numbers of pictures
  bool same = false;
};

// Pictures that occur in several pairs are there once: LFW's 12,000 are 7,701.
struct VerificationSet {
  VerificationSet() = default;
  VerificationSet(VerificationSet&&) = default;
  VerificationSet& operator=(VerificationSet&&) = default;

  std::string name;  // "lfw" of ".../lfw.bin"
  std::vector<EncodedPicture> pictures;
  std::vector<VerificationPair> pairs;  // in the file's order
  std::vector<std::string> missing;     // pictures that a list names and the folder does not have, once each
  size_t dropped_pairs = 0;             // because of them

  std::vector<uint8_t> file;        // what pictures point into
  std::deque<std::string> decoded;  // and those that the file holds as text; no longer than it
};

}  // namespace mien
