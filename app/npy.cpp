#include "app/npy.h"

#include <algorithm>
#include <cstring>

#include "face/read_bytes.h"

namespace mien::app {
namespace {

constexpr char kMagic[] = "\x93NUMPY";
constexpr int64_t kMaxBytes = int64_t{4} << 30;

Status corrupt(const std::string& what, size_t at) {
  return {Code::corrupt, "npy: " + what + " (byte " + std::to_string(at) + ")"};
}

struct Header {
  std::string descr;
  bool fortran_order = false;
  std::vector<int64_t> shape;
};

// The Python literal {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), } and nothing else.
class HeaderParser {
 public:
  HeaderParser(const char* begin, size_t size, size_t offset) : begin_(begin), end_(begin + size), offset_(offset) {
    at_ = begin;
  }

  Status parse(Header* header) {
    if (!take('{')) return wrong("'{' expected");
    while (!take('}')) {
      MIEN_RETURN_IF_ERROR(entry(header));
      if (take(',')) continue;
      if (!take('}')) return wrong("',' or '}' expected");
      break;
    }
    skip_blanks();
    if (at_ != end_) return wrong("text after the header's end");
    if (seen_ != 7) return wrong("descr, fortran_order or shape is missing");
    return {};
  }

 private:
  Status wrong(const char* what) const { return corrupt(what, offset_ + static_cast<size_t>(at_ - begin_)); }

  void skip_blanks() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n')) ++at_;
  }
  bool take(char c) {
    skip_blanks();
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  bool take_word(const char* word) {
    skip_blanks();
    const size_t length = std::strlen(word);
    if (static_cast<size_t>(end_ - at_) < length || std::memcmp(at_, word, length) != 0) return false;
    at_ += length;
    return true;
  }
  bool text(std::string* out) {
    if (!take('\'')) return false;
    const char* close = std::find(at_, end_, '\'');
    if (close == end_) return false;
    out->assign(at_, close);
    at_ = close + 1;
    return true;
  }

  Status entry(Header* header) {
    std::string key;
    if (!text(&key) || !take(':')) return wrong("a key expected");
    if (key == "descr") return once(1, text(&header->descr));
    if (key == "shape") return once(4, shape(&header->shape));
    if (key != "fortran_order") return wrong("an unknown key");
    header->fortran_order = take_word("True");
    return once(2, header->fortran_order || take_word("False"));
  }
  Status once(int bit, bool valid) {
    if (!valid || (seen_ & bit) != 0) return wrong("a malformed or repeated entry");
    seen_ |= bit;
    return {};
  }
  bool shape(std::vector<int64_t>* dims) {
    if (!take('(')) return false;
    while (!take(')')) {
      int64_t n = 0;
      if (dims->size() == 32 || !number(&n)) return false;
      dims->push_back(n);
      if (!take(',')) return take(')') && dims->size() > 1;  // (3) is a number in Python, not a tuple
    }
    return true;
  }
  bool number(int64_t* n) {
    skip_blanks();
    const char* start = at_;
    for (; at_ != end_ && *at_ >= '0' && *at_ <= '9'; ++at_) {
      *n = *n * 10 + (*at_ - '0');
      if (*n > kMaxBytes) return false;
    }
    return at_ != start;
  }

  const char *begin_, *end_, *at_;
  size_t offset_;
  int seen_ = 0;
};

// Product of the dimensions; -1 if one is zero or the product passes `most`.
int64_t elements_of(const std::vector<int64_t>& shape, int64_t most) {
  int64_t elements = 1;
  for (int64_t n : shape) {
    if (n < 1 || elements > most / n) return -1;
    elements *= n;
  }
  return elements;
}

}  // namespace

Result<NpyArray> parse_npy(const uint8_t* data, size_t size) {
  if (size < 10 || std::memcmp(data, kMagic, 6) != 0) return Status(Code::unreadable, "not a .npy file");
  const int version = data[6];
  if ((version != 1 && version != 2) || data[7] != 0)
    return Status(Code::unreadable, "npy: version " + std::to_string(version) + " is not read");
  const size_t start = version == 1 ? 10 : 12;
  if (size < start) return corrupt("the file ends too early", size);
  size_t length = size_t{data[8]} | size_t{data[9]} << 8;
  if (version == 2) length |= size_t{data[10]} << 16 | size_t{data[11]} << 24;
  if (length > size - start) return corrupt("the header is longer than the file", 8);

  Header header;
  HeaderParser parser(reinterpret_cast<const char*>(data) + start, length, start);
  MIEN_RETURN_IF_ERROR(parser.parse(&header));
  if (header.fortran_order) return Status(Code::unreadable, "npy: Fortran order is not read");
  if (header.descr != "<f4" && header.descr != "|u1")
    return Status(Code::unreadable, "npy: type '" + header.descr + "' is not read, only <f4 and |u1");

  NpyArray array;
  array.type = header.descr == "<f4" ? NpyArray::Type::f32 : NpyArray::Type::u8;
  array.shape = header.shape;
  const size_t item = array.type == NpyArray::Type::f32 ? sizeof(float) : 1;
  const size_t begin = start + length, bytes = size - begin;
  const int64_t elements = elements_of(array.shape, kMaxBytes);
  if (elements < 0 || static_cast<size_t>(elements) * item != bytes)
    return corrupt("the shape does not fit the " + std::to_string(bytes) + " bytes of data", begin);
  if (array.type == NpyArray::Type::u8) {
    array.u8.assign(data + begin, data + size);
  } else {
    array.f32.resize(static_cast<size_t>(elements));
    std::memcpy(array.f32.data(), data + begin, bytes);
  }
  return array;
}

Result<NpyArray> read_npy(const std::string& path) {
  Result<std::vector<uint8_t>> bytes = read_bytes(path, kMaxBytes);
  if (!bytes.ok()) return bytes.status();
  Result<NpyArray> array = parse_npy(bytes->data(), bytes->size());
  if (!array.ok()) return Status(array.status().code(), path + ": " + array.status().message());
  return array;
}

std::vector<uint8_t> npy_bytes(const std::vector<int64_t>& shape, const float* data) {
  std::string dims;
  for (int64_t n : shape) dims += std::to_string(n) + ",";
  if (shape.size() > 1) dims.pop_back();
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + dims + "), }";
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';

  std::vector<uint8_t> bytes(kMagic, kMagic + 6);
  bytes.insert(bytes.end(), {1, 0, static_cast<uint8_t>(header.size()), static_cast<uint8_t>(header.size() >> 8)});
  bytes.insert(bytes.end(), header.begin(), header.end());
  size_t elements = 1;
  for (int64_t n : shape) elements *= static_cast<size_t>(n);
  const auto* raw = reinterpret_cast<const uint8_t*>(data);
  bytes.insert(bytes.end(), raw, raw + elements * sizeof(float));
  return bytes;
}

}  // namespace mien::app
