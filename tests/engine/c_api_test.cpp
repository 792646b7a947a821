// The C interface, on a network whose answer is computed by hand.
#include <gtest/gtest.h>
#include <mien/mien.h>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <thread>

#include "engine/file/flat_file.h"
#include "kernels/kernels.h"
#include "tests/engine/header_c99.h"
#include "tests/engine/picture_model.h"
#include "tests/file/counted_new.h"
#include "tests/file/sample.h"

namespace mien {
namespace {

using namespace mien::testing;

// The package in a file of its own.
class CApi : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(write_file(picture_package(), path_).ok()); }
  void TearDown() override {
    mien_session_free(session_);
    mien_model_free(model_);
  }
  void load() { ASSERT_EQ(mien_model_load(path_.c_str(), nullptr, &model_, &error_), MIEN_OK) << error_.message; }
  void open(int32_t max_batch = 1) {
    load();
    mien_session_options options = MIEN_SESSION_OPTIONS_INIT;
    options.max_batch = max_batch;
    ASSERT_EQ(mien_session_create(model_, &options, &session_, &error_), MIEN_OK) << error_.message;
  }

  TemporaryFolder folder_;
  std::string path_ = folder_.file("m.mien");
  mien_error error_ = MIEN_ERROR_INIT;
  mien_model* model_ = nullptr;
  mien_session* session_ = nullptr;
};

TEST_F(CApi, Versions) {
  EXPECT_EQ(mien_abi_version(), 4u);
  EXPECT_EQ(MIEN_ABI_VERSION, 4);
  EXPECT_STREQ(mien_version(), MIEN_VERSION);
  EXPECT_GE(mien_allowed_threads(), 1);
  EXPECT_STREQ(mien_code_name(MIEN_OK), "ok");
  EXPECT_STREQ(mien_code_name(MIEN_INTERNAL), "internal");
  EXPECT_STREQ(mien_code_name(MIEN_CANCELLED), "cancelled");
  EXPECT_STREQ(mien_code_name(-1), "unknown");
  EXPECT_STREQ(mien_code_name(99), "unknown");
  EXPECT_EQ(initialisers_set_sizes(), 1);
}

TEST_F(CApi, Inspect) {
  load();
  mien_model_info info = MIEN_MODEL_INFO_INIT;
  ASSERT_EQ(mien_model_get_info(model_, &info, &error_), MIEN_OK);
  EXPECT_STREQ(info.name, "sample");
  EXPECT_EQ(info.inputs, 1);
  EXPECT_EQ(info.outputs, 2);
  EXPECT_EQ(info.macs, kOut * kC * kPixels);
  EXPECT_EQ(info.params, kOut * kC * kPixels + kOut);
  EXPECT_EQ(info.weight_bytes, 4 * info.params);
  EXPECT_GE(info.packed_weight_bytes, info.weight_bytes);
  mien_tensor_info tensor = MIEN_TENSOR_INFO_INIT;
  ASSERT_EQ(mien_model_get_input(model_, 0, &tensor, &error_), MIEN_OK);
  EXPECT_STREQ(tensor.name, "picture");
  EXPECT_EQ(tensor.elements, kC * kPixels);
  EXPECT_EQ(std::vector<int64_t>(tensor.dims, tensor.dims + MIEN_MAX_RANK), (std::vector<int64_t>{1, 3, 4, 5, 0, 0}));
  ASSERT_EQ(mien_model_get_output(model_, 1, &tensor, &error_), MIEN_OK);
  EXPECT_STREQ(tensor.name, "absolute");
  for (int32_t index : {-1, 1, 2}) EXPECT_EQ(mien_model_get_input(model_, index, &tensor, &error_), MIEN_BAD_ARGUMENT);
  for (int32_t index : {-1, 2}) EXPECT_EQ(mien_model_get_output(model_, index, &tensor, &error_), MIEN_BAD_ARGUMENT);
}

