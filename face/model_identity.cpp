#include <cstring>

#include "engine/file/container.h"
#include "engine/file/flat_file.h"
#include "engine/file/hash.h"
#include "engine/file/mapped_file.h"
#include "face/gallery_info.h"

namespace mien {

Result<ModelIdentity> identity_of(const std::string& model_path) {
  auto mapped = file::MappedFile::open(model_path);
  if (!mapped.ok()) return mapped.status();
  const file::MappedFile& bytes = **mapped;
  const Result<Package> package = read_memory(bytes.data(), bytes.size(), {false});
  file::Sections sections;
  const Status status = package.ok() ? file::read_container(bytes.data(), bytes.size(), &sections) : package.status();
  if (!status.ok()) return Status{status.code(), model_path + ": " + status.message()};
  uint64_t hashes[3];
  int n = 0;
  for (const file::Section section : {file::kGraph, file::kInput, file::kWeights})
    hashes[n++] = sections.of[section].hash;
  const std::string& name = package.value().card.name;
  return ModelIdentity{name.empty() ? package.value().graph.name : name, file::hash_of(hashes, sizeof hashes)};
}

}  // namespace mien
