// Every encoding of constants, and the places they may come from.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "converters/onnx/tensor.h"
#include "tests/converters/onnx_writer.h"

namespace mien::testing {
namespace {

using onnx::ExternalData;
using onnx::Tensor;

Result<Tensor> decode(const onnx_pb::Tensor& t, const std::string& folder = "") {
  return onnx::decode_tensor(t, ExternalData(folder));
}

onnx_pb::Tensor raw(int type, const std::vector<int64_t>& dims, const std::string& bytes) {
  onnx_pb::Tensor t;
  t.set_name("t");
  t.set_data_type(type);
  t.mutable_dims()->Add(dims.begin(), dims.end());
  t.set_raw_data(bytes);
  return t;
}

std::vector<double> numbers(const Tensor& t) {
  std::vector<double> v;
  for (int64_t i = 0; i < t.count(); ++i) v.push_back(t.real(i));
  return v;
}

using V = std::vector<double>;

TEST(Tensor, RawEncodings) {
  const struct {
    int type;
    std::string bytes;
    V values;
  } rows[] = {{1, std::string("\0\0\x80\x3f\0\0\0\xc0", 8), {1, -2}},
              {2, "\x01\xff", {1, 255}},
              {3, "\x01\xff", {1, -1}},
              {4, std::string("\x01\0\xff\xff", 4), {1, 65535}},
              {5, std::string("\x01\0\xff\xff", 4), {1, -1}},
              {6, std::string("\x01\0\0\0\xff\xff\xff\xff", 8), {1, -1}},
              {7, std::string("\x01\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", 16), {1, -1}},
              {9, std::string("\0\1", 2), {0, 1}},
              {10, std::string("\0\x3c\0\xc0", 4), {1, -2}},
              {11, std::string("\0\0\0\0\0\0\xf0\x3f\0\0\0\0\0\0\0\xc0", 16), {1, -2}},
              {12, std::string("\xff\xff\xff\xff\0\0\0\0", 8), {4294967295.0, 0}},
              {13, std::string("\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0", 16), {1, 2}},
              {16, std::string("\x80\x3f\0\xc0", 4), {1, -2}},
              {21, "\xf1", {1, 15}},
              {22, "\xf1", {1, -1}},
              {25, "\x0d", {1, 3}},
              {26, "\x0d", {1, -1}}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.type);
    const Result<Tensor> t = decode(raw(row.type, {2}, row.bytes));
    ASSERT_TRUE(t.ok()) << t.status().message();
    EXPECT_EQ(numbers(*t), row.values);
    EXPECT_EQ(decode(raw(row.type, {2}, row.bytes + 'x')).status().code(), Code::corrupt);
    EXPECT_EQ(decode(raw(row.type, {2}, row.bytes.substr(1))).status().code(), Code::corrupt);
  }
}

TEST(Tensor, EveryHalfEqualsItsDefinition) {
  for (int bits = 0; bits < 65536; ++bits) {
    onnx_pb::Tensor t = raw(10, {}, "");
    t.add_int32_data(bits);
    const double v = decode(t)->real(0);
    const int exponent = bits >> 10 & 31, fraction = bits & 1023;
    double expected = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
    if (exponent == 31) expected = fraction ? NAN : INFINITY;
    if (bits & 0x8000) expected = -expected;
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(v)) << bits;
    } else {
      ASSERT_EQ(v, expected) << bits;
    }
  }
}

TEST(Tensor, TypedEncodings) {
  onnx_pb::Tensor bf16 = raw(16, {2}, "");
  bf16.add_int32_data(0x3f80), bf16.add_int32_data(0xc000);
  EXPECT_EQ(numbers(*decode(bf16)), (V{1, -2}));
  onnx_pb::Tensor i8 = raw(3, {1}, "");
  i8.add_int32_data(-5);
  EXPECT_EQ(numbers(*decode(i8)), (V{-5}));
  onnx_pb::Tensor i4 = raw(22, {3}, "");
  i4.add_int32_data(0xf1), i4.add_int32_data(0x02);
  EXPECT_EQ(numbers(*decode(i4)), (V{1, -1, 2}));
  onnx_pb::Tensor u64 = raw(13, {1}, "");
  u64.add_uint64_data(9);
  EXPECT_EQ(numbers(*decode(u64)), (V{9}));
}

TEST(Tensor, NoSplatNoMixNoSurplus) {
  EXPECT_EQ(decode(float_tensor("t", {3}, {1})).status().code(), Code::corrupt);
  EXPECT_EQ(decode(float_tensor("t", {1}, {1, 2})).status().code(), Code::corrupt);
  onnx_pb::Tensor both = float_tensor("t", {1}, {1});
  both.set_raw_data(std::string(4, '\0'));
  EXPECT_EQ(decode(both).status().code(), Code::corrupt);
  onnx_pb::Tensor empty_raw = float_tensor("t", {1}, {1});
  empty_raw.set_raw_data("");
  EXPECT_TRUE(decode(empty_raw).ok());
  onnx_pb::Tensor wrong_field = float_tensor("t", {1}, {1});
  wrong_field.set_data_type(7);
  EXPECT_EQ(decode(wrong_field).status().code(), Code::corrupt);
}

