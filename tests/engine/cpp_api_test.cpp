// The C++ face of the C interface, and the programs under examples/.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <mien/mien.hpp>

#include "engine/file/flat_file.h"
#include "tests/engine/picture_model.h"
#include "tests/file/sample.h"

namespace mien {
namespace {

using namespace mien::testing;

class CppApi : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(write_file(picture_package(), path_).ok()); }

  TemporaryFolder folder_;
  std::string path_ = folder_.file("m.mien");
};

TEST_F(CppApi, LoadInspectEmbed) {
  const Model model = Model::load(path_);
  EXPECT_EQ(model.inputs(), 1);
  EXPECT_EQ(model.input(0).shape, (std::vector<int64_t>{1, kC, kH, kW}));
  EXPECT_EQ(model.output(0).elements, kOut);
  EXPECT_EQ(model.repairs(), std::vector<std::string>{"put right"});
  EXPECT_EQ(model.picture().width, kW);
  EXPECT_EQ(model.embedding().dims, kOut);
  EXPECT_STREQ(model.card().license, "Apache-2.0");
  EXPECT_EQ(model.face().flip, MIEN_FLIP_CONCAT);
  EXPECT_STREQ(model.face().measured_on, "two sets");
  ASSERT_EQ(model.thresholds().size(), 2u);
  EXPECT_EQ(model.thresholds()[0].false_accepts, 0.01);
  EXPECT_EQ(model.thresholds()[1].cosine, 0.5);
  Session session(model);
  const std::vector<float> embedding = session.embed(picture(5).data());
  ASSERT_EQ(embedding.size(), static_cast<size_t>(kOut));
  EXPECT_NEAR(embedding[0], expected(normalized(picture(5)), 0), 1e-4);
  try {
    Model::load(folder_.file("missing"));
    FAIL() << "no exception";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), MIEN_UNREADABLE);
    EXPECT_NE(std::string(error.what()).find("missing"), std::string::npos);
  }
  EXPECT_THROW(model.input(1), Error);
}

TEST_F(CppApi, ACancelledRunThrows) {
  Session session(Model::load(path_));
  session.cancel();
  try {
    session.embed(picture(5).data());
    FAIL() << "no exception";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), MIEN_CANCELLED);
  }
  session.resume();
  EXPECT_NEAR(session.embed(picture(5).data())[0], expected(normalized(picture(5)), 0), 1e-4);
}

#ifdef MIEN_RUN_EXAMPLES
std::vector<double> printed_by(const std::string& command) {
  std::vector<double> values;
  FILE* pipe = ::popen(command.c_str(), "r");
  for (double value; std::fscanf(pipe, "%lf", &value) == 1;) values.push_back(value);
  EXPECT_EQ(::pclose(pipe), 0) << command;
  return values;
}

TEST_F(CppApi, ExamplesPrintTheEmbedding) {
  const std::string pixels = folder_.file("pixels");
  write_bytes(pixels, picture(2));
  for (const char* example : {"example_embed_c", "example_embed_cpp"}) {
    const std::string program = std::string(MIEN_BINARY_DIR "/") + example + " ";
    const std::vector<double> values = printed_by(program + path_ + " < " + pixels);
    ASSERT_EQ(values.size(), static_cast<size_t>(kOut)) << example;
    for (int o = 0; o < kOut; ++o)
      EXPECT_NEAR(values[static_cast<size_t>(o)], expected(normalized(picture(2)), o), 1e-4) << example;
    EXPECT_NE(std::system((program + pixels + " < " + pixels + " 2> /dev/null").c_str()), 0) << example;
    EXPECT_NE(std::system((program + path_ + " < /dev/null 2> /dev/null").c_str()), 0) << example;
  }
}
#endif

}  // namespace
}  // namespace mien
