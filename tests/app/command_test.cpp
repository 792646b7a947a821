// The verbs on good files, and what is wrong with a command line.
#include <gtest/gtest.h>
#include <png.h>

#include <nlohmann/json.hpp>

#include "app/npy.h"
#include "app/run_options.h"
#include "engine/file/flat_file.h"
#include "tests/app/subprocess.h"
#include "tests/app/tiny_model.h"
#include "tests/face/written_pictures.h"

namespace mien::test {
namespace {

void expect_fine(const Outcome& outcome) {
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
}

TEST(Usage, IsExitCode2AndOneLine) {
  const std::string model = tiny_model(), picture = tiny_picture(0), output = folder() + "/unused";
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"fly"},
      {"inspect"},
      {"inspect", model, "--no-such-option"},
      {"inspect", model, "--isa", "mmx"},
      {"embed", model, "--aligned"},
      {"embed", model, picture, "--aligned", "--batch", "0"},
      {"embed", model, picture, "--aligned", "--threads", "-1"},
      {"embed", model, picture, "--aligned", "--threads", "two"},
      {"convert", "-o", output},
      {"convert", model},
      {"convert", "--network", "mobilefacenet", "-o", output},
      {"convert", "--network", "no-such-network", "--seeded-weights", "1", "-o", output},
      {"convert", model, "--color", "cmyk", "-o", output},
      {"convert", model, "--align", "eyes", "-o", output},
      {"convert", model, "--flip", "twice", "-o", output},
      {"convert", model, "--margin", "-1", "-o", output},
      {"convert", "--network", "deepid", "--seeded-weights", "1", "--margin", "nan", "-o", output},
      {"convert", "--network", "deepid", "--seed", "1", "--align", "landmarks", "--margin", "1", "-o", output},
      {"convert", "--network", "retinaface_mobilenet025", "--seeded-weights", "1", "--flip", "sum", "-o", output},
      {"compare", model, picture, picture, "--aligned", "--threshold", "2"},
      {"eval", model},
      {"eval", "--bin", output},
      {"bench"},
      {"bench", model, "--network", "mobilefacenet"},
      {"bench", "--network", "no-such-network"},
      {"run", model, "--input", tiny_tensor(1)},
  };
  for (const auto& arguments : wrong) {
    SCOPED_TRACE(::testing::PrintToString(arguments));
    const Outcome outcome = mien(arguments);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_EQ(outcome.err.rfind("mien: error: ", 0), 0u) << outcome.err;
    EXPECT_EQ(outcome.err.find('\n'), outcome.err.size() - 1) << outcome.err;
  }
  EXPECT_FALSE(exists(output));
}

TEST(Usage, HelpAndVersion) {
  expect_fine(mien({"--help"}));
  EXPECT_EQ(mien({"--version"}).out, "mien " MIEN_VERSION "\n");
  for (const char* verb : {"convert", "inspect", "verify", "run", "embed", "compare", "eval", "bench", "doctor",
                           "demo"}) {
    expect_fine(mien({verb, "--help"}));
    EXPECT_NE(mien({"--help"}).out.find(verb), std::string::npos);
  }
}

TEST(Usage, HelpOfEvalShowsBothKindsOfSets) {
  const std::string help = mien({"eval", "--help"}).out;
  for (const char* line : {"mien eval MODEL.mien.. --bin SET.bin..", "mien eval MODEL.mien.. --lfw FOLDER --pairs"})
    EXPECT_NE(help.find(line), std::string::npos) << help;
}

TEST(Usage, PhotographsNeedADetector) {
  for (const auto& outcome : {mien({"embed", tiny_model(), tiny_picture(0)}),
                              mien({"compare", tiny_model(), tiny_picture(0), tiny_picture(1)})})
    expect_error(outcome, 2, "--aligned");
}

