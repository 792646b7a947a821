// The graphs of models/ against the original definitions, with seeded weights.
#include "tests/models/golden_suite.h"
#include "tests/models/signed_slopes.h"

namespace mien {
namespace {

Result<Package> seeded(const Case& c, const BuildOptions& options) {
  if (!c.signed_slopes()) return build_network(c.network, 0, options);
  SignedSlopes weights;
  return build_network(c.network, weights, options);
}

Case of(const char* network, const char* file, const std::map<std::string, std::string>& outputs, size_t not_layers,
        bool of_own_size = false) {
  return {network, file, outputs, not_layers, seeded, "seed", of_own_size};
}

const Case kSmall[] = {
    of("deepid", "deepid", kDeepid, 2),
    of("mobilefacenet_0.45g", "mobilefacenet_0.45g", kEmbedding, 1),
    of("mobilefacenet_0.45g", "mobilefacenet_0.45g.signed_slopes", kEmbedding, 1),
    of("gluonface_mobilefacenet", "gluonface_mobilefacenet", kEmbedding, 1),
    of("gluonface_mobilefacenet", "gluonface_mobilefacenet.signed_slopes", kEmbedding, 1),
    of("retinaface_mobilenet025", "retinaface_mobilenet025", kDetection, 0),
    of("retinaface_mobilenet025", "retinaface_mobilenet025.203x250", kRawDetection, 0, true),
    of("retinaface_resnet50", "retinaface_resnet50.203x250", kRawDetection, 0, true),
    of("facenet", "facenet_20180408", kFacenet, 1),
};
const Case kLarge[] = {
    of("arcface_r50", "arcface_r50", kEmbedding, 2),
    of("arcface_r100", "arcface_r100", kEmbedding, 2),
    of("retinaface_resnet50", "retinaface_resnet50", kDetection, 0),
};

const Case kLargeSigned[] = {of("arcface_r50", "arcface_r50.signed_slopes", kEmbedding, 2)};

INSTANTIATE_TEST_SUITE_P(Small, GoldenNetworks, testing::ValuesIn(kSmall), name_of_case);
INSTANTIATE_TEST_SUITE_P(Large, GoldenNetworks, testing::ValuesIn(kLarge), name_of_case);
INSTANTIATE_TEST_SUITE_P(Small, GoldenReference, testing::ValuesIn(kSmall), name_of_case);
INSTANTIATE_TEST_SUITE_P(Long, GoldenReference, testing::ValuesIn(kLarge), name_of_case);
INSTANTIATE_TEST_SUITE_P(LongSigned, GoldenNetworks, testing::ValuesIn(kLargeSigned), name_of_case);
INSTANTIATE_TEST_SUITE_P(LongSigned, GoldenReference, testing::ValuesIn(kLargeSigned), name_of_case);

}  // namespace
}  // namespace mien
