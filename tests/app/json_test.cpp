// The JSON keys that programs may rely on.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/app/subprocess.h"
#include "tests/app/tiny_model.h"

namespace mien::test {
namespace {

using nlohmann::json;

json json_of(const Outcome& outcome, int code = 0) {
  EXPECT_EQ(outcome.code, code) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  return json::parse(outcome.out);
}

void expect_keys(const json& object, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) EXPECT_TRUE(object.contains(key)) << key << " in " << object.dump();
}

TEST(Json, Inspect) {
  const json answer = json_of(mien({"inspect", tiny_model(), "--json"}));
  expect_keys(answer, {"name", "inputs", "outputs", "params", "macs", "weight_bytes", "arena_bytes", "peak_bytes",
                       "layers", "card", "preprocessing", "isa"});
  EXPECT_EQ(answer["peak_bytes"], answer["packed_weight_bytes"].get<int64_t>() + answer["arena_bytes"].get<int64_t>());
  EXPECT_EQ(answer["name"], "tiny");
  EXPECT_EQ(answer["inputs"][0]["shape"], json({1, 3, kSide, kSide}));
  EXPECT_EQ(answer["outputs"][0]["shape"], json({1, kDims}));
  EXPECT_EQ(answer["macs"], 8 * 8 * 8 * 27 + 8 * 8 * 20 * 8 + kDims * 20);
  EXPECT_EQ(answer["params"], 8 * 27 + 8 + 8 + 160 + kDims * 20);
  EXPECT_EQ(answer["preprocessing"]["preset"], "arcface");
  int64_t macs = 0;
  for (const json& layer : answer["layers"]) macs += layer["macs"].get<int64_t>();
  EXPECT_EQ(macs, answer["macs"]) << "the layers add up";
}

TEST(Json, InspectShowsTheFaceRecord) {
  const json face = json_of(mien({"inspect", tiny_model(), "--json"}))["face"];
  EXPECT_EQ(face["alignment"], "landmarks");
  EXPECT_EQ(face["margin"], 0);
  EXPECT_EQ(face["flip"], "none");
  EXPECT_EQ(face["measured_on"], "made up");
  EXPECT_EQ(face["thresholds"], json::parse(R"([{"far": 0.01, "cosine": 0.25}, {"far": 0.001, "cosine": 0.375}])"));
}

TEST(Json, ConvertTakesAFaceRecord) {
  const std::string path = folder() + "/faces.mien";
  const std::vector<std::string> convert = {"convert", "--network", "deepid", "--seeded-weights", "1", "-o", path};
  const auto converted = [&](std::vector<std::string> options) {
    options.insert(options.begin(), convert.begin(), convert.end());
    options.push_back("--json");
    json_of(mien(options));
    return json_of(mien({"inspect", path, "--json"}))["face"];
  };
  EXPECT_EQ(converted({})["alignment"], "box");
  const json box = converted({"--align", "box", "--margin", "12.5", "--flip", "concat"});
  EXPECT_EQ(box["alignment"], "box");
  EXPECT_EQ(box["margin"], 12.5);
  EXPECT_EQ(box["flip"], "concat");
  const json none = converted({"--align", "none", "--flip", "sum"});
  EXPECT_EQ(none["alignment"], "none");
  EXPECT_EQ(none["flip"], "sum");
}

TEST(Json, Verify) {
  const json answer = json_of(mien({"verify", tiny_model(), "--json"}));
  expect_keys(answer, {"ok", "cases", "layers_checked", "outputs", "isa", "first_divergent"});
  EXPECT_EQ(answer["ok"], true);
  EXPECT_EQ(answer["cases"], 2);
  EXPECT_GE(answer["outputs"][0]["cosine"], 0.999999);
}

TEST(Json, Embed) {
  const std::string a = tiny_picture(0), b = tiny_picture(1);
  const json answer = json_of(mien({"embed", tiny_model(), a, b, "--aligned", "--json"}));
  ASSERT_EQ(answer.size(), 2u);
  EXPECT_EQ(answer[0]["file"], a);
  EXPECT_EQ(answer[1]["file"], b);
  for (const json& one : answer) {
    expect_keys(one, {"file", "embedding", "norm"});
    ASSERT_EQ(one["embedding"].size(), size_t{kDims});
    double sum = 0;
    for (double v : one["embedding"]) sum += v * v;
    EXPECT_NEAR(one["norm"].get<double>(), std::sqrt(sum), 1e-9);
  }
}

TEST(Json, EmbedNormalized) {
  const json answer = json_of(mien({"embed", tiny_model(), tiny_picture(0), "--aligned", "--normalize", "--json"}));
  EXPECT_NEAR(answer[0]["norm"].get<double>(), 1, 1e-6);
}

TEST(Json, Compare) {
  const std::string a = tiny_picture(0), b = tiny_picture(1);
  const json same = json_of(mien({"compare", tiny_model(), a, a, "--aligned", "--json"}));
  expect_keys(same, {"cosine", "same", "threshold"});
  EXPECT_NEAR(same["cosine"].get<double>(), 1, 1e-9);
  EXPECT_EQ(same["same"], true);
  const json other = json_of(mien({"compare", tiny_model(), a, b, "--aligned", "--threshold", "1", "--json"}), 1);
  EXPECT_EQ(other["same"], false);
  EXPECT_EQ(other["threshold"], 1.0);
}

TEST(Json, Bench) {
  const json answer = json_of(mien({"bench", tiny_model(), "--runs", "3", "--layers", "--batch", "2", "--json"}));
  expect_keys(answer, {"median_ms", "min_ms", "p95_ms", "threads", "batch", "isa", "macs", "gflops", "peak_gflops",
                       "efficiency", "layers", "step_peak_gflops", "memory_gbs", "weight_bytes", "arena_bytes",
                       "peak_bytes", "process_peak_bytes"});
  EXPECT_EQ(answer["batch"], 2);
  EXPECT_EQ(answer["threads"], 1);
  EXPECT_LE(answer["min_ms"], answer["median_ms"]);
  EXPECT_LE(answer["median_ms"], answer["p95_ms"]);
  const double gflops = 2e-6 * 2 * answer["macs"].get<double>() / answer["median_ms"].get<double>();
  EXPECT_NEAR(answer["gflops"].get<double>(), gflops, 1e-6 * gflops);
  EXPECT_NEAR(answer["efficiency"].get<double>(), gflops / answer["peak_gflops"].get<double>(), 1e-6);
}

TEST(Json, BenchLayers) {
  const json answer = json_of(mien({"bench", tiny_model(), "--runs", "3", "--layers", "--batch", "2", "--json"}));
  double share = 0;
  int64_t macs = 0;
  for (const json& layer : answer["layers"]) {
    expect_keys(layer, {"name", "op", "kernel", "shape", "macs", "multiplies", "bytes", "weight_bytes", "ms", "min_ms",
                        "share", "gflops", "efficiency", "gbs", "bound", "of_bound"});
    share += layer["share"].get<double>();
    macs += layer["macs"].get<int64_t>();
    EXPECT_LE(layer["min_ms"], layer["ms"]);
    const double gbs = 1e-6 * layer["bytes"].get<double>() / layer["ms"].get<double>();
    EXPECT_NEAR(layer["gbs"].get<double>(), gbs, 1e-6 * gbs);
    const double peak_share = layer["gflops"].get<double>() / answer["step_peak_gflops"].get<double>();
    EXPECT_NEAR(layer["efficiency"].get<double>(), peak_share, 1e-6);
    EXPECT_GT(layer["of_bound"], 0);
  }
  EXPECT_NEAR(share, 1, 1e-6);
  EXPECT_EQ(macs, answer["macs"]);
  const json& memory = answer["memory_gbs"];
  EXPECT_GE(memory["L1"], memory["L2"]);
  EXPECT_GE(memory["L2"], memory["L3"]);
  EXPECT_GE(memory["L3"], memory["memory"]);
  EXPECT_GT(memory["memory"], 0.1);
}

// Without --layers nothing of that is measured.
TEST(Json, BenchWithoutLayers) {
  const json answer = json_of(mien({"bench", tiny_model(), "--runs", "3", "--json"}));
  EXPECT_FALSE(answer.contains("layers"));
  EXPECT_FALSE(answer.contains("memory_gbs"));
}

TEST(Json, Doctor) {
  const json answer = json_of(mien({"doctor", "--json"}));
  expect_keys(answer, {"version", "cpu", "features", "isas", "threads_allowed", "decoders"});
  int chosen = 0;
  for (const json& isa : answer["isas"]) {
    chosen += isa["chosen"].get<bool>() ? 1 : 0;
    if (isa["usable"]) {
      EXPECT_GT(isa["peak_gflops"], 0.1);
    }
  }
  EXPECT_EQ(chosen, 1);
}

}  // namespace
}  // namespace mien::test