TEST(Usage, CropsOfAnotherSizeAreNamed) {
  const std::string path = folder() + "/wide.png";
  write_bytes(path, write_png(pattern(20, 16, 3), 20, 16, {PNG_COLOR_TYPE_RGB}));
  const Outcome outcome = mien({"embed", tiny_model(), tiny_picture(0), path, "--aligned"});
  expect_error(outcome, 2, path);
  EXPECT_NE(outcome.err.find("20x16"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("16x16"), std::string::npos) << outcome.err;
}

TEST(Usage, TensorsOfAnotherShapeAreNamed) {
  const std::string path = folder() + "/other.npy", output = folder() + "/other_out.npy";
  const float values[12] = {};
  write_bytes(path, app::npy_bytes({3, 4}, values));
  expect_error(mien({"run", tiny_model(), "--input", path, "--output", output}), 2, "1x3x16x16");
  EXPECT_FALSE(exists(output));
}

TEST(Output, WhereNothingCanBeWrittenIsExitCode5) {
  const std::string nowhere = folder() + "/no/such/folder/y.npy";
  expect_error(mien({"embed", tiny_model(), tiny_picture(0), "--aligned", "--npy", nowhere}), 5, nowhere);
  expect_error(mien({"run", tiny_model(), "--input", tiny_tensor(1), "--output", nowhere}), 5, nowhere);
  if (exists("/dev/full")) {
    EXPECT_EQ(mien({"inspect", tiny_model()}, "/dev/full").code, 5);
  }
}

TEST(Verbs, InspectShowsTheFaceRecord) {
  const Outcome outcome = mien({"inspect", tiny_model()});
  expect_fine(outcome);
  for (const char* text : {"aligned by five landmarks, flip none", "cosine 0.3750 or more, false accept rate 0.001",
                           "cosine 0.2500 or more, false accept rate 0.01", "made up"})
    EXPECT_NE(outcome.out.find(text), std::string::npos) << text << " in\n" << outcome.out;
  Package package = tiny_package();
  package.face = {Alignment::box, 32, Flip::concat, "", {}};
  const std::string path = folder() + "/boxed.mien";
  ASSERT_TRUE(write_file(package, path).ok());
  EXPECT_NE(mien({"inspect", path}).out.find("box with a margin of 32 pixels, flip concat"), std::string::npos);
}

TEST(Verbs, TextForPeople) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"inspect", tiny_model(), "--layers"},
           {"verify", tiny_model()},
           {"embed", tiny_model(), tiny_picture(0), "--aligned"},
           {"compare", tiny_model(), tiny_picture(0), tiny_picture(0), "--aligned"},
           {"bench", tiny_model(), "--runs", "2", "--layers"},
           {"doctor"}}) {
    SCOPED_TRACE(arguments[0]);
    const Outcome outcome = mien(arguments);
    expect_fine(outcome);
    EXPECT_GT(outcome.out.size(), 40u);
  }
}

TEST(Verbs, VerifyOnEveryUsableIsa) {
  for (const char* isa : {"generic", "sse41", "avx2", "avx512", "neon32", "neon"}) {
    const Outcome outcome = mien({"verify", tiny_model(), "--isa", isa});
    if (app::model_options({isa, 0}).ok()) {
      expect_fine(outcome);
    } else {
      expect_error(outcome, 2, app::usable_isas());
    }
  }
}

