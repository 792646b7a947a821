// What config.json says of inputs and outputs, held against the imported graph. Thread-safety: free function.
#pragma once

#include "converters/convert.h"
#include "converters/nn_archive/config.h"

namespace mien::nn_archive {

// Fills the input record's colour order, mean and scale. Names and shapes are the graph's: where config.json says
// otherwise there is a warning. A graph that normalises its input itself keeps doing so, alone.
// REQUIRES: fill_records was called. Error: corrupt for lists of another length than the graph's channels and for
// numbers that nothing can be divided by; unsupported for pictures that are not RGB, BGR or gray.
Status apply_config(const Config& config, Imported* imported);

}  // namespace mien::nn_archive
