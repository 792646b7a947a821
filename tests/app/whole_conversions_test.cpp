// Checkpoints of whole networks through the command, as a user converts them: the costs that `inspect` reports, the
// same bytes for the same input, how long it takes and how much memory.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "models/seeded_weights.h"
#include "tests/app/subprocess.h"
#include "tests/converters/mindspore_writer.h"
#include "tests/converters/mxnet_writer.h"
#include "tests/converters/pytorch_writer.h"
#include "tests/converters/seeded_checkpoint.h"

namespace mien::test {
namespace {

using nlohmann::json;
using Tensors = std::vector<NamedTensor>;

std::vector<uint8_t> mindspore(const Tensors& tensors) {
  const std::string file = testing::with_checksum(testing::write_mindspore(tensors));
  return {file.begin(), file.end()};
}
std::vector<uint8_t> pytorch(const Tensors& tensors) {
  return testing::write_pytorch(tensors, testing::PytorchLayout::zip);
}
std::vector<uint8_t> mxnet(const Tensors& tensors) {
  return testing::mxnet_params(tensors);
}

struct Whole {
  const char* network;
  testing::NameTable names;
  std::vector<uint8_t> (*write)(const Tensors& tensors);
  const char* format;        // as the report calls it
  int64_t macs, params;      // folded
  json first_output;         // its shape
  int64_t most_bytes = 0;    // of the converted file, 0 if there is no such promise
};
void PrintTo(const Whole& whole, std::ostream* os) {
  *os << whole.network;
}

// In a process of its own: memory that this one held would count as the command's.
bool write_checkpoint(const Whole& whole, const std::string& path) {
  const pid_t child = fork();
  if (child == 0) {
    SeededWeights weights(0);
    const auto rows = testing::read_table(whole.names);
    const Tensors tensors = testing::name_tensors(testing::draw_network(whole.network, weights), rows);
    if (!tensors.empty()) write_bytes(path, whole.write(tensors));
    _exit(tensors.empty());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int64_t size_of(const std::string& path) {
  return static_cast<int64_t>(std::filesystem::file_size(path));
}

class WholeConversions : public ::testing::TestWithParam<Whole> {};

TEST_P(WholeConversions, CostWhatIsPublishedAndAreTheSameTwice) {
  const Whole& whole = GetParam();
  const std::string checkpoint = folder() + "/checkpoint", model = folder() + "/model.mien";
  const std::string again = folder() + "/again.mien";
  if (!write_checkpoint(whole, checkpoint)) GTEST_SKIP() << "no table " << whole.names.file;
  const Outcome converted = mien({"convert", checkpoint, "-o", model, "--name", whole.network, "--json"});
  ASSERT_EQ(converted.code, 0) << converted.err;
  const json report = json::parse(converted.out);
  EXPECT_EQ(report["format"], whole.format);
  EXPECT_GE(report["proof"]["outputs"][0]["cosine"], 0.9999999);
  const double mib = 1 << 20, file = static_cast<double>(size_of(checkpoint));
  printf("  %s: %.1f MiB in %.1f s with %.1f MiB\n", whole.network, file / mib, converted.seconds,
         static_cast<double>(converted.peak_bytes) / mib);
  EXPECT_LE(converted.peak_bytes, 3 * size_of(checkpoint) + (int64_t{64} << 20));

  const json inspected = json::parse(mien({"inspect", model, "--json"}).out);
  EXPECT_EQ(inspected["macs"], whole.macs);
  EXPECT_EQ(inspected["params"], whole.params);
  EXPECT_EQ(inspected["outputs"][0]["shape"], whole.first_output);
  EXPECT_EQ(inspected["card"]["source_format"], whole.format);
  if (whole.most_bytes > 0) {
    EXPECT_LE(size_of(model), whole.most_bytes);
  }
  ASSERT_EQ(mien({"convert", checkpoint, "-o", again, "--name", whole.network}).code, 0);
  EXPECT_TRUE(bytes_of(model) == bytes_of(again)) << "the same input gives another file";
  for (const std::string& path : {checkpoint, model, again}) std::filesystem::remove(path);
}

const Whole kSmall[] = {
    {"gluonface_mobilefacenet", {"gluonface_mobilefacenet.gluon.tsv", 0}, mxnet, "mxnet", 220965376, 985825,
     {1, 128}, 4200000},
    {"mobilefacenet_0.45g", {"mobilefacenet_0.45g.mindspore.tsv"}, mindspore, "mindspore", 437520896, 2047616,
     {1, 512}},
    {"retinaface_mobilenet025", {"retinaface_mobilenet025.torch_mindspore.tsv"}, pytorch, "pytorch", 981145600, 423264,
     {1, 16800, 4}},
};
const Whole kLarge[] = {
    {"facenet", {"facenet_20180408_102900.tf_torch.tsv", 2}, pytorch, "pytorch", 1417662304, 23467824, {1, 512}},
    {"arcface_r100", {"iresnet100.mindspore.tsv"}, mindspore, "mindspore", 12089606144, 65130944, {1, 512}},
};
std::string name_of_case(const ::testing::TestParamInfo<Whole>& info) {
  std::string name = info.param.network;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Small, WholeConversions, ::testing::ValuesIn(kSmall), name_of_case);
INSTANTIATE_TEST_SUITE_P(Long, WholeConversions, ::testing::ValuesIn(kLarge), name_of_case);

}  // namespace
}  // namespace mien::test
