// What holds of the readers of weights for any bytes whatever: an error, or tensors that are whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

#include "converters/checkpoint/checkpoint.h"
#include "converters/pytorch/pytorch.h"
#include "converters/safetensors/safetensors.h"

namespace mien::testing {

// "" if the result is an error with a text, or a valid set of tensors; else what is wrong with it.
inline std::string fault_of(const Result<Checkpoint>& r) {
  if (!r.ok()) return r.status().message().empty() ? "an error without a text" : "";
  if (r->tensors.empty() && r->format == "pytorch") return "no tensors";
  std::set<std::string> names;
  for (const NamedTensor& t : r->tensors) {
    const bool floating = t.type.find("float") != std::string::npos;
    if (!names.insert(t.name).second) return "'" + t.name + "' twice";
    if (t.shape.elements() < 0) return "'" + t.name + "' has an impossible shape";
    if (t.values.size() != (floating ? static_cast<size_t>(t.shape.elements()) : 0))
      return "'" + t.name + "' has as many numbers as it should not";
  }
  return "";
}

// The same of both readers.
inline std::string fault_of_readers(const uint8_t* data, size_t size) {
  const std::string fault = fault_of(read_pytorch(data, size));
  return fault.empty() ? fault_of(read_safetensors(data, size)) : fault;
}

}  // namespace mien::testing
