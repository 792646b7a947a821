// MXNet's lists of arrays: every layout and element type, the fixtures, and damage of all of them.
#include <gtest/gtest.h>

#include <cmath>

#include "converters/mxnet/params.h"
#include "tests/converters/damage.h"
#include "tests/converters/mxnet_writer.h"
#include "tests/file/counted_new.h"

namespace mien::testing {
namespace {

Result<Checkpoint> read(const Bytes& bytes) {
  return read_mxnet_params(bytes.data(), bytes.size());
}

void expect_refused(const Bytes& bytes, Code code, const std::string& part) {
  const Result<Checkpoint> read_back = read(bytes);
  ASSERT_FALSE(read_back.ok()) << part;
  EXPECT_EQ(read_back.status().code(), code) << read_back.status().message();
  EXPECT_NE(read_back.status().message().find(part), std::string::npos) << read_back.status().message();
}

// What a reader may never give, whatever the file: values that are not as many as the shape says.
void expect_valid(const Checkpoint& checkpoint) {
  for (const NamedTensor& tensor : checkpoint.tensors) {
    const int64_t values = static_cast<int64_t>(tensor.values.size());
    EXPECT_TRUE(values == 0 || values == tensor.shape.elements()) << tensor.name;
    EXPECT_FALSE(tensor.name.empty());
  }
}

std::vector<NamedTensor> sample() {
  return {{"arg:conv0_weight", {2, 1, 1, 3}, "float32", {1, 2, 3, 4, 5, 6}},
          {"aux:bn0_moving_var", {2}, "float32", {0.5f, 0.25f}},
          {"features.0.alpha", {1}, "float32", {-0.125f}}};
}

// One array of the sample's frame with these bytes for its element type and data.
Bytes list_of(int32_t type, const Bytes& data, int64_t elements) {
  ByteWriter w;
  w.number<uint64_t>(0x112).number<uint64_t>(0).number<uint64_t>(1);
  w.number<uint32_t>(0xF993FAC9).number<int32_t>(0).number<int32_t>(1).number(elements);
  w.number<int32_t>(1).number<int32_t>(0).number(type);
  w.bytes.insert(w.bytes.end(), data.begin(), data.end());
  w.number<uint64_t>(1).text("arg:x");
  return w.bytes;
}

TEST(MxnetParams, EveryLayout) {
  for (MxnetLayout layout : {MxnetLayout::v0, MxnetLayout::v1, MxnetLayout::v2, MxnetLayout::v3}) {
    const Result<Checkpoint> back = read(mxnet_params(sample(), layout));
    ASSERT_TRUE(back.ok()) << back.status().message();
    EXPECT_EQ(back->format, "mxnet");
    ASSERT_EQ(back->tensors.size(), 3u);
    for (size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(back->tensors[i].name, sample()[i].name);
      EXPECT_EQ(back->tensors[i].shape, sample()[i].shape);
      EXPECT_EQ(back->tensors[i].type, "float32");
      EXPECT_EQ(back->tensors[i].values, sample()[i].values);
    }
  }
}

TEST(MxnetParams, EveryElementType) {
  ByteWriter halves, doubles, bfloats;
  halves.number<uint16_t>(0x3C00).number<uint16_t>(0xC000).number<uint16_t>(0x0001);
  doubles.number(0.1).number(-2.0).number(3.0);
  bfloats.number<uint16_t>(0x3F80).number<uint16_t>(0xC000).number<uint16_t>(0x4040);
  const struct {
    int32_t type;
    Bytes data;
    const char* name;
    std::vector<float> values;
  } cases[] = {{1, doubles.bytes, "float64", {0.1f, -2, 3}},
               {2, halves.bytes, "float16", {1, -2, std::ldexp(1.0f, -24)}},
               {12, bfloats.bytes, "bfloat16", {1, -2, 3}},
               {3, Bytes(3), "uint8", {}},
               {4, Bytes(12), "int32", {}},
               {5, Bytes(3), "int8", {}},
               {6, Bytes(24), "int64", {}},
               {7, Bytes(3), "bool", {}},
               {8, Bytes(6), "int16", {}},
               {9, Bytes(6), "uint16", {}},
               {10, Bytes(12), "uint32", {}},
               {11, Bytes(24), "uint64", {}}};
  for (const auto& c : cases) {
    const Result<Checkpoint> back = read(list_of(c.type, c.data, 3));
    ASSERT_TRUE(back.ok()) << c.name << ": " << back.status().message();
    EXPECT_EQ(back->tensors[0].type, c.name);
    EXPECT_EQ(back->tensors[0].values, c.values) << c.name;
    EXPECT_EQ(back->tensors[0].shape, Shape{3}) << c.name;
  }
  expect_refused(list_of(13, Bytes(3), 3), Code::corrupt, "element type 13");
  expect_refused(list_of(-1, Bytes(3), 3), Code::corrupt, "element type -1");
}

TEST(MxnetParams, DenormalsAreFlushedAndCounted) {
  const Result<Checkpoint> back = read(mxnet_params({{"a", {2}, "float32", {1e-40f, 1}}}));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->tensors[0].values, (std::vector<float>{0, 1}));
  EXPECT_EQ(back->denormals_flushed, 1);
}

TEST(MxnetParams, ArraysWithoutShapeHaveNoValues) {
  for (MxnetLayout layout : {MxnetLayout::v0, MxnetLayout::v1, MxnetLayout::v2}) {
    ByteWriter w;
    w.number<uint64_t>(0x112).number<uint64_t>(0).number<uint64_t>(1);
    if (layout != MxnetLayout::v0) w.number(static_cast<uint32_t>(layout));
    if (layout == MxnetLayout::v2) w.number<int32_t>(0);
    w.number<int32_t>(0).number<uint64_t>(1).text("arg:empty");
    const Result<Checkpoint> back = read(w.bytes);
    ASSERT_TRUE(back.ok()) << back.status().message();
    EXPECT_EQ(back->tensors[0].type, "none");
    EXPECT_TRUE(back->tensors[0].values.empty());
  }
}

TEST(MxnetParams, SparseArraysAreRefused) {
  for (int32_t storage : {1, 2}) {
    Bytes bytes = mxnet_params(sample());
    bytes[28] = static_cast<uint8_t>(storage);
    expect_refused(bytes, Code::unsupported, "sparse");
  }
  Bytes unknown = mxnet_params(sample());
  unknown[28] = 3;
  expect_refused(unknown, Code::corrupt, "storage type 3");
}

TEST(MxnetParams, NamesAreUniqueTextAndAsManyAsArrays) {
  std::vector<NamedTensor> twice = sample();
  twice[2].name = twice[0].name;
  expect_refused(mxnet_params(twice), Code::corrupt, "a second array 'arg:conv0_weight'");
  for (const char* name : {"", "a\x01", "\xff"}) {
    std::vector<NamedTensor> bad = sample();
    bad[1].name = name;
    expect_refused(mxnet_params(bad), Code::corrupt, "a name of");
  }
}

TEST(MxnetParams, HostileNumbers) {
  const Bytes whole = mxnet_params(sample());
  const auto with = [&](size_t at, uint64_t value, size_t bytes) {
    Bytes edited = whole;
    for (size_t i = 0; i < bytes; ++i) edited[at + i] = static_cast<uint8_t>(value >> (8 * i));
    return edited;
  };
  for (uint64_t n : {uint64_t{0}, uint64_t{2}, uint64_t{4}, uint64_t{1} << 31, uint64_t{1} << 63, ~uint64_t{0}}) {
    EXPECT_FALSE(read(with(16, n, 8)).ok()) << "arrays " << n;
    if (n == 2) continue;  // what is there
    EXPECT_FALSE(read(with(36, n, 8)).ok()) << "first dimension " << n;
  }
  expect_refused(with(36, ~uint64_t{0}, 8), Code::corrupt, "at byte 44: dimension -1");
  for (uint32_t n : {0u, 1u, 5u, 7u, 33u, 0x7fffffffu, 0x80000000u, ~0u})
    EXPECT_FALSE(read(with(32, n, 4)).ok()) << "rank " << n;
  expect_refused(with(32, 7, 4), Code::unsupported, "rank 7");
}

const char* const kFixtures[] = {"mx_v0", "mx_v1", "mx_v2", "mx_v3", "mx_nonames", "mx_v3_scalar", "mx_trailing"};

class MxnetFixtures : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    bytes_ = fixture(std::string(GetParam()) + "-0000.params");
    if (bytes_.empty()) GTEST_SKIP() << "no fixtures in " << MIEN_SHARED_DIR;
  }
  bool is(const char* name) const { return std::string(GetParam()) == name; }
  Bytes bytes_;
};

