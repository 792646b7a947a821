// The whole path on real weights and real faces: weight files and PNG crops to embeddings that the original framework
// confirms, on every ISA that this machine can run.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>

#include "app/files.h"
#include "app/npy.h"
#include "app/run_options.h"
#include "converters/convert.h"
#include "engine/file/flat_file.h"
#include "face/embedder.h"
#include "face/match.h"

namespace mien {
namespace {

const std::string kData = std::string(MIEN_SHARED_DIR) + "/data";

// A network whose trained weights and embeddings lie beside some checkouts.
struct Trained {
  const char* name;    // of the case
  const char* golden;  // of its embeddings, golden/<golden>.npy
  std::vector<std::string> files;
  const char* preset;   // where the file does not say it
  const char* network;  // of models/ that it is recognised as; "" if it brings its own graph
  bool every_batch = false;  // and threads: minutes for all
};

const Trained kTrained[] = {
    {"relu6_onnx", "mobilefacenet_relu6", {"mobilefacenet_relu6.onnx"}, "imagenet", "", true},
    {"relu6_pytorch", "mobilefacenet_relu6", {"mobilefacenet_relu6.pt"}, "", "mobilefacenet_relu6"},
    {"arcface_pytorch", "arcface_mobilefacenet", {"arcface_mobilefacenet.pth"}, "", "mobilefacenet"},
    {"y1_mxnet", "mobilefacenet_y1", {"mobilefacenet_y1-symbol.json", "mobilefacenet_y1-0000.params"}, "", "", true},
};

Result<Package> converted(const Trained& trained) {
  ConvertOptions options;
  options.preset = trained.preset;
  ConvertReport report;
  std::vector<std::string> paths;
  for (const std::string& file : trained.files) paths.push_back(kData + "/models/" + file);
  Result<Package> package = convert(paths, options, &report);
  EXPECT_TRUE(report.notes.empty() == !*trained.network);
  if (package.ok() && *trained.network) {
    EXPECT_EQ(package->graph.name, trained.network);
  }
  return package;
}

std::vector<Picture> load_pictures() {
  std::vector<Picture> pictures;
  std::ifstream order(kData + "/golden/order.txt");
  for (std::string name; order >> name;) {
    auto picture = load_picture(kData + "/faces/aligned/" + name);
    EXPECT_TRUE(picture.ok()) << picture.status().message();
    if (picture.ok()) pictures.push_back(std::move(*picture));
  }
  return pictures;
}

// So that a failure reads well.
void PrintTo(const Trained& trained, std::ostream* os) {
  *os << trained.name;
}

class GoldenEmbeddings : public ::testing::TestWithParam<Trained> {
 protected:
  static void SetUpTestSuite() { pictures_ = load_pictures(); }
  static void TearDownTestSuite() { pictures_.clear(); }

  void SetUp() override {
    const std::string path = kData + "/golden/" + GetParam().golden + ".npy";
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "no real data in " << kData;
    ASSERT_EQ(pictures_.size(), 126u);
    auto golden = app::read_npy(path);
    ASSERT_TRUE(golden.ok()) << golden.status().message();
    ASSERT_EQ(golden->shape, (std::vector<int64_t>{126, 128}));
    expected_ = std::move(golden->f32);
    const auto package = converted(GetParam());
    ASSERT_TRUE(package.ok()) << package.status().message();
    auto made = app::TemporaryFolder::create();
    ASSERT_TRUE(made.ok());
    folder_ = std::make_unique<app::TemporaryFolder>(std::move(*made));
    const Status written = write_file(*package, folder_->path() + "/model.mien");
    ASSERT_TRUE(written.ok()) << written.message();
  }

  std::vector<float> embed(const app::RunOptions& options, int batch) const {
    auto model = app::load_model(folder_->path() + "/model.mien", options);
    auto parallel = app::parallel_of(options);
    EXPECT_TRUE(model.ok() && parallel.ok()) << model.status().message() << parallel.status().message();
    SessionOptions session_options;
    session_options.max_batch = batch;
    session_options.parallel = *parallel;
    auto embedder = Embedder::create(*model, session_options, Flip::none);
    EXPECT_TRUE(embedder.ok()) << embedder.status().message();
    const size_t dims = static_cast<size_t>((*embedder)->dims());
    std::vector<float> embeddings(pictures_.size() * dims);
    for (size_t done = 0; done < pictures_.size(); done += static_cast<size_t>(batch)) {
      std::vector<const Picture*> some;
      for (size_t i = done; i < std::min(pictures_.size(), done + static_cast<size_t>(batch)); ++i)
        some.push_back(&pictures_[i]);
      const Status status =
          (*embedder)->embed(some.data(), static_cast<int>(some.size()), embeddings.data() + done * dims);
      EXPECT_TRUE(status.ok()) << status.message();
    }
    return embeddings;
  }

  static std::vector<Picture> pictures_;  // decoded once
  std::vector<float> expected_;
  std::unique_ptr<app::TemporaryFolder> folder_;
};
std::vector<Picture> GoldenEmbeddings::pictures_;

TEST_P(GoldenEmbeddings, MatchTheFrameworkOnEveryIsaAndDoNotDependOnThreadsOrBatch) {
  for (kernels::Isa isa : kernels::kAllIsas) {
    const char* name = kernels::name_of(isa);
    if (!app::model_options({name, 1}).ok()) continue;
    const std::vector<float> embeddings = embed({name, 1}, 1);
    double worst_cosine = 1, worst_error = 0;
    for (size_t i = 0; i < pictures_.size(); ++i) {
      const float *got = &embeddings[i * 128], *want = &expected_[i * 128];
      worst_cosine = std::min(worst_cosine, cosine(got, want, 128));
      for (size_t k = 0; k < 128; ++k)
        worst_error = std::max(worst_error, std::abs(double{got[k]} - double{want[k]}) / norm(want, 128));
    }
    std::printf("%s, %s: worst cosine %.9f, worst error %.2e of the norm\n", GetParam().name, name, worst_cosine,
                worst_error);
    EXPECT_GE(worst_cosine, 0.999999) << name;
    EXPECT_LE(worst_error, 1e-4) << name;
    if (!GetParam().every_batch) continue;
    EXPECT_EQ(embed({name, 1}, 8), embeddings) << name << ", batch 8";
    if (!app::parallel_of({name, 2}).ok()) continue;  // a build without a thread back end
    EXPECT_EQ(embed({name, 2}, 1), embeddings) << name << ", 2 threads";
    EXPECT_EQ(embed({name, 2}, 8), embeddings) << name << ", 2 threads, batch 8";
  }
}

INSTANTIATE_TEST_SUITE_P(Trained, GoldenEmbeddings, ::testing::ValuesIn(kTrained),
                         [](const auto& of) { return std::string(of.param.name); });

}  // namespace
}  // namespace mien
