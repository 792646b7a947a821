// The mirror image of a network's input. Pure function.
#pragma once

#include "engine/records.h"

namespace mien {

// What fill_input gives for the mirror image, from what it gives for the picture: left and right exchanged. The two do
// not overlap.
void mirror_input(const float* input, const InputRecord& record, float* mirrored);

}  // namespace mien
