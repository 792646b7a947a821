// Imports an MXNet symbol with its parameters. Thread-safety: free functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "converters/checkpoint/checkpoint.h"
#include "converters/convert.h"
#include "converters/picture_size.h"

namespace mien {

// symbol: the bytes of `prefix-symbol.json`; params: what read_mxnet_params gave for its `prefix-0000.params`, with or
// without the prefixes arg: and aux:. A variable without a parameter that the heads need as data is an input; labels
// are dropped with the loss that reads them.
// asked: of the first input, where the symbol leaves it free; 112 x 112 is assumed if nothing is asked for, which the
// report's warnings then name. Channels that the symbol does not give are those of the first convolution.
// Everything that mien does not run goes to *unsupported, all of it, and the status is then unsupported too. Other
// errors: corrupt, with the node; corrupt with a list of all parameters that are missing.
Result<Imported> import_mxnet(const uint8_t* symbol, size_t size, Checkpoint params, const PictureSize& asked,
                              std::vector<std::string>* unsupported);

// Operators that import_mxnet reads, as a Markdown table for the documentation.
std::string mxnet_operators_markdown();

}  // namespace mien