TEST(Tensor, ShapesThatAreNone) {
  EXPECT_TRUE(decode(float_tensor("t", {0, 5}, {})).ok());
  EXPECT_EQ(decode(float_tensor("t", {-1}, {})).status().code(), Code::corrupt);
  EXPECT_EQ(decode(float_tensor("t", {int64_t{1} << 40, int64_t{1} << 40}, {1})).status().code(), Code::corrupt);
  EXPECT_EQ(decode(float_tensor("t", {int64_t{1} << 31}, {1})).status().code(), Code::corrupt);
  EXPECT_EQ(decode(float_tensor("t", std::vector<int64_t>(9, 1), {1})).status().code(), Code::corrupt);
}

TEST(Tensor, TypesThatAreNoWeights) {
  for (int type : {0, 8, 14, 15, 17, 23, 99, -1})
    EXPECT_EQ(decode(raw(type, {1}, "x")).status().code(), Code::unsupported) << type;
}

class External : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "mien_external_XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    folder_ = root_ + "/model";
    mkdir(folder_.c_str(), 0700);
    mkdir((folder_ + "/sub").c_str(), 0700);
    write(root_ + "/secret.bin"), write(folder_ + "/w.bin"), write(folder_ + "/sub/w.bin");
  }
  void TearDown() override {
    for (const char* name : {"/model/sub/w.bin", "/model/w.bin", "/model/link.bin", "/model/hard.bin", "/model/fifo",
                             "/model/dir", "/secret.bin"})
      unlink((root_ + name).c_str());
    rmdir((folder_ + "/sub").c_str()), rmdir(folder_.c_str()), rmdir(root_.c_str());
  }
  static void write(const std::string& path) {
    std::ofstream(path, std::ios::binary) << std::string("\0\0\0\0\0\0\x80\x3f", 8);
  }
  Status status(const std::string& location, const std::string& offset = "4", const std::string& length = "4") const {
    return decode(tensor(location, offset, length), folder_).status();
  }
  static onnx_pb::Tensor tensor(const std::string& location, const std::string& offset, const std::string& length) {
    onnx_pb::Tensor t = raw(1, {1}, "");
    t.set_data_location(1);
    auto add = [&](const char* key, const std::string& value) {
      if (value == "-") return;
      onnx_pb::Property* p = t.add_external_data();
      p->set_key(key), p->set_value(value);
    };
    add("location", location), add("offset", offset), add("length", length);
    return t;
  }
  std::string root_, folder_;
};

TEST_F(External, InsideTheFolder) {
  EXPECT_EQ(numbers(*decode(tensor("w.bin", "4", "4"), folder_)), V{1});
  EXPECT_EQ(numbers(*decode(tensor("sub/w.bin", "4", "-"), folder_)), V{1});
}
TEST_F(External, OutsideOfTheFolder) {
  for (const std::string& location :
       {std::string("../secret.bin"), std::string("sub/../../secret.bin"), root_ + "/secret.bin",
        std::string("./w.bin"), std::string("sub//w.bin"), std::string("..\\secret.bin"), std::string("C:w.bin"),
        std::string(""), std::string("w.bin\0x", 7)}) {
    EXPECT_EQ(status(location).code(), Code::corrupt) << location;
  }
}
TEST_F(External, LinksAndSpecialFiles) {
  ASSERT_EQ(symlink((root_ + "/secret.bin").c_str(), (folder_ + "/link.bin").c_str()), 0);
  EXPECT_EQ(status("link.bin").code(), Code::corrupt);
  ASSERT_EQ(symlink(root_.c_str(), (folder_ + "/dir").c_str()), 0);
  EXPECT_EQ(status("dir/secret.bin").code(), Code::corrupt);
  ASSERT_EQ(mkfifo((folder_ + "/fifo").c_str(), 0600), 0);
  EXPECT_EQ(status("fifo").code(), Code::corrupt);
  EXPECT_EQ(status("sub").code(), Code::corrupt);
  ASSERT_EQ(link((root_ + "/secret.bin").c_str(), (folder_ + "/hard.bin").c_str()), 0);
  EXPECT_EQ(status("hard.bin").code(), Code::corrupt);
  EXPECT_EQ(status("absent.bin").code(), Code::unreadable);
}
TEST_F(External, Numbers) {
  const struct {
    const char *offset, *length;
  } rows[] = {{"5", "4"},
              {"-4", "4"},
              {"+4", "4"},
              {"4", "5"},
              {"4", "3"},
              {"9", "-"},
              {"0", "-"},
              {"", "4"},
              {"4 ", "4"},
              {"0x4", "4"},
              {"18446744073709551612", "4"},
              {"4", "9007199254740993"}};
  for (const auto& row : rows)
    EXPECT_EQ(status("w.bin", row.offset, row.length).code(), Code::corrupt) << row.offset << " " << row.length;
}
TEST_F(External, KeysAndMissingFolder) {
  onnx_pb::Tensor t = tensor("w.bin", "4", "4");
  EXPECT_EQ(decode(t, "").status().code(), Code::unsupported);
  t.add_external_data()->set_key("surprise");
  EXPECT_EQ(decode(t, folder_).status().code(), Code::corrupt);
  onnx_pb::Tensor twice = tensor("w.bin", "4", "4");
  *twice.add_external_data() = twice.external_data(0);
  EXPECT_EQ(decode(twice, folder_).status().code(), Code::corrupt);
}

}  // namespace
}  // namespace mien::testing
