// Writes small TensorFlow files for the tests: tables, bundles, checkpoints of the first version, graphs.
#pragma once

#include <snappy.h>

#include <cstring>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "converters/tensorflow/crc32c.h"
#include "converters/tensorflow/tensorflow.h"
#include "tensorflow/tensorflow.pb.h"

namespace mien::testing {

struct TfVariable {
  std::string name;
  std::vector<int64_t> dims;
  std::vector<float> values;
};

inline std::string bytes_of(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

template <class Number>
std::string little_endian(Number value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

inline std::string varint(uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  return out + static_cast<char>(value);
}

inline uint32_t masked_crc(const std::string& bytes) {
  return tensorflow::masked(tensorflow::crc32c(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
}

struct TableOptions {
  bool snappy = false;
  size_t records_per_block = 1000;
};

// A table with these records in the order of the keys.
class TableWriter {
 public:
  TableWriter(const std::map<std::string, std::string>& records, const TableOptions& options) : options_(options) {
    std::map<std::string, std::string> index, block;
    for (const auto& record : records) {
      block.insert(record);
      if (block.size() < options.records_per_block && record.first != records.rbegin()->first) continue;
      index[record.first] = append(contents(block), options.snappy);
      block.clear();
    }
    const std::string meta = append(contents({}), false), handle = append(contents(index), false);
    std::string footer = meta + handle;
    footer.resize(40, '\0');
    bytes += footer + little_endian(uint64_t{0xdb4775248b80fb57});
  }

  std::string bytes;

 private:
  static std::string contents(const std::map<std::string, std::string>& records) {
    std::string out, last, restarts;
    uint32_t count = 0;
    for (const auto& [key, value] : records) {
      size_t shared = 0;
      if (count % 16 == 0) {
        restarts += little_endian(static_cast<uint32_t>(out.size()));
      } else {
        while (shared < std::min(key.size(), last.size()) && key[shared] == last[shared]) ++shared;
      }
      out += varint(shared) + varint(key.size() - shared) + varint(value.size()) + key.substr(shared) + value;
      last = key;
      ++count;
    }
    if (restarts.empty()) restarts = little_endian(uint32_t{0});
    return out + restarts + little_endian(static_cast<uint32_t>(restarts.size() / 4));
  }

  // The handle of the block.
  std::string append(std::string block, bool packed) {
    if (packed) {
      std::string small;
      snappy::Compress(block.data(), block.size(), &small);
      block = small;
    }
    const std::string handle = varint(bytes.size()) + varint(block.size());
    block += packed ? '\1' : '\0';
    bytes += block + little_endian(masked_crc(block));
    return handle;
  }

  TableOptions options_;
};

inline std::string write_table(const std::map<std::string, std::string>& records, const TableOptions& options = {}) {
  return TableWriter(records, options).bytes;
}

inline tf_pb::Shape tf_shape(const std::vector<int64_t>& dims) {
  tf_pb::Shape shape;
  for (int64_t d : dims) shape.add_dim()->set_size(d);
  return shape;
}

struct TfBundle {
  std::map<std::string, std::string> records;  // of the index
  std::vector<std::string> shards;

  explicit TfBundle(int count = 1) : shards(static_cast<size_t>(count)) {
    tf_pb::BundleHeader header;
    header.set_num_shards(count);
    header.mutable_version()->set_producer(1);
    records[""] = header.SerializeAsString();
  }
  tf_pb::BundleEntry entry(const std::string& name, int dtype, const std::vector<int64_t>& dims,
                           const std::string& bytes) {
    const size_t shard = records.size() % shards.size();
    tf_pb::BundleEntry e;
    e.set_dtype(dtype);
    *e.mutable_shape() = tf_shape(dims);
    e.set_shard_id(static_cast<int>(shard));
    e.set_offset(static_cast<int64_t>(shards[shard].size()));
    e.set_size(static_cast<int64_t>(bytes.size()));
    e.set_crc32c(masked_crc(bytes));
    shards[shard] += bytes;
    records[name] = e.SerializeAsString();
    return e;
  }
  void add(const TfVariable& v) { entry(v.name, 1, v.dims, bytes_of(v.values)); }
  // Writes PREFIX.index and the shards; returns the path of the index.
  std::string save(const std::string& prefix, const TableOptions& options = {}) const {
    for (size_t i = 0; i < shards.size(); ++i) {
      char tail[64];
      std::snprintf(tail, sizeof tail, ".data-%05zu-of-%05zu", i, shards.size());
      std::ofstream(prefix + tail, std::ios::binary) << shards[i];
    }
    std::ofstream(prefix + ".index", std::ios::binary) << write_table(records, options);
    return prefix + ".index";
  }
};

// The key of a whole tensor's record: 0, the name, its end, the number of axes, and start 0, length -1 of each.
inline std::string v1_key(const std::string& name, size_t rank) {
  std::string key = std::string(1, '\0') + name + std::string("\0\1", 2) + '\1' + static_cast<char>(rank);
  for (size_t i = 0; i < rank; ++i) key += "\x80\x7f";
  return key;
}

inline std::string write_v1(const std::vector<TfVariable>& variables, const TableOptions& options = {}) {
  tf_pb::SavedTensorSlices contents;
  std::map<std::string, std::string> records;
  for (const TfVariable& v : variables) {
    tf_pb::SavedTensor* tensor = contents.mutable_meta()->add_tensor();
    tensor->set_name(v.name);
    tensor->set_dtype(1);
    *tensor->mutable_shape() = tf_shape(v.dims);
    tf_pb::SavedTensorSlices record;
    tf_pb::SavedSlice* slice = record.mutable_data();
    slice->set_name(v.name);
    tf_pb::Slice* whole = tensor->add_slice();
    for (size_t i = 0; i < v.dims.size(); ++i) whole->add_extent(), slice->mutable_slice()->add_extent();
    slice->mutable_data()->mutable_float_val()->Add(v.values.begin(), v.values.end());
    records[v1_key(v.name, v.dims.size())] = record.SerializeAsString();
  }
  records[""] = contents.SerializeAsString();
  return write_table(records, options);
}

class TfNodeWriter {
 public:
  explicit TfNodeWriter(tf_pb::Node* node) : node_(node) {}
  TfNodeWriter& type(const std::string& key, int v) { return attr(key)->set_type(v), *this; }
  TfNodeWriter& flag(const std::string& key, bool v) { return attr(key)->set_b(v), *this; }
  TfNodeWriter& number(const std::string& key, int64_t v) { return attr(key)->set_i(v), *this; }
  TfNodeWriter& fraction(const std::string& key, float v) { return attr(key)->set_f(v), *this; }
  TfNodeWriter& word(const std::string& key, const std::string& v) { return attr(key)->set_s(v), *this; }
  TfNodeWriter& numbers(const std::string& key, const std::vector<int64_t>& v) {
    return attr(key)->mutable_list()->mutable_i()->Add(v.begin(), v.end()), *this;
  }
  TfNodeWriter& shape(const std::string& key, const std::vector<int64_t>& v) {
    return *attr(key)->mutable_shape() = tf_shape(v), *this;
  }
  TfNodeWriter& window(int stride, const std::string& padding) {
    return numbers("strides", {1, stride, stride, 1}).word("padding", padding);
  }
  tf_pb::Attribute* attr(const std::string& key) {
    tf_pb::AttributeEntry* entry = node_->add_attr();
    entry->set_key(key);
    return entry->mutable_value();
  }

 private:
  tf_pb::Node* node_;
};

class TfGraph {
 public:
  TfNodeWriter node(const std::string& op, const std::string& name, const std::vector<std::string>& inputs) {
    tf_pb::Node* n = graph.add_node();
    n->set_op(op);
    n->set_name(name);
    for (const std::string& input : inputs) n->add_input(input);
    return TfNodeWriter(n);
  }
  std::string constant(const std::string& name, const std::vector<int64_t>& dims, const std::vector<float>& values) {
    tf_pb::Tensor* t = node("Const", name, {}).type("dtype", 1).attr("value")->mutable_tensor();
    t->set_dtype(1);
    *t->mutable_shape() = tf_shape(dims);
    if (values.size() == 1) {
      t->add_float_val(values[0]);  // repeats as often as the shape says
    } else {
      t->set_content(bytes_of(values));
    }
    return name;
  }
  std::string ints(const std::string& name, const std::vector<int64_t>& dims, const std::vector<int32_t>& values) {
    tf_pb::Tensor* t = node("Const", name, {}).type("dtype", 3).attr("value")->mutable_tensor();
    t->set_dtype(3);
    *t->mutable_shape() = tf_shape(dims);
    t->mutable_int_val()->Add(values.begin(), values.end());
    return name;
  }
  std::string list(const std::string& name, const std::vector<int32_t>& values) {
    return ints(name, {static_cast<int64_t>(values.size())}, values);
  }
  void picture(const std::string& name, const std::vector<int64_t>& dims) {
    node("Placeholder", name, {}).type("dtype", 1).shape("shape", dims);
  }
  std::string bytes() const { return graph.SerializeAsString(); }

  tf_pb::Graph graph;
};

inline Result<Imported> import_graph(const std::string& bytes, std::vector<std::string>* unsupported = nullptr) {
  std::vector<std::string> unused;
  return import_graphdef(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(),
                         unsupported ? unsupported : &unused);
}

inline Result<Checkpoint> read_v1(const std::string& bytes) {
  return read_tensorflow_v1(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

// The table in this file, or these bytes of a table that would lie there.
inline Result<Checkpoint> read_table_at(const std::string& path, const std::string& bytes) {
  return read_tensorflow_table(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), path);
}

inline std::string contents_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace mien::testing
