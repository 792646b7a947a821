#include "converters/pytorch/storages.h"

#include <optional>

#include "converters/pytorch/classes.h"
#include "converters/text.h"
#include "engine/file/bytes.h"

namespace mien::pytorch {
namespace {

using pickle::Kind;
using pickle::Ref;
using pickle::Values;

constexpr int64_t kMaxElements = int64_t{1} << 40;

Status corrupt(const std::string& what) {
  return {Code::corrupt, what};
}

// A persistent id: a storage, or a window of one.
struct StorageId {
  std::string_view key;
  Storage storage;
  int64_t first = 0, elements = 0;  // of the window
};

std::optional<int64_t> count_at(const Values& values, const std::vector<Ref>& items, size_t i) {
  if (i >= items.size() || !values.is(items[i], Kind::integer)) return std::nullopt;
  const int64_t n = values.integer(items[i]);
  return n >= 0 && n <= kMaxElements ? std::optional(n) : std::nullopt;
}

// Files of Python 2 hold keys as bytes.
std::optional<std::string_view> word_at(const Values& values, const std::vector<Ref>& items, size_t i) {
  if (i >= items.size()) return std::nullopt;
  if (!values.is(items[i], Kind::text) && !values.is(items[i], Kind::bytes)) return std::nullopt;
  return values.slice(items[i]);
}

// Files before 1.0 may say that the storage is a window of another: (key of its own, first element, elements).
Status read_window(const Values& values, Ref window, StorageId* id) {
  if (values.is(window, Kind::none)) return {};
  if (!values.is(window, Kind::tuple)) return corrupt("a window of a storage is no tuple");
  const auto first = count_at(values, values.items(window), 1), elements = count_at(values, values.items(window), 2);
  if (!first || !elements || *first > id->storage.elements || *elements > id->storage.elements - *first)
    return corrupt("a window lies outside of storage '" + printable(std::string(id->key)) + "'");
  id->first = *first;
  id->elements = *elements;
  return {};
}

// ("storage", class, key, device, elements) and in the old layout a window or None.
Result<StorageId> read_storage_id(const Values& values, Ref persistent) {
  const Ref tuple = values.items(persistent)[0];
  if (!values.is(tuple, Kind::tuple)) return corrupt("a persistent id is no tuple");
  const std::vector<Ref>& items = values.items(tuple);
  if (word_at(values, items, 0) != "storage") return corrupt("a persistent id is not that of a storage");
  const auto key = word_at(values, items, 2);
  const auto elements = count_at(values, items, 4);
  if (!key || !elements || items.size() > 6 || !values.is(items[1], Kind::global))
    return corrupt("a storage lacks its class, its key or its size");
  const auto type = type_of_storage(values.module_of(items[1]), values.name_of(items[1]));
  if (!type) return corrupt("storage '" + printable(std::string(*key)) + "' has a class that is none of a storage");
  StorageId id{*key, {*type, *elements}, 0, *elements};
  if (items.size() == 6) MIEN_RETURN_IF_ERROR(read_window(values, items[5], &id));
  return id;
}

// What a record would call with which arguments.
struct Call {
  Ref callee, arguments;
};

bool is_rebuild(const Values& values, Ref callee) {
  return values.is(callee, Kind::global) && values.module_of(callee) == "torch._utils" &&
         values.name_of(callee).substr(0, 15) == "_rebuild_tensor";
}

// Parameters and subclasses are tensors in wrappers; their own state has no bearing on the numbers.
Result<Call> unwrap(const Values& values, Ref v) {
  for (int depth = 0; depth < 8; ++depth) {
    if (!is_tensor(values, v)) return corrupt("a parameter is made from what is no tensor");
    const Call call{values.items(v)[0], values.items(v)[1]};
    if (is_rebuild(values, call.callee)) return call;
    const std::vector<Ref>& arguments = values.items(call.arguments);
    if (values.is_global(call.callee, "torch._tensor", "_rebuild_from_type_v2")) {
      if (arguments.size() >= 3 && is_rebuild(values, arguments[0]) && values.is(arguments[2], Kind::tuple))
        return Call{arguments[0], arguments[2]};
      return corrupt("a tensor is made in no known way");
    }
    if (arguments.empty()) return corrupt("a parameter has no tensor");
    v = arguments[0];
  }
  return corrupt("parameters are nested too deeply");
}

// A tuple of counts, or torch.Size of one.
Result<std::vector<int64_t>> read_counts(const Values& values, Ref v) {
  if (values.is(v, Kind::record) && values.is_global(values.items(v)[0], "torch", "Size")) {
    const std::vector<Ref>& arguments = values.items(values.items(v)[1]);
    if (arguments.size() == 1) v = arguments[0];
  }
  if (!values.is(v, Kind::tuple)) return corrupt("the size of a tensor is no tuple");
  const std::vector<Ref>& items = values.items(v);
  if (items.size() > kMaxRank) return Status(Code::unsupported, "rank " + std::to_string(items.size()) + " is above 6");
  std::vector<int64_t> counts;
  for (size_t i = 0; i < items.size(); ++i) {
    const auto count = count_at(values, items, i);
    if (!count) return corrupt("a dimension or a stride is no count");
    counts.push_back(*count);
  }
  return counts;
}

// Elements from the first to behind the last; -1 if that is beyond 64 bits. REQUIRES: no dimension is 0.
int64_t extent(const Shape& shape, const std::vector<int64_t>& strides) {
  int64_t last = 0;
  for (int i = 0; i < shape.rank; ++i) {
    int64_t step = 0;
    if (__builtin_mul_overflow(shape[i] - 1, strides[static_cast<size_t>(i)], &step)) return -1;
    if (__builtin_add_overflow(last, step, &last)) return -1;
  }
  return last == INT64_MAX ? -1 : last + 1;
}

bool is_empty(const Values& values, Ref v) {
  return values.is(v, Kind::none) || (values.is(v, Kind::dict) && values.items(v).empty());
}

// The type that the third version names, or that of the storage; and nothing besides that changes the numbers (a
// pending negation, for one).
Result<ElementType> read_type(const Values& values, const Call& call, ElementType stored) {
  const std::vector<Ref>& arguments = values.items(call.arguments);
  const bool third = values.name_of(call.callee) == "_rebuild_tensor_v3";
  const size_t metadata = third ? 7 : 6;
  if (arguments.size() > metadata && !is_empty(values, arguments[metadata]))
    return Status(Code::unsupported, "has metadata that changes its numbers");
  if (!third) return stored;
  if (arguments.size() < 7 || !values.is(arguments[6], Kind::global)) return corrupt("has no element type");
  const auto type = type_of_dtype(values.module_of(arguments[6]), values.name_of(arguments[6]));
  if (!type) return Status(Code::unsupported, "has an element type that is not read");
  return *type;
}

}  // namespace

Result<StorageTable> declared_storages(const Values& values) {
  StorageTable table;
  for (Ref v = 0; v < values.count(); ++v) {
    if (!values.is(v, Kind::persistent)) continue;
    const Result<StorageId> id = read_storage_id(values, v);
    if (!id.ok()) return id.status();
    const auto [at, is_new] = table.emplace(id->key, id->storage);
    if (!is_new && (at->second.type != id->storage.type || at->second.elements != id->storage.elements))
      return corrupt("storage '" + printable(std::string(id->key)) + "' is described in two ways");
  }
  return table;
}

bool is_tensor(const Values& values, Ref v) {
  if (!values.is(v, Kind::record)) return false;
  const Ref callee = values.items(v)[0];
  const std::string_view module = values.module_of(callee), name = values.name_of(callee);
  return ((module == "torch._utils" || module == "torch._tensor") && name.substr(0, 9) == "_rebuild_") ||
         ((module == "torch.nn.parameter" || module == "torch.nn") && name == "Parameter");
}

Result<TensorView> describe_tensor(const Values& values, Ref v, const StorageTable& table) {
  const Result<Call> call = unwrap(values, v);
  if (!call.ok()) return call.status();
  const std::vector<Ref>& arguments = values.items(call->arguments);
  const auto offset = count_at(values, arguments, 1);
  if (arguments.size() < 4 || !offset || !values.is(arguments[0], Kind::persistent))
    return corrupt("lacks its storage, its offset, its size or its strides");
  const Result<StorageId> id = read_storage_id(values, arguments[0]);
  const Result<std::vector<int64_t>> dims = read_counts(values, arguments[2]);
  const Result<std::vector<int64_t>> strides = read_counts(values, arguments[3]);
  for (const Status& status : {id.status(), dims.status(), strides.status()}) MIEN_RETURN_IF_ERROR(status);
  if (table.count(id->key) == 0) return corrupt("has an unknown storage");

  const Result<ElementType> type = read_type(values, *call, id->storage.type);
  if (!type.ok()) return type.status();
  TensorView view{id->key, *type, 0, Shape::of(*dims), *strides};
  if (strides->size() != dims->size()) return corrupt("has as many strides as it should not");
  const int64_t count = view.shape.elements();
  if (count < 0) return corrupt(view.shape.text() + " is larger than any tensor");
  if (count == 0) return view;
  const int64_t stored = id->elements * bytes_of(id->storage.type) / bytes_of(*type);
  const int64_t needed = extent(view.shape, *strides);
  if (needed < 0 || *offset > stored || needed > stored - *offset)
    return corrupt(view.shape.text() + " runs out of its storage of " + std::to_string(stored) + " elements");
  view.first_byte = id->first * bytes_of(id->storage.type) + *offset * bytes_of(*type);
  return view;
}

}  // namespace mien::pytorch
