// Imports an ncnn network: the text `.param` and the `.bin` of its weights. Thread-safety: free functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "converters/convert.h"
#include "converters/picture_size.h"

namespace mien {

// param: the bytes of the text; bin: those of the weights, freed as soon as the numbers are out. ncnn's blobs have no
// batch: a blob C x H x W is 1 x C x H x W in the graph, one of W numbers 1 x W. Outputs are the blobs that no layer
// reads. `asked` is the picture's size where the Input layer leaves it free; one that is assumed stands in the report's
// warnings.
// Everything that mien does not run goes to *unsupported, all of it, and the status is then unsupported too. Other
// errors: unreadable if the text does not begin with ncnn's number; corrupt with the line of the text, the layer, or
// the byte of the weights, which must end with the last layer's.
Result<Imported> import_ncnn(const uint8_t* param, size_t size, std::vector<uint8_t> bin, const PictureSize& asked,
                             std::vector<std::string>* unsupported);

// A text of ncnn's first years: layers as today, without the number in front. For a message only.
bool looks_like_old_ncnn(const uint8_t* data, size_t size);

// Layers that import_ncnn reads, as a Markdown table for the documentation.
std::string ncnn_operators_markdown();

}  // namespace mien
