// Storages and tensors as a PyTorch pickle describes them: a storage is a run of elements that the file holds by a key,
// a tensor a strided view of one. Thread-safety: free functions; a table belongs to one reader.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "converters/checkpoint/elements.h"
#include "converters/pickle/values.h"
#include "engine/graph.h"
#include "engine/status.h"

namespace mien::pytorch {

struct Storage {
  ElementType type = ElementType::float32;
  int64_t elements = 0;
  const uint8_t* data = nullptr;  // null until the layout's reader has found it
  int64_t bytes() const { return elements * bytes_of(type); }
};

using StorageTable = std::map<std::string_view, Storage>;  // by key

// All storages that the values name, without data. Error: a persistent id that is no storage, or two that disagree.
Result<StorageTable> declared_storages(const pickle::Values& values);

struct TensorView {
  std::string_view storage;
  ElementType type = ElementType::float32;
  int64_t first_byte = 0;  // of the first element, in the storage
  Shape shape;
  std::vector<int64_t> strides;  // in elements; not negative
};

// Whether the value is a record that makes a tensor or a parameter.
bool is_tensor(const pickle::Values& values, pickle::Ref v);

// The tensor of such a record; every element lies inside its storage. Errors tell what is wrong, not where.
// REQUIRES: is_tensor(values, v); the table is that of the values.
Result<TensorView> describe_tensor(const pickle::Values& values, pickle::Ref v, const StorageTable& table);

}  // namespace mien::pytorch
