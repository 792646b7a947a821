// Every file of the fixtures, through what the command does with the files it is given: it converts, or is refused with
// the right word; and so does every damaged copy of it, without a crash and in little memory.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "converters/detect.h"
#include "converters/mindspore/mindspore.h"
#include "converters/mxnet/params.h"
#include "converters/pytorch/pytorch.h"
#include "converters/read_input.h"
#include "converters/read_source.h"
#include "converters/safetensors/safetensors.h"
#include "converters/tensorflow/tensorflow.h"
#include "engine/passes/passes.h"
#include "tests/converters/damage.h"
#include "tests/file/counted_new.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace mien::testing {
namespace {

namespace fs = std::filesystem;

const std::string kFolder = MIEN_SHARED_DIR "/fixtures/formats";

// What the reader of a format must notice of damage to a file that was right.
enum Notices {
  kNone = 0,
  kCuts = 1,   // every cut; without it a shorter file can be whole too: one message less, less padding
  kFlips = 2,  // every changed byte: the format has checksums
  kAll = kCuts | kFlips,
};

// Converts: ok, a word of the format's name, and how many repairs. Weights of no network that is known here:
// bad_argument, and how many tensors the reader finds. Refused: the code, and a word of the reason.
struct Row {
  const char* file;
  Code code;
  const char* word;
  size_t count;
  Notices notices;
  std::vector<const char*> beside;   // files that it needs in its folder
  const char* given_with = nullptr;  // the second file of the model, which the command is given too
};
constexpr Code kConverts = Code::ok, kWeights = Code::bad_argument;
constexpr char kNoNetwork[] = "no network known";

bool is_weights(const Row& row) {
  return row.word == kNoNetwork;
}

const std::vector<Row>& rows() {
  static const std::vector<Row> kRows = {
      {"archive.tar", kConverts, "nn_archive", 0, kNone, {}},
      {"archive.tar.gz", kConverts, "nn_archive", 0, kCuts, {}},
      {"archive.tar.xz", kConverts, "nn_archive", 0, kAll, {}},
      {"ext.bin", Code::unreadable, "not a weight file", 0, kNone, {}},
      {"ms_badcrc.ckpt", Code::corrupt, "checksum", 0, kNone, {}},
      {"ms_crc.ckpt", kWeights, kNoNetwork, 5, kFlips, {}},  // the checksum can be cut off
      {"ms_encrypted.ckpt", Code::unsupported, "encrypted", 0, kNone, {}},
      {"ms_plain.ckpt", kWeights, kNoNetwork, 5, kNone, {}},
      {"ms_split.ckpt", kWeights, kNoNetwork, 1, kCuts, {}},
      {"mx_nonames-0000.params", kWeights, kNoNetwork, 4, kCuts, {}},
      {"mx_trailing-0000.params", Code::corrupt, "the list ends here", 0, kNone, {}},
      {"mx_v0-0000.params", kWeights, kNoNetwork, 4, kCuts, {}},
      {"mx_v1-0000.params", kWeights, kNoNetwork, 4, kCuts, {}},
      {"mx_v2-0000.params", kWeights, kNoNetwork, 4, kCuts, {}},
      {"mx_v3-0000.params", kWeights, kNoNetwork, 4, kCuts, {}},
      {"mx_v3_scalar-0000.params", kWeights, kNoNetwork, 1, kCuts, {}},
      {"nc.bin", Code::unreadable, "not a weight file", 0, kNone, {}},
      {"nc.param", Code::corrupt, "'fc' (InnerProduct): 6 weights for 2 outputs", 0, kNone, {}, "nc.bin"},
      {"onnx_external.onnx", kConverts, "onnx", 0, kCuts, {"ext.bin"}},
      {"onnx_external_evil.onnx", Code::corrupt, "../../etc/passwd", 0, kNone, {}},
      {"onnx_fp16_typed.onnx", kConverts, "onnx", 1, kCuts, {}},
      {"onnx_opset11_slope_C11.onnx", kConverts, "onnx", 0, kCuts, {}},
      {"onnx_opset13_slope_1C11.onnx", kConverts, "onnx", 0, kCuts, {}},
      {"onnx_opset6_broadcast.onnx", kConverts, "onnx", 0, kCuts, {}},
      {"onnx_opset8_arcface_quirk.onnx", kConverts, "onnx", 2, kCuts, {}},
      {"onnx_qdq.onnx", kConverts, "onnx", 0, kCuts, {}},
      {"onnx_slope_scalar.onnx", kConverts, "onnx", 0, kCuts, {}},
      {"onnx_unknown_fields.onnx", kConverts, "onnx", 0, kNone, {}},
      {"pt_evil.pth", Code::corrupt, "os.system", 0, kNone, {}},
      {"pt_legacy.pth", kWeights, kNoNetwork, 5, kCuts, {}},
      {"pt_zip.pt", kWeights, kNoNetwork, 5, kCuts, {}},
      {"pt_zip64.pt", kWeights, kNoNetwork, 5, kCuts, {}},
      {"pt_zip_stream.pt", kWeights, kNoNetwork, 5, kCuts, {}},
      {"st_dup.safetensors", Code::corrupt, "described twice", 0, kNone, {}},
      {"st_hole.safetensors", Code::corrupt, "belong to no tensor", 0, kNone, {}},
      {"st_ok.safetensors", kWeights, kNoNetwork, 4, kCuts, {}},
      {"tf_cond_bn.pb", kConverts, "tensorflow", 1, kNone, {}},
      {"tf_plain.data-00000-of-00001", Code::unreadable, "not a weight file", 0, kNone, {}},
      {"tf_plain.index", kWeights, kNoNetwork, 42, kAll, {"tf_plain.data-00000-of-00001"}},
      {"tf_snappy2.data-00000-of-00002", Code::unreadable, "not a weight file", 0, kNone, {}},
      {"tf_snappy2.data-00001-of-00002", Code::unreadable, "not a weight file", 0, kNone, {}},
      {"tf_snappy2.index",
       kWeights,
       kNoNetwork,
       42,
       kAll,
       {"tf_snappy2.data-00000-of-00002", "tf_snappy2.data-00001-of-00002"}},
      {"ver_py2.bin", Code::unsupported, "pickle", 0, kNone, {}},
  };
  return kRows;
}

bool absent() {
  return !fs::exists(kFolder);
}

TEST(Fixtures, EveryFileHasARow) {
  if (absent()) GTEST_SKIP() << "no fixtures: " << kFolder << " is not there";
  std::set<std::string> files, named;
  for (const auto& file : fs::directory_iterator(kFolder)) files.insert(file.path().filename());
  for (const Row& row : rows()) EXPECT_TRUE(named.insert(row.file).second) << row.file << " has two rows";
  EXPECT_EQ(files, named);
}

// The tensors of a file without a graph, by the reader of its format.
Result<Checkpoint> read_weights(const std::vector<uint8_t>& file, const std::string& path) {
  switch (detect_format(file.data(), file.size())) {
    case SourceFormat::mindspore:
    case SourceFormat::mindspore_encrypted:
      return read_mindspore(file.data(), file.size());
    case SourceFormat::zip:
    case SourceFormat::pytorch_legacy:
      return read_pytorch(file.data(), file.size());
    case SourceFormat::safetensors:
      return read_safetensors(file.data(), file.size());
    case SourceFormat::mxnet_params:
      return read_mxnet_params(file.data(), file.size());
    case SourceFormat::tensorflow_table:
      return read_tensorflow_table(file.data(), file.size(), path);
    default:
      return Status(Code::unreadable, "no weights without a graph");
  }
}

class EachFixture : public ::testing::TestWithParam<Row> {
 protected:
  void SetUp() override {
    if (absent()) GTEST_SKIP() << "no fixtures: " << kFolder << " is not there";
  }
};
INSTANTIATE_TEST_SUITE_P(Fixtures, EachFixture, ::testing::ValuesIn(rows()), [](const auto& of) {
  std::string name = of.param.file;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
  return name;
});

TEST_P(EachFixture, ConvertsOrIsRefusedAsItsNameSays) {
  const Row& row = GetParam();
  const std::string path = kFolder + "/" + row.file;
  std::vector<std::string> inputs{path};
  if (row.given_with) inputs.push_back(kFolder + "/" + row.given_with);
  ConvertReport report;
  const Status status = convert(inputs, {}, &report).status();
  EXPECT_EQ(status.code(), row.code) << status.message();
  const std::vector<uint8_t> bytes = bytes_of_file(path);
  EXPECT_EQ(LLVMFuzzerTestOneInput(bytes.data(), bytes.size()), 0) << "what the fuzzer does with it";
  if (row.code == kConverts) {
    EXPECT_EQ(report.format, row.word);
    EXPECT_TRUE(report.proof.ok);
    EXPECT_EQ(report.repairs.size(), row.count);
    return;
  }
  EXPECT_NE(status.message().find(row.word), std::string::npos) << status.message();
  EXPECT_EQ(status.message().rfind(path, 0), 0u) << "whose fault it is comes first: " << status.message();
  EXPECT_EQ(status.message().find('\n'), std::string::npos) << "one line";
  const Result<Checkpoint> weights = read_weights(bytes, path);
  EXPECT_EQ(weights.ok(), is_weights(row)) << weights.status().message();
  EXPECT_EQ(weights.ok() ? weights->tensors.size() : 0, row.count);
}

TEST(Fixtures, HalfAModelNamesTheOtherHalf) {
  if (absent()) GTEST_SKIP() << "no fixtures: " << kFolder << " is not there";
  ConvertReport report;
  const Status status = convert({kFolder + "/nc.param"}, {}, &report).status();
  EXPECT_EQ(status.code(), Code::bad_argument);
  EXPECT_NE(status.message().find("give the other one too"), std::string::npos) << status.message();
}

// A folder of the test's own with copies of a fixture and its companions, of which one is written anew many times.
class Copies {
 public:
  explicit Copies(const Row& row) : folder_(::testing::TempDir() + "mien_fixtures_" + std::to_string(getpid())) {
    fs::create_directories(folder_);
    path_ = folder_ + "/" + row.file;
    write(row.file, bytes_of_file(kFolder + "/" + row.file));
    for (const char* name : row.beside) write(name, bytes_of_file(kFolder + "/" + name));
    if (row.given_with) write(row.given_with, bytes_of_file(kFolder + "/" + row.given_with));
  }
  ~Copies() { fs::remove_all(folder_); }
  void write(const std::string& name, const std::vector<uint8_t>& bytes) {
    std::ofstream(folder_ + "/" + name, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  const std::string& path() const { return path_; }
  std::string path_of(const std::string& name) const { return folder_ + "/" + name; }
  size_t size() const {
    size_t bytes = 0;
    for (const auto& file : fs::directory_iterator(folder_)) bytes += file.file_size();
    return bytes;
  }

 private:
  std::string folder_, path_;
};

// Reads a (damaged) model, the files that the command is given from memory: an error with a text or a valid result,
// within 3 times its size and 64 MiB. One network is looked for, and a small one, or the search for the right one would
// take most of the time.
Code read_again(std::vector<SourceFile> files, size_t size) {
  ConvertOptions options;
  options.network = "deepid";
  ConvertReport report;
  size_t given = 0;
  for (const SourceFile& file : files) given += file.bytes.size();
  const size_t before = bytes_in_use() - given;
  reset_peak();
  Result<Imported> imported = import_files(std::move(files), options, &report);
  EXPECT_LE(peak_bytes() - before, 3 * size + (size_t{64} << 20));
  EXPECT_EQ(imported.ok(), imported.status().message().empty());
  EXPECT_TRUE(!imported.ok() || infer_shapes(imported->package.graph).ok());
  return imported.status().code();
}

// As many numbers as the shape says, or none.
void expect_whole(const Checkpoint& checkpoint) {
  for (const NamedTensor& t : checkpoint.tensors)
    EXPECT_TRUE(t.values.empty() || static_cast<int64_t>(t.values.size()) == t.shape.elements()) << t.name;
}

class Damage {
 public:
  explicit Damage(const Row& row) : row_(row), copies_(row), size_(copies_.size()) {
    files_.push_back({copies_.path(), bytes_of_file(copies_.path())});
    if (!row.given_with) return;
    const std::string second = copies_.path_of(row.given_with);
    files_.push_back({second, bytes_of_file(second)});
  }

  void run() {
    ASSERT_EQ(read_again(files_, size_), row_.code);
    for (SourceFile& file : files_) {
      const std::vector<uint8_t> whole = file.bytes;
      damage(base_name_of(file.path), whole, kEvery, [&](const std::vector<uint8_t>& copy) { file.bytes = copy; });
    }
    for (const char* name : row_.beside)
      damage(name, bytes_of_file(kFolder + "/" + name), std::getenv("MIEN_LONG") ? kEvery : kSome,
             [&](const std::vector<uint8_t>& copy) { copies_.write(name, copy); });
  }

 private:
  // Every cut and 5,000 flips; or fewer, of files that are written to disk each time: minutes for all.
  enum Extent { kEvery, kSome };

  bool may_not_pass(Notices which) const {
    return (row_.code == kConverts || is_weights(row_)) && (row_.notices & which) != 0;
  }

  // Whether what the files hold now is taken for what they were.
  bool passes() {
    const bool passed = read_again(files_, size_) == row_.code;
    if (is_weights(row_)) {
      const Result<Checkpoint> weights = read_weights(files_[0].bytes, files_[0].path);
      if (weights.ok()) expect_whole(*weights);
    }
    return passed;
  }

  // Puts damaged copies of a file in its place, and the whole file at last.
  template <class Put>
  void damage(const std::string& name, const std::vector<uint8_t>& whole, Extent extent, Put put) {
    const size_t step = extent == kEvery ? 1 : 1 + whole.size() / 150;
    size_t cuts = 0, flips = 0, passed = 0;
    for_each_truncation(whole, [&](const std::vector<uint8_t>& cut, size_t n) {
      if (n % step != 0) return;
      put(cut);
      const bool passes_cut = passes();
      EXPECT_FALSE(may_not_pass(kCuts) && passes_cut) << name << " cut to " << n;
      ++cuts, passed += passes_cut;
    });
    for_each_flip(whole, extent == kEvery ? 5000 : 500, [&](const std::vector<uint8_t>& flipped, size_t at) {
      put(flipped);
      const bool passes_flip = passes();
      EXPECT_FALSE(may_not_pass(kFlips) && passes_flip) << name << ", byte " << at;
      ++flips, passed += passes_flip;
    });
    put(whole);
    printf("  %s: %zu cuts and %zu flips, of which %zu end as the whole file does\n", name.c_str(), cuts, flips,
           passed);
  }

  const Row& row_;
  Copies copies_;
  size_t size_;
  std::vector<SourceFile> files_;
};

TEST_P(EachFixture, DamagedIsAnErrorOrValid) {
  Damage(GetParam()).run();
}

}  // namespace
}  // namespace mien::testing
