// Named pre-processing: how the frameworks that trained these networks fed them.
#pragma once

#include <string>
#include <vector>

#include "engine/records.h"
#include "engine/status.h"

namespace mien {

// arcface, mxnet, imagenet, gluonface, facenet, deepid, retinaface.
std::vector<std::string> preset_names();
// Fills color, mean, scale and preset of the record. Error: bad_argument that lists the names.
Status apply_preset(const std::string& name, InputRecord* record);
// What the networks of the preset want around them; a record that says nothing for imagenet, retinaface and names that
// are no preset's.
FaceRecord face_of_preset(const std::string& name);

}  // namespace mien
