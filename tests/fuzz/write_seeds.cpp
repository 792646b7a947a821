// write_seeds FOLDER: a small whole model for each target of the fuzzers, in a folder of its name.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/converters/caffe_face.h"
#include "tests/converters/ncnn_writer.h"
#include "tests/converters/nn_archive_model.h"
#include "tests/fuzz/import_graph.h"

namespace mien::testing {
namespace {

void write(const std::string& path, const std::string& bytes) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}
void write(const std::string& path, const std::vector<uint8_t>& bytes) {
  write(path, std::string(bytes.begin(), bytes.end()));
}

void write_seeds(const std::string& folder) {
  const NcnnModel ncnn = face();
  const std::string text = ncnn.text();
  write(folder + "/fuzz_ncnn/face", joined({{text.begin(), text.end()}, ncnn.bin}));
  for (int i = 0; i < 8; ++i) {
    CaffeStyle style;
    style.legacy_shapes = i & 1, style.doubles = i & 2, style.unpacked = i & 4;
    const CaffeNet net = caffe_face(style);
    write(folder + "/fuzz_caffe/face" + std::to_string(i), joined({net.text(), net.model()}));
  }
  const std::string archive = nn_archive(tiny_config(), tiny_onnx());
  for (const char* filter : {"", "gzip", "xz"}) write(folder + "/fuzz_archive/tiny" + filter, packed(archive, filter));
  write(folder + "/fuzz_file/tiny.onnx", tiny_onnx());
}

}  // namespace
}  // namespace mien::testing

int main(int count, char** arguments) {
  if (count != 2) return std::fprintf(stderr, "usage: write_seeds FOLDER\n"), 2;
  mien::testing::write_seeds(arguments[1]);
  return 0;
}
