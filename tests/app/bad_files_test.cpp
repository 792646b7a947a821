// A missing, empty, truncated, flipped or foreign file given to any verb: exit code 3, one line, no output file.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/app/subprocess.h"
#include "tests/app/tiny_model.h"

namespace mien::test {
namespace {

const std::string& output() {
  static const std::string path = folder() + "/output";
  return path;
}

// Every verb that reads a model, as its arguments.
std::vector<std::vector<std::string>> verbs_reading(const std::string& model) {
  return {{"inspect", model},
          {"verify", model},
          {"run", model, "--input", tiny_tensor(1), "--output", output()},
          {"bench", model, "--runs", "1"},
          {"convert", model, "-o", output(), "--report", output() + ".json"}};
}

// Those that tell models from pictures by name and content.
std::vector<std::vector<std::string>> face_verbs_reading(const std::string& model) {
  return {{"detect", model, tiny_picture(0), "--draw", output()},
          {"embed", model, tiny_picture(0), "--aligned", "--npy", output()},
          {"compare", model, tiny_picture(0), tiny_picture(1), "--aligned"},
          {"enroll", "--gallery", output(), model, tiny_picture(0), "--aligned"},
          {"search", "--gallery", output(), model, tiny_picture(0), "--aligned"}};
}

void expect_each_refused(const std::vector<std::vector<std::string>>& verbs, int exit_code, const std::string& what) {
  for (const auto& arguments : verbs) {
    SCOPED_TRACE(arguments[0] + " " + what);
    expect_error(mien(arguments), exit_code, what);
    EXPECT_FALSE(exists(output()));
    EXPECT_FALSE(exists(output() + ".json"));
  }
}

void expect_refused(const std::string& model) {
  expect_each_refused(verbs_reading(model), 3, model);
  expect_each_refused(face_verbs_reading(model), 3, model);
}

std::string bad_file(const std::string& name, const std::vector<uint8_t>& bytes) {
  const std::string path = folder() + "/" + name;
  write_bytes(path, bytes);
  return path;
}

TEST(BadModel, Missing) { expect_refused(folder() + "/missing.mien"); }
TEST(BadModel, Folder) { expect_each_refused(verbs_reading(folder()), 3, folder()); }
TEST(BadModel, Empty) { expect_refused(bad_file("empty.mien", {})); }
TEST(BadModel, Foreign) {
  expect_each_refused(verbs_reading(tiny_picture(0)), 3, tiny_picture(0));
}
TEST(BadModel, Text) { expect_refused(bad_file("text.mien", {'h', 'e', 'l', 'l', 'o', ',', ' ', 'y', 'o', 'u'})); }

TEST(BadModel, Truncated) {
  const auto whole = bytes_of(tiny_model());
  for (size_t size : {size_t{1}, size_t{63}, size_t{64}, whole.size() / 2, whole.size() - 1})
    expect_refused(bad_file("short.mien", {whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size)}));
}

TEST(BadModel, Grown) {
  auto bytes = bytes_of(tiny_model());
  bytes.push_back(0);
  expect_refused(bad_file("grown.mien", bytes));
}

TEST(BadModel, Flipped) {
  const auto whole = bytes_of(tiny_model());
  for (size_t i = 0; i < 8; ++i) {
    auto bytes = whole;
    bytes[i * (whole.size() - 1) / 7] ^= 0x20;
    expect_refused(bad_file("flipped.mien", bytes));
  }
}

// The flips in between, for one verb.
TEST(BadModel, FlippedHereAndThere) {
  const auto whole = bytes_of(tiny_model());
  for (size_t at = 0; at < whole.size(); at += 1 + whole.size() / 97) {
    auto bytes = whole;
    bytes[at] ^= 0x01;
    SCOPED_TRACE("byte " + std::to_string(at));
    expect_error(mien({"inspect", bad_file("flipped.mien", bytes)}), 3, "flipped.mien");
  }
}

TEST(BadPicture, EveryKind) {
  const auto whole = bytes_of(tiny_picture(0));
  auto flipped = whole;
  flipped[whole.size() / 2] ^= 0x40;
  const std::string files[] = {folder() + "/missing.png", bad_file("empty.png", {}), tiny_tensor(1),
                               bad_file("short.png", {whole.begin(), whole.end() - 5}),
                               bad_file("flipped.png", flipped)};
  for (const std::string& file : files) {
    SCOPED_TRACE(file);
    expect_error(mien({"embed", tiny_model(), tiny_picture(1), file, "--aligned", "--npy", output()}), 3, file);
    expect_error(mien({"compare", tiny_model(), tiny_picture(1), file, "--aligned"}), 3, file);
    EXPECT_FALSE(exists(output()));
  }
}

TEST(BadTensor, EveryKind) {
  const auto whole = bytes_of(tiny_tensor(2));
  auto flipped = whole;
  flipped[20] ^= 0x08;
  const std::string files[] = {folder() + "/missing.npy", folder(), bad_file("empty.npy", {}), tiny_picture(0),
                               bad_file("short.npy", {whole.begin(), whole.end() - 5}),
                               bad_file("flipped.npy", flipped)};
  for (const std::string& file : files) {
    SCOPED_TRACE(file);
    expect_error(mien({"run", tiny_model(), "--input", file, "--output", output()}), 3, file);
    EXPECT_FALSE(exists(output()));
  }
}

TEST(BadWeights, TruncatedOnnx) {
  const std::string path = std::string(MIEN_SHARED_DIR) + "/fixtures/formats/onnx_opset11_slope_C11.onnx";
  if (!exists(path)) GTEST_SKIP() << "no " << path;
  const auto whole = bytes_of(path);
  for (size_t part : {1, 2, 3, 5, 7, 9}) {
    const size_t size = whole.size() * part / 10;
    const auto file = bad_file("short.onnx", {whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size)});
    expect_error(mien({"convert", file, "-o", output()}), 3, file);
    EXPECT_FALSE(exists(output()));
  }
}

// A real file with its operators' names spelled wrong.
TEST(BadWeights, AnOperatorThatIsNotSupported) {
  const std::string path = std::string(MIEN_SHARED_DIR) + "/fixtures/formats/onnx_opset11_slope_C11.onnx";
  if (!exists(path)) GTEST_SKIP() << "no " << path;
  auto bytes = bytes_of(path);
  const std::string conv = "Conv", unknown = "Cnov";
  for (auto at = bytes.begin();; ++at) {
    at = std::search(at, bytes.end(), conv.begin(), conv.end());
    if (at == bytes.end()) break;
    std::copy(unknown.begin(), unknown.end(), at);
  }
  const std::string file = bad_file("unknown_operator.onnx", bytes);
  const Outcome outcome = mien({"convert", file, "-o", output()});
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  EXPECT_NE(outcome.out.find("Not supported"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("Cnov"), std::string::npos) << outcome.out;
  EXPECT_EQ(outcome.err.rfind("mien: error: " + file, 0), 0u) << outcome.err;
  EXPECT_EQ(outcome.err.find('\n'), outcome.err.size() - 1) << outcome.err;
  EXPECT_FALSE(exists(output()));
}

}  // namespace
}  // namespace mien::test
