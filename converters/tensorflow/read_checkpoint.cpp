// Checkpoints of both versions: tables of tensors by name.
#include <google/protobuf/stubs/logging.h>

#include <cstdio>
#include <map>
#include <new>

#include "converters/onnx/external_data.h"
#include "converters/onnx/tensor.h"
#include "converters/onnx/wire_check.h"
#include "converters/read_input.h"
#include "converters/tensorflow/crc32c.h"
#include "converters/tensorflow/table.h"
#include "converters/tensorflow/tensorflow.h"
#include "converters/tensorflow/values.h"
#include "converters/text.h"
#include "tensorflow/tensorflow.pb.h"

namespace mien {
namespace tensorflow {
namespace {

constexpr int kMaxShards = 9999;
constexpr size_t kMaxTensors = 100000, kMaxName = 4096;
const std::string kIndexSuffix = ".index";

Status named(const std::string& name, const Status& status) {
  return {status.code(), "tensor '" + printable(name) + "': " + status.message()};
}

Status corrupt(const std::string& name, const std::string& what) {
  return named(name, {Code::corrupt, what});
}

template <class Message>
Status parse(const TableRecord& record, Message* message) {
  Status status = onnx::check_wire(record.value, record.size, Message::descriptor());
  google::protobuf::LogSilencer silence;
  if (status.ok() && !message->ParseFromArray(record.value, static_cast<int>(record.size)))
    status = {Code::corrupt, "not the message that belongs here"};
  if (status.ok()) return {};
  return {Code::corrupt, "block at byte " + std::to_string(record.block) + ", record '" + printable(record.key) +
                             "': " + status.message()};
}

// What a tensor is before its bytes are there.
struct Declared {
  bool numbers = false;  // else a string, a resource or the like, which is never a weight
  ElementType type = ElementType::float32;
  std::vector<int64_t> dims;
  int64_t count = 0;
};

Result<Declared> declare(const std::string& name, int32_t type, const tf_pb::Shape& shape) {
  Declared d;
  if (name.size() > kMaxName || name.find('\0') != std::string::npos) return corrupt(name, "not a name");
  d.numbers = element_type(type, &d.type);
  if (!d.numbers) return d;
  Result<std::vector<int64_t>> dims = dims_of(shape);
  if (!dims.ok()) return named(name, dims.status());
  Result<int64_t> count = onnx::count_elements(*dims);
  if (!count.ok()) return named(name, count.status());
  if (dims->size() > kMaxRank) return named(name, {Code::unsupported, "rank above 6"});
  d.dims = std::move(*dims);
  d.count = *count;
  return d;
}

// Appends the tensor; `bytes` holds its elements. Numbers that are no floats are kept by name, without values.
Status add_tensor(const std::string& name, const Declared& d, const uint8_t* bytes, Checkpoint* checkpoint) {
  if (checkpoint->tensors.size() >= kMaxTensors) return {Code::unsupported, "more than 100000 tensors"};
  NamedTensor tensor{name, Shape::of(d.dims), mien::name_of(d.type), {}};
  if (mien::is_floating(d.type) && d.count > 0) {
    Result<std::vector<float>> values =
        widen(d.type, bytes, tensor.shape, dense_strides(tensor.shape), &checkpoint->denormals_flushed);
    if (!values.ok()) return named(name, values.status());
    tensor.values = std::move(*values);
  }
  checkpoint->tensors.push_back(std::move(tensor));
  return {};
}

Status in_parts(const std::string& name) {
  return named(name, {Code::unsupported, "is saved in parts (a partitioned variable), which mien does not join"});
}

// The shards of a bundle, beside its index.
class Shards {
 public:
  Shards(const std::string& index_path, std::string prefix)
      : files_(folder_of(index_path)), prefix_(std::move(prefix)) {}

  void expect(int count) { count_ = count; }
  int count() const { return count_; }

  // Overlapping tensors would make much of little: all bytes that are read of a shard may be as many as it has.
  Result<std::vector<uint8_t>> read(int shard, uint64_t offset, uint64_t length) {
    const std::string name = file_name(shard);
    auto found = left_.find(shard);
    if (found == left_.end()) {
      Result<uint64_t> size = files_.size_of(name);
      if (!size.ok()) return size.status();
      found = left_.emplace(shard, *size).first;
    }
    if (length > found->second) return Status(Code::corrupt, name + " is shorter than its tensors");
    found->second -= length;
    return files_.read(name, offset, length);
  }