TEST_F(CApi, Records) {
  load();
  mien_picture_info record = MIEN_PICTURE_INFO_INIT;
  ASSERT_EQ(mien_model_get_picture(model_, &record, &error_), MIEN_OK);
  EXPECT_EQ(record.known, 1);
  EXPECT_EQ(record.normalized_inside, 0);
  EXPECT_EQ(record.height, kH);
  EXPECT_EQ(record.width, kW);
  EXPECT_EQ(record.channels, kC);
  EXPECT_EQ(record.layout, MIEN_LAYOUT_NCHW);
  EXPECT_EQ(record.color, MIEN_COLOR_BGR);
  EXPECT_EQ(record.mean[2], 3);
  EXPECT_EQ(record.scale[1], 0.25f);
  EXPECT_STREQ(record.preset, "custom");
  mien_embedding_info embedding = MIEN_EMBEDDING_INFO_INIT;
  ASSERT_EQ(mien_model_get_embedding(model_, &embedding, &error_), MIEN_OK);
  EXPECT_EQ(embedding.embedding, 1);
  EXPECT_EQ(embedding.dims, kOut);
  EXPECT_EQ(embedding.normalized, 0);
  mien_card card = MIEN_CARD_INIT;
  ASSERT_EQ(mien_model_get_card(model_, &card, &error_), MIEN_OK);
  EXPECT_STREQ(card.license, "Apache-2.0");
  EXPECT_STREQ(card.source_file, "s.onnx");
  EXPECT_STREQ(card.source_sha256, "");
  EXPECT_STREQ(card.converter, "mien 0.1.0");
  EXPECT_EQ(card.repairs, 1);
  EXPECT_STREQ(mien_model_repair(model_, 0), "put right");
  EXPECT_EQ(mien_model_repair(model_, 1), nullptr);
  EXPECT_EQ(mien_model_repair(model_, -1), nullptr);
}

