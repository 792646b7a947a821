#include "models/networks.h"

#include "models/deepid.h"
#include "models/facenet.h"
#include "models/gluonface_mobilefacenet.h"
#include "models/iresnet.h"
#include "models/mobilefacenet.h"
#include "models/mobilefacenet_045g.h"
#include "models/mobilefacenet_relu6.h"
#include "models/retinaface.h"
#include "models/seeded_weights.h"

namespace mien {
namespace {

struct Entry {
  const char* name;
  Package (*build)(WeightSource& weights);
  Package (*build_detector)(WeightSource& weights, const BuildOptions& options) = nullptr;  // of any size
};

constexpr Entry kNetworks[] = {
    {"mobilefacenet", mobilefacenet},
    {"mobilefacenet_relu6", mobilefacenet_relu6},
    {"mobilefacenet_0.45g", mobilefacenet_045g},
    {"arcface_r50", arcface_r50},
    {"arcface_r100", arcface_r100},
    {"facenet", facenet},
    {"deepid", deepid},
    {"gluonface_mobilefacenet", gluonface_mobilefacenet},
    {"retinaface_mobilenet025", nullptr, retinaface_mobilenet025},
    {"retinaface_resnet50", nullptr, retinaface_resnet50},
};

const Entry* find(const std::string& name) {
  for (const Entry& entry : kNetworks)
    if (name == entry.name) return &entry;
  return nullptr;
}

// The options with both sides of the picture filled in.
Result<BuildOptions> sized(const Entry& entry, BuildOptions options) {
  constexpr int kUsual = 640, kLeast = 32, kMost = 8192;
  const bool given = options.height != 0 || options.width != 0;
  if (!entry.build_detector) return options;  // the network's own, see has_size
  if (!given) options.height = options.width = kUsual;
  for (const int side : {options.height, options.width}) {
    if (side >= kLeast && side <= kMost) continue;
    return Status(Code::bad_argument, "a picture of " + std::to_string(options.height) + "x" +
                                          std::to_string(options.width) + ": sides are " + std::to_string(kLeast) +
                                          " to " + std::to_string(kMost));
  }
  return options;
}

// Whether a network of one size has that which is asked for, if any is.
bool has_size(const InputRecord& input, const BuildOptions& options) {
  const bool given = options.height != 0 || options.width != 0;
  return !given || (options.height == input.height && options.width == input.width);
}

}  // namespace

std::vector<std::string> network_names() {
  std::vector<std::string> names;
  for (const Entry& entry : kNetworks) names.push_back(entry.name);
  return names;
}

Result<Package> build_network(const std::string& name, WeightSource& weights, const BuildOptions& options) {
  const Entry* entry = find(name);
  if (!entry) {
    std::string known;
    for (const std::string& n : network_names()) known += (known.empty() ? "" : ", ") + n;
    return Status(Code::bad_argument, "no network named '" + name + "'; there are: " + known);
  }
  const Result<BuildOptions> complete = sized(*entry, options);
  if (!complete.ok()) return complete.status();
  Package package = entry->build ? entry->build(weights) : entry->build_detector(weights, *complete);
  if (!has_size(package.input, *complete))
    return Status(Code::bad_argument, name + " has one size of picture, " + std::to_string(package.input.height) + "x" +
                                          std::to_string(package.input.width) + ": it cannot be given another");
  package.card.name = name;
  package.card.license = "Apache-2.0";
  package.card.converter = "mien " MIEN_VERSION;
  MIEN_RETURN_IF_ERROR(infer_shapes(package.graph));
  return package;
}

Result<Package> build_network(const std::string& name, uint64_t seed, const BuildOptions& options) {
  SeededWeights weights(seed);
  Result<Package> package = build_network(name, weights, options);
  if (!package.ok()) return package;
  package->card.source_file = "untrained: weights drawn from seed " + std::to_string(seed);
  package->card.source_format = "seed";
  return package;
}

}  // namespace mien
