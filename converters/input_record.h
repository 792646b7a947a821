// Input and output records of an imported graph, as far as the graph itself says them. Thread-safety: free function.
#pragma once

#include "converters/convert.h"

namespace mien {

// From the shapes of the first input and output, the normalisation found at the input (known and preset "graph") and
// an L2 normalisation at the end. REQUIRES: shapes are inferred, there is an input and an output.
void fill_records(Imported* imported);

}  // namespace mien
