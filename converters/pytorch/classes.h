// The classes and functions that a PyTorch file may name. Nothing is imported or called: a name is either known, and
// what it stands for is rebuilt here, or the file is refused. Thread-safety: free functions without state.
#pragma once

#include <optional>
#include <string_view>

#include "converters/checkpoint/elements.h"
#include "converters/pickle/pickle.h"

namespace mien::pytorch {

// The rule of the pickle machine: tensors, the dictionaries that hold them, and what training scripts store beside them
// (numbers, paths, options), which is inert. Error unsupported: any other name, with what to do about it; corrupt: a
// name through which hostile pickles run code.
Result<pickle::Use> use_of(std::string_view module, std::string_view name);

bool is_script_class(std::string_view module);  // of a TorchScript archive: a module whose state holds its tensors

// Element type of a typed storage class: torch.FloatStorage and its kind.
std::optional<ElementType> type_of_storage(std::string_view module, std::string_view name);
// Of torch.float32 and its kind.
std::optional<ElementType> type_of_dtype(std::string_view module, std::string_view name);

}  // namespace mien::pytorch
