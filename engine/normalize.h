// From the pixels of a picture to the input of a network, as the model's input record says. Pure functions.
#pragma once

#include <cstdint>

#include "engine/records.h"
#include "engine/status.h"

namespace mien {

// rgb is [record.height][record.width][3], R first, whatever the record's colour order. Fills one sample of the
// graph's input, channels * height * width floats in record.layout: v is the pixel's value in record.color's channel
// c, the input is (v - mean[c]) * scale[c], both operations in float32 in this order. c counts in the record's colour
// order: mean[0] is blue's for bgr. Grey is 0.299 R + 0.587 G + 0.114 B rounded to a whole number first, as picture
// libraries do.
// Error: bad_argument if the record is not known, has no size, or a channel count that its colour order has not.
Status normalize_pixels(const uint8_t* rgb, const InputRecord& record, float* input);

}  // namespace mien
