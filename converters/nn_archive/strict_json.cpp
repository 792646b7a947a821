#include "converters/nn_archive/strict_json.h"

#include <set>
#include <string>
#include <vector>

#include "converters/text.h"
#include "engine/file/bytes.h"

namespace mien::nn_archive {
namespace {

using nlohmann::json;

constexpr size_t kLargest = size_t{1} << 20, kDeepest = 64;

// Follows the parser and keeps nothing but the keys of the objects that are open.
class Checker final : public json::json_sax_t {
 public:
  Status status;

  bool start_object(size_t) override { return open(); }
  bool start_array(size_t) override { return open(); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    return open_.back().insert(name).second || fail("'" + printable(name) + "' is there twice");
  }
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return fail("binary data"); }
  bool parse_error(size_t at, const std::string&, const nlohmann::detail::exception&) override {
    if (status.ok()) status = file::corrupt_at(at > 0 ? at - 1 : 0, "no JSON from here on");
    return false;
  }

 private:
  bool open() {
    if (open_.size() == kDeepest) return fail("nested deeper than " + std::to_string(kDeepest));
    open_.emplace_back();
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }
  bool fail(const std::string& what) {
    if (status.ok()) status = {Code::corrupt, what};
    return false;
  }

  std::vector<std::set<std::string>> open_;
};

}  // namespace

Result<json> parse_strictly(const uint8_t* data, size_t size) {
  if (size > kLargest) return Status(Code::unsupported, "more than 1 MiB of JSON");
  Checker checker;
  if (!json::sax_parse(data, data + size, &checker)) return checker.status;
  json document = json::parse(data, data + size, nullptr, false);
  if (document.is_discarded()) return Status(Code::corrupt, "no JSON");
  return document;
}

}  // namespace mien::nn_archive
