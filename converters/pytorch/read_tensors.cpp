#include <string>

#include "converters/checkpoint/elements.h"
#include "converters/pytorch/layouts.h"
#include "converters/pytorch/state_dict.h"
#include "converters/text.h"
#include "engine/file/bytes.h"

namespace mien::pytorch {
namespace {

class Builder {
 public:
  Builder(const pickle::Values& values, StorageTable table, const FindStorage& find, size_t size)
      : values_(values), table_(std::move(table)), find_(find), budget_(uint64_t{2} * size + (uint64_t{8} << 20)) {}

  Status add(const NamedRef& named, Checkpoint* out) {
    const Status status = add_tensor(named, out);
    if (status.ok()) return {};
    return {status.code(), "tensor '" + printable(named.name) + "': " + status.message()};
  }

  int rounded = 0;  // tensors of float64

 private:
  Status add_tensor(const NamedRef& named, Checkpoint* out) {
    const Result<TensorView> view = describe_tensor(values_, named.tensor, table_);
    if (!view.ok()) return view.status();
    Storage& storage = table_.at(view->storage);
    if (storage.data == nullptr) MIEN_RETURN_IF_ERROR(find_(view->storage, &storage));
    NamedTensor tensor{named.name, view->shape, name_of(view->type), {}};
    if (is_floating(view->type)) {
      // A tensor may show one element as often as it likes.
      if (!budget_.take(static_cast<uint64_t>(view->shape.elements()) * sizeof(float)))
        return {Code::corrupt, "the file's tensors are much larger than the file"};
      Result<std::vector<float>> values =
          widen(view->type, storage.data + view->first_byte, view->shape, view->strides, &out->denormals_flushed);
      if (!values.ok()) return values.status();
      tensor.values = std::move(*values);
      rounded += view->type == ElementType::float64;
    }
    out->tensors.push_back(std::move(tensor));
    return {};
  }

  const pickle::Values& values_;
  StorageTable table_;
  const FindStorage& find_;
  file::Budget budget_;
};

}  // namespace

Result<Checkpoint> read_tensors(const pickle::Pickle& object, StorageTable table, const FindStorage& find,
                                size_t size) {
  Result<StateDict> state = find_state_dict(object.values, object.root);
  if (!state.ok()) return state.status();
  Checkpoint out;
  out.format = "pytorch";
  out.warnings = std::move(state->warnings);
  out.tensors.reserve(state->tensors.size());
  Builder builder(object.values, std::move(table), find, size);
  for (const NamedRef& tensor : state->tensors) MIEN_RETURN_IF_ERROR(builder.add(tensor, &out));
  if (builder.rounded > 0)
    out.warnings.push_back(std::to_string(builder.rounded) + " tensors of float64 were rounded to float32");
  return out;
}

}  // namespace mien::pytorch
