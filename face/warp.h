// Pictures moved and resized bilinearly, with the arithmetic of OpenCV's warpAffine and resize for 8-bit pictures as
// it was until version 4.10, which the published crops were made with. Thread-safety: pure functions.
#pragma once

#include "face/picture.h"
#include "face/similarity.h"

namespace mien {

// Pixel (x, y) of the answer is the source at the point that `to_target` sends to (x, y): between four pixels by
// weights in steps of 1/32, black beyond the border. The same bits as warpAffine(INTER_LINEAR, BORDER_CONSTANT 0) for
// sources of less than 32768 pixels a side. REQUIRES: source holds a pixel, width and height are at least 1, to_target
// has a scale above 0.
Picture warp(const Picture& source, const Similarity& to_target, int32_t width, int32_t height);

// Each axis on its own scale, pixel centres at half numbers, weights in steps of 1/2048; shrinking skips pixels instead
// of averaging them, save by exactly one half, where OpenCV takes means of 2 x 2. The same bits as
// resize(INTER_LINEAR). Reads only the rows that are asked for. `resize_into` writes rows of `stride` bytes, the first
// 3 * width of them, and leaves the rest alone.
// REQUIRES: source holds a pixel, width and height are at least 1, stride is at least 3 * width.
Picture resize(const Picture& source, int32_t width, int32_t height);
void resize_into(const Picture& source, int32_t width, int32_t height, uint8_t* rgb, size_t stride);

// Pillow's resize with its bilinear filter: a triangle as wide as the shrinking asks for, so every source pixel counts.
// The same bits as Image.resize((width, height), BILINEAR). `box` is the part of the source that becomes the answer.
// REQUIRES: the box lies within the source and holds a pixel; width and height are at least 1.
Picture resize_smoothly(const Picture& source, const PixelBox& box, int32_t width, int32_t height);

}  // namespace mien
