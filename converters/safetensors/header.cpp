#include "converters/safetensors/header.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "converters/text.h"
#include "engine/file/bytes.h"

namespace mien::safetensors {
namespace {

using nlohmann::json;

constexpr size_t kMaxTensors = 50000, kMaxName = 4096, kMaxRank = 8;
constexpr size_t kMaxToken = size_t{4} << 20;  // some writers keep their whole configuration in one text
constexpr uint64_t kMaxNumber = uint64_t{1} << 53;

// Follows the parser through the one form that a header can have: {name: {dtype, shape, data_offsets}, ...}. The whole
// document is never held, and a deeper one is refused where it becomes deeper.
class Events final : public json::json_sax_t {
 public:
  std::vector<Entry> entries;
  std::string error;    // empty: none
  size_t error_at = 0;  // in the text, where the parser knows it

  bool key(string_t& name) override {
    switch (place_) {
      case Place::top:
        name_ = name;
        return true;
      case Place::metadata:
        metadata_.push_back(name);
        return metadata_.size() <= kMaxTensors || fail("too much metadata");
      default:
        return begin_member(name);
    }
  }

  bool start_object(size_t) override {
    if (place_ == Place::outside) return go(Place::top);
    if (place_ != Place::top) return fail("an object where none can be");
    if (name_ == "__metadata__") return has_metadata_++ == 0 ? go(Place::metadata) : fail("__metadata__ appears twice");
    if (entries.size() == kMaxTensors) return fail("more tensors than any checkpoint has");
    if (name_.empty() || name_.size() > kMaxName || !file::is_text(name_)) return fail("a name that is no text");
    entries.emplace_back();
    entries.back().name = name_;
    seen_ = 0;
    return go(Place::entry);
  }

  bool end_object() override {
    if (place_ == Place::entry && seen_ != kAll)
      return fail("tensor '" + printable(name_) + "' is not fully described");
    return go(place_ == Place::top ? Place::outside : Place::top);
  }

  bool start_array(size_t) override {
    if (place_ != Place::entry || (member_ != kShape && member_ != kOffsets)) return fail("a list where none can be");
    offsets_.clear();
    return go(Place::list);
  }

  bool end_array() override {
    if (member_ == kOffsets) {
      if (offsets_.size() != 2) return fail("data_offsets are not two numbers");
      entries.back().begin = offsets_[0], entries.back().end = offsets_[1];
    }
    return go(Place::entry);
  }

  bool string(string_t& text) override {
    if (place_ == Place::metadata) return true;
    if (place_ != Place::entry || member_ != kType) return fail("a text where none can be");
    entries.back().type = text;
    return true;
  }

  bool number_unsigned(number_unsigned_t n) override {
    if (place_ != Place::list) return fail("a number where none can be");
    if (n >= kMaxNumber) return fail("a number above 2^53");
    if (member_ == kOffsets) {
      offsets_.push_back(n);
      return offsets_.size() <= 2 || fail("data_offsets are not two numbers");
    }
    entries.back().shape.push_back(static_cast<int64_t>(n));
    return entries.back().shape.size() <= kMaxRank || fail("a rank above 8");
  }

  bool null() override { return fail("a null where none can be"); }
  bool boolean(bool) override { return fail("a truth value where none can be"); }
  bool number_integer(number_integer_t) override { return fail("a negative number"); }
  bool number_float(number_float_t, const string_t&) override { return fail("a number that is no plain integer"); }
  bool binary(binary_t&) override { return fail("binary data"); }
  bool parse_error(size_t at, const std::string&, const nlohmann::detail::exception&) override {
    error_at = at > 0 ? at - 1 : 0;
    return fail("the header is no JSON text");
  }

  const std::vector<std::string>& metadata() const { return metadata_; }

 private:
  enum class Place { outside, top, metadata, entry, list };
  enum Member { kType = 1, kShape = 2, kOffsets = 4, kAll = 7 };

  bool fail(const std::string& what) {
    if (error.empty()) error = what;
    return false;
  }
  bool go(Place place) {
    place_ = place;
    return true;
  }

  bool begin_member(const std::string& name) {
    member_ = name == "dtype" ? kType : name == "shape" ? kShape : name == "data_offsets" ? kOffsets : 0;
    if (member_ == 0) return fail("tensor '" + printable(name_) + "' has a member '" + printable(name) + "'");
    if (seen_ & member_) return fail("tensor '" + printable(name_) + "' has a member twice");
    seen_ |= member_;
    return true;
  }

  Place place_ = Place::outside;
  std::string name_;
  int member_ = 0, seen_ = 0, has_metadata_ = 0;
  std::vector<uint64_t> offsets_;
  std::vector<std::string> metadata_;
};

// The parser holds a token several times over: the longest one must be known to be short before it starts.
bool has_long_token(std::string_view text) {
  bool quoted = false;
  size_t begin = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i - begin > kMaxToken) return true;
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted, begin = i;
    } else if (!quoted && (text[i] == ',' || text[i] == ':' || text[i] == ' ')) {
      begin = i;
    }
  }
  return false;
}

// The first name that a list has twice.
std::string twice(std::vector<std::string_view> names) {
  std::sort(names.begin(), names.end());
  const auto at = std::adjacent_find(names.begin(), names.end());
  return at == names.end() ? std::string() : std::string(*at);
}

}  // namespace

Result<std::vector<Entry>> read_header(const char* text, size_t size, uint64_t offset) {
  if (has_long_token({text, size})) return file::corrupt_at(offset, "a text longer than any header's");
  Events events;
  if (!json::sax_parse(text, text + size, &events) || !events.error.empty())
    return file::corrupt_at(offset + events.error_at, events.error);
  std::vector<std::string_view> names(events.metadata().begin(), events.metadata().end());
  const std::string metadata = twice(std::move(names));
  if (!metadata.empty()) return file::corrupt_at(offset, "__metadata__ has '" + printable(metadata) + "' twice");
  names.clear();
  for (const Entry& e : events.entries) names.push_back(e.name);
  const std::string tensor = twice(std::move(names));
  if (!tensor.empty()) return file::corrupt_at(offset, "tensor '" + printable(tensor) + "' is described twice");
  return std::move(events.entries);
}

}  // namespace mien::safetensors
