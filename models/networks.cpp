#include "models/networks.h"

#include "models/deepid.h"
#include "models/facenet.h"
#include "models/gluonface_mobilefacenet.h"
#include "models/iresnet.h"
#include "models/mobilefacenet.h"
#include "models/mobilefacenet_045g.h"
#include "models/retinaface.h"

namespace mien {
namespace {

struct Entry {
  const char* name;
  Package (*build)(uint64_t seed);
};

constexpr Entry kNetworks[] = {
    {"mobilefacenet", mobilefacenet},
    {"mobilefacenet_0.45g", mobilefacenet_045g},
    {"arcface_r50", arcface_r50},
    {"arcface_r100", arcface_r100},
    {"facenet", facenet},
    {"deepid", deepid},
    {"gluonface_mobilefacenet", gluonface_mobilefacenet},
    {"retinaface_mobilenet025", [](uint64_t seed) { return retinaface_mobilenet025(seed); }},
    {"retinaface_resnet50", [](uint64_t seed) { return retinaface_resnet50(seed); }},
};

Card card_of(const std::string& name, uint64_t seed) {
  Card card;
  card.name = name;
  card.license = "Apache-2.0";
  card.source_file = "untrained: weights drawn from seed " + std::to_string(seed);
  card.source_format = "seed";
  card.converter = "mien " MIEN_VERSION;
  return card;
}

}  // namespace

std::vector<std::string> network_names() {
  std::vector<std::string> names;
  for (const Entry& entry : kNetworks) names.push_back(entry.name);
  return names;
}

Result<Package> build_network(const std::string& name, uint64_t seed) {
  for (const Entry& entry : kNetworks) {
    if (name != entry.name) continue;
    Package package = entry.build(seed);
    package.card = card_of(name, seed);
    MIEN_RETURN_IF_ERROR(infer_shapes(package.graph));
    return package;
  }
  std::string known;
  for (const std::string& n : network_names()) known += (known.empty() ? "" : ", ") + n;
  return Status(Code::bad_argument, "no network named '" + name + "'; there are: " + known);
}

}  // namespace mien
