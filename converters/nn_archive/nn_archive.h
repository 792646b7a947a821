// Reads a Luxonis NN Archive: a tar file, plain or packed, with a config.json and an ONNX model. Strict, and in memory:
// nothing is unpacked to disk. Thread-safety: free function.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "converters/convert.h"
#include "converters/picture_size.h"

namespace mien {

// The graph is the ONNX file's, which may have no external data; the input record is config.json's. A picture's size
// that the graph leaves free is what config.json says, or else what is asked for. The bytes of the archive are freed as
// soon as the model is out of them.
// Error: corrupt, with the byte or the place in config.json; unsupported for archives with a program for a device, and
// all that import_onnx refuses, listed in unsupported.
Result<Imported> import_nn_archive(std::vector<uint8_t> file, std::vector<std::string>* unsupported,
                                   const PictureSize& asked = {});

}  // namespace mien