TEST_F(CApi, TheFaceRecord) {
  load();
  mien_face_record face = MIEN_FACE_RECORD_INIT;
  ASSERT_EQ(mien_model_get_face(model_, &face, &error_), MIEN_OK) << error_.message;
  EXPECT_EQ(face.alignment, MIEN_ALIGNMENT_BOX);
  EXPECT_EQ(face.flip, MIEN_FLIP_CONCAT);
  EXPECT_EQ(face.margin, 32);
  EXPECT_STREQ(face.measured_on, "two sets");
  ASSERT_EQ(face.thresholds, 2);
  mien_threshold threshold = MIEN_THRESHOLD_INIT;
  ASSERT_EQ(mien_model_get_threshold(model_, 0, &threshold, &error_), MIEN_OK);
  EXPECT_EQ(threshold.false_accepts, 0.01);
  EXPECT_EQ(threshold.cosine, 0.25);
  ASSERT_EQ(mien_model_get_threshold(model_, 1, &threshold, &error_), MIEN_OK);
  EXPECT_EQ(threshold.false_accepts, 0.001);
  EXPECT_EQ(threshold.cosine, 0.5);
  for (int32_t index : {-1, 2, std::numeric_limits<int32_t>::max()})
    EXPECT_EQ(mien_model_get_threshold(model_, index, &threshold, &error_), MIEN_BAD_ARGUMENT) << index;
  EXPECT_EQ(mien_model_get_face(nullptr, &face, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_model_get_face(model_, nullptr, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_model_get_threshold(model_, 0, nullptr, &error_), MIEN_BAD_ARGUMENT);
  face.struct_size -= 1;
  EXPECT_EQ(mien_model_get_face(model_, &face, &error_), MIEN_BAD_ARGUMENT);
  threshold.struct_size = 0;
  EXPECT_EQ(mien_model_get_threshold(model_, 0, &threshold, &error_), MIEN_BAD_ARGUMENT);
}

TEST_F(CApi, AFileWithoutAFaceRecordSaysNothing) {
  Package package = picture_package();
  package.face = {};
  ASSERT_TRUE(write_file(package, path_).ok());
  load();
  mien_face_record face = {sizeof(mien_face_record), 9, 9, 9, 9, nullptr};
  ASSERT_EQ(mien_model_get_face(model_, &face, &error_), MIEN_OK);
  EXPECT_EQ(face.alignment, MIEN_ALIGNMENT_UNKNOWN);
  EXPECT_EQ(face.flip, MIEN_FLIP_NONE);
  EXPECT_EQ(face.margin, 0);
  EXPECT_EQ(face.thresholds, 0);
  EXPECT_STREQ(face.measured_on, "");
}

TEST_F(CApi, RunIsRightAndTheSameForEveryBatchAndWidth) {
  open(4);
  const auto threads = [](void*, int bodies, void (*body)(void*, int), void* arg) {
    std::vector<std::thread> others;
    for (int i = 1; i < bodies; ++i) others.emplace_back(body, arg, i);
    body(arg, 0);
    for (std::thread& other : others) other.join();
  };
  mien_session_options options = MIEN_SESSION_OPTIONS_INIT;
  options.max_batch = 4;
  options.width = 2;
  options.parallel_for = threads;
  mien_session* parallel = nullptr;
  ASSERT_EQ(mien_session_create(model_, &options, &parallel, &error_), MIEN_OK) << error_.message;
  std::vector<float> inputs;
  std::vector<uint8_t> pictures;
  for (int i = 0; i < 4; ++i) {
    const auto rgb = picture(i);
    const auto input = normalized(rgb);
    pictures.insert(pictures.end(), rgb.begin(), rgb.end());
    inputs.insert(inputs.end(), input.begin(), input.end());
  }
  float one[4][kOut], all[4][kOut], wide[4][kOut], from_pictures[4][kOut], absolute[4][kOut];
  for (int i = 0; i < 4; ++i) {
    const float* const in[] = {inputs.data() + i * kC * kPixels};
    float* const out[] = {one[i], absolute[i]};
    ASSERT_EQ(mien_session_run(session_, 1, in, out, &error_), MIEN_OK) << error_.message;
    for (int o = 0; o < kOut; ++o) {
      const double wanted = expected(normalized(picture(i)), o);
      EXPECT_NEAR(one[i][o], wanted, 1e-4);
      EXPECT_EQ(absolute[i][o], std::fabs(one[i][o]));
    }
  }
  const float* const in[] = {inputs.data()};
  float* const out[] = {all[0], absolute[0]};
  ASSERT_EQ(mien_session_run(session_, 4, in, out, &error_), MIEN_OK);
  float* const wide_out[] = {wide[0], absolute[0]};
  ASSERT_EQ(mien_session_run(parallel, 4, in, wide_out, &error_), MIEN_OK);
  ASSERT_EQ(mien_session_run_pictures(parallel, 4, pictures.data(), from_pictures[0], &error_), MIEN_OK);
  mien_session_free(parallel);
  EXPECT_EQ(std::memcmp(one, all, sizeof one), 0);
  EXPECT_EQ(std::memcmp(one, wide, sizeof one), 0);
  EXPECT_EQ(std::memcmp(one, from_pictures, sizeof one), 0);
}

TEST_F(CApi, ASessionOutlivesItsModelAndItsFile) {
  open();
  mien_model_free(model_);
  model_ = nullptr;
  std::remove(path_.c_str());
  float output[kOut];
  ASSERT_EQ(mien_session_run_pictures(session_, 1, picture(3).data(), output, &error_), MIEN_OK);
  EXPECT_NEAR(output[1], expected(normalized(picture(3)), 1), 1e-4);
}

TEST_F(CApi, RunAllocatesNothing) {
  open(2);
  std::vector<uint8_t> rgb = picture(0);
  rgb.insert(rgb.end(), rgb.begin(), rgb.end());
  float output[2 * kOut];
  fail_allocation(0, true);
  const mien_code code = mien_session_run_pictures(session_, 2, rgb.data(), output, &error_);
  disarm();
  EXPECT_EQ(code, MIEN_OK);
  EXPECT_EQ(failed_allocations(), 0);
}

TEST_F(CApi, LoadFromMemoryAtAnyAlignment) {
  const std::vector<uint8_t> file = read_bytes(path_);
  for (size_t shift : {0, 1, 4, 32}) {
    AlignedBytes bytes(file, shift);
    mien_model* model = nullptr;
    ASSERT_EQ(mien_model_load_memory(bytes.data(), bytes.size(), nullptr, &model, &error_), MIEN_OK) << error_.message;
    mien_session* session = nullptr;
    ASSERT_EQ(mien_session_create(model, nullptr, &session, &error_), MIEN_OK);
    float output[kOut];
    ASSERT_EQ(mien_session_run_pictures(session, 1, picture(1).data(), output, nullptr), MIEN_OK);
    EXPECT_NEAR(output[0], expected(normalized(picture(1)), 0), 1e-4);
    mien_session_free(session);
    mien_model_free(model);
  }
}

TEST_F(CApi, LoadErrors) {
  const auto code_of = [&](const std::string& path) {
    model_ = reinterpret_cast<mien_model*>(this);  // must be set to null
    const mien_code code = mien_model_load(path.c_str(), nullptr, &model_, &error_);
    EXPECT_EQ(model_, nullptr);
    EXPECT_EQ(error_.code, code);
    EXPECT_EQ(std::string(error_.message).rfind(path.substr(0, 100), 0), 0u) << error_.message;
    return code;
  };
  EXPECT_EQ(code_of(folder_.file("missing")), MIEN_UNREADABLE);
  EXPECT_EQ(code_of(folder_.path()), MIEN_UNREADABLE);
  EXPECT_EQ(code_of(folder_.file(std::string(5000, 'x'))), MIEN_UNREADABLE);
  EXPECT_EQ(std::strlen(error_.message), sizeof error_.message - 1);
  std::vector<uint8_t> bytes = read_bytes(path_);
  bytes.back() ^= 1;
  write_bytes(path_, bytes);
  EXPECT_EQ(code_of(path_), MIEN_CORRUPT);
  EXPECT_NE(std::string(error_.message).find("at byte "), std::string::npos);
}

TEST_F(CApi, ALongMessageIsCutBetweenCharacters) {
  for (int lead = 0; lead < 3; ++lead) {
    std::string path(static_cast<size_t>(lead), 'x');
    while (path.size() < 2000) path += "\xE2\x82\xAC";
    ASSERT_EQ(mien_model_load(path.c_str(), nullptr, &model_, &error_), MIEN_UNREADABLE);
    const size_t length = std::strlen(error_.message);
    EXPECT_EQ((length - static_cast<size_t>(lead)) % 3, 0u);
    EXPECT_GE(length, sizeof error_.message - 4);
  }
}

TEST_F(CApi, NullAndNonsense) {
  EXPECT_EQ(mien_model_load(nullptr, nullptr, &model_, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_model_load(path_.c_str(), nullptr, nullptr, nullptr), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_model_load_memory(nullptr, 10, nullptr, &model_, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_session_create(nullptr, nullptr, &session_, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_model_session_bytes(nullptr, 1), -1);
  EXPECT_EQ(mien_model_repair(nullptr, 0), nullptr);
  mien_model_free(nullptr);
  mien_session_free(nullptr);
  open(2);
  EXPECT_EQ(mien_model_get_info(model_, nullptr, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_model_session_bytes(model_, 0), -1);
  EXPECT_EQ(mien_model_session_bytes(model_, std::numeric_limits<int32_t>::max()), -1);
  EXPECT_GT(mien_model_session_bytes(model_, 2), mien_model_session_bytes(model_, 1));
  const std::vector<uint8_t> rgb(2 * 3 * kPixels);
  float output[2 * kOut], second[2 * kOut];
  const float* in[] = {nullptr};
  float* out[] = {output, second};
  for (int32_t batch : {-1, 0, 3, std::numeric_limits<int32_t>::max()}) {
    EXPECT_EQ(mien_session_run(session_, batch, in, out, &error_), MIEN_BAD_ARGUMENT);
    EXPECT_EQ(mien_session_run_pictures(session_, batch, rgb.data(), output, &error_), MIEN_BAD_ARGUMENT);
  }
  EXPECT_EQ(mien_session_run(session_, 1, in, out, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_session_run(session_, 1, nullptr, out, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_session_run_pictures(session_, 1, nullptr, output, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_session_run_pictures(nullptr, 1, rgb.data(), output, &error_), MIEN_BAD_ARGUMENT);
}

TEST_F(CApi, SessionOptionsAreChecked) {
  load();
  const auto code_of = [&](void (*change)(mien_session_options&)) {
    mien_session_options options = MIEN_SESSION_OPTIONS_INIT;
    change(options);
    return mien_session_create(model_, &options, &session_, &error_);
  };
  EXPECT_EQ(code_of([](mien_session_options& o) { o.max_batch = 0; }), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(code_of([](mien_session_options& o) { o.max_batch = 4097; }), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(code_of([](mien_session_options& o) { o.width = 0; }), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(code_of([](mien_session_options& o) { o.width = 2; }), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(code_of([](mien_session_options& o) { o.struct_size = 0; }), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(session_, nullptr);
}

TEST_F(CApi, StructsOfANewerHeader) {
  struct {
    mien_load_options options = MIEN_LOAD_OPTIONS_INIT;
    int64_t later = 0;
  } newer;
  newer.options.struct_size = sizeof newer;
  ASSERT_EQ(mien_model_load(path_.c_str(), &newer.options, &model_, &error_), MIEN_OK);
  struct {
    mien_model_info info = MIEN_MODEL_INFO_INIT;
    int64_t later = 7;
  } info;
  info.info.struct_size = sizeof info;
  EXPECT_EQ(mien_model_get_info(model_, &info.info, &error_), MIEN_OK);
  EXPECT_EQ(info.info.struct_size, sizeof info);
  EXPECT_EQ(info.later, 7);
  newer.later = 1;
  mien_model* model = nullptr;
  EXPECT_EQ(mien_model_load(path_.c_str(), &newer.options, &model, &error_), MIEN_UNSUPPORTED);
  EXPECT_EQ(model, nullptr);
}

TEST_F(CApi, StructsOfAnOlderHeader) {
  // What version 1 knew, and bytes behind it that are not ours to read.
  mien_load_options older = MIEN_LOAD_OPTIONS_INIT;
  older.struct_size = offsetof(mien_load_options, low_memory);
  older.isa = "vax";
  std::memset(&older.low_memory, 0xff, sizeof older - older.struct_size);
  EXPECT_EQ(mien_model_load(path_.c_str(), &older, &model_, &error_), MIEN_BAD_ARGUMENT);
  older.isa = nullptr;
  EXPECT_EQ(mien_model_load(path_.c_str(), &older, &model_, &error_), MIEN_OK) << error_.message;
  mien_model* model = nullptr;
  older.struct_size -= 1;
  EXPECT_EQ(mien_model_load(path_.c_str(), &older, &model, &error_), MIEN_BAD_ARGUMENT);
}

TEST_F(CApi, NotFiniteInputs) {
  open();
  std::vector<float> input(kC * kPixels, 1);
  input[7] = std::numeric_limits<float>::quiet_NaN();
  float output[kOut], second[kOut];
  const float* const in[] = {input.data()};
  float* const out[] = {output, second};
  EXPECT_EQ(mien_session_run(session_, 1, in, out, &error_), MIEN_BAD_ARGUMENT);
  mien_session_options options = MIEN_SESSION_OPTIONS_INIT;
  options.allow_nonfinite = 1;
  mien_session* session = nullptr;
  ASSERT_EQ(mien_session_create(model_, &options, &session, &error_), MIEN_OK);
  EXPECT_EQ(mien_session_run(session, 1, in, out, &error_), MIEN_OK);
  EXPECT_TRUE(std::isnan(output[0]));
  mien_session_free(session);
}

TEST_F(CApi, ModelsThatTakeNoPictures) {
  Package package = picture_package();
  package.input.known = false;
  package.output = {};
  ASSERT_TRUE(write_file(package, path_).ok());
  open();
  float output[kOut];
  EXPECT_EQ(mien_session_run_pictures(session_, 1, picture(0).data(), output, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_NE(std::string(error_.message).find("picture"), std::string::npos);
  mien_embedding_info info = MIEN_EMBEDDING_INFO_INIT;
  ASSERT_EQ(mien_model_get_embedding(model_, &info, &error_), MIEN_OK);
  EXPECT_EQ(info.embedding, 0);
  EXPECT_EQ(info.dims, kOut);
}

TEST_F(CApi, IsaAndLog) {
  std::string lines;
  mien_load_options options = MIEN_LOAD_OPTIONS_INIT;
  options.check_weights = 0;
  options.log_context = &lines;
  options.log = [](void* context, int32_t level, const char* message) {
    *static_cast<std::string*>(context) += std::to_string(level) + message + "\n";
  };
  options.isa = "vax";
  EXPECT_EQ(mien_model_load(path_.c_str(), &options, &model_, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(lines, "");
  // Not the best one where there is another.
  for (kernels::Isa isa : kernels::kAllIsas) {
    if (kernels::kernels_of(isa) == nullptr || !kernels::usable(isa, kernels::detect_cpu())) continue;
    options.isa = kernels::name_of(isa);
    break;
  }
  ASSERT_EQ(mien_model_load(path_.c_str(), &options, &model_, &error_), MIEN_OK) << error_.message;
  mien_model_info info = MIEN_MODEL_INFO_INIT;
  ASSERT_EQ(mien_model_get_info(model_, &info, &error_), MIEN_OK);
  EXPECT_STREQ(info.isa, options.isa);
  EXPECT_NE(lines.find(std::string("0loaded 'sample' for ") + options.isa), std::string::npos) << lines;
  EXPECT_NE(lines.find("1the weights were not checked\n"), std::string::npos) << lines;
  if (kernels::best_kernels()->name != std::string(options.isa)) {
    EXPECT_NE(lines.find(std::string("1planned for ") + options.isa + ", and this CPU has "), std::string::npos)
        << lines;
  }
  lines.clear();
  options.isa = nullptr;
  AlignedBytes bytes(read_bytes(path_), 4);
  mien_model* model = nullptr;
  ASSERT_EQ(mien_model_load_memory(bytes.data(), bytes.size(), &options, &model, &error_), MIEN_OK);
  mien_model_free(model);
  EXPECT_NE(lines.find("1the data does not begin at a multiple of 64 bytes"), std::string::npos) << lines;
  EXPECT_EQ(lines.find("this CPU has"), std::string::npos) << lines;
}

// The n-th allocation fails, once or for ever, while a model is loaded and a session made.
TEST_F(CApi, OutOfMemory) {
  for (bool and_all_later : {false, true}) {
    for (int64_t n = 0;; ++n) {
      const size_t before = bytes_in_use();
      fail_allocation(n, and_all_later);
      mien_code code = mien_model_load(path_.c_str(), nullptr, &model_, &error_);
      if (code == MIEN_OK) code = mien_session_create(model_, nullptr, &session_, &error_);
      disarm();
      mien_session_free(session_);
      mien_model_free(model_);
      session_ = nullptr;
      model_ = nullptr;
      ASSERT_EQ(bytes_in_use(), before) << n;
      if (failed_allocations() == 0) {
        ASSERT_EQ(code, MIEN_OK);
        break;
      }
      // A sort that finds no memory for its buffer does without: then one failure changes nothing.
      ASSERT_TRUE(code == MIEN_OUT_OF_MEMORY || (code == MIEN_OK && !and_all_later)) << n << ": " << error_.message;
    }
  }
}

}  // namespace
}  // namespace mien
