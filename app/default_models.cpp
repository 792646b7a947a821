#include "app/default_models.h"

#include "app/files.h"
#include "engine/file/flat_file.h"

namespace mien::app {

const Carried* default_model(const std::string& name) {
  if (name == kDefaultDetector) return &kCarriedDetector;
  return name == kDefault || name == kDefaultRecogniser ? &kCarriedRecogniser : nullptr;
}

Result<Package> open_package(const std::string& path) {
  const Carried* carried = default_model(path);
  Result<Package> package = carried ? read_memory(carried->begin, carried->size()) : read_file(path);
  if (!package.ok()) return named(path, package.status());
  return package;
}

void resolve_defaults(bool detector, bool recogniser, std::vector<std::string>* models) {
  std::vector<std::string> wanted, resolved;
  if (detector) wanted.push_back(kDefaultDetector);
  if (recogniser) wanted.push_back(kDefaultRecogniser);
  for (const std::string& model : *models) {
    if (model == kDefault) {
      resolved.insert(resolved.end(), wanted.begin(), wanted.end());
    } else {
      resolved.push_back(model);
    }
  }
  *models = models->empty() ? wanted : resolved;
}

}  // namespace mien::app
