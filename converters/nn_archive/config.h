// config.json of an NN Archive: which file is the model, and what its inputs want. Thread-safety: free function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/status.h"

namespace mien::nn_archive {

struct Tensor {
  std::string name;
  std::vector<int64_t> shape;  // empty: not given
  std::string layout;          // "NCHW"; one letter for each dimension, or empty
};

struct Input : Tensor {
  bool image = false;               // else raw numbers
  std::vector<double> mean, scale;  // (v - mean) / scale; empty: none
  std::string dai_type;             // "BGR888p"; empty: not given
  std::optional<bool> reverse_channels, interleaved_to_planar;
};

struct Config {
  std::string name;  // of the model, may be empty
  std::string path;  // of its file, as written
  std::vector<Input> inputs;
  std::vector<Tensor> outputs;
};

// Unknown keys are passed over; element types, heads and precision too: the graph says what of them matters.
// Error: corrupt, with the place ("model.inputs[0].shape"), for what is missing or of another kind; unsupported for
// another major version.
Result<Config> read_config(const uint8_t* data, size_t size);

}  // namespace mien::nn_archive
