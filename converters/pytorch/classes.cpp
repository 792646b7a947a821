#include "converters/pytorch/classes.h"

#include <algorithm>
#include <string>

#include "converters/text.h"

namespace mien::pytorch {
namespace {

using pickle::Use;

struct Class {
  std::string_view module, name;
};

constexpr Class kDictionaries[] = {
    {"collections", "OrderedDict"}, {"collections", "defaultdict"}, {"collections", "Counter"}};

constexpr Class kTensors[] = {
    {"torch._utils", "_rebuild_tensor"},
    {"torch._utils", "_rebuild_tensor_v2"},
    {"torch._utils", "_rebuild_tensor_v3"},
    {"torch._utils", "_rebuild_parameter"},
    {"torch._utils", "_rebuild_parameter_with_state"},
    {"torch._tensor", "_rebuild_from_type_v2"},
    {"torch", "Tensor"},
    {"torch.nn", "Parameter"},
    {"torch.nn.parameter", "Parameter"},
    {"torch", "Size"},
    {"torch.storage", "UntypedStorage"},
};

// What checkpoints of training scripts hold besides weights. Records of these are never looked into.
constexpr Class kInert[] = {
    {"torch", "device"},
    {"torch.serialization", "_get_layout"},
    {"torch.jit._pickle", "build_intlist"},
    {"torch.jit._pickle", "build_doublelist"},
    {"torch.jit._pickle", "build_boollist"},
    {"torch.jit._pickle", "build_tensorlist"},
    {"torch.jit._pickle", "restore_type_tag"},
    {"numpy.core.multiarray", "scalar"},
    {"numpy.core.multiarray", "_reconstruct"},
    {"numpy._core.multiarray", "scalar"},
    {"numpy._core.multiarray", "_reconstruct"},
    {"numpy", "dtype"},
    {"numpy", "ndarray"},
    {"_codecs", "encode"},
    {"argparse", "Namespace"},
    {"pathlib", "PosixPath"},
    {"pathlib", "PurePosixPath"},
    {"pathlib", "WindowsPath"},
    {"pathlib", "PureWindowsPath"},
    {"datetime", "datetime"},
    {"datetime", "date"},
    {"datetime", "timedelta"},
};

constexpr std::string_view kBuiltinTypes[] = {"list",  "dict",  "set",     "frozenset", "tuple", "int",
                                              "float", "bool",  "str",     "bytes",     "long",  "unicode",
                                              "slice", "range", "complex", "bytearray"};

// Modules that hostile pickles reach for.
constexpr std::string_view kHostile[] = {
    "os",      "posix",    "nt",        "subprocess", "sys",   "builtins", "__builtin__",    "commands",
    "socket",  "shutil",   "importlib", "runpy",      "pty",   "ctypes",   "code",           "pickle",
    "_pickle", "operator", "functools", "webbrowser", "types", "marshal",  "multiprocessing"};

struct Element {
  std::string_view storage, dtype;
  ElementType type;
};

constexpr Element kElements[] = {
    {"HalfStorage", "float16", ElementType::float16},  {"BFloat16Storage", "bfloat16", ElementType::bfloat16},
    {"FloatStorage", "float32", ElementType::float32}, {"DoubleStorage", "float64", ElementType::float64},
    {"BoolStorage", "bool", ElementType::boolean},     {"ByteStorage", "uint8", ElementType::uint8},
    {"CharStorage", "int8", ElementType::int8},        {"", "uint16", ElementType::uint16},
    {"ShortStorage", "int16", ElementType::int16},     {"", "uint32", ElementType::uint32},
    {"IntStorage", "int32", ElementType::int32},       {"", "uint64", ElementType::uint64},
    {"LongStorage", "int64", ElementType::int64},
};

template <size_t n>
bool has(const Class (&list)[n], std::string_view module, std::string_view name) {
  return std::any_of(list, list + n, [&](const Class& c) { return c.module == module && c.name == name; });
}

template <size_t n>
bool has(const std::string_view (&list)[n], std::string_view word) {
  return std::find(list, list + n, word) != list + n;
}

bool is_below(std::string_view module, std::string_view parent) {
  return module == parent ||
         (module.substr(0, parent.size()) == parent && module.size() > parent.size() && module[parent.size()] == '.');
}

Status refusal(std::string_view module, std::string_view name) {
  const std::string full = "'" + printable(std::string(module)) + "." + printable(std::string(name)) + "'";
  const bool hostile = has(kHostile, module.substr(0, module.find('.')));
  if (hostile) return {Code::corrupt, "the file wants " + full + " called, as hostile files do; nothing was run"};
  if (is_below(module, "torch") && !is_below(module, "torch.nn") && !is_below(module, "torch.optim"))
    return {Code::unsupported, "a tensor of a kind that is not read: " + full};
  return {Code::unsupported, "class " + full +
                                 ": the file holds whole Python objects, which need their program; load " +
                                 "it in PyTorch and save the weights alone: torch.save(model.state_dict(), PATH)"};
}

}  // namespace

bool is_script_class(std::string_view module) {
  return is_below(module, "__torch__");
}

std::optional<ElementType> type_of_storage(std::string_view module, std::string_view name) {
  if (module == "torch.storage" && name == "UntypedStorage") return ElementType::uint8;
  if ((module != "torch" && module != "torch.cuda") || name.empty()) return std::nullopt;
  for (const Element& e : kElements) {
    if (e.storage == name) return e.type;
  }
  return std::nullopt;
}

std::optional<ElementType> type_of_dtype(std::string_view module, std::string_view name) {
  if (module != "torch") return std::nullopt;
  for (const Element& e : kElements) {
    if (e.dtype == name) return e.type;
  }
  return std::nullopt;
}

Result<Use> use_of(std::string_view module, std::string_view name) {
  if (has(kDictionaries, module, name)) return Use::dictionary;
  const bool builtin = (module == "builtins" || module == "__builtin__") && has(kBuiltinTypes, name);
  const bool known = has(kTensors, module, name) || has(kInert, module, name) || builtin || is_script_class(module) ||
                     type_of_storage(module, name) || type_of_dtype(module, name);
  if (!known) return refusal(module, name);
  return Use::record;
}

}  // namespace mien::pytorch
