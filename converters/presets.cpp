#include "converters/presets.h"

namespace mien {
namespace {

// (v - mean) * scale for v in 0..255.
struct Preset {
  const char* name;
  ColorOrder color;
  double mean[3];
  double divisor[3];
  // What it was trained on, and the flip behind its published figures; nothing for those that are not for faces alone.
  Alignment alignment = Alignment::unknown;
  Flip flip = Flip::none;
  float margin = 0;
};

constexpr Preset kPresets[] = {
    {"arcface", ColorOrder::rgb, {127.5, 127.5, 127.5}, {127.5, 127.5, 127.5}, Alignment::landmarks},
    {"mxnet", ColorOrder::rgb, {127.5, 127.5, 127.5}, {128, 128, 128}, Alignment::landmarks, Flip::sum},
    {"imagenet", ColorOrder::rgb, {0.485 * 255, 0.456 * 255, 0.406 * 255}, {0.229 * 255, 0.224 * 255, 0.225 * 255}},
    {"gluonface", ColorOrder::rgb, {0, 0, 0}, {255, 255, 255}, Alignment::landmarks, Flip::concat},
    {"facenet", ColorOrder::rgb, {127.5, 127.5, 127.5}, {128, 128, 128}, Alignment::box, Flip::concat, 32},
    {"deepid", ColorOrder::rgb, {127.5, 127.5, 127.5}, {127.5, 127.5, 127.5}, Alignment::box},
    {"retinaface", ColorOrder::bgr, {104, 117, 123}, {1, 1, 1}},
};

}  // namespace

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const Preset& preset : kPresets) names.push_back(preset.name);
  return names;
}

Status apply_preset(const std::string& name, InputRecord* record) {
  for (const Preset& preset : kPresets) {
    if (name != preset.name) continue;
    record->known = true;
    record->normalized_inside = false;
    record->preset = name;
    record->color = preset.color;
    record->mean = {0, 0, 0, 0};
    record->scale = {1, 1, 1, 1};
    for (size_t c = 0; c < 3; ++c) {
      record->mean[c] = static_cast<float>(preset.mean[c]);
      record->scale[c] = static_cast<float>(1 / preset.divisor[c]);
    }
    return {};
  }
  std::string list;
  for (const Preset& preset : kPresets) list += std::string(list.empty() ? "" : ", ") + preset.name;
  return {Code::bad_argument, "no preset '" + name + "'; there are: " + list};
}

FaceRecord face_of_preset(const std::string& name) {
  FaceRecord record;
  for (const Preset& preset : kPresets) {
    if (name != preset.name) continue;
    record.alignment = preset.alignment;
    record.flip = preset.flip;
    record.margin = preset.margin;
  }
  return record;
}

}  // namespace mien