TEST(Verbs, VerifyFailsWithExitCode1BeyondItsLimits) {
  const Outcome outcome = mien({"verify", tiny_model(), "--max-error", "0", "--min-cosine", "1"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("the proof does not hold"), std::string::npos) << outcome.err;
}

std::vector<float> run(const std::string& input, const std::vector<std::string>& more = {}) {
  const std::string output = folder() + "/run.npy";
  std::vector<std::string> arguments = {"run", tiny_model(), "--input", input, "--output", output};
  arguments.insert(arguments.end(), more.begin(), more.end());
  expect_fine(mien(arguments));
  auto array = app::read_npy(output);
  EXPECT_TRUE(array.ok()) << array.status().message();
  return array.ok() ? array->f32 : std::vector<float>();
}

TEST(Run, BatchesAndThreadsDoNotChangeABit) {
  const auto expected = run(tiny_tensor(5), {"--threads", "1", "--batch", "1"});
  EXPECT_EQ(expected.size(), size_t{5} * kDims);
  for (const char* threads : {"1", "2"})
    for (const char* batch : {"0", "2", "3", "5"})
      EXPECT_EQ(run(tiny_tensor(5), {"--threads", threads, "--batch", batch}), expected) << threads << " " << batch;
}

// uint8 pictures go through the same pre-processing as embed.
TEST(Run, PicturesGiveTheirEmbeddings) {
  const auto pixels = pattern(kSide, kSide, 3);
  const std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 16, 16, 3), }";
  const std::string start = std::string("\x93NUMPY\x01\0", 8) + static_cast<char>(header.size()) + '\0' + header;
  std::vector<uint8_t> file(start.begin(), start.end());
  file.insert(file.end(), pixels.begin(), pixels.end());
  write_bytes(folder() + "/pictures.npy", file);
  write_bytes(folder() + "/same.png", write_png(pixels, kSide, kSide, {PNG_COLOR_TYPE_RGB}));

  const std::string npy = folder() + "/embedded.npy";
  expect_fine(mien({"embed", tiny_model(), folder() + "/same.png", "--aligned", "--npy", npy}));
  const auto embedded = app::read_npy(npy);
  ASSERT_TRUE(embedded.ok()) << embedded.status().message();
  EXPECT_EQ(embedded->shape, (std::vector<int64_t>{1, kDims}));
  EXPECT_EQ(run(folder() + "/pictures.npy"), embedded->f32);
}

TEST(Embed, ANormOfZeroIsAnError) {
  Package package = tiny_package();
  for (Value& value : package.graph.values)
    if (value.is_constant()) {
      value.constant = make_constant(std::vector<float>(static_cast<size_t>(value.shape.elements()), 0.0f));
    }
  const std::string path = folder() + "/zero.mien";
  ASSERT_TRUE(write_file(package, path).ok());
  const Outcome outcome = mien({"embed", path, tiny_picture(0), "--aligned"});
  expect_error(outcome, 1, "norm 0");
  EXPECT_NE(outcome.err.find(tiny_picture(0)), std::string::npos) << outcome.err;
}

TEST(Convert, ShowsItsProgressOnATerminalOnly) {
  const std::vector<std::string> deepid = {"convert", "--network", "deepid", "--seeded-weights", "1", "-o"};
  std::vector<std::string> told = deepid;
  told.push_back(folder() + "/deepid.mien");
  const Outcome shown = mien_on_terminal(told);
  EXPECT_EQ(shown.code, 0) << shown.err;
  for (const char* part : {"##......", "######......", "reference run", "proving", "writing", " 91 %"})
    EXPECT_NE(shown.err.find(part), std::string::npos) << part << " in " << shown.err;
  const std::string cleared = "\r\x1B[K";
  ASSERT_GE(shown.err.size(), cleared.size());
  EXPECT_EQ(shown.err.substr(shown.err.size() - cleared.size()), cleared) << "the bar is taken away at the end";
  EXPECT_EQ(mien(told).err, "");
}

TEST(Convert, AFileWrittenTwiceIsTheSame) {
  const std::string source = std::string(MIEN_SHARED_DIR) + "/fixtures/formats/onnx_opset11_slope_C11.onnx";
  if (!exists(source)) GTEST_SKIP() << "no " << source;
  const std::string a = folder() + "/a.mien", b = folder() + "/b.mien", report = folder() + "/report.json";
  expect_fine(mien({"convert", source, "-o", a, "--preset", "arcface", "--report", report}));
  const Outcome second = mien({"convert", source, "-o", b, "--preset", "arcface", "--json"});
  expect_fine(second);
  EXPECT_EQ(bytes_of(a), bytes_of(b));
  expect_fine(mien({"verify", a}));

  auto printed = nlohmann::json::parse(second.out);
  const auto bytes = bytes_of(report);
  const auto written = nlohmann::json::parse(bytes.begin(), bytes.end());
  EXPECT_EQ(written["proof"], printed["proof"]);
  EXPECT_EQ(written["file_bytes"], bytes_of(a).size());
  EXPECT_EQ(written["proof"]["ok"], true);
  for (const char* key : {"repairs", "warnings", "unsupported", "denormals_flushed", "macs", "params", "arena_bytes"})
    EXPECT_TRUE(written.contains(key)) << key;
}

}  // namespace
}  // namespace mien::test
