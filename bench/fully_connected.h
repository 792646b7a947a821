// Rows of the one layer that is nothing but weights: the end of ArcFace's networks. Not thread-safe.
#pragma once

namespace mien::bench {

// Registers "fully_connected_25088x512/batch<n>". Every run takes the next of several layers, 50 MB of weights each, so
// that no cache holds what it reads. Of the least time of a run: weights in GB/s, and of the speed at which one thread
// reads memory; GFLOP/s, and of the FMA peak. Both limits are measured in turns in the same process.
void add_fully_connected_rows();

}  // namespace mien::bench
