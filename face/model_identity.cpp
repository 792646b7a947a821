#include <cstring>

#include "engine/file/container.h"
#include "engine/file/flat_file.h"
#include "engine/file/hash.h"
#include "engine/file/mapped_file.h"
#include "face/gallery_info.h"

namespace mien {

Result<ModelIdentity> identity_of(const void* data, size_t size) {
  const Result<Package> package = read_memory(data, size, {false});
  if (!package.ok()) return package.status();
  file::Sections sections;
  MIEN_RETURN_IF_ERROR(file::read_container(static_cast<const uint8_t*>(data), size, &sections));
  uint64_t hashes[3];
  int n = 0;
  for (const file::Section section : {file::kGraph, file::kInput, file::kWeights})
    hashes[n++] = sections.of[section].hash;
  const std::string& name = package->card.name;
  return ModelIdentity{name.empty() ? package->graph.name : name, file::hash_of(hashes, sizeof hashes)};
}

Result<ModelIdentity> identity_of(const std::string& model_path) {
  auto mapped = file::MappedFile::open(model_path);
  if (!mapped.ok()) return mapped.status();
  Result<ModelIdentity> identity = identity_of((*mapped)->data(), (*mapped)->size());
  if (!identity.ok()) return Status{identity.status().code(), model_path + ": " + identity.status().message()};
  return identity;
}

}  // namespace mien
