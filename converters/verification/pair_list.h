// Lists of pairs as text: LFW's pairs.txt and its CSV form, and `path path 0|1`. Thread-safety: free functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "converters/verification/verification_set.h"
#include "engine/status.h"

namespace mien {

struct ListedPair {
  std::string a, b;  // paths below the pictures' folder; of pairs.txt without the ending
  bool same = false;
};

struct PairList {
  std::vector<ListedPair> pairs;
  bool has_endings = false;  // false: Name/Name_0001, to which .jpg or .png belongs
};

// Told by content. pairs.txt: an optional head `folds n` or `n`, then per line `Name i j` for one person and
// `Name1 i Name2 j` for two; the number of pairs must be what the head says. CSV: the head `name,imagenum1,...`. Else
// `path1 path2 0|1`. Blanks or tabs in any number, CRLF, empty lines are fine.
// Errors: corrupt "line N: what"; a path that leads out of the folder (absolute, `..`) is one.
Result<PairList> parse_pair_list(std::string_view text);

// The pairs of a list with the pictures of a folder, which are read later. A pair with a missing picture is dropped as
// facenet does, and counted; all of them missing is an error. Errors start with a path.
Result<VerificationSet> read_verification_folder(const std::string& folder, const std::string& list);

}  // namespace mien
