// The walk through a panel of packed weights that every product of tiles takes (ConvTileArgs in kernels.h): run by run,
// and in each run over all groups of pixels of the chunk. The weights of a run, 16 KB for a tile of 16 outputs, so stay
// in the first-level cache for all groups, and those of the next run are fetched from wherever they are while the
// groups are computed, evenly spread: a large network's weights come from memory, which would otherwise be idle then
// and waited for later. Thread-safety: pure functions of their arguments.
#pragma once

#include <algorithm>

#include "kernels/kernels.h"

namespace mien {

// One run: the caller sets x, y and the epilogue's pointers of a group in `args`, then calls the tile.
struct PanelRun {
  kernels::ConvTileArgs args;
  int64_t x_offset = 0;  // from the window's first input to the run's
  const float* fetch_end = nullptr;

  void call(kernels::ConvTileFn tile) {
    tile(args);
    args.prefetch += int64_t{args.prefetch_lines} * args.steps * kLine;
    if (args.prefetch >= fetch_end) args.prefetch_lines = 0;
  }

  static constexpr int64_t kLine = 16;  // floats
};

// A panel as for_each_run goes through it.
struct PanelWalk {
  int64_t steps;   // blocks x taps of the whole window
  int64_t nt;      // the tile's width
  int64_t groups;  // how many tiles are called for each run
  bool fetch;      // false where the weights are in the second-level cache: fetching them costs 5 % there
};

// Calls each(PanelRun&) for the runs of a panel in order. args: x_block, n_taps, k_per_tap, taps and the strides; w is
// the panel.
template <class Each>
void for_each_run(const kernels::ConvTileArgs& args, const PanelWalk& walk, const Each& each) {
  const int64_t most = std::max<int64_t>(1, kernels::kMaxRun / args.k_per_tap), step = args.k_per_tap * walk.nt;
  const int64_t per_group = PanelRun::kLine * walk.groups, lines = walk.fetch ? (step + per_group - 1) / per_group : 0;
  PanelRun run;
  run.args = args;
  for (int64_t first = 0; first < walk.steps; first += most) {
    const int64_t n = std::min(most, walk.steps - first);
    run.args.first_tap = static_cast<int32_t>(first % args.n_taps);
    run.args.steps = static_cast<int32_t>(n);
    run.args.resumed = first > 0;
    run.args.unfinished = first + n < walk.steps;
    run.x_offset = first / args.n_taps * args.x_block;
    run.args.prefetch = run.args.w + n * step;
    run.args.prefetch_lines = static_cast<int32_t>(lines);
    run.fetch_end = run.args.prefetch + n * step;
    const float* next = run.args.prefetch;
    each(run);
    run.args.w = next;
  }
}

}  // namespace mien
