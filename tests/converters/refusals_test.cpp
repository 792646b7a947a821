// Files of formats that are not read: one line says what the file is and what to do instead.
#include "converters/refusals.h"

#include <gtest/gtest.h>

#include "converters/read_source.h"
#include "tests/converters/pytorch_writer.h"

namespace mien::testing {
namespace {

Status refusal(const std::string& bytes) {
  ConvertReport report;
  return import_files({{"folder/model.ckpt", {bytes.begin(), bytes.end()}}}, {}, &report).status();
}

void expect_refused(const std::string& bytes, Code code, const std::vector<std::string>& parts) {
  const Status status = refusal(bytes);
  const std::string& text = status.message();
  EXPECT_EQ(status.code(), code) << text;
  EXPECT_EQ(text.rfind("folder/model.ckpt: ", 0), 0u) << text;
  EXPECT_EQ(text.find('\n'), std::string::npos) << text;
  EXPECT_LT(text.size(), 300u) << text;
  for (const std::string& part : parts) EXPECT_NE(text.find(part), std::string::npos) << part << " in: " << text;
}

const std::string kHdf5 = std::string("\x89HDF\r\n\x1a\n\0\0\0\0", 12);

TEST(Refusals, Hdf5) {
  for (const size_t before : {0, 512, 1024, 2048})
    expect_refused(std::string(before, '\0') + kHdf5 + std::string(100, 'x'), Code::unsupported,
                   {"HDF5", ".h5", "export it to ONNX or safetensors"});
}

TEST(Refusals, Keras) {
  for (const uint16_t method : {0, 8})
    expect_refused(ZipWriter()
                       .add("metadata.json", "{}", method)
                       .add("config.json", "{}", method)
                       .add("model.weights.h5", kHdf5, method)
                       .bytes(),
                   Code::unsupported, {"Keras 3", ".keras", "export it to ONNX"});
}

TEST(Refusals, OtherZips) {
  expect_refused(ZipWriter().add("w.npy", "\x93NUMPY").bytes(), Code::unsupported, {"npz", "safetensors"});
  expect_refused(ZipWriter().add("readme.txt", "hello").bytes(), Code::unsupported, {"without a data.pkl"});
}

TEST(Refusals, Tflite) {
  expect_refused(std::string("\x1c\0\0\0TFL3\0\0\0\0", 12), Code::unsupported,
                 {"TensorFlow Lite", "checkpoint", "export it to ONNX"});
}

TEST(Refusals, Numpy) {
  expect_refused(std::string("\x93NUMPY\x01\0v\0{'descr': '<f4'}", 26), Code::unsupported,
                 {"NumPy array", "safetensors", "ONNX"});
}

TEST(Refusals, Pickles) {
  for (const char* start : {"\x80\x02}q\1.", "\x80\x03}q\1.", "\x80\x04\x95\x05", "\x80\x05\x95\x05"})
    expect_refused(start + std::string("rest"), Code::unsupported, {"Python pickle", "safetensors", "ONNX"});
}

TEST(Refusals, GitLfs) {
  expect_refused("version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 260903168\n", Code::unreadable,
                 {"Git LFS", "`git lfs pull`"});
}

TEST(Refusals, EncryptedMindSpore) {
  for (const char* magic : {"\xd8\x5e\x3a\x7f", "\xd9\x5e\x3a\x7f"})
    expect_refused(magic + std::string(60, 'x'), Code::unsupported, {"encrypted MindSpore", "save it again"});
}

TEST(Refusals, AlreadyConvertedAndUnknown) {
  expect_refused("\x89MIEN\r\n\x1a", Code::unreadable, {".mien file already"});
  expect_refused("hello, this is text", Code::unreadable, {"not a weight file of any known format"});
}

// No format is left without an answer: it has a reader, is one half of a pair, or is refused in words.
TEST(Refusals, EveryFormatThatIsRecognised) {
  for (const SourceFormat format : {SourceFormat::unknown, SourceFormat::git_lfs, SourceFormat::mien,
                                    SourceFormat::hdf5, SourceFormat::tflite, SourceFormat::npy, SourceFormat::pickle})
    EXPECT_FALSE(refusal_of(format).message().empty()) << name_of(format);
  for (const SourceFormat format : {SourceFormat::onnx, SourceFormat::zip, SourceFormat::archive})
    EXPECT_TRUE(refusal_of(format).ok()) << name_of(format);
}

}  // namespace
}  // namespace mien::testing
