// A network of models/ from a checkpoint: named by the user or recognised by its tensors. Thread-safety: free function.
#pragma once

#include <string>
#include <vector>

#include "converters/checkpoint/checkpoint.h"
#include "converters/convert.h"
#include "models/networks.h"

namespace mien {

struct CheckpointOptions {
  std::string network;  // "" = the one that fits
  BuildOptions build;   // MindSpore's definition is chosen by the names that fit
  bool keep_negative_slopes = false;
};

// The network with the checkpoint's weights, with notes on what was recognised and used. No tensor's value is copied
// but those of other layouts. The licence is left empty: it is the weights', which no checkpoint states.
// Error: bad_argument where no network fits, or more than one and none is named, with what came closest; corrupt for
// weights that are not finite or variances that are not positive.
Result<Imported> build_from_checkpoint(Checkpoint checkpoint, const CheckpointOptions& options);

}  // namespace mien
