// Reads an ONNX ModelProto into a graph. Strict: what it cannot represent exactly it refuses, all of it at once.
#pragma once

#include <string>
#include <vector>

#include "converters/convert.h"
#include "converters/picture_size.h"

namespace mien {

// True if the bytes look like a ModelProto (probe of the top-level fields; no parse).
bool looks_like_onnx(const uint8_t* data, size_t size);
// folder: where external data may lie ("" = none allowed). asked: of the picture, where the first input leaves its
// height or width free. unsupported is filled with every operator or form refused.
Result<Imported> import_onnx(const uint8_t* data, size_t size, const std::string& folder,
                             std::vector<std::string>* unsupported, const PictureSize& asked = {});

}  // namespace mien
