// Reads the weights of a Caffe model: the layers of a `.caffemodel` with their blobs. Plain data and a reader;
// thread-safety: free function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/status.h"

namespace mien::caffe {

using Dims = std::vector<int64_t>;
std::string dims_text(const Dims& dims);  // "64x3x3x3"; "scalar" for none

struct Blob {
  Dims shape;  // of old files always four numbers, the first ones 1
  std::vector<float> values;
};

struct WeightLayer {
  std::string name, type;  // type as a text; empty in files of the first version, which number it
  std::vector<Blob> blobs;
};

struct CaffeModel {
  std::string name;
  std::vector<WeightLayer> layers;  // those that have blobs, no name twice
};

// Both versions of layers, shapes of both ages, packed or single numbers, float or double. Nothing is allocated before
// its bytes are known to lie in the file. Error: corrupt, with the byte, where the file contradicts itself or ends
// early, and for a blob whose numbers are not as many as its shape says; unsupported for weights in half precision.
Result<CaffeModel> read_caffe_model(const uint8_t* data, size_t size);

}  // namespace mien::caffe
