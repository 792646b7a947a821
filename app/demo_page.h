// What the demo shows, as one HTML page that needs nothing else. Thread-safety: free function without state.
#pragma once

#include <string>
#include <vector>

#include "engine/status.h"
#include "face/picture.h"

namespace mien::app {

struct DemoFace {
  std::string name;
  Picture picture;              // with its box and landmarks drawn
  std::vector<double> cosines;  // to the face of every picture, in their order
};

struct DemoPage {
  std::string models;  // one line
  std::vector<DemoFace> faces;
  double threshold = 0;              // cosine from which two faces are one person's
  std::vector<std::string> remarks;  // paragraphs
};

// Pictures above a table of cosines, those of one person marked. Error: encode_png's.
Result<std::string> html_of(const DemoPage& page);

}  // namespace mien::app
