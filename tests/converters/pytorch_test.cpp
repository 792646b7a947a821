// PyTorch files: every layout, strides, types and wrappings that occur, and what is refused.
#include "converters/pytorch/pytorch.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/converters/damage.h"
#include "tests/converters/pytorch_writer.h"

namespace mien::testing {
namespace {

Result<Checkpoint> read(const std::string& file) {
  return read_pytorch(bytes_in(file), file.size());
}

void expect_refused(const std::string& file, Code code, const std::string& part) {
  const Result<Checkpoint> r = read(file);
  ASSERT_FALSE(r.ok()) << "expected: " << part;
  EXPECT_EQ(r.status().code(), code) << r.status().message();
  EXPECT_NE(r.status().message().find(part), std::string::npos) << r.status().message();
}

// The one tensor of a file whose object is a dict with it.
NamedTensor only_tensor(const std::string& file) {
  const Result<Checkpoint> r = read(file);
  EXPECT_TRUE(r.ok()) << r.status().message();
  if (!r.ok() || r->tensors.size() != 1) return {};
  return r->tensors[0];
}

std::string floats(const std::vector<float>& values) {
  return values_bytes(values);
}

// A 2x3 tensor of 1..6 in storage "0".
std::string six() {
  return pkl::tensor(pkl::storage("FloatStorage", "0", 6), 0, {2, 3}, {3, 1});
}
const StorageList& six_storage() {
  static const StorageList kList = {{"0", floats({1, 2, 3, 4, 5, 6})}};
  return kList;
}

const std::vector<PytorchLayout> kLayouts = {PytorchLayout::zip, PytorchLayout::zip_stream, PytorchLayout::zip64,
                                             PytorchLayout::legacy};

TEST(Pytorch, EveryLayoutGivesTheTensorsInOrder) {
  const std::vector<NamedTensor> tensors = {{"z.weight", {2, 1, 1, 2}, "float32", {1, -2, 3.5f, 4}},
                                            {"a.bias", {3}, "float32", {0, -0.0f, 7}},
                                            {"a.num_batches_tracked", {}, "int64", {}},
                                            {"empty", {0, 3}, "float32", {}},
                                            {"scalar", {}, "float32", {9}}};
  for (PytorchLayout layout : kLayouts) {
    const std::vector<uint8_t> file = write_pytorch(tensors, layout);
    const Result<Checkpoint> r = read_pytorch(file.data(), file.size());
    ASSERT_TRUE(r.ok()) << r.status().message();
    EXPECT_EQ(r->format, "pytorch");
    EXPECT_TRUE(r->warnings.empty());
    ASSERT_EQ(r->tensors.size(), tensors.size());
    for (size_t i = 0; i < tensors.size(); ++i) {
      EXPECT_EQ(r->tensors[i].name, tensors[i].name);
      EXPECT_EQ(r->tensors[i].type, tensors[i].type);
      EXPECT_EQ(r->tensors[i].shape, tensors[i].shape);
      EXPECT_EQ(r->tensors[i].values, tensors[i].values);
    }
  }
}

TEST(Pytorch, StridesOffsetsAndSharedStorages) {
  const auto view = [](int64_t offset, const std::vector<int64_t>& shape, const std::vector<int64_t>& strides) {
    const std::string t = pkl::tensor(pkl::storage("FloatStorage", "0", 6), offset, shape, strides);
    return only_tensor(zip_file(pkl::dict({{"w", t}}), six_storage())).values;
  };
  using F = std::vector<float>;
  EXPECT_EQ(view(0, {3, 2}, {1, 3}), (F{1, 4, 2, 5, 3, 6}));  // transposed
  EXPECT_EQ(view(1, {2, 2}, {3, 1}), (F{2, 3, 5, 6}));        // a window of columns
  EXPECT_EQ(view(5, {2, 3}, {0, 0}), (F{6, 6, 6, 6, 6, 6}));  // expanded
  EXPECT_EQ(view(2, {}, {}), (F{3}));
  EXPECT_EQ(view(0, {2, 1, 3}, {3, 100, 1}), (F{1, 2, 3, 4, 5, 6}));  // the stride of an axis of 1 is never walked
  EXPECT_EQ(view(99, {0, 2}, {2, 1}), F{});                           // no element, nothing to lie outside
  const Result<Checkpoint> tied = read(zip_file(pkl::dict({{"a", six()}, {"b", six()}}), six_storage()));
  ASSERT_TRUE(tied.ok()) << tied.status().message();
  EXPECT_EQ(tied->tensors[0].values, tied->tensors[1].values);
}

TEST(Pytorch, ViewsThatLeaveTheirStorage) {
  const auto refuse = [](int64_t offset, const std::vector<int64_t>& shape, const std::vector<int64_t>& strides,
                         const std::string& part) {
    const std::string t = pkl::tensor(pkl::storage("FloatStorage", "0", 6), offset, shape, strides);
    for (const std::string& file :
         {zip_file(pkl::dict({{"w", t}}), six_storage()), legacy_file(pkl::dict({{"w", t}}), six_storage())})
      expect_refused(file, Code::corrupt, part);
  };
  refuse(1, {2, 3}, {3, 1}, "tensor 'w': 2x3 runs out of its storage of 6 elements");
  refuse(0, {7}, {1}, "runs out");
  refuse(0, {2}, {6}, "runs out");
  refuse(0, {2}, {-1}, "no count");
  refuse(-1, {2}, {1}, "lacks");
  refuse(0, {-2}, {1}, "no count");
  refuse(0, {2, 3}, {1}, "strides");
  refuse(0, {int64_t{1} << 40, 2}, {int64_t{1} << 40, int64_t{1} << 40}, "larger than any tensor");
  refuse(0, {1 << 20, 1 << 20}, {int64_t{1} << 40, int64_t{1} << 40}, "runs out");
  refuse(0, {1 << 20, 1 << 19}, {0, 0}, "much larger than the file");
}

TEST(Pytorch, ElementTypes) {
  const auto one = [](const std::string& storage, int64_t count, const std::string& bytes) {
    const std::string t = pkl::tensor(pkl::storage(storage, "0", count), 0, {count}, {1});
    return only_tensor(zip_file(pkl::dict({{"w", t}}), {{"0", bytes}}));
  };
  using F = std::vector<float>;
  using H = std::vector<uint16_t>;
  const NamedTensor half = one("HalfStorage", 6, values_bytes(H{0x3c00, 0xc000, 0x0001, 0x83ff, 0x7bff, 0x3555}));
  EXPECT_EQ(half.type, "float16");
  EXPECT_EQ(half.values, (F{1, -2, 0x1p-24f, -1023 * 0x1p-24f, 65504, 0x1.554p-2f}));
  const NamedTensor wild = one("HalfStorage", 3, values_bytes(H{0x7c00, 0xfc00, 0x7e00}));
  EXPECT_EQ(wild.values[0], HUGE_VALF);
  EXPECT_EQ(wild.values[1], -HUGE_VALF);
  EXPECT_TRUE(std::isnan(wild.values[2]));
  const NamedTensor brain = one("BFloat16Storage", 2, values_bytes(H{0x3f80, 0xc2f7}));
  EXPECT_EQ(brain.type, "bfloat16");
  EXPECT_EQ(brain.values, (F{1, -123.5f}));
  const NamedTensor real = one("DoubleStorage", 2, values_bytes(std::vector<double>{0.1, -4}));
  EXPECT_EQ(real.type, "float64");
  EXPECT_EQ(real.values, (F{0.1f, -4}));
  for (const auto& [storage, type, bytes] :
       std::vector<std::tuple<const char*, const char*, size_t>>{{"LongStorage", "int64", 8},
                                                                 {"IntStorage", "int32", 4},
                                                                 {"ShortStorage", "int16", 2},
                                                                 {"CharStorage", "int8", 1},
                                                                 {"ByteStorage", "uint8", 1},
                                                                 {"BoolStorage", "bool", 1}}) {
    const NamedTensor t = one(storage, 3, std::string(3 * bytes, '\1'));
    EXPECT_EQ(t.type, type);
    EXPECT_EQ(t.shape, Shape{3});
    EXPECT_TRUE(t.values.empty());
  }
}

TEST(Pytorch, NumbersThatFloatCannotHold) {
  const auto file = [](double value) {
    const std::string t = pkl::tensor(pkl::storage("DoubleStorage", "0", 1), 0, {1}, {1});
    return zip_file(pkl::dict({{"w", t}}), {{"0", values_bytes(std::vector<double>{value})}});
  };
  expect_refused(file(1e300), Code::unsupported, "tensor 'w': holds float64 numbers beyond the range of float32");
  EXPECT_EQ(read(file(0.5))->warnings, std::vector<std::string>{"1 tensors of float64 were rounded to float32"});
  const Result<Checkpoint> tiny = read(file(1e-40));
  EXPECT_EQ(tiny->denormals_flushed, 1);
  EXPECT_EQ(tiny->tensors[0].values[0], 0.0f);
}

TEST(Pytorch, PartsOfATrainingCheckpoint) {
  const std::string weights = pkl::dict({{"c.w", six()}});
  for (const char* part : {"state_dict", "net_state_dict", "model", "net"}) {
    const std::string object = pkl::dict(
        {{"epoch", "K\x03"},
         {"optimizer", pkl::dict({{"state", "}K\1" + six() + "s"}})},
         {part, weights},
         {"args", pkl::global("argparse", "Namespace") + ")\x81" + pkl::dict({{"lr", pkl::integer(1)}}) + "b"}});
    const Result<Checkpoint> r = read(zip_file(object, six_storage()));
    ASSERT_TRUE(r.ok()) << r.status().message();
    ASSERT_EQ(r->tensors.size(), 1u);
    EXPECT_EQ(r->tensors[0].name, "c.w");
    ASSERT_EQ(r->warnings.size(), 1u);
    EXPECT_EQ(r->warnings[0],
              "read the tensors of part '" + std::string(part) + "'; left out those of 'optimizer' (1 of them)");
  }
  const Result<Checkpoint> twice =
      read(zip_file(pkl::dict({{"model", pkl::dict({{"state_dict", weights}})}}), six_storage()));
  EXPECT_EQ(twice->tensors[0].name, "c.w");
  const Result<Checkpoint> both = read(zip_file(pkl::dict({{"backbone", weights}, {"head", weights}}), six_storage()));
  ASSERT_EQ(both->tensors.size(), 2u);
  EXPECT_EQ(both->tensors[0].name, "backbone.c.w");
  EXPECT_EQ(both->tensors[1].name, "head.c.w");
  EXPECT_TRUE(both->warnings.empty());
}

TEST(Pytorch, DictionariesOfEveryMake) {
  const std::string ordered = pkl::global("collections", "OrderedDict");
  for (const std::string& object : {
           ordered + ")R(" + pkl::text("w") + six() + "u" + pkl::dict({{"_metadata", "}"}}) + "b",  // nn.Module
           ordered + "(](](" + pkl::text("w") + six() + "eetR",                                     // Python 2
           ordered + "(" + pkl::dict({{"w", six()}}) + "tR",
           pkl::global("collections", "defaultdict") + "(" + pkl::global("builtins", "list") + "tR" + pkl::text("w") +
               six() + "s",
           "(U\1w" + six() + "d",  // a name of Python 2
       }) {
    EXPECT_EQ(only_tensor(zip_file(object, six_storage())).name, "w");
  }
}

TEST(Pytorch, Parameters) {
  const std::string rest = "\x89" + pkl::global("collections", "OrderedDict") + ")R";
  const std::string parts =
      pkl::tuple({pkl::storage("FloatStorage", "0", 6), pkl::integer(0), pkl::integers({6}), pkl::integers({1}), rest});
  for (const std::string& object :
       {pkl::call(pkl::global("torch._utils", "_rebuild_parameter"), {six(), rest}),
        pkl::call(pkl::global("torch._utils", "_rebuild_parameter_with_state"), {six(), rest, "}"}),
        pkl::call(pkl::global("torch.nn.parameter", "Parameter"), {six(), "\x88"}),
        pkl::call(pkl::global("torch._tensor", "_rebuild_from_type_v2"),
                  {pkl::global("torch._utils", "_rebuild_tensor_v2"), pkl::global("torch", "Tensor"), parts, "}"}),
        pkl::global("torch._utils", "_rebuild_tensor") + parts + "R"})
    EXPECT_EQ(only_tensor(zip_file(object, six_storage())).values, (std::vector<float>{1, 2, 3, 4, 5, 6}));
}

TEST(Pytorch, TorchScriptModulesAreDictionaries) {
  const std::string inner = pkl::global("__torch__.torch.nn.Conv2d", "Conv2d") + ")\x81" +
                            pkl::dict({{"training", "\x89"}, {"weight", six()}}) + "b";
  const std::string outer = pkl::global("__torch__", "Net") + ")\x81" + pkl::dict({{"conv1", inner}}) + "b";
  EXPECT_EQ(only_tensor(zip_file(outer, six_storage())).name, "conv1.weight");
}

TEST(Pytorch, NothingIsRunAndObjectsAreRefused) {
  const auto refuse = [](const std::string& module, const std::string& name, Code code, const std::string& part) {
    for (const std::string& object : {pkl::global(module, name), pkl::text(module) + pkl::text(name) + "\x93"}) {
      expect_refused(zip_file(object, {}), code, part);
      expect_refused(legacy_file(object, {}), code, part);
    }
  };
  refuse("os", "system", Code::corrupt, "wants 'os.system' called");
  refuse("posix", "system", Code::corrupt, "nothing was run");
  refuse("builtins", "eval", Code::corrupt, "'builtins.eval'");
  refuse("__builtin__", "getattr", Code::corrupt, "'__builtin__.getattr'");
  refuse("subprocess", "Popen", Code::corrupt, "'subprocess.Popen'");
  refuse("models.iresnet", "IResNet", Code::unsupported, "class 'models.iresnet.IResNet'");
  refuse("torch.nn.modules.conv", "Conv2d", Code::unsupported, "save the weights alone");
  refuse("torch", "ComplexFloatStorage", Code::unsupported, "a kind that is not read: 'torch.ComplexFloatStorage'");
  refuse("torch._utils", "_rebuild_qtensor", Code::unsupported, "_rebuild_qtensor");
  refuse("torch._utils", "_import_dotted_name", Code::unsupported, "_import_dotted_name");
  refuse("a\x1b[2J", "b", Code::unsupported, "'a?[2J.b'");
}

TEST(Pytorch, NegatedTensorsAreNotReadAsTheyLie) {
  const std::string t = pkl::call(pkl::global("torch._utils", "_rebuild_tensor_v2"),
                                  {pkl::storage("FloatStorage", "0", 6), pkl::integer(0), pkl::integers({6}),
                                   pkl::integers({1}), "\x89", "}", pkl::dict({{"neg", "\x88"}})});
  expect_refused(zip_file(pkl::dict({{"w", t}}), six_storage()), Code::unsupported, "metadata");
}

TEST(Pytorch, NamesTwiceAndCycles) {
  expect_refused(zip_file(pkl::dict({{"w", six()}, {"w", six()}}), six_storage()), Code::corrupt,
                 "two tensors are called 'w'");
  expect_refused(zip_file(pkl::dict({{"a.b", six()}, {"a", pkl::dict({{"b", six()}})}}), six_storage()), Code::corrupt,
                 "two tensors are called 'a.b'");
  expect_refused(zip_file(pkl::dict({{"w\n\x1b", six()}}), six_storage()), Code::corrupt, "its name is no text");
  expect_refused(zip_file("}q\1" + pkl::text("self") + "h\1s", {}), Code::corrupt, "contain each other");
  std::string doubling = "]q" + std::string(1, '\0');
  for (char i = 1; i < 60; ++i) {
    const std::string below = "h" + std::string(1, static_cast<char>(i - 1));
    doubling += "](" + below + below + "eq" + std::string(1, i);
  }
  expect_refused(zip_file(doubling, {}), Code::corrupt, "more parts than any checkpoint has");
  expect_refused(zip_file("}", {}), Code::unsupported, "no tensors");
}

TEST(Pytorch, StoragesThatDisagree) {
  const std::string other = pkl::tensor(pkl::storage("FloatStorage", "0", 5), 0, {5}, {1});
  expect_refused(zip_file(pkl::dict({{"a", six()}, {"b", other}}), six_storage()), Code::corrupt,
                 "described in two ways");
  expect_refused(zip_file(pkl::dict({{"a", six()}}), {}), Code::corrupt, "storage '0' is not in the file");
  expect_refused(zip_file(pkl::dict({{"a", other}}), six_storage()), Code::corrupt, "has 24 bytes instead of 20");
  expect_refused(legacy_file(pkl::dict({{"a", other}}), six_storage()), Code::corrupt, "6 elements instead of 5");
  expect_refused(legacy_file(pkl::dict({{"a", six()}}), {}), Code::corrupt, "storage '0' is not in the file");
  expect_refused(legacy_file("}", six_storage()), Code::corrupt, "a storage that the object does not have");
  StorageList twice = six_storage();
  twice.push_back(twice[0]);
  expect_refused(legacy_file(pkl::dict({{"a", six()}}), twice), Code::corrupt, "a storage that was there before");
}

TEST(Pytorch, WindowsOfTheOldLayout) {
  const auto file = [](int64_t first, int64_t count) {
    const std::string window = pkl::tuple({pkl::text("7"), pkl::integer(first), pkl::integer(count)});
    const std::string t = pkl::tensor(pkl::storage("FloatStorage", "0", 6, window), 1, {2}, {1});
    return legacy_file(pkl::dict({{"w", t}}), six_storage());
  };
  EXPECT_EQ(only_tensor(file(2, 3)).values, (std::vector<float>{4, 5}));
  expect_refused(file(2, 2), Code::corrupt, "runs out of its storage of 2 elements");
  expect_refused(file(4, 3), Code::corrupt, "a window lies outside");
}

TEST(Pytorch, WhatFollowsTheOldLayout) {
  const std::string file = legacy_file(pkl::dict({{"w", six()}}), six_storage());
  const Result<Checkpoint> two = read(file + file);
  ASSERT_TRUE(two.ok()) << two.status().message();
  EXPECT_EQ(two->warnings, std::vector<std::string>{"another object follows in the file and was not read"});
  expect_refused(file + "x", Code::corrupt, "bytes behind the last storage");
}

TEST(Pytorch, ByteOrderAndOtherFiles) {
  ZipWriter big;
  big.add("a/data.pkl", pkl::program(pkl::dict({{"w", six()}}))).add("a/byteorder", "big");
  expect_refused(big.bytes(), Code::unsupported, "byte order 'big'");
  std::string machine = legacy_file(pkl::dict({{"w", six()}}), six_storage());
  machine.replace(machine.find("little_endian") + 13, 1, "\x89");
  expect_refused(machine, Code::unsupported, "big-endian");
  expect_refused(ZipWriter().add("a.npy", "x").bytes(), Code::unsupported, "NumPy");
  expect_refused(ZipWriter().add("word/document.xml", "x").bytes(), Code::unsupported, "without a data.pkl");
  expect_refused(ZipWriter().add("a/data.pkl", "N.").add("b/data.pkl", "N.").bytes(), Code::corrupt, "two data.pkl");
  expect_refused(ZipWriter().add("a/data.pkl", "N.", 8).bytes(), Code::unsupported, "is compressed");
  expect_refused("\x80\x02N.", Code::unsupported, "not one of PyTorch");
  expect_refused("", Code::unreadable, "neither layout");
}

struct Expected {
  const char* file;
  size_t tensors;
  uint32_t crc;  // of all tensors' float32 bytes one after the other, denormals as 0; torch.load gives the same
};

void expect_file(const std::string& path, const Expected& expected) {
  const std::vector<uint8_t> file = bytes_of_file(path);
  const Result<Checkpoint> r = read_pytorch(file.data(), file.size());
  ASSERT_TRUE(r.ok()) << path << ": " << r.status().message();
  uint32_t crc = 0;
  for (const NamedTensor& t : r->tensors)
    crc = crc32(reinterpret_cast<const uint8_t*>(t.values.data()), t.values.size() * sizeof(float), crc);
  EXPECT_EQ(r->tensors.size(), expected.tensors) << path;
  EXPECT_EQ(crc, expected.crc) << path;
}

TEST(Pytorch, Fixtures) {
  const std::string folder = std::string(MIEN_SHARED_DIR) + "/fixtures/formats/";
  if (fixture("pt_zip.pt").empty()) GTEST_SKIP() << "no fixtures in " << folder;
  for (const char* name : {"pt_zip.pt", "pt_zip64.pt", "pt_zip_stream.pt", "pt_legacy.pth"})
    expect_file(folder + name, {name, 5, 0x314fb43a});
  const std::vector<uint8_t> evil = fixture("pt_evil.pth");
  expect_refused(std::string(evil.begin(), evil.end()), Code::corrupt, "wants 'os.system' called");
}

TEST(Pytorch, RealFiles) {
  const std::string folder = std::string(MIEN_SHARED_DIR) + "/data/models/";
  if (!std::ifstream(folder + "arcface_mobilefacenet.pth")) GTEST_SKIP() << "no models in " << folder;
  for (const Expected& e : {Expected{"arcface_mobilefacenet.pth", 333, 0x4fb66724},
                            Expected{"mobilefacenet_relu6.pt", 307, 0x9d7f29aa},  // 369 denormals
                            Expected{"retinaface_mobilenet025.pth", 300, 0x87539633}})
    expect_file(folder + e.file, e);
}

}  // namespace
}  // namespace mien::testing
