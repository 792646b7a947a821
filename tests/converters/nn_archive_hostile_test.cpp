// Hostile NN Archives: tars that lead out, lie about sizes, unpack to too much; config.json of every wrong form.
#include <gtest/gtest.h>

#include <chrono>

#include "converters/nn_archive/nn_archive.h"
#include "tests/converters/damage.h"
#include "tests/converters/nn_archive_model.h"
#include "tests/file/counted_new.h"
#include "tests/fuzz/import_graph.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace mien::testing {
namespace {

using nlohmann::json;

// Within a time and an amount of memory that have nothing to do with what the file claims.
Result<Imported> import(const std::string& text) {
  const std::vector<uint8_t> file(text.begin(), text.end());
  const size_t before = bytes_in_use();
  reset_peak();
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::string> unsupported;
  Result<Imported> r = import_nn_archive(file, &unsupported);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  EXPECT_LE(peak_bytes() - before, 3 * file.size() + (size_t{64} << 20));
  EXPECT_LT(took.count(), 5);
  return r;
}

void expect_refused(const std::string& file, const std::string& part, Code code = Code::corrupt) {
  const Status status = import(file).status();
  EXPECT_EQ(status.code(), code) << part << ": " << status.message();
  EXPECT_NE(status.message().find(part), std::string::npos) << part << " in: " << status.message();
}

std::string config() {
  return tiny_config().dump();
}

// A good archive with one more member in front.
TarWriter& finish(TarWriter& tar) {
  return tar.member("model.onnx", tiny_onnx()).member("config.json", config());
}
std::string with(const std::string& name, char type = '0', const std::string& link = "") {
  TarWriter tar;
  return finish(tar.member(name, "", type, link)).bytes();
}

TEST(HostileTar, NamesThatLeadOut) {
  EXPECT_TRUE(import(with("a/b..c/...")).ok());
  for (const char* name : {"../x", "a/../../x", "..", "a/..", "./../x"}) expect_refused(with(name), "leads out");
  for (const char* name : {"/etc/passwd", "//x", "/"}) expect_refused(with(name), "is absolute");
  for (const char* name : {"..\\x", "a\\b"}) expect_refused(with(name), "backslash");
  expect_refused(with("C:x"), "drive");
  expect_refused(with("a\nb"), "control characters");
  expect_refused(with(""), "without a name");
  expect_refused(with("."), "has no name");
}

TEST(HostileTar, LinksAndDevices) {
  for (const char type : {'1', '2'}) {
    expect_refused(with("a", type, "config.json"), "'a' is a link");
    expect_refused(with("a", type, "/etc/passwd"), "'a' is a link");
  }
  for (const char type : {'3', '4', '6'}) expect_refused(with("a", type), "'a' is neither a file nor a folder");
  // The model itself as a link to something else.
  TarWriter tar;
  tar.member("other.onnx", tiny_onnx()).member("model.onnx", "", '2', "other.onnx").member("config.json", config());
  expect_refused(tar.bytes(), "'model.onnx' is a link");
}

TEST(HostileTar, Twice) {
  TarWriter configs, models, forms;
  expect_refused(finish(configs.member("config.json", "{}")).bytes(), "'config.json' is there twice");
  expect_refused(finish(models.member("model.onnx", "x")).bytes(), "'model.onnx' is there twice");
  expect_refused(finish(forms.member("./config.json", "{}")).bytes(), "'config.json' is there twice");
}

// A long name, given in the ways of PAX and of GNU, as good as a short one; and no way around the rules.
TEST(HostileTar, LongNames) {
  const std::string path = std::string(150, 'd') + "/" + std::string(90, 'f') + ".onnx";
  json described = tiny_config();
  described["model"]["metadata"]["path"] = path;
  TarWriter pax, gnu;
  pax.pax("path", path).member("short", tiny_onnx()).member("config.json", described.dump());
  gnu.gnu_long_name(path).member("short", tiny_onnx()).member("config.json", described.dump());
  EXPECT_TRUE(import(pax.bytes()).ok()) << import(pax.bytes()).status().message();
  EXPECT_TRUE(import(gnu.bytes()).ok()) << import(gnu.bytes()).status().message();
  for (const char* name : {"../x", "/x", "config.json"}) {
    TarWriter by_pax, by_gnu;
    EXPECT_FALSE(import(finish(by_pax.pax("path", name).member("short", "")).bytes()).ok()) << name;
    EXPECT_FALSE(import(finish(by_gnu.gnu_long_name(name).member("short", "")).bytes()).ok()) << name;
  }
  TarWriter longer, link;
  expect_refused(finish(longer.pax("path", std::string(5000, 'x')).member("short", "")).bytes(), "too long");
  expect_refused(finish(link.pax("linkpath", "config.json").member("a", "", '2', "x")).bytes(), "is a link");
}

// Letters that the locale of the test does not have: the model may be called so, too.
TEST(HostileTar, ForeignNames) {
  const std::string path = "mod\xc3\xa8le.onnx";
  json described = tiny_config();
  described["model"]["metadata"]["path"] = path;
  TarWriter pax, ustar, out;
  pax.pax("path", path).member("short", tiny_onnx()).member("config.json", described.dump());
  ustar.member(path, tiny_onnx()).member("config.json", described.dump());
  EXPECT_TRUE(import(pax.bytes()).ok()) << import(pax.bytes()).status().message();
  EXPECT_TRUE(import(ustar.bytes()).ok()) << import(ustar.bytes()).status().message();
  expect_refused(finish(out.pax("path", "../\xc3\xa8").member("short", "")).bytes(), "leads out");
}

TEST(HostileTar, Sizes) {
  const std::string onnx = tiny_onnx();
  const auto model = [&](const std::string& field) {
    return TarWriter().raw("model.onnx", field, onnx).member("config.json", config()).bytes();
  };
  EXPECT_TRUE(import(model(TarWriter::base256(onnx.size()))).ok());
  for (const uint64_t size : {uint64_t{1} << 20, uint64_t{1} << 40, ~uint64_t{0} >> 1, ~uint64_t{0}, uint64_t{1} << 63})
    EXPECT_FALSE(import(model(TarWriter::base256(size))).ok()) << size;
  EXPECT_FALSE(import(model(TarWriter::base256(~uint64_t{0}, '\xff'))).ok());  // -1
  EXPECT_FALSE(import(model(TarWriter::base256(1 << 20, '\xff'))).ok());       // far below
  EXPECT_FALSE(import(model("77777777777")).ok());                             // 8 GiB
  EXPECT_FALSE(import(model(TarWriter::octal(onnx.size() + 512, 11))).ok());   // swallows the next header
  EXPECT_FALSE(import(model(TarWriter::octal(onnx.size() - 1, 11))).ok());     // the model is cut off
  EXPECT_FALSE(import(model("not a size")).ok());
}

TEST(HostileTar, SizesOfPax) {
  const std::string onnx = tiny_onnx();
  const auto model = [&](const std::string& size) {
    return TarWriter().pax("size", size).raw("model.onnx", "00000000000", onnx).member("config.json", config()).bytes();
  };
  EXPECT_TRUE(import(model(std::to_string(onnx.size()))).ok());
  for (const char* size : {"", "-1", "x", "1", "99999999", "9223372036854775807", "18446744073709551616", "1e9"})
    EXPECT_FALSE(import(model(size)).ok()) << size;
}

TEST(HostileTar, SparseFiles) {
  for (const char* key : {"GNU.sparse.map", "GNU.sparse.size", "GNU.sparse.realsize"}) {
    TarWriter tar;
    tar.pax(key, std::string(key) == "GNU.sparse.map" ? "4096,1" : "1000000").member("model.onnx", tiny_onnx());
    EXPECT_FALSE(import(tar.member("config.json", config()).bytes()).ok()) << key;
  }
}

TEST(HostileTar, DamagedForms) {
  const std::string good = nn_archive(tiny_config(), tiny_onnx());
  std::string sum = good;
  sum[0] ^= 1;
  expect_refused(sum, "tar, byte 0");
  expect_refused(good + std::string(512, 'x'), "behind the end");
  expect_refused(good + good, "behind the end");
  for (const std::string& record : {std::string("99999999999 path=x\n"), std::string("0 path=x\n"), std::string("x"),
                                    std::string("-5 path=x\n"), std::string(600, '9'), std::string("8 path=x")}) {
    TarWriter tar;
    EXPECT_FALSE(import(finish(tar.member("pax", record, 'x').member("a", "")).bytes()).ok()) << record;
  }
}

TEST(HostileTar, ManyOfEverything) {
  TarWriter members, names, headers, globals;
  for (int i = 0; i < 10001; ++i) members.member(std::to_string(i), "");
  expect_refused(finish(members).bytes(), "more than 10000 members");
  for (int i = 0; i < 20000; ++i) names.gnu_long_name("name" + std::to_string(i));
  EXPECT_FALSE(import(finish(names).bytes()).ok());
  for (int i = 0; i < 20000; ++i) headers.pax("path", std::to_string(i));
  EXPECT_FALSE(import(finish(headers).bytes()).ok());
  for (int i = 0; i < 20000; ++i) globals.member("g", pax_record("comment", "x"), 'g');
  EXPECT_FALSE(import(finish(globals).bytes()).ok());
}

TEST(HostilePacking, Bombs) {
  const std::string zeros(size_t{8} << 20, '\0');
  TarWriter wanted, other;
  wanted.member("model.onnx", zeros).member("config.json", config());
  other.member("other", zeros).member("model.onnx", tiny_onnx()).member("config.json", config());
  const std::string behind = nn_archive(tiny_config(), tiny_onnx()) + zeros;
  for (const char* filter : {"gzip", "xz", "bzip2"}) {
    expect_refused(packed(wanted.bytes(), filter), "may unpack to", Code::unsupported);
    expect_refused(packed(other.bytes(), filter), "may unpack to", Code::unsupported);
    expect_refused(packed(behind, filter), "unpacks to more than", Code::unsupported);
  }
}

TEST(HostilePacking, WhatIsPackedTwiceIsNotUnpackedTwice) {
  std::string file = nn_archive(tiny_config(), tiny_onnx());
  EXPECT_TRUE(import(packed(file, "gzip")).ok());
  for (const char* filter : {"gzip", "xz", "bzip2"})
    expect_refused(packed(packed(file, "gzip"), filter), "no tar archive is packed");
}

TEST(HostilePacking, MoreBehindTheEnd) {
  const std::string file = nn_archive(tiny_config(), tiny_onnx());
  for (const char* filter : {"gzip", "xz", "bzip2"}) {
    const std::string one = packed(file, filter);
    EXPECT_FALSE(import(one + "garbage").ok()) << filter;
    EXPECT_FALSE(import(one + one).ok()) << filter;
  }
  // Two streams that together are the archive.
  expect_refused(packed(file.substr(0, 1000), "gzip") + packed(file.substr(1000), "gzip"), "several gzip streams");
}

// The checksum of a gzip stream, which libarchive does not compare.
TEST(HostilePacking, GzipChecksum) {
  const std::string whole = packed(nn_archive(tiny_config(), tiny_onnx()), "gzip");
  for (size_t i = 1; i <= 8; ++i) {
    std::string edited = whole;
    edited[edited.size() - i] ^= 1;
    expect_refused(edited, "gzip checksum");
  }
}

// As the fuzzer reads them. It aborts where something is wrong.
TEST(HostileTar, FuzzedFiles) {
  const std::string whole = nn_archive(tiny_config(), tiny_onnx());
  EXPECT_EQ(fault_of(import(whole)), "");
  for_each_flip({whole.begin(), whole.end()}, 2000, [](const std::vector<uint8_t>& flipped, size_t at) {
    EXPECT_EQ(LLVMFuzzerTestOneInput(flipped.data(), flipped.size()), 0) << at;
  });
}

void expect_config_refused(const std::string& text, const std::string& part, Code code = Code::corrupt) {
  expect_refused(TarWriter().member("model.onnx", tiny_onnx()).member("config.json", text).bytes(), part, code);
}

TEST(HostileConfig, NotTheJsonItShouldBe) {
  expect_config_refused("", "config.json: at byte 0: no JSON");
  expect_config_refused("{\"a\":1,}", "at byte 7: no JSON");
  expect_config_refused("[]", "not an object");
  expect_config_refused("3", "not an object");
  expect_config_refused("{}", "model is missing");
  expect_config_refused("{\"a\":1e999}", "no JSON");
  expect_config_refused("{\"a\":\"\xff\"}", "no JSON");
  expect_config_refused(config() + "x", "no JSON");
  expect_config_refused(std::string(900000, '['), "nested deeper than 64");
  std::string deep = config();
  deep.insert(1, "\"a\":" + std::string(63, '[') + std::string(63, ']') + ",");
  EXPECT_TRUE(import(TarWriter().member("model.onnx", tiny_onnx()).member("config.json", deep).bytes()).ok());
  deep.insert(1, "\"b\":" + std::string(64, '[') + std::string(64, ']') + ",");
  expect_config_refused(deep, "nested deeper than 64");
  expect_config_refused("{\"model\":{},\"model\":{}}", "'model' is there twice");
  std::string many = "{\"a\":[0";
  for (int i = 0; i < 500000; ++i) many += ",0";
  expect_config_refused(many + "]}", "model is missing");
}

TEST(HostileConfig, Huge) {
  std::string text = "{\"a\":\"" + std::string(2 << 20, 'x') + "\"}";
  expect_config_refused(text, "more than 1 MiB", Code::unsupported);
}

TEST(HostileConfig, EveryMember) {
  const struct {
    const char* at;
    json value;
    const char* part;
  } rows[] = {
      {"/config_version", 1, "config_version is no text"},
      {"/config_version", "one", "not two numbers"},
      {"/config_version", "1.0.0", "not two numbers"},
      {"/model", 1, "model is not an object"},
      {"/model/metadata", nullptr, "model.metadata is missing"},
      {"/model/metadata/path", nullptr, "model.metadata.path is missing"},
      {"/model/metadata/path", json::array(), "model.metadata.path is no text"},
      {"/model/metadata/name", "a\x01", "model.metadata.name is no text"},
      {"/model/inputs", json::object(), "model.inputs is not a list"},
      {"/model/inputs", json::array(), "model.inputs is missing or empty"},
      {"/model/inputs/0", 7, "model.inputs[0] is not an object"},
      {"/model/inputs/0/name", nullptr, "model.inputs[0].name is missing"},
      {"/model/inputs/0/input_type", "video", "neither 'image' nor 'raw'"},
      {"/model/inputs/0/shape", {1, 3, -4, 4}, "shape is not a list of dimensions"},
      {"/model/inputs/0/shape", {1, 3, 4.5, 4}, "shape is not a list of dimensions"},
      {"/model/inputs/0/shape", {1, 3, 1e18, 4}, "shape is not a list of dimensions"},
      {"/model/inputs/0/shape", {1, 3, 18446744073709551615u, 4}, "shape is not a list of dimensions"},
      {"/model/inputs/0/shape", std::vector<int>(65, 1), "more than 64 entries"},
      {"/model/inputs/0/layout", "NCH", "not as many letters"},
      {"/model/inputs/0/layout", "NCHH", "distinct letters"},
      {"/model/inputs/0/layout", "nchw", "distinct letters"},
      {"/model/inputs/0/layout", "CNHW", "N that is not the first"},
      {"/model/inputs/0/layout", "NXHW", "has no C"},
      {"/model/inputs/0/preprocessing", 3, "preprocessing is not an object"},
      {"/model/inputs/0/preprocessing/mean", {1, 2}, "mean has 2 values for 3 channels"},
      {"/model/inputs/0/preprocessing/mean", {1, "2", 3}, "mean is not a list of numbers"},
      {"/model/inputs/0/preprocessing/mean", 127.5, "mean is not a list"},
      {"/model/inputs/0/preprocessing/mean", json::array(), "mean is an empty list"},
      {"/model/inputs/0/preprocessing/mean", {1e300, 0, 0}, "mean has a value that cannot be used"},
      {"/model/inputs/0/preprocessing/scale", {0, 1, 1}, "scale has a value that cannot be used"},
      {"/model/inputs/0/preprocessing/scale", {1e-300, 1, 1}, "scale has a value that cannot be used"},
      {"/model/inputs/0/preprocessing/reverse_channels", "yes", "neither true nor false"},
      {"/model/inputs/0/preprocessing/dai_type", "GRAY8", "gray pictures for a graph"},
      {"/model/outputs", nullptr, "model.outputs is missing or empty"},
      {"/model/outputs/0/shape", {1, json::array()}, "model.outputs[0].shape is not a list of dimensions"},
  };
  for (const auto& row : rows) {
    json edited = tiny_config();
    edited[json::json_pointer(row.at)] = row.value;
    expect_config_refused(edited.dump(), row.part);
  }
  json version = tiny_config(), picture = tiny_config();
  version["config_version"] = "2.0";
  expect_config_refused(version.dump(), "1.x is what is read", Code::unsupported);
  picture["model"]["inputs"][0]["preprocessing"]["dai_type"] = "NV12";
  expect_config_refused(picture.dump(), "takes 'NV12' pictures", Code::unsupported);
}

}  // namespace
}  // namespace mien::testing
