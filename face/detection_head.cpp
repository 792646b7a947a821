#include "face/detection_head.h"

#include <cmath>

namespace mien {

std::vector<HeadOutput> output_rows(const Graph& graph) {
  std::vector<HeadOutput> outputs;
  for (ValueId id : graph.outputs) {
    const Shape& shape = graph.value(id).shape;
    HeadOutput output;
    // [rows, width], with or without a batch axis of 1.
    if (shape.rank == 2 || (shape.rank == 3 && shape[0] == 1))
      output = {nullptr, shape[shape.rank - 2], shape[shape.rank - 1]};
    if (shape.rank == 4 && shape[0] == 1) output = {nullptr, shape[1], shape[2] * shape[3]};
    outputs.push_back(output);
  }
  return outputs;
}

Result<std::unique_ptr<DetectionHead>> recognise_head(const Graph& graph, InputSize size) {
  const std::vector<HeadOutput> outputs = output_rows(graph);
  for (const auto make : {retinaface_head, retinaface_maps_head, yunet_head, scrfd_head, ultra_light_head}) {
    if (std::unique_ptr<DetectionHead> head = make(outputs, size)) return head;
  }
  std::string text;
  for (ValueId id : graph.outputs) {
    const Value& value = graph.value(id);
    text += (text.empty() ? "" : ", ") + ("'" + value.name + "' " + value.shape.text());
  }
  return Status{Code::bad_argument, "the model is no detector that is known (RetinaFace, YuNet, SCRFD, Ultra-Light): " +
                                        std::string("for ") + std::to_string(size.height) + "x" +
                                        std::to_string(size.width) + " pixels it gives " + text};
}

Status no_probability(float v) {
  return {Code::check_failed, "the detector gave a score of " + std::to_string(v) + ", which is no probability"};
}

Status append_face(const Face& face, std::vector<Face>* faces) {
  float sum = face.box.left + face.box.top + face.box.right + face.box.bottom;
  for (const Point& point : face.landmarks) sum += point.x + point.y;
  if (!std::isfinite(sum)) return {Code::check_failed, "the detector gave a box or a landmark that is not finite"};
  faces->push_back(face);
  return {};
}

}  // namespace mien
