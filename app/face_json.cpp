#include "app/face_json.h"

namespace mien::app {

Json face_json(const Face& face, bool landmarks) {
  const Box& box = face.box;
  Json json = {{"box", {box.left, box.top, box.right, box.bottom}}, {"score", face.score}};
  if (!landmarks) return json;
  Json points = Json::array();
  for (const Point& p : face.landmarks) points.push_back({p.x, p.y});
  json["landmarks"] = points;
  return json;
}

std::string box_text(const Box& box) {
  return fixed(box.left, 0) + "," + fixed(box.top, 0) + " " + fixed(box.width(), 0) + "x" + fixed(box.height(), 0);
}

}  // namespace mien::app
