// Imports an MXNet symbol with its parameters. Thread-safety: free functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "converters/checkpoint/checkpoint.h"
#include "converters/convert.h"

namespace mien {

// symbol: the bytes of `prefix-symbol.json`; params: what read_mxnet_params gave for its `prefix-0000.params`, with or
// without the prefixes arg: and aux:. A variable without a parameter that the heads need as data is an input; labels
// are dropped with the loss that reads them.
// input_shape: of the first input, N x C x H x W with N = 1. Empty: what the symbol says, or else 112 x 112 with the
// channels of the first convolution, which the report's warnings then name.
// Everything that mien does not run goes to *unsupported, all of it, and the status is then unsupported too. Other
// errors: corrupt, with the node; corrupt with a list of all parameters that are missing.
Result<Imported> import_mxnet(const uint8_t* symbol, size_t size, Checkpoint params,
                              const std::vector<int64_t>& input_shape, std::vector<std::string>* unsupported);

// Operators that import_mxnet reads, as a Markdown table for the documentation.
std::string mxnet_operators_markdown();

}  // namespace mien
