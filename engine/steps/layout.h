// Steps that move data and compute nothing: between the plain and the blocked layout, borders, strided copies, nearest
// resize.
#pragma once

#include "engine/aligned.h"
#include "engine/steps/step.h"

namespace mien {

// plain -> blocked and back; `shape` is N x C x H x W or N x C (one pixel).
std::unique_ptr<Step> make_pack(const kernels::Kernels& kernels, const Shape& shape, BufferId x, BufferId y);
std::unique_ptr<Step> make_unpack(const kernels::Kernels& kernels, const Shape& shape, BufferId x, BufferId y);

// The borders that a window needs, as zeros around the picture. narrow: plain -> [N][H'][W'][C]; else blocked ->
// blocked with each block bordered.
std::unique_ptr<Step> make_border(const kernels::Kernels& kernels, const Shape& shape, const Window& window,
                                  bool narrow, BufferId x, BufferId y);

// One strided copy per source into the plain buffer y: transpose, slice, concat, pad. `fill` is written everywhere
// first when `filled`.
struct CopyPart {
  BufferId x = kNoBuffer;
  int64_t x_offset = 0, y_offset = 0;  // floats
  kernels::CopyArgs args{};            // x and y are set at run time
};
std::unique_ptr<Step> make_copy(const kernels::Kernels& kernels, std::vector<CopyPart> parts, bool filled, float fill,
                                int64_t y_floats, BufferId y);

// Blocks of several blocked buffers of the same H x W, one after the other (concat on channels).
struct BlockPart {
  BufferId x = kNoBuffer;
  int64_t floats = 0;  // of one image
};
std::unique_ptr<Step> make_block_concat(const kernels::Kernels& kernels, std::vector<BlockPart> parts, int64_t images,
                                        BufferId y);

// Blocked, nearest. rows and columns are the sources of each output row and column.
std::unique_ptr<Step> make_resize(const kernels::Kernels& kernels, const Shape& x_shape, std::vector<int32_t> rows,
                                  std::vector<int32_t> columns, BufferId x, BufferId y);

// Row-major strides of a shape.
void plain_strides(const Shape& shape, int64_t strides[kMaxRank]);
// Floats of a value of this shape in the blocked layout.
int64_t blocked_floats(const Shape& shape);

}  // namespace mien
