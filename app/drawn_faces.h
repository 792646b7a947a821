// Simple drawings that look like faces, so that a network can be tried where there is no picture. Pure functions.
#pragma once

#include "face/picture.h"

namespace mien::app {

// 112x112, eyes, nose and mouth roughly where an aligned crop has them. `person` chooses the face, `take` the light,
// the mouth and a shift of a pixel or so. The same bytes on every host.
Picture draw_face(int person, int take);

}  // namespace mien::app
