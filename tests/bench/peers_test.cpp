// The executors over other libraries' primitives compute what mien computes: a peer that is wrong would be left out of
// every comparison, and nobody would know why.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cctype>
#include <cmath>
#include <cstdio>
#include <string>
#include <tuple>
#include <vector>

#include "bench/peers/native/peer.h"
#include "engine/file/flat_file.h"
#include "engine/model.h"
#include "engine/passes/passes.h"
#include "models/networks.h"

namespace mien {
namespace {

// The functions of one library; null where it has none of this name.
struct Library {
  void* handle;
  decltype(&mien_peer_load) load;
  decltype(&mien_peer_run) run;
  decltype(&mien_peer_free) free;

  explicit Library(const std::string& name)
      : handle(dlopen((std::string(MIEN_BINARY_DIR) + "/lib" + name + ".so").c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (!handle) return;
    load = reinterpret_cast<decltype(load)>(dlsym(handle, "mien_peer_load"));
    run = reinterpret_cast<decltype(run)>(dlsym(handle, "mien_peer_run"));
    free = reinterpret_cast<decltype(free)>(dlsym(handle, "mien_peer_free"));
  }
};

using Tensors = std::vector<std::vector<float>>;

Tensors outputs_of(const Model& model) {
  Tensors y;
  for (int i = 0; i < model.outputs(); ++i) y.emplace_back(static_cast<size_t>(model.output(i).shape.elements()));
  return y;
}

std::vector<float*> pointers(Tensors& tensors) {
  std::vector<float*> all;
  for (auto& tensor : tensors) all.push_back(tensor.data());
  return all;
}

void expect_same(const std::vector<float>& ours, const std::vector<float>& theirs) {
  double dot = 0, a = 0, b = 0;
  for (size_t i = 0; i < ours.size(); ++i) {
    dot += double{ours[i]} * theirs[i];
    a += double{ours[i]} * ours[i];
    b += double{theirs[i]} * theirs[i];
  }
  EXPECT_GT(a, 0);
  EXPECT_GE(dot, 0.999999 * std::sqrt(a * b));
  EXPECT_NEAR(b / a, 1, 1e-4);
}

class Peers : public testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(Peers, AnswersAsMienDoes) {
  const auto& [library_name, network] = GetParam();
  const Library library(library_name);
  ASSERT_TRUE(library.handle) << dlerror();
  auto package = build_network(network, 0);
  ASSERT_TRUE(package.ok()) << package.status().message();
  ASSERT_TRUE(simplify(package->graph).ok());
  const std::string path = testing::TempDir() + library_name + network + ".mien";
  ASSERT_TRUE(write_file(*package, path).ok());

  char error[500] = "";
  mien_peer* peer = library.load(path.c_str(), 1, error, sizeof error);
  std::remove(path.c_str());
  ASSERT_TRUE(peer) << error;
  const auto model = Model::create(std::move(*package));
  ASSERT_TRUE(model.ok());
  const auto session = Session::create(*model);
  Tensors ours = outputs_of(**model), theirs = ours;
  // Two inputs, so that nothing of the first run may be left in the second.
  for (const uint64_t seed : {1, 2}) {
    const std::vector<float> x = golden_input(seed, (*model)->input(0).shape.elements(), -1, 1);
    const float* in[] = {x.data()};
    ASSERT_TRUE((*session)->run(1, in, pointers(ours).data()).ok());
    ASSERT_EQ(library.run(peer, in, pointers(theirs).data(), error, sizeof error), 0) << error;
    for (size_t i = 0; i < ours.size(); ++i) expect_same(ours[i], theirs[i]);
  }
  library.free(peer);
}

std::string test_name(const testing::TestParamInfo<Peers::ParamType>& info) {
  std::string name = std::get<0>(info.param) + "_" + std::get<1>(info.param);
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Networks, Peers,
                         testing::Combine(testing::Values(MIEN_PEER_LIBRARIES),
                                          testing::Values("mobilefacenet", "mobilefacenet_0.45g", "facenet", "deepid",
                                                          "gluonface_mobilefacenet", "retinaface_mobilenet025",
                                                          "arcface_r50")),
                         test_name);

TEST(PeerLibraries, AFileThatIsNoneIsRefused) {
  for (const char* name : {MIEN_PEER_LIBRARIES}) {
    const Library library(name);
    ASSERT_TRUE(library.handle) << dlerror();
    char error[500] = "";
    EXPECT_EQ(library.load("/nonexistent.mien", 1, error, sizeof error), nullptr);
    EXPECT_NE(std::string(error).find("nonexistent"), std::string::npos) << error;
  }
}

}  // namespace
}  // namespace mien
