// Writes Caffe files for the tests: a prototxt and its weights, in the style of either version of layers. The binary
// file is written number by number, so that field numbers are said twice in the repository.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace mien::testing {

using Bytes = std::vector<uint8_t>;

// A protobuf message that grows record by record.
class WireWriter {
 public:
  WireWriter& varint(uint64_t field, uint64_t value) { return number(field << 3).number(value); }
  WireWriter& text(uint64_t field, const std::string& value) {
    number(field << 3 | 2).number(value.size());
    bytes.insert(bytes.end(), value.begin(), value.end());
    return *this;
  }
  WireWriter& message(uint64_t field, const WireWriter& inner) {
    return text(field, {inner.bytes.begin(), inner.bytes.end()});
  }
  // All in one record. T is float or double.
  template <class T>
  WireWriter& packed(uint64_t field, const std::vector<T>& values) {
    std::string raw(values.size() * sizeof(T), '\0');
    if (!values.empty()) std::memcpy(raw.data(), values.data(), raw.size());
    return text(field, raw);
  }
  // A record each.
  template <class T>
  WireWriter& single(uint64_t field, const std::vector<T>& values) {
    for (T value : values) {
      number(field << 3 | (sizeof(T) == 4 ? 5 : 1));
      const auto* p = reinterpret_cast<const uint8_t*>(&value);
      bytes.insert(bytes.end(), p, p + sizeof value);
    }
    return *this;
  }
  WireWriter& number(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<uint8_t>(value | 0x80));
    bytes.push_back(static_cast<uint8_t>(value));
    return *this;
  }
  Bytes bytes;
};

struct CaffeBlob {
  std::vector<int64_t> shape;
  std::vector<float> values;
};

// How a file of weights is written. Files before 2015 have four numbers instead of a shape; the first version of
// layers has fields of its own.
struct CaffeStyle {
  bool legacy_shapes = false, v1 = false, doubles = false, unpacked = false;
};

inline WireWriter caffe_blob(const CaffeBlob& blob, const CaffeStyle& style) {
  WireWriter w, shape, dims;
  for (size_t i = 0; i < 4 && style.legacy_shapes; ++i) {
    const size_t missing = 4 - blob.shape.size();
    w.varint(1 + i, i < missing ? 1 : static_cast<uint64_t>(blob.shape[i - missing]));
  }
  for (int64_t d : blob.shape) {
    if (style.unpacked) shape.varint(1, static_cast<uint64_t>(d));
    dims.number(static_cast<uint64_t>(d));
  }
  if (!style.unpacked) shape.message(1, dims);
  if (!style.legacy_shapes) w.message(7, shape);
  const std::vector<double> wide(blob.values.begin(), blob.values.end());
  if (style.doubles) return style.unpacked ? w.single(8, wide) : w.packed(8, wide);
  return style.unpacked ? w.single(5, blob.values) : w.packed(5, blob.values);
}

// A network that grows layer by layer.
class CaffeNet {
 public:
  CaffeStyle style;
  std::string prototxt = "name: \"tested\"\n";
  Bytes model_start = WireWriter().text(1, "tested").bytes;

  CaffeNet& input(const std::string& name, const std::vector<int64_t>& shape) {
    std::string dims;
    for (int64_t d : shape) dims += " dim: " + std::to_string(d);
    return raw("layer { name: \"" + name + "\" type: \"Input\" top: \"" + name + "\" input_param { shape {" + dims +
               " } } }\n");
  }
  // `more` is the text of its parameters and rules. In the first version a type is the name of an enumeration.
  CaffeNet& layer(const std::string& type, const std::string& name, const std::vector<std::string>& bottoms,
                  const std::vector<std::string>& tops, const std::string& more = "",
                  const std::vector<CaffeBlob>& blobs = {}) {
    std::string text = style.v1 ? "layers {" : "layer {";
    text += " name: \"" + name + "\" type: " + (style.v1 ? type : "\"" + type + "\"");
    for (const std::string& bottom : bottoms) text += " bottom: \"" + bottom + "\"";
    for (const std::string& top : tops) text += " top: \"" + top + "\"";
    raw(text + " " + more + " }\n");
    return blobs.empty() ? *this : weights(type, name, blobs);
  }
  CaffeNet& raw(const std::string& text) {
    prototxt += text;
    return *this;
  }
  CaffeNet& weights(const std::string& type, const std::string& name, const std::vector<CaffeBlob>& blobs) {
    WireWriter w;
    w.text(style.v1 ? 4 : 1, name);
    style.v1 ? w.varint(5, 4) : w.text(2, type);
    w.text(style.v1 ? 2 : 3, "some bottom");
    for (const CaffeBlob& blob : blobs) w.message(style.v1 ? 6 : 7, caffe_blob(blob, style));
    layers_.message(style.v1 ? 2 : 100, w);
    return *this;
  }
  void drop_weights() { layers_.bytes.clear(); }
  Bytes model() const {
    Bytes all = model_start;
    all.insert(all.end(), layers_.bytes.begin(), layers_.bytes.end());
    return all;
  }
  Bytes text() const { return {prototxt.begin(), prototxt.end()}; }

 private:
  WireWriter layers_;
};

}  // namespace mien::testing
