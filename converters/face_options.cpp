#include "converters/face_options.h"

#include <cmath>

#include "converters/presets.h"

namespace mien {
namespace {

FaceRecord usual_record(const std::string& preset, const Package& package) {
  FaceRecord face = face_of_preset(preset);
  const InputRecord& input = package.input;
  const bool arcface_size = input.height == 112 && (input.width == 112 || input.width == 96);
  if (face.alignment == Alignment::unknown && arcface_size) face.alignment = Alignment::landmarks;
  if (face.alignment == Alignment::landmarks && face.flip == Flip::none && package.card.source_format == "mxnet")
    face.flip = Flip::sum;
  return face;
}

Status apply_align(const std::string& name, FaceRecord* face) {
  if (name.empty()) return {};
  const Alignment before = face->alignment;
  if (!from_name(name, &face->alignment))
    return {Code::bad_argument, "alignment '" + name + "'; there are: landmarks, box, none"};
  if (face->alignment != before) face->margin = 0;  // it was that of another crop
  return {};
}

Status apply_margin(std::optional<float> margin, FaceRecord* face) {
  if (!margin) return {};
  if (!std::isfinite(*margin) || *margin < 0)
    return {Code::bad_argument, "a margin of " + std::to_string(*margin) + " pixels; it is 0 or more"};
  if (face->alignment != Alignment::box)
    return {Code::bad_argument,
            "a margin goes with the alignment box; this network's is " + std::string(name_of(face->alignment))};
  face->margin = *margin == 0 ? 0 : *margin;  // not -0
  return {};
}

Status apply_flip(const std::string& name, FaceRecord* face) {
  if (name.empty() || from_name(name, &face->flip)) return {};
  return {Code::bad_argument, "flip '" + name + "'; there are: none, sum, concat"};
}

}  // namespace

Status fill_face_record(const ConvertOptions& options, Package* package, ConvertReport* report) {
  if (!package->output.embedding) {
    if (options.align.empty() && options.flip.empty() && !options.margin) return {};
    return {Code::bad_argument,
            "the network does not turn a picture into an embedding: alignment, margin and flip do not apply"};
  }
  FaceRecord& face = package->face;
  if (is_default(face)) face = usual_record(options.preset, *package);
  MIEN_RETURN_IF_ERROR(apply_align(options.align, &face));
  MIEN_RETURN_IF_ERROR(apply_margin(options.margin, &face));
  MIEN_RETURN_IF_ERROR(apply_flip(options.flip, &face));
  if (package->input.known && options.align.empty() && face.alignment == Alignment::unknown)
    report->warnings.push_back(
        "how a face becomes the picture is not known: pass an alignment (landmarks, box or none)");
  return {};
}

}  // namespace mien