 private:
  std::string file_name(int shard) const {
    char tail[32];
    std::snprintf(tail, sizeof tail, ".data-%05d-of-%05d", shard, count_);
    return prefix_ + tail;
  }

  const onnx::ExternalData files_;
  const std::string prefix_;
  std::map<int, uint64_t> left_;
  int count_ = 0;
};

Status read_header(const TableRecord& record, Shards* shards) {
  tf_pb::BundleHeader header;
  if (!record.key.empty()) return {Code::corrupt, "the index does not begin with a bundle's header"};
  MIEN_RETURN_IF_ERROR(parse(record, &header));
  if (header.endianness() != 0) return {Code::unsupported, "a bundle of a big-endian machine"};
  if (header.version().min_consumer() > 1)
    return {Code::unsupported, "a bundle of version " + std::to_string(header.version().min_consumer())};
  if (header.num_shards() < 1 || header.num_shards() > kMaxShards)
    return {Code::corrupt, "a bundle of " + std::to_string(header.num_shards()) + " shards"};
  shards->expect(header.num_shards());
  return {};
}

Status read_entry(const TableRecord& record, Shards* shards, Checkpoint* checkpoint) {
  const std::string& name = record.key;
  if (name[0] == '\0') return {Code::corrupt, "a part of a variable whose own entry is missing"};
  tf_pb::BundleEntry entry;
  MIEN_RETURN_IF_ERROR(parse(record, &entry));
  if (entry.slices_size() > 0) return in_parts(name);
  Result<Declared> d = declare(name, entry.dtype(), entry.shape());
  if (!d.ok()) return d.status();
  if (!d->numbers) return {};
  if (entry.shard_id() < 0 || entry.shard_id() >= shards->count())
    return corrupt(name, "shard " + std::to_string(entry.shard_id()) + " of " + std::to_string(shards->count()));
  if (entry.offset() < 0 || entry.size() < 0 || entry.size() != d->count * bytes_of(d->type))
    return corrupt(name, std::to_string(entry.size()) + " bytes for " + onnx::dims_text(d->dims) + " of " +
                             mien::name_of(d->type));
  Result<std::vector<uint8_t>> bytes =
      shards->read(entry.shard_id(), static_cast<uint64_t>(entry.offset()), static_cast<uint64_t>(entry.size()));
  if (!bytes.ok()) return named(name, bytes.status());
  if (masked(crc32c(bytes->data(), bytes->size())) != entry.crc32c())
    return corrupt(name, "its checksum does not fit its bytes");
  return add_tensor(name, *d, bytes->data(), checkpoint);
}

// A V1 file: the first record lists the tensors, each other one holds the values of one.
class VersionOne {
 public:
  Status record(const TableRecord& record, Checkpoint* checkpoint) {
    tf_pb::SavedTensorSlices message;
    MIEN_RETURN_IF_ERROR(parse(record, &message));
    if (!listed_) return list(record, message);
    if (!message.has_data()) return {Code::corrupt, "a record without values"};
    return values(*message.mutable_data(), checkpoint);
  }

  Status complete() const {
    if (!listed_) return {Code::corrupt, "the table is empty"};
    for (const auto& [name, d] : missing_) {
      if (d.numbers) return corrupt(name, "is listed, but its values are missing");
    }
    return {};
  }

 private:
  Status list(const TableRecord& record, const tf_pb::SavedTensorSlices& message) {
    if (!record.key.empty() || !message.has_meta()) return {Code::corrupt, "the file does not begin with its contents"};
    listed_ = true;
    for (const tf_pb::SavedTensor& tensor : message.meta().tensor()) {
      if (tensor.slice_size() > 1) return in_parts(tensor.name());
      Result<Declared> d = declare(tensor.name(), tensor.dtype(), tensor.shape());
      if (!d.ok()) return d.status();
      if (!missing_.emplace(tensor.name(), std::move(*d)).second) return corrupt(tensor.name(), "is listed twice");
    }
    return {};
  }

