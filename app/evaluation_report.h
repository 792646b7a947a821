// Evaluations for people, for programs and for the model file. Thread-safety: free functions.
#pragma once

#include <string>
#include <vector>

#include "app/console.h"
#include "engine/records.h"
#include "face/evaluate/evaluate.h"

namespace mien::app {

// One model measured on one set.
struct Measured {
  std::string model;  // path
  std::string set;
  const Protocol* protocol = nullptr;
  Flip flip = Flip::none;
  size_t dropped_pairs = 0;
  std::vector<std::string> missing;
  double seconds = 0;  // of embedding, shared by the flips
  Evaluation evaluation;
};

// "mobilefacenet, lfw, sum"
std::string label_of(const Measured& measured);

// A row for each, the way InsightFace's log prints them; below it the thresholds for false accept rates.
std::string text_of(const std::vector<Measured>& all);
// Of one: an object. Of several: an array of such objects.
Json json_of(const std::vector<Measured>& all);

// Of the ROC's points, those that are seen: the last of each FAR, and of these about a hundred per decade.
std::vector<RocPoint> thinned(const std::vector<RocPoint>& roc);

// `record` with the flip, the thresholds and what they were measured on.
FaceRecord with_thresholds(FaceRecord record, const Measured& measured);

}  // namespace mien::app
