#include "converters/ncnn/param.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <new>
#include <unordered_map>

#include "converters/ncnn/ncnn.h"
#include "converters/text.h"
#include "engine/file/bytes.h"

namespace mien::ncnn {
namespace {

constexpr char kMagic[] = "7767517";
constexpr size_t kLongestText = size_t{16} << 20;
constexpr size_t kLongestLine = size_t{64} << 10;
constexpr size_t kLongestName = 255;
constexpr int64_t kMostLayers = 100000, kMostBlobs = 1000000;
constexpr int64_t kShortestLayer = 8;  // "A b 0 0" and the end of its line
constexpr int kParams = 32;
constexpr int64_t kListKey = -23300;

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

template <class T>
bool parse(const std::string& text, T* value) {
  const char* first = text.data() + (text.size() > 1 && text[0] == '+' && text[1] != '-' ? 1 : 0);
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(first, last, *value);
  return error == std::errc() && end == last;
}

bool parse_number(const std::string& text, Number* out) {
  if (text.find_first_of(".eE") == std::string::npos) {
    out->whole = true;
    if (!parse(text, &out->integer)) return false;
    out->real = static_cast<float>(out->integer);
    return true;
  }
  double value = 0;
  if (!parse(text, &value)) return false;
  *out = {false, 0, static_cast<float>(value)};
  return std::isfinite(out->real);
}

bool begins_text(char c) {
  return c == '"' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

class ParamReader {
 public:
  ParamReader(const uint8_t* data, size_t size) : text_(reinterpret_cast<const char*>(data)), size_(size) {}

  Result<Net> read() {
    if (size_ > kLongestText) return Status(Code::unreadable, "a text of more than 16 MiB");
    if (!next_line().ok() || words_.size() != 1 || words_[0] != kMagic)
      return Status(Code::unreadable, "not the text of an ncnn network: its first line is not " + std::string(kMagic));
    int64_t layers = 0, blobs = 0;
    MIEN_RETURN_IF_ERROR(counts(&layers, &blobs));
    for (int64_t i = 0; i < layers; ++i) {
      MIEN_RETURN_IF_ERROR(next_line());
      if (words_.empty())
        return error("the text ends after " + std::to_string(i) + " of " + std::to_string(layers) + " layers");
      MIEN_RETURN_IF_ERROR(layer());
    }
    MIEN_RETURN_IF_ERROR(next_line());
    if (!words_.empty()) return error("goes on after its " + std::to_string(layers) + " layers");
    if (static_cast<int64_t>(net_.blobs.size()) != blobs)
      return error("announces " + std::to_string(blobs) + " blobs, its layers make " +
                   std::to_string(net_.blobs.size()));
    return std::move(net_);
  }

 private:
  Status error(const std::string& what) const { return {Code::corrupt, "line " + std::to_string(line_) + ": " + what}; }

  // The words of the next line that has any; none at the end of the text.
  Status next_line() {
    words_.clear();
    while (words_.empty() && at_ < size_) {
      ++line_;
      const void* found = std::memchr(text_ + at_, '\n', size_ - at_);
      const size_t end = found ? static_cast<size_t>(static_cast<const char*>(found) - text_) : size_;
      if (end - at_ > kLongestLine) return error("is longer than 64 KiB");
      while (at_ < end) {
        while (at_ < end && is_blank(text_[at_])) ++at_;
        const size_t first = at_;
        while (at_ < end && !is_blank(text_[at_])) ++at_;
        if (at_ > first) words_.emplace_back(text_ + first, at_ - first);
      }
      at_ = std::min(end + 1, size_);
    }
    return {};
  }

  Status counts(int64_t* layers, int64_t* blobs) {
    MIEN_RETURN_IF_ERROR(next_line());
    if (words_.size() != 2 || !parse(words_[0], layers) || !parse(words_[1], blobs))
      return error("expected the counts of layers and blobs");
    const int64_t room = static_cast<int64_t>(size_ - at_) + 1;  // the last line may end without its end
    if (*layers < 1 || *layers > kMostLayers || *layers > room / kShortestLayer)
      return error(std::to_string(*layers) + " layers: none, or more than the text has room for or than 100000");
    if (*blobs < 1 || *blobs > kMostBlobs || *blobs > room / 2)
      return error(std::to_string(*blobs) + " blobs: none, or more than the text has room for or than 1000000");
    return {};
  }

  Status layer() {
    if (words_.size() < 4) return error("expected a layer: type, name, and how many blobs it reads and makes");
    Layer made;
    for (size_t i = 0; i < 2; ++i) MIEN_RETURN_IF_ERROR(check_name(words_[i]));
    made.type = words_[0], made.name = words_[1];
    size_t bottoms = 0, tops = 0;
    const size_t room = words_.size() - 4;
    if (!parse(words_[2], &bottoms) || !parse(words_[3], &tops) || bottoms > room || tops > room - bottoms)
      return error("layer '" + printable(made.name) + "' reads " + printable(words_[2]) + " and makes " +
                   printable(words_[3]) + " blobs, more than it names");
    for (size_t i = 0; i < bottoms; ++i) MIEN_RETURN_IF_ERROR(bottom(words_[4 + i], &made));
    for (size_t i = 0; i < tops; ++i) MIEN_RETURN_IF_ERROR(top(words_[4 + bottoms + i], &made));
    for (size_t i = 4 + bottoms + tops; i < words_.size(); ++i) MIEN_RETURN_IF_ERROR(param(words_[i], &made));
    net_.layers.push_back(std::move(made));
    return {};
  }

  Status check_name(const std::string& name) const {
    if (name.size() <= kLongestName && file::is_text(name)) return {};
    return error("'" + printable(name) + "' is no text or has more than 255 bytes");
  }

  Status bottom(const std::string& name, Layer* layer) {
    const auto found = blobs_.find(name);
    if (found == blobs_.end()) return error("blob '" + printable(name) + "' is read before any layer makes it");
    Blob& blob = net_.blobs[static_cast<size_t>(found->second)];
    if (blob.is_read) return error("blob '" + printable(name) + "' is read twice, without a Split");
    blob.is_read = true;
    layer->bottoms.push_back(found->second);
    return {};
  }

  Status top(const std::string& name, Layer* layer) {
    MIEN_RETURN_IF_ERROR(check_name(name));
    const int32_t id = static_cast<int32_t>(net_.blobs.size());
    if (!blobs_.emplace(name, id).second) return error("blob '" + printable(name) + "' is made twice");
    net_.blobs.push_back({name, false});
    layer->tops.push_back(id);
    return {};
  }

  // "0=64", "-23310=2,0.0,6.0", "10=0.0,6.0", "6=\"text\"".
  Status param(const std::string& word, Layer* layer) const {
    const size_t equals = word.find('=');
    int64_t key = 0;
    if (equals == std::string::npos || !parse(word.substr(0, equals), &key) || equals + 1 == word.size())
      return error("'" + printable(word) + "' is no parameter");
    const bool counted = key <= kListKey && key > kListKey - kParams;
    const int64_t id = counted ? kListKey - key : key;
    if (id < 0 || id >= kParams) return error("parameter " + std::to_string(key) + ": only 0 to 31 are known");
    const auto same = [id](const Param& other) { return other.id == id; };
    if (std::any_of(layer->params.begin(), layer->params.end(), same))
      return error("parameter " + std::to_string(id) + " is there twice");
    Param made;
    made.id = static_cast<int8_t>(id);
    made.first = static_cast<int32_t>(layer->numbers.size());
    const std::string value = word.substr(equals + 1);
    if (begins_text(value[0]) && !counted) {
      made.kind = ParamKind::text;
    } else {
      MIEN_RETURN_IF_ERROR(numbers(value, counted, &made, &layer->numbers));
    }
    layer->params.push_back(made);
    return {};
  }

  Status numbers(const std::string& value, bool counted, Param* param, std::vector<Number>* out) const {
    const std::string who = "parameter " + std::to_string(param->id) + " is '" + printable(value) + "'";
    size_t start = 0;
    int64_t announced = -1;
    if (counted) {
      start = std::min(value.find(','), value.size());
      if (!parse(value.substr(0, start), &announced)) return error(who + ": no list");
      start = std::min(start + 1, value.size());
    }
    while (start < value.size()) {
      const size_t comma = std::min(value.find(',', start), value.size());
      Number number;
      if (!parse_number(value.substr(start, comma - start), &number)) return error(who + ": no number");
      out->push_back(number);
      ++param->count;
      if (comma + 1 == value.size()) return error(who + ": ends in a comma");
      start = comma + 1;
    }
    if (counted && announced != param->count) return error(who + ": a list of another length than it announces");
    param->kind = counted || param->count > 1 ? ParamKind::list : ParamKind::number;
    return {};
  }

  const char* text_;
  const size_t size_;
  size_t at_ = 0;
  int64_t line_ = 0;
  std::vector<std::string> words_;
  std::unordered_map<std::string, int32_t> blobs_;
  Net net_;
};

}  // namespace

Result<Net> read_param(const uint8_t* data, size_t size) {
  return ParamReader(data, size).read();
}

}  // namespace mien::ncnn

namespace mien {

bool looks_like_old_ncnn(const uint8_t* data, size_t size) {
  const std::string head(reinterpret_cast<const char*>(data), std::min<size_t>(size, 256));
  const size_t end = head.find('\n');
  if (end == std::string::npos || head.find_first_not_of("0123456789 \t\r") != end) return false;
  const size_t digit = head.find_first_of("0123456789");
  return digit < end && head.compare(end + 1, 5, "Input") == 0;
}

}  // namespace mien
