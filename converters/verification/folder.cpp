#include <filesystem>
#include <system_error>
#include <unordered_map>

#include "converters/read_input.h"
#include "converters/verification/pair_list.h"

namespace mien {
namespace {

constexpr uint32_t kMissing = ~uint32_t{0};

bool is_file(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error);
}

// Numbers the pictures of a folder as they are named.
class FolderPictures {
 public:
  FolderPictures(const std::string& folder, bool has_endings, VerificationSet* set)
      : folder_(folder), has_endings_(has_endings), set_(set) {}

  uint32_t number_of(const std::string& name) {
    const auto [entry, added] = numbers_.try_emplace(name, kMissing);
    if (!added) return entry->second;
    const std::string path = find(name);
    if (path.empty()) {
      set_->missing.push_back(name);
    } else {
      entry->second = static_cast<uint32_t>(set_->pictures.size());
      set_->pictures.push_back({nullptr, 0, path});
    }
    return entry->second;
  }

 private:
  std::string find(const std::string& name) const {
    const std::string whole = folder_ + "/" + name;
    if (has_endings_) return is_file(whole) ? whole : "";
    for (const char* ending : {".jpg", ".png"})
      if (is_file(whole + ending)) return whole + ending;
    return "";
  }

  const std::string& folder_;
  bool has_endings_;
  VerificationSet* set_;
  std::unordered_map<std::string, uint32_t> numbers_;
};

}  // namespace

Result<VerificationSet> read_verification_folder(const std::string& folder, const std::string& list) {
  Result<std::vector<uint8_t>> bytes = read_input(list);
  if (!bytes.ok()) return bytes.status();
  const Result<PairList> parsed = parse_pair_list({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
  if (!parsed.ok()) return Status(parsed.status().code(), list + ": " + parsed.status().message());

  VerificationSet set;
  const std::string trimmed = folder.size() > 1 && folder.back() == '/' ? folder.substr(0, folder.size() - 1) : folder;
  set.name = base_name_of(trimmed);
  FolderPictures pictures(trimmed, parsed->has_endings, &set);
  for (const ListedPair& pair : parsed->pairs) {
    const uint32_t a = pictures.number_of(pair.a), b = pictures.number_of(pair.b);
    if (a == kMissing || b == kMissing) {
      ++set.dropped_pairs;
    } else {
      set.pairs.push_back({a, b, pair.same});
    }
  }
  if (set.pairs.empty())
    return Status(Code::unreadable, folder + ": none of the " + std::to_string(parsed->pairs.size()) +
                                        " pairs is there; the first missing picture is " + set.missing[0]);
  return set;
}

}  // namespace mien
