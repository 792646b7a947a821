// From a weight file to a proven .mien file: import, simplify, prove, write. Thread-safety: free functions.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/golden.h"
#include "engine/records.h"
#include "engine/status.h"
#include "models/networks.h"

namespace mien {

struct ConvertOptions {
  std::string preset;              // see presets.h; "" = what the graph says
  std::vector<float> mean, scale;  // override the preset: one value or one per channel
  std::string color;               // "rgb", "bgr", "" = preset's or rgb
  std::string align;               // "landmarks", "box", "none", "" = the network's, see face_options.h
  std::optional<float> margin;     // of a box
  std::string flip;                // "none", "sum", "concat", "" = the network's
  std::string name;                // of the model; "" = the graph's or the file's base name
  std::string license;
  std::string network;                // of models/, for a checkpoint without a graph; "" = the one that fits
  BuildOptions build;                 // of the picture, where the file leaves its size free: see picture_size.h
  bool keep_negative_slopes = false;  // of a MindSpore checkpoint, which MindSpore 1.x takes for 0
  // Weights as float16 in the file. The proof is then that of the network with the rounded weights.
  bool half = false;
  ProofLimits limits;
  int golden_cases = 2;
  // Told what is being done, and which share of the whole conversion is behind it, 0 to 1.
  std::function<void(const char* what, double share)> progress;
};

// What `convert` did and found; the command prints it and writes it as JSON.
struct ConvertReport {
  std::string format;              // "onnx"
  std::vector<std::string> notes;  // one line each: what was recognised, and by what
  std::vector<std::string> repairs;
  std::vector<std::string> warnings;
  std::vector<std::string> unsupported;  // every one of them: "node 'x': operator Foo"
  int64_t denormals_flushed = 0;
  int64_t macs = 0, params = 0, weight_bytes = 0, arena_bytes = 0, file_bytes = 0;
  ProofReport proof;
  ProofLimits limits;
};

// An imported file before anything is simplified.
struct Imported {
  Package package;  // graph as imported; input record as far as the graph says it; card
  std::vector<std::string> notes, repairs, warnings;
  int64_t denormals_flushed = 0;
};

// Reads the files of one model, in any order (formats told by content), simplifies, applies the preset, proves against
// the reference and fills package and report. Nothing is written. The report is filled as far as it got even when the
// status is an error.
Result<Package> convert(const std::vector<std::string>& inputs, const ConvertOptions& options, ConvertReport* report);
// The same for a package built by models/.
Result<Package> convert_package(Imported imported, const ConvertOptions& options, ConvertReport* report);

}  // namespace mien
