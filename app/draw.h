// Boxes, points and names drawn into a picture, and the picture as PNG. Thread-safety: free functions without state.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "face/face.h"
#include "face/picture.h"

namespace mien::app {

using Color = std::array<uint8_t, 3>;

// One that differs from its neighbours, for the i-th face or person.
Color color_of(size_t i);

// The face's box, its landmarks, and `label` above the box, or inside where there is no room above. Lines are as thick
// and letters as large as the picture asks for. What lies outside of the picture is left out; characters that are not
// printable ASCII become '?'.
void mark_face(Picture* picture, const Face& face, const std::string& label, Color color);

Result<std::vector<uint8_t>> encode_png(const Picture& picture);
// Errors start with the path; what is there is replaced when the new file is complete.
Status write_png(const Picture& picture, const std::string& path);

// The file for each picture's drawing, none if `to` is empty: `to` for one picture; in a folder `to`, photo.png for
// some/where/photo.jpg, and where that is taken where_photo.png, then where_photo_2.png and so on. Error bad_argument:
// several pictures and no folder; a drawing that would replace one of the pictures.
Result<std::vector<std::string>> drawing_paths(const std::string& to, const std::vector<std::string>& pictures);

}  // namespace mien::app
