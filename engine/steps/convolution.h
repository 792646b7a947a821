// Steps with weights: dense and grouped convolution, depthwise convolution, fully connected.
#pragma once

#include "engine/aligned.h"
#include "engine/constant_memory.h"
#include "engine/steps/step.h"

namespace mien {

struct ConvolutionSpec {
  const float* weights = nullptr;    // [M][C / groups][kh][kw]
  ConstantMemory* memory = nullptr;  // of the weights, to give back what is packed; or null
  const float* bias = nullptr;       // [M] or null
  Allocator allocator{};             // of what is packed
  Window window;
  Shape x, y;  // N x C x H x W of one sample
  // How x lies in its buffer: blocked, with the window's padding already around each block (pad_block); or narrow,
  // [H + pads][W + pads][C] (pack_narrow).
  bool narrow = false;
};

// True if the narrow form fits: few input channels, one group, no horizontal dilation.
bool can_be_narrow(const Window& window, const Shape& x);
// Groups of one channel, or of two inputs and two outputs.
bool is_depthwise(const Window& window, const Shape& x, const Shape& y);

std::unique_ptr<Step> make_convolution(const kernels::Kernels& kernels, const ConvolutionSpec& spec, BufferId x,
                                       BufferId y, Tail tail);
// x and y blocked, no border. REQUIRES: is_depthwise.
std::unique_ptr<Step> make_depthwise(const kernels::Kernels& kernels, const ConvolutionSpec& spec, BufferId x,
                                     BufferId y, Tail tail);

struct FullyConnectedSpec {
  const float* weights = nullptr;    // [M][K]
  ConstantMemory* memory = nullptr;  // as above
  const float* bias = nullptr;
  Allocator allocator{};
  int64_t rows = 1;                 // per sample
  int64_t inputs = 0, outputs = 0;  // K, M
  // x is [rows][K16 * 16], padded with zeros; or, with channels > 0, one row that is a blocked picture of
  // [channels][pixels] whose columns in `weights` are in plain order.
  int64_t channels = 0, pixels = 1;
};
// y is plain [rows][M]. tail.residual is not supported.
std::unique_ptr<Step> make_fully_connected(const kernels::Kernels& kernels, const FullyConnectedSpec& spec, BufferId x,
                                           BufferId y, Tail tail);

// The widths of the tiles that cover `channels16` whole blocks of outputs, widest first; with tiles narrower than a
// block, several per block. Returns indices into `tiles`.
std::vector<int> choose_tiles(const kernels::ConvTile* tiles, int n_tiles, int64_t blocks);

}  // namespace mien