TEST_P(MxnetFixtures, ReadOrRefusedAsTheirNamesSay) {
  if (is("mx_trailing")) return expect_refused(bytes_, Code::corrupt, "at byte 749");
  const Result<Checkpoint> back = read(bytes_);
  ASSERT_TRUE(back.ok()) << back.status().message();
  expect_valid(*back);
  if (is("mx_v3_scalar")) {
    ASSERT_EQ(back->tensors.size(), 1u);
    EXPECT_EQ(back->tensors[0].name, "arg:s");
    EXPECT_EQ(back->tensors[0].shape, Shape{});
    EXPECT_EQ(back->tensors[0].values, std::vector<float>{3});
    return;
  }
  ASSERT_EQ(back->tensors.size(), 4u);
  const bool named = !is("mx_nonames");
  EXPECT_EQ(back->tensors[0].name, named ? "arg:conv0_weight" : "0");
  EXPECT_EQ(back->tensors[3].name, named ? "arg:h" : "3");
  EXPECT_EQ(back->warnings.empty(), named);
  EXPECT_EQ(back->tensors[0].shape, (Shape{4, 3, 3, 3}));
  EXPECT_EQ(back->tensors[3].type, "float16");
  // All of them hold the same numbers.
  const Result<Checkpoint> v2 = read(fixture("mx_v2-0000.params"));
  ASSERT_TRUE(v2.ok());
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(back->tensors[i].values, v2->tensors[i].values) << i;
}