  // A whole tensor: every extent is the default, or spells out the whole dimension.
  static bool is_whole(const tf_pb::Slice& slice, const Declared& d) {
    if (slice.extent_size() != 0 && slice.extent_size() != static_cast<int>(d.dims.size())) return false;
    for (int i = 0; i < slice.extent_size(); ++i) {
      const tf_pb::Extent& e = slice.extent(i);
      const bool all = !e.has_length() || e.length() == -1 || e.length() == d.dims[static_cast<size_t>(i)];
      if (e.start() != 0 || !all) return false;
    }
    return true;
  }

  Status values(tf_pb::SavedSlice& saved, Checkpoint* checkpoint) {
    const auto found = missing_.find(saved.name());
    if (found == missing_.end()) return corrupt(saved.name(), "is not listed, or there twice");
    const Declared d = std::move(found->second);
    missing_.erase(found);
    if (!d.numbers) return {};
    if (!is_whole(saved.slice(), d)) return in_parts(saved.name());
    int64_t repeat_bytes = 0;
    if (Status status = fill_content(saved.mutable_data(), d.type, d.count, &repeat_bytes); !status.ok())
      return corrupt(saved.name(), status.message());
    const std::string& content = saved.data().content();
    return add_tensor(saved.name(), d, reinterpret_cast<const uint8_t*>(content.data()), checkpoint);
  }

  bool listed_ = false;
  std::map<std::string, Declared> missing_;
};

Result<Checkpoint> finished(Status status, Checkpoint checkpoint) {
  if (!status.ok()) return status;
  checkpoint.format = "tensorflow";
  return checkpoint;
}

Result<Checkpoint> read_v1(const uint8_t* data, size_t size) {
  Checkpoint checkpoint;
  VersionOne file;
  Status status = read_table(data, size, [&](const TableRecord& record) { return file.record(record, &checkpoint); });
  if (status.ok()) status = file.complete();
  return finished(std::move(status), std::move(checkpoint));
}

Result<Checkpoint> read_bundle(const uint8_t* index, size_t size, const std::string& path) {
  const std::string base = base_name_of(path);
  if (base.size() <= kIndexSuffix.size() || base.substr(base.size() - kIndexSuffix.size()) != kIndexSuffix) {
    return Status(Code::bad_argument,
                  "the data files of a bundle are found by the name of its index, which must be PREFIX.index");
  }
  Shards shards(path, base.substr(0, base.size() - kIndexSuffix.size()));
  Checkpoint checkpoint;
  Status status = read_table(index, size, [&](const TableRecord& record) {
    return shards.count() == 0 ? read_header(record, &shards) : read_entry(record, &shards, &checkpoint);
  });
  if (status.ok() && shards.count() == 0) status = {Code::corrupt, "the table is empty"};
  return finished(std::move(status), std::move(checkpoint));
}

// Whether the first record begins as a list of tensors does (field 1 is a message; in a bundle's header, a number).
bool is_version_one(const uint8_t* data, size_t size) {
  bool found = false;
  const Status stopped = read_table(data, size, [&](const TableRecord& record) {
    size_t pos = 0;
    onnx::WireRecord field;
    found = onnx::next_record(record.value, record.size, &pos, &field) && field.field == 1 && field.wire == 2;
    return Status(Code::check_failed, "one record is enough");
  });
  return !stopped.ok() && found;
}

// The library and the containers throw where memory ends.
template <class Read>
Result<Checkpoint> guarded(Read read) {
  try {
    return read();
  } catch (const std::bad_alloc&) {
    return Status(Code::out_of_memory, "not enough memory to read the checkpoint");
  }
}

}  // namespace
}  // namespace tensorflow

Result<Checkpoint> read_tensorflow_table(const uint8_t* data, size_t size, const std::string& path) {
  return tensorflow::guarded([&] {
    return tensorflow::is_version_one(data, size) ? tensorflow::read_v1(data, size)
                                                  : tensorflow::read_bundle(data, size, path);
  });
}

Result<Checkpoint> read_tensorflow_bundle(const uint8_t* index, size_t size, const std::string& index_path) {
  return tensorflow::guarded([&] { return tensorflow::read_bundle(index, size, index_path); });
}

Result<Checkpoint> read_tensorflow_v1(const uint8_t* data, size_t size) {
  return tensorflow::guarded([&] { return tensorflow::read_v1(data, size); });
}

}  // namespace mien
