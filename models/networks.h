// The networks that mien can build by name, each in its own file in the order of its paper.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/records.h"
#include "engine/status.h"

namespace mien {

// Names accepted by build_network, in the order of the README's table.
std::vector<std::string> network_names();
// The network with weights drawn from `seed` by the rule in seeded_weights.h: untrained, the same bits on every host.
// The package has its input and output records and a card that says so; shapes are inferred. Golden is left empty.
// Error: bad_argument that lists the names there are.
Result<Package> build_network(const std::string& name, uint64_t seed);

}  // namespace mien
