// What the gallery tests share: a folder of their own, seeded embeddings, files as bytes. One thread.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "face/gallery_writer.h"

namespace mien::gallery_test {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "mien-gallery-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) abort();
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  int files() const { return static_cast<int>(std::distance(std::filesystem::directory_iterator(path_), {})); }

 private:
  std::string path_;
};

inline GalleryInfo info_of(int dims, RowType type = RowType::float32) {
  return {dims, type, {"tiny model", 0x1234567890abcdefu}};
}

// The embedding number i: the same in every process.
inline std::vector<float> embedding_of(int dims, uint32_t i) {
  std::mt19937 engine(i);
  std::vector<float> v(static_cast<size_t>(dims));
  for (float& x : v) x = static_cast<float>(engine() >> 8) * 0x1p-23f - 1;
  return v;
}
inline std::string name_of(int i) {
  return "person " + std::to_string(i);
}
// Longer than an entry holds, and of several slots of small rows.
inline std::string long_name_of(int i) {
  return std::to_string(i) + " " + std::string(static_cast<size_t>(i % 300), 'x');
}

inline std::unique_ptr<GalleryWriter> created(const std::string& path, const GalleryInfo& info) {
  auto writer = GalleryWriter::create(path, info);
  EXPECT_TRUE(writer.ok()) << writer.status().message();
  return writer.ok() ? std::move(*writer) : nullptr;
}
inline std::unique_ptr<GalleryWriter> reopened(const std::string& path) {
  auto writer = GalleryWriter::open(path);
  EXPECT_TRUE(writer.ok()) << writer.status().message();
  return writer.ok() ? std::move(*writer) : nullptr;
}
inline std::shared_ptr<const Gallery> opened(const std::string& path) {
  auto gallery = Gallery::open(path);
  EXPECT_TRUE(gallery.ok()) << gallery.status().message();
  return gallery.ok() ? std::move(*gallery) : nullptr;
}

using Bytes = std::vector<uint8_t>;
inline void write_bytes(const std::string& path, const Bytes& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  ASSERT_TRUE(file.good()) << path;
}
inline Bytes read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

}  // namespace mien::gallery_test
