// The networks that mien can build by name, each in its own file in the order of its paper.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/records.h"
#include "engine/status.h"
#include "models/weight_source.h"

namespace mien {

// Names accepted by build_network, in the order of the README's table.
std::vector<std::string> network_names();

// How a network is built where its weights do not say it.
struct BuildOptions {
  int height = 0, width = 0;  // of the picture, both or neither; only a detector may have any
  bool mindspore = false;     // MindSpore's definition where it differs from the others': retinaface_resnet50's pool
};
// The network with these weights. The package has its input and output records; its card says the network's name and
// licence only. Shapes are inferred; golden is left empty. The source may have refused something: ask it before use.
// Error: bad_argument for a name that is not there (lists the names) or a size the network cannot have.
Result<Package> build_network(const std::string& name, WeightSource& weights, const BuildOptions& options = {});
// The network with weights drawn from `seed` by the rule in seeded_weights.h: untrained, the same bits on every host.
// Otherwise the same; the card says so.
Result<Package> build_network(const std::string& name, uint64_t seed, const BuildOptions& options = {});

}  // namespace mien
