// TensorFlow's tables, bundles and checkpoints of the first version: what is read, what is refused, what is damaged.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "converters/tensorflow/table.h"
#include "tests/converters/damage.h"
#include "tests/converters/tensorflow_writer.h"
#include "tests/file/counted_new.h"

namespace mien::testing {
namespace {

const std::string kFixtures = MIEN_SHARED_DIR "/fixtures/formats/";

// A folder of the test's own, gone afterwards.
class Bundle : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::string(MIEN_BINARY_DIR) + "/bundle_test_" + std::to_string(getpid());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Result<Checkpoint> read(const TfBundle& bundle, const TableOptions& options = {}) const {
    const std::string path = bundle.save(folder_ + "/model", options);
    return read_table_at(path, contents_of(path));
  }
  void expect_refused(const TfBundle& bundle, Code code, const std::string& part) const {
    const Status status = read(bundle).status();
    EXPECT_EQ(status.code(), code) << status.message();
    EXPECT_NE(status.message().find(part), std::string::npos) << status.message();
  }

  std::string folder_;
};

TfVariable numbered(const std::string& name, const std::vector<int64_t>& dims) {
  TfVariable v{name, dims, {}};
  for (int64_t i = 0; i < Shape::of(dims).elements(); ++i) v.values.push_back(static_cast<float>(i) - 0.5f);
  return v;
}

std::vector<TfVariable> sample() {
  std::vector<TfVariable> all;
  for (int i = 0; i < 40; ++i) all.push_back(numbered("net/layer" + std::to_string(i) + "/weights", {2, i % 3 + 1}));
  all.push_back(numbered("scalar", {}));
  return all;
}

void expect_sample(const Result<Checkpoint>& checkpoint) {
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  EXPECT_EQ(checkpoint->format, "tensorflow");
  std::map<std::string, NamedTensor> found;
  for (const NamedTensor& t : checkpoint->tensors) found[t.name] = t;
  ASSERT_EQ(found.size(), sample().size());
  for (const TfVariable& v : sample()) {
    EXPECT_EQ(found[v.name].shape, Shape::of(v.dims)) << v.name;
    EXPECT_EQ(found[v.name].values, v.values) << v.name;
  }
}

TEST_F(Bundle, AnyBlocksShardsAndPacking) {
  for (int shards : {1, 2, 7}) {
    for (bool packed : {false, true}) {
      for (size_t records : {1u, 17u, 1000u}) {
        TfBundle bundle(shards);
        for (const TfVariable& v : sample()) bundle.add(v);
        expect_sample(read(bundle, {packed, records}));
      }
    }
  }
}

TEST_F(Bundle, ElementTypesAreWidened) {
  TfBundle bundle;
  bundle.entry("half", 19, {2}, little_endian(uint16_t{0x3c00}) + little_endian(uint16_t{0xc100}));
  bundle.entry("brain", 14, {1}, little_endian(uint16_t{0x3fc0}));
  bundle.entry("double", 2, {1}, little_endian(0.1));
  bundle.entry("step", 9, {}, little_endian(int64_t{7}));
  bundle.entry("text", 7, {1}, "\4abcd");
  const Result<Checkpoint> checkpoint = read(bundle);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  std::map<std::string, NamedTensor> found;
  for (const NamedTensor& t : checkpoint->tensors) found[t.name] = t;
  EXPECT_EQ(found.size(), 4u);  // no text
  EXPECT_EQ(found["half"].values, (std::vector<float>{1, -2.5f}));
  EXPECT_EQ(found["half"].type, "float16");
  EXPECT_EQ(found["brain"].values, (std::vector<float>{1.5f}));
  EXPECT_EQ(found["double"].values, (std::vector<float>{0.1f}));
  EXPECT_TRUE(found["step"].values.empty());
  EXPECT_EQ(found["step"].type, "int64");
}

TEST_F(Bundle, WhatDoesNotFitIsRefused) {
  TfBundle bundle;
  bundle.add(numbered("w", {3}));
  TfBundle flipped = bundle, slices = bundle, big = bundle, version = bundle, shard = bundle, size = bundle;
  flipped.shards[0][5] ^= 1;
  expect_refused(flipped, Code::corrupt, "tensor 'w': its checksum");
  tf_pb::BundleEntry entry;
  entry.ParseFromString(bundle.records["w"]);
  tf_pb::BundleEntry in_parts = entry, elsewhere = entry, longer = entry;
  in_parts.add_slices("");
  slices.records["w"] = in_parts.SerializeAsString();
  expect_refused(slices, Code::unsupported, "tensor 'w': is saved in parts");
  elsewhere.set_shard_id(1);
  shard.records["w"] = elsewhere.SerializeAsString();
  expect_refused(shard, Code::corrupt, "shard 1 of 1");
  longer.set_size(16);
  size.records["w"] = longer.SerializeAsString();
  expect_refused(size, Code::corrupt, "16 bytes for 3 of float32");
  big.records[""] = std::string("\x08\x01\x10\x01", 4);
  expect_refused(big, Code::unsupported, "big-endian");
  version.records[""] = std::string("\x08\x01\x1a\x02\x10\x02", 6);
  expect_refused(version, Code::unsupported, "version 2");
}

TEST_F(Bundle, OverlappingTensorsAreBounded) {
  TfBundle bundle;
  bundle.add(numbered("w", {1000}));
  const std::string entry = bundle.records["w"];
  for (int i = 0; i < 1000; ++i) bundle.records["x" + std::to_string(i)] = entry;
  expect_refused(bundle, Code::corrupt, "shorter than its tensors");
}

TEST_F(Bundle, ShardsComeFromTheFolderOnly) {
  TfBundle bundle;
  bundle.add(numbered("w", {3}));
  const std::string path = bundle.save(folder_ + "/model");
  const std::string shard = folder_ + "/model.data-00000-of-00001", index = contents_of(path);
  std::filesystem::rename(shard, folder_ + "/real");
  EXPECT_NE(read_table_at(path, index).status().message().find("No such file"), std::string::npos);
  std::filesystem::create_symlink(folder_ + "/real", shard);
  EXPECT_NE(read_table_at(path, index).status().message().find("symbolic links"), std::string::npos);
  EXPECT_EQ(read_table_at(folder_ + "/model", index).status().code(), Code::bad_argument);
}

TEST(VersionOne, IsReadWhole) {
  for (bool packed : {false, true}) expect_sample(read_table_at("model.ckpt", write_v1(sample(), {packed, 7})));
}

// The record of `name` as `change` leaves it.
template <class Change>
std::string changed_v1(Change change) {
  const TfVariable v = numbered("w", {3});
  tf_pb::SavedTensorSlices contents, record;
  tf_pb::SavedTensor* tensor = contents.mutable_meta()->add_tensor();
  tensor->set_name("w");
  tensor->set_dtype(1);
  *tensor->mutable_shape() = tf_shape(v.dims);
  tensor->add_slice()->add_extent();
  record.mutable_data()->set_name("w");
  record.mutable_data()->mutable_slice()->add_extent();
  record.mutable_data()->mutable_data()->mutable_float_val()->Add(v.values.begin(), v.values.end());
  change(&contents, &record);
  return write_table({{"", contents.SerializeAsString()}, {v1_key("w", 1), record.SerializeAsString()}});
}

TEST(VersionOne, WhatDoesNotFitIsRefused) {
  using Message = tf_pb::SavedTensorSlices;
  const auto status = [](const auto& change) { return read_v1(changed_v1(change)).status(); };
  EXPECT_TRUE(status([](Message*, Message*) {}).ok());
  const Status fewer =
      status([](Message*, Message* r) { r->mutable_data()->mutable_data()->mutable_float_val()->RemoveLast(); });
  EXPECT_EQ(fewer.code(), Code::corrupt) << fewer.message();
  EXPECT_NE(fewer.message().find("tensor 'w'"), std::string::npos) << fewer.message();
  const Status part =
      status([](Message*, Message* r) { r->mutable_data()->mutable_slice()->mutable_extent(0)->set_length(2); });
  EXPECT_EQ(part.code(), Code::unsupported) << part.message();
  const Status unlisted = status([](Message* c, Message*) { c->mutable_meta()->clear_tensor(); });
  EXPECT_NE(unlisted.message().find("is not listed"), std::string::npos) << unlisted.message();
  const Status missing = status([](Message* c, Message*) {
    tf_pb::SavedTensor* more = c->mutable_meta()->add_tensor();
    more->set_name("v");
    more->set_dtype(1);
  });
  EXPECT_NE(missing.message().find("tensor 'v': is listed, but"), std::string::npos) << missing.message();
}

TEST(Table, ChecksumOfTheStandard) {
  const std::string digits = "123456789";
  EXPECT_EQ(tensorflow::crc32c(reinterpret_cast<const uint8_t*>(digits.data()), digits.size()), 0xe3069283u);
}

TEST(Table, BlocksMayNotUnpackToMuchMore) {
  std::map<std::string, std::string> records = {{"", "x"}};
  records["zeros"] = std::string(size_t{40} << 20, '\0');
  const std::string bytes = write_table(records, {true, 1000});
  reset_peak();
  const size_t before = bytes_in_use();
  const Status status = tensorflow::read_table(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(),
                                               [](const tensorflow::TableRecord&) { return Status(); });
  EXPECT_NE(status.message().find("unpack to far more"), std::string::npos) << status.message();
  EXPECT_LE(peak_bytes() - before, size_t{20} << 20);
}

TEST(Table, EveryFlipIsSeen) {
  const std::string whole = write_v1(sample());
  const std::vector<uint8_t> bytes(whole.begin(), whole.end());
  for_each_flip(bytes, 5000, [&](const std::vector<uint8_t>& copy, size_t at) {
    EXPECT_FALSE(read_tensorflow_v1(copy.data(), copy.size()).ok()) << at;
  });
  for_each_truncation(bytes, [&](const std::vector<uint8_t>& copy, size_t at) {
    EXPECT_FALSE(read_tensorflow_v1(copy.data(), copy.size()).ok()) << at;
  });
}

// Damage below the checksums: the records' own bytes change, and the blocks are written anew.
TEST(Table, DamagedMessagesAreErrorsOrOtherTensors) {
  const TfVariable v = numbered("net/weights", {2, 3});
  TfBundle bundle;
  bundle.add(v);
  const std::string prefix = std::string(MIEN_BINARY_DIR) + "/damaged_bundle";
  const std::string path = bundle.save(prefix);
  for (const auto& [key, value] : bundle.records) {
    const std::vector<uint8_t> record(value.begin(), value.end());
    for_each_flip(record, 3000, [&, name = key](const std::vector<uint8_t>& copy, size_t) {
      std::map<std::string, std::string> records = bundle.records;
      records[name] = std::string(copy.begin(), copy.end());
      const Result<Checkpoint> read = read_table_at(path, write_table(records));
      if (!read.ok() || read->tensors.empty()) return;
      EXPECT_EQ(read->tensors[0].name, v.name);
    });
  }
  for (const char* tail : {".index", ".data-00000-of-00001"}) std::filesystem::remove(prefix + tail);
}

TEST(Fixtures, AreWhatTheirNamesSay) {
  const std::string plain = kFixtures + "tf_plain.index", packed = kFixtures + "tf_snappy2.index";
  if (!std::filesystem::exists(plain)) GTEST_SKIP() << "no fixtures in " << kFixtures;
  const Result<Checkpoint> one = read_table_at(plain, contents_of(plain)),
                           two = read_table_at(packed, contents_of(packed));
  ASSERT_TRUE(one.ok()) << one.status().message();
  ASSERT_TRUE(two.ok()) << two.status().message();
  ASSERT_EQ(one->tensors.size(), two->tensors.size());
  EXPECT_GE(one->tensors.size(), 40u);
  for (size_t i = 0; i < one->tensors.size(); ++i) {
    EXPECT_EQ(one->tensors[i].name, two->tensors[i].name);
    EXPECT_EQ(one->tensors[i].values, two->tensors[i].values) << one->tensors[i].name;
    for (float value : one->tensors[i].values) EXPECT_TRUE(std::isfinite(value));
  }
}

}  // namespace
}  // namespace mien::testing
