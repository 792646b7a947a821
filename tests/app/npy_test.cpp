#include "app/npy.h"

#include <gtest/gtest.h>

#include <cstring>

namespace mien::app {
namespace {

const float kValues[] = {1, -2, 3.5f, 0, 5, 6};

std::vector<uint8_t> file_of(const std::string& header, size_t data_bytes, int version = 1) {
  std::vector<uint8_t> file = {0x93, 'N', 'U', 'M', 'P', 'Y', static_cast<uint8_t>(version), 0};
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i) file.push_back(static_cast<uint8_t>(header.size() >> (8 * i)));
  file.insert(file.end(), header.begin(), header.end());
  for (size_t i = 0; i < data_bytes; ++i) file.push_back(static_cast<uint8_t>(i));
  return file;
}

Result<NpyArray> parse(const std::vector<uint8_t>& file) { return parse_npy(file.data(), file.size()); }

TEST(Npy, RoundTrip) {
  const auto file = npy_bytes({2, 3}, kValues);
  EXPECT_EQ((file.size() - sizeof kValues) % 64, 0u) << "the data is aligned as NumPy aligns it";
  const auto array = parse(file);
  ASSERT_TRUE(array.ok()) << array.status().message();
  EXPECT_EQ(array->type, NpyArray::Type::f32);
  EXPECT_EQ(array->shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(array->f32, std::vector<float>(kValues, kValues + 6));
}

TEST(Npy, OneDimensionAndScalars) {
  EXPECT_EQ(parse(npy_bytes({6}, kValues))->shape, std::vector<int64_t>{6});
  const auto scalar = parse(npy_bytes({}, kValues));
  ASSERT_TRUE(scalar.ok()) << scalar.status().message();
  EXPECT_EQ(scalar->f32, std::vector<float>{1});
}

TEST(Npy, Uint8AndVersion2) {
  for (int version : {1, 2}) {
    const auto array = parse(file_of("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2, 3), }\n", 12, version));
    ASSERT_TRUE(array.ok()) << array.status().message();
    EXPECT_EQ(array->type, NpyArray::Type::u8);
    EXPECT_EQ(array->u8.size(), 12u);
    EXPECT_EQ(array->u8[11], 11);
  }
}

TEST(Npy, FormsThatAreNotReadAreNamed) {
  EXPECT_EQ(parse(file_of("{'descr': '<f4', 'fortran_order': True, 'shape': (3,), }", 12)).status().code(),
            Code::unreadable);
  const auto doubles = parse(file_of("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }", 24));
  EXPECT_NE(doubles.status().message().find("<f8"), std::string::npos);
  EXPECT_FALSE(parse(file_of("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", 12, 3)).ok());
}

TEST(Npy, MalformedHeadersAreErrors) {
  for (const char* header : {
           "", "{", "{}", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': False, 'shape': (3)}",
           "{'descr': '<f4', 'fortran_order': False, 'shape': (3,}",
           "{'descr': '<f4', 'fortran_order': False, 'shape': (-3,)}",
           "{'descr': '<f4', 'fortran_order': False, 'shape': (0,)}",
           "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
           "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 3)}",
           "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (3,)}",
           "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), 'more': 1}",
           "{'descr': '<f4', 'fortran_order': False, 'shape': (3,)} x",
           "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (3,)}",
           "{'descr': '<f4 , 'fortran_order': False, 'shape': (3,)}",
       })
    EXPECT_FALSE(parse(file_of(header, 12)).ok()) << header;
}

TEST(Npy, EveryTruncationAndEveryGrowthIsAnError) {
  auto file = npy_bytes({2, 3}, kValues);
  for (size_t size = 0; size < file.size(); ++size) EXPECT_FALSE(parse_npy(file.data(), size).ok()) << size;
  file.push_back(0);
  EXPECT_EQ(parse(file).status().code(), Code::corrupt);
}

TEST(Npy, FlippedHeaderBytesEndWithoutACrash) {
  const auto file = npy_bytes({2, 3}, kValues);
  for (size_t at = 0; at < file.size() - sizeof kValues; ++at)
    for (int value = 0; value < 256; ++value) {
      auto flipped = file;
      flipped[at] = static_cast<uint8_t>(value);
      const auto array = parse(flipped);
      if (array.ok()) {
        EXPECT_EQ(array->f32.size() * 4 + array->u8.size(), sizeof kValues);
      }
    }
}

TEST(Npy, MissingFilesAreNamed) {
  EXPECT_EQ(read_npy("/no/such.npy").status().message().rfind("/no/such.npy: ", 0), 0u);
}

}  // namespace
}  // namespace mien::app
