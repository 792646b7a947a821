// What a model file knows besides the graph: how a picture becomes the input, what the output is, where the weights
// came from, and the golden cases that prove them. Plain data; no thread-safety concerns.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/graph.h"
#include "engine/status.h"

namespace mien {

enum class ColorOrder : uint8_t { rgb = 0, bgr = 1, gray = 2 };
enum class InputLayout : uint8_t { nchw = 0, nhwc = 1 };  // of the graph's input tensor

// From a picture of `height` x `width` to the graph's input: channel values v in 0..255, in this colour order, become
// (v - mean[c]) * scale[c]. `known` is false for a file converted without a preset from a graph that does not say.
struct InputRecord {
  bool known = false;
  bool normalized_inside = false;  // the graph itself holds the normalisation: mean is 0 and scale is 1 here
  std::string preset;              // "arcface", "imagenet", ..., "custom", "graph" or ""
  int32_t height = 0, width = 0, channels = 3;
  InputLayout layout = InputLayout::nchw;
  ColorOrder color = ColorOrder::rgb;
  std::array<float, 4> mean{0, 0, 0, 0};
  std::array<float, 4> scale{1, 1, 1, 1};
};

// What the first output is.
struct OutputRecord {
  bool embedding = false;  // one vector per picture
  int32_t dims = 0;
  bool normalized = false;  // the graph ends in an L2 normalisation
};

// How a face in a photograph becomes the crop that the network was trained on.
enum class Alignment : uint8_t {
  unknown = 0,    // the file does not say
  landmarks = 1,  // a similarity puts the five landmarks on ArcFace's template, scaled to the input's size
  box = 2         // the detector's box and a margin around it, resized to the input's size
};
// What becomes of the embedding of the mirrored crop.
enum class Flip : uint8_t { none = 0, sum = 1, concat = 2 };

// A cosine from which two embeddings are taken for the same person, and the share of pairs of two people that it lets
// through: the false accept rate of an evaluation.
struct Threshold {
  double far = 0, cosine = 0;
};

// What a network that embeds faces wants around it, so that nobody has to say it again.
struct FaceRecord {
  Alignment alignment = Alignment::unknown;
  // Of Alignment::box: pixels of the photograph added to the box's width and height, half on each side. Otherwise 0.
  float margin = 0;
  Flip flip = Flip::none;
  std::string measured_on;            // what the thresholds were measured on: "lfw, 6000 pairs"
  std::vector<Threshold> thresholds;  // by falling far
};
inline constexpr size_t kMaxThresholds = 64;

// "none" (for unknown), "landmarks", "box"; "none", "sum", "concat".
const char* name_of(Alignment alignment);
const char* name_of(Flip flip);
// False if no value has the name; *out is then as before.
bool from_name(const std::string& name, Alignment* out);
bool from_name(const std::string& name, Flip* out);

// Whether the record is as it was made: nobody said anything.
bool is_default(const FaceRecord& record);
// Finite margin of at least 0, and 0 unless a box is cut; at most kMaxThresholds thresholds with strictly falling far
// in (0, 1) and cosine in [-1, 1]. Error: corrupt, which says what is wrong.
Status check_face_record(const FaceRecord& record);

struct Card {
  std::string name;
  std::string license;
  std::string source_file;           // base name only
  std::string source_sha256;         // 64 hex digits, "" for a network built from seeds
  std::string source_format;         // "onnx", "seed", ...
  std::string converter;             // "mien 0.1.0"
  std::vector<std::string> repairs;  // what the converter put right
};

// A tensor in few numbers. samples are the values at sample_index(i, samples.size(), elements): all of them when the
// tensor has no more elements than samples.
struct Digest {
  std::string value;  // name of the value in the graph
  int64_t elements = 0;
  double rms = 0, max_abs = 0;
  std::vector<float> samples;
};
// i-th of n sampled positions: i * (elements - 1) / (n - 1), and 0 for n = 1.
int64_t sample_index(int64_t i, int64_t n, int64_t elements);

inline constexpr int kLayerSamples = 16;
inline constexpr int kOutputSamples = 4096;

// One case: inputs made by golden_input from seed + input's index, uniform in [low, high); what the double-precision
// reference answered.
struct GoldenCase {
  uint64_t seed = 0;
  float low = -1, high = 1;
  std::vector<Digest> outputs;  // one per graph output, up to kOutputSamples samples
  std::vector<Digest> layers;   // node outputs in the order of the unfolded graph, kLayerSamples samples each
};
struct Golden {
  std::vector<GoldenCase> cases;
};
// Element i = low + (high - low) * (splitmix64(seed + i) >> 40) / 2^24, the same bits on every host.
std::vector<float> golden_input(uint64_t seed, int64_t elements, float low, float high);

// All that a .mien file holds.
struct Package {
  Graph graph;
  InputRecord input;
  OutputRecord output;
  FaceRecord face;
  Card card;
  Golden golden;
};

}  // namespace mien
