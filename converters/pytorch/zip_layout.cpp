#include <string>

#include "converters/crc32.h"
#include "converters/pytorch/classes.h"
#include "converters/pytorch/layouts.h"
#include "converters/pytorch/zip.h"
#include "converters/text.h"
#include "engine/file/bytes.h"

namespace mien::pytorch {
namespace {

using file::corrupt_at;

constexpr std::string_view kObject = "/data.pkl";

std::string quoted(std::string_view name) {
  return "'" + printable(std::string(name)) + "'";
}

class Archive {
 public:
  Archive(Zip zip, const uint8_t* data, size_t size) : zip_(std::move(zip)), data_(data), size_(size) {}

  Result<Checkpoint> read() {
    MIEN_RETURN_IF_ERROR(find_root());
    MIEN_RETURN_IF_ERROR(check_byte_order());
    const ZipMember* member = zip_.find(root_ + std::string(kObject));
    MIEN_RETURN_IF_ERROR(check(*member));
    const Result<pickle::Pickle> object =
        pickle::read_pickle(member->data, member->size, static_cast<uint64_t>(member->data - data_), use_of);
    if (!object.ok()) return object.status();
    Result<StorageTable> table = declared_storages(object->values);
    if (!table.ok()) return table.status();
    Result<Checkpoint> out = read_tensors(
        *object, std::move(*table), [&](std::string_view key, Storage* storage) { return find(key, storage); }, size_);
    if (out.ok() && unchecked_ > 0)
      out->warnings.push_back("the file was saved without checksums: damage to it is not seen");
    return out;
  }

 private:
  // The single folder of the archive.
  Status find_root() {
    int found = 0;
    bool arrays = false, keras = false;
    for (const ZipMember& m : zip_.members()) {
      const size_t slash = m.name.find('/');
      if (slash != std::string_view::npos && m.name.substr(slash) == kObject) root_ = m.name.substr(0, slash), ++found;
      keras = keras || m.name == "model.weights.h5";
      arrays = arrays || (m.name.size() > 4 && m.name.substr(m.name.size() - 4) == ".npy");
    }
    if (found == 1) return {};
    if (found > 1) return {Code::corrupt, "a zip file with two data.pkl"};
    if (keras)
      return {Code::unsupported, "a Keras 3 model (.keras), which is not read: load it in Keras and export it to ONNX"};
    return {Code::unsupported, arrays ? "a zip file of NumPy arrays (npz), which is not read: save them as safetensors"
                                      : "a zip file without a data.pkl: PyTorch did not write it"};
  }

  Status check_byte_order() {
    const ZipMember* order = zip_.find(root_ + "/byteorder");
    if (order == nullptr) return {};
    MIEN_RETURN_IF_ERROR(check(*order));
    const std::string_view text(reinterpret_cast<const char*>(order->data), order->size);
    return text == "little" ? Status() : Status(Code::unsupported, "byte order " + quoted(text));
  }

  // That the member's bytes are those that were written. A checksum of 0 is how PyTorch says that it made none.
  Status check(const ZipMember& m) {
    if (!m.stored) return {Code::unsupported, "member " + quoted(m.name) + " is compressed, which PyTorch never does"};
    if (crc32(m.data, m.size) == m.crc32) return {};
    if (m.crc32 != 0) return corrupt_at(m.begin, "member " + quoted(m.name) + " does not have its checksum");
    ++unchecked_;
    return {};
  }

  Status find(std::string_view key, Storage* storage) {
    const ZipMember* m = zip_.find(root_ + "/data/" + std::string(key));
    if (m == nullptr) return {Code::corrupt, "storage " + quoted(key) + " is not in the file"};
    MIEN_RETURN_IF_ERROR(check(*m));
    if (m->size != static_cast<uint64_t>(storage->bytes())) {
      return corrupt_at(m->begin, "storage " + quoted(key) + " has " + std::to_string(m->size) + " bytes instead of " +
                                      std::to_string(storage->bytes()));
    }
    storage->data = m->data;
    return {};
  }

  Zip zip_;
  const uint8_t* data_;
  size_t size_;
  std::string root_;
  int unchecked_ = 0;
};

}  // namespace

Result<Checkpoint> read_zip_layout(const uint8_t* data, size_t size) {
  Result<Zip> zip = Zip::open(data, size);
  if (!zip.ok()) return zip.status();
  return Archive(std::move(*zip), data, size).read();
}

}  // namespace mien::pytorch
