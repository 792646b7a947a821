// A model file as an object file: linked into a program, it is an array in memory. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "kernels/cpu.h"

namespace mien::codegen {

// An ELF relocatable object for the processor of `isa` that holds `size` bytes in read-only memory, at a multiple of
// 64, as NAME_model, and their number, a 64-bit integer, as NAME_model_size. The bytes are the same on any host. Throws
// std::bad_alloc.
std::vector<uint8_t> model_object(const std::string& name, const uint8_t* data, size_t size, kernels::Isa isa);

// NAME_model.h, which declares both.
std::string model_object_header(const std::string& name);

}  // namespace mien::codegen