INSTANTIATE_TEST_SUITE_P(All, MxnetFixtures, ::testing::ValuesIn(kFixtures),
                         [](const auto& of) { return std::string(of.param); });

class EachLayout : public ::testing::TestWithParam<MxnetLayout> {
 protected:
  const Bytes bytes_ = mxnet_params(sample(), GetParam());
};

TEST_P(EachLayout, EveryTruncationIsAnError) {
  for_each_truncation(bytes_, [&](const Bytes& cut, size_t n) { EXPECT_FALSE(read(cut).ok()) << n; });
}

TEST_P(EachLayout, FlippedBytesAreAnErrorOrAnotherValidSet) {
  int read_well = 0;
  for_each_flip(bytes_, 5000, [&](const Bytes& flipped, size_t at) {
    reset_peak();
    const size_t before = bytes_in_use();
    const Result<Checkpoint> back = read(flipped);
    EXPECT_LE(peak_bytes() - before, 3 * flipped.size() + (size_t{64} << 20)) << at;
    if (back.ok()) expect_valid(*back), ++read_well;
    EXPECT_NE(back.ok(), !back.status().message().empty()) << at;
  });
  EXPECT_LT(read_well, 5000);
}

INSTANTIATE_TEST_SUITE_P(MxnetParams, EachLayout,
                         ::testing::Values(MxnetLayout::v0, MxnetLayout::v1, MxnetLayout::v2, MxnetLayout::v3));

// The most arrays for the fewest bytes.
TEST(MxnetParams, MemoryStaysNearTheFileSize) {
  ByteWriter w;
  w.number<uint64_t>(0x112).number<uint64_t>(0).number<uint64_t>(100000);
  for (int i = 0; i < 100000; ++i) w.number<uint32_t>(0);
  w.number<uint64_t>(0);
  reset_peak();
  const size_t before = bytes_in_use();
  ASSERT_TRUE(read(w.bytes).ok());
  EXPECT_LE(peak_bytes() - before + w.bytes.size(), 3 * w.bytes.size() + (size_t{64} << 20));
}

TEST(MxnetParams, RealFile) {
  const Bytes bytes = bytes_of_file(std::string(MIEN_SHARED_DIR) + "/data/models/mobilefacenet_y1-0000.params");
  if (bytes.empty()) GTEST_SKIP() << "no real data in " << MIEN_SHARED_DIR;
  reset_peak();
  const size_t before = bytes_in_use();
  const Result<Checkpoint> back = read(bytes);
  ASSERT_TRUE(back.ok()) << back.status().message();
  EXPECT_LE(peak_bytes() - before, 2 * bytes.size());
  EXPECT_EQ(back->tensors.size(), 284u);
  size_t floats = 0;
  for (const NamedTensor& tensor : back->tensors) floats += tensor.values.size();
  EXPECT_EQ(floats, 1022848u);
}

}  // namespace
}  // namespace mien::testing
