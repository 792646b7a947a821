#include "face/evaluate/protocols.h"

namespace mien {
namespace {

constexpr Grid kTo4{0, 0.01, 400}, kFineTo4{0, 0.001, 4000}, kTo2{0, 0.01, 200}, kFineTo2{0, 0.001, 2000};
constexpr Grid kCosines{-1, 0.005, 400}, kNone{};

constexpr Flip kPlain = Flip::none, kSum = Flip::sum, kConcat = Flip::concat;
constexpr Choice kSmallest = Choice::smallest_best;

}  // namespace

std::vector<double> Grid::values() const {
  std::vector<double> all;
  const double delta = (start + step) - start;  // arange's rounding
  for (int i = 0; i < count; ++i) all.push_back(start + i * delta);
  return all;
}

const std::vector<Protocol>& protocols() {
  // clang-format off
  static const std::vector<Protocol> kProtocols = {
      {"insightface", "InsightFace and the ONNX model zoo: sum of both, squared distance",
       kSum, Scaling::whole, Measure::squared, kTo4, kFineTo4, kSmallest, Folding::kfold, false, false},
      {"mindface", "MindFace: the same without the mirrored picture",
       kPlain, Scaling::whole, Measure::squared, kTo4, kFineTo4, kSmallest, Folding::kfold, false, false},
      {"gluon", "gluon-face: Euclidean distance",
       kPlain, Scaling::whole, Measure::euclidean, kTo2, kFineTo2, kSmallest, Folding::kfold, false, false},
      {"gluon-accumulated", "gluon-face's published flip column: each set with all sets before it",
       kConcat, Scaling::whole, Measure::euclidean, kTo2, kFineTo2, kSmallest, Folding::kfold, false, true},
      {"facenet", "facenet's recipe for LFW: both concatenated, less the mean, arccos",
       kConcat, Scaling::halves, Measure::angle, kTo4, kFineTo4, kSmallest, Folding::kfold, true, false},
      {"facenet-plain", "facenet's validate_on_lfw without flags: squared distance",
       kPlain, Scaling::halves, Measure::squared, kTo4, kFineTo4, kSmallest, Folding::kfold, false, false},
      {"openvino-omz", "OpenVINO accuracy checker, facenet: subsets by first picture, less the mean, arccos",
       kConcat, Scaling::grn, Measure::angle, kTo4, kNone, kSmallest, Folding::first_images, true, false},
      {"openvino-omz-arcface", "OpenVINO accuracy checker, ArcFace: median of the other folds",
       kPlain, Scaling::grn, Measure::half_cosine, kNone, kNone, Choice::median, Folding::tenths, false, false},
      {"deepid", "DeepID's test of pairs: cosine, the largest of the best thresholds",
       kPlain, Scaling::none, Measure::cosine, kCosines, kNone, Choice::largest_best, Folding::tenths, false, false},
  };
  // clang-format on
  return kProtocols;
}

const Protocol* find_protocol(const std::string& name) {
  for (const Protocol& protocol : protocols())
    if (name == protocol.name) return &protocol;
  return nullptr;
}

std::vector<std::string> protocol_names() {
  std::vector<std::string> names;
  for (const Protocol& protocol : protocols()) names.emplace_back(protocol.name);
  return names;
}

}  // namespace mien
