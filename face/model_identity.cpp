#include "engine/file/container.h"
#include "engine/file/flat_file.h"
#include "engine/file/hash.h"
#include "engine/file/mapped_file.h"
#include "face/gallery_info.h"

namespace mien {
namespace {

// From the table of sections: the weights need not be read for it.
Result<uint64_t> hash_of_model(const uint8_t* data, size_t size) {
  file::Sections sections;
  MIEN_RETURN_IF_ERROR(file::read_container(data, size, &sections));
  uint64_t hashes[3];
  int n = 0;
  for (const file::Section section : {file::kGraph, file::kInput, file::kWeights})
    hashes[n++] = sections.of[section].hash;
  return file::hash_of(hashes, sizeof hashes);
}

ModelIdentity identity_with(uint64_t hash, const Package& package) {
  const std::string& name = package.card.name;
  return {name.empty() ? package.graph.name : name, hash, package.face.flip};
}

Status at_path(const std::string& path, const Status& status) {
  return {status.code(), path + ": " + status.message()};
}

}  // namespace

Result<ModelIdentity> identity_of(const void* data, size_t size) {
  const Result<Package> package = read_memory(data, size, {false});
  if (!package.ok()) return package.status();
  const Result<uint64_t> hash = hash_of_model(static_cast<const uint8_t*>(data), size);
  if (!hash.ok()) return hash.status();
  return identity_with(*hash, *package);
}

Result<ModelIdentity> identity_of(const std::string& model_path) {
  auto mapped = file::MappedFile::open(model_path);
  if (!mapped.ok()) return mapped.status();
  Result<ModelIdentity> identity = identity_of((*mapped)->data(), (*mapped)->size());
  if (!identity.ok()) return at_path(model_path, identity.status());
  return identity;
}

Result<ModelIdentity> identity_of(const std::string& model_path, const Package& package) {
  auto mapped = file::MappedFile::open(model_path);
  if (!mapped.ok()) return mapped.status();
  const Result<uint64_t> hash = hash_of_model((*mapped)->data(), (*mapped)->size());
  if (!hash.ok()) return at_path(model_path, hash.status());
  return identity_with(*hash, package);
}

}  // namespace mien
