// The verb codegen: what it writes, what it says, what it refuses. That the code is right is tests/codegen's to show.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/app/subprocess.h"
#include "tests/app/tiny_model.h"

namespace mien::test {
namespace {

using Json = nlohmann::json;

std::string text_in(const std::string& path) {
  const auto bytes = bytes_of(path);
  return {bytes.begin(), bytes.end()};
}

TEST(CodegenVerb, WritesAndCompiles) {
  const std::string directory = folder() + "/made/here";
  const Outcome outcome = mien({"codegen", tiny_model(), "-o", directory, "--name", "face", "--compile", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json json = Json::parse(outcome.out);
  EXPECT_EQ(json["files"], Json({directory + "/face.h", directory + "/face.cpp", directory + "/face.o"}));
  EXPECT_GT(json["weights_bytes"].get<int64_t>(), 0);
  EXPECT_GT(json["arena_bytes"].get<int64_t>(), 0);
  EXPECT_GT(json["compiled_in"].get<double>(), 0);
  EXPECT_FALSE(json["kernels"].empty());
  EXPECT_NE(text_in(directory + "/face.h").find("void face_embed(const uint8_t* rgb, float* out);"), std::string::npos);
  EXPECT_EQ(bytes_of(directory + "/face.o").size() > 0, true);
}

// For a processor that is not this one, in words: sizes, times, and the command to type.
TEST(CodegenVerb, PlansForAnotherProcessor) {
  const Outcome outcome = mien({"codegen", tiny_model(), "-o", folder() + "/neon", "--isa", "neon", "--name", "net"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  for (const char* what : {"net.cpp, ", "weights", "arena", "made_in", "-O2 -c net.cpp"})
    EXPECT_NE(outcome.out.find(what), std::string::npos) << what << " is not in\n" << outcome.out;
  EXPECT_NE(text_in(folder() + "/neon/net.cpp").find("__aarch64__"), std::string::npos);
}

TEST(CodegenVerb, TheObjectHoldsTheModelFile) {
  const std::string directory = folder() + "/object";
  const Outcome outcome = mien({"codegen", tiny_model(), "-o", directory, "--name", "net", "--object"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::string object = text_in(directory + "/net_model.o"), model = text_in(tiny_model());
  EXPECT_EQ(object.find(model), 64u);  // behind the header
  EXPECT_NE(text_in(directory + "/net_model.h").find("net_model_size"), std::string::npos);
}

TEST(CodegenVerb, Refuses) {
  const std::string directory = folder() + "/refused";
  expect_error(mien({"codegen", folder() + "/none.mien", "-o", directory}), 3, "none.mien");
  expect_error(mien({"codegen", tiny_model(), "-o", directory, "--isa", "mmx"}), 2, "avx2");
  expect_error(mien({"codegen", tiny_model(), "-o", directory, "--name", "a-b"}), 2, "a_b");
  expect_error(mien({"codegen", tiny_model(), "-o", directory, "--compile", "--compiler", "no-such-compiler"}), 1,
               "no-such-compiler");
  write_bytes(folder() + "/file", {1});
  expect_error(mien({"codegen", tiny_model(), "-o", folder() + "/file"}), 5, "file");
}

}  // namespace
}  // namespace mien::test
