// InsightFace's verification sets (lfw.bin, cfp_fp.bin, ...): a pickle of encoded pictures and of which pairs are of
// one person. Nothing in it is executed. Thread-safety: free functions.
#pragma once

#include <string>

#include "converters/verification/verification_set.h"
#include "engine/status.h"

namespace mien {

inline constexpr size_t kMaxEncodedPicture = size_t{8} << 20;

// Takes the bytes of a file. Pictures 2k and 2k+1 of the file are pair k; equal ones become one picture. They are not
// decoded here. Errors: corrupt or unsupported, with the byte or the element.
Result<VerificationSet> parse_verification_bin(std::vector<uint8_t> file);

// The same from a path, with the set's name; errors start with the path.
Result<VerificationSet> read_verification_bin(const std::string& path);

}  // namespace mien
