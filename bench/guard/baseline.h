// The recorded laps: a JSON file, by CPU with its instruction set, then by network. Not thread-safe.
#pragma once

#include <string>
#include <vector>

#include "engine/status.h"

namespace mien::guard {

// "AMD EPYC family 25 model 17 avx512": the brand alone names many different cores in a virtual machine.
std::string cpu_key(const std::string& isa);

// The efficiency of each lap; none if nothing is recorded for them. Error: corrupt or unreadable, with the path.
Result<std::vector<double>> read_baseline(const std::string& path, const std::string& cpu, const std::string& network);
// Puts the laps into the file, whose other entries stay.
Status write_baseline(const std::string& path, const std::string& cpu, const std::string& network,
                      const std::vector<double>& laps);

}  // namespace mien::guard
