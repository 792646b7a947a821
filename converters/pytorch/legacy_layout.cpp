#include <string>

#include "converters/pytorch/classes.h"
#include "converters/pytorch/layouts.h"
#include "converters/text.h"
#include "engine/file/bytes.h"

namespace mien::pytorch {
namespace {

using file::corrupt_at;
using pickle::Kind;
using pickle::Pickle;
using pickle::Ref;
using pickle::Values;

constexpr std::string_view kMagic("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10);  // 0x1950a86a20f9469cfc6c
constexpr int64_t kProtocol = 1001;

class Stream {
 public:
  Stream(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  Result<Checkpoint> read() {
    MIEN_RETURN_IF_ERROR(read_head());
    const Result<Pickle> object = next_pickle();
    if (!object.ok()) return object.status();
    Result<StorageTable> table = declared_storages(object->values);
    if (!table.ok()) return table.status();
    MIEN_RETURN_IF_ERROR(read_storages(&*table));
    const auto find = [](std::string_view key, Storage*) {
      return Status(Code::corrupt, "storage '" + printable(std::string(key)) + "' is not in the file");
    };
    Result<Checkpoint> out = read_tensors(*object, std::move(*table), find, size_);
    if (out.ok() && at_ < size_) out->warnings.push_back("another object follows in the file and was not read");
    return out;
  }

 private:
  Result<Pickle> next_pickle() {
    Result<Pickle> p = pickle::read_pickle(data_ + at_, size_ - at_, at_, use_of);
    if (p.ok()) at_ += p->size;
    return p;
  }

  // Magic number, protocol and the machine that wrote the file.
  Status read_head() {
    const Result<Pickle> magic = next_pickle();
    if (!magic.ok()) return magic.status();
    if (!is_magic(*magic)) return {Code::unsupported, "a pickle, but not one of PyTorch"};
    const Result<Pickle> protocol = next_pickle();
    if (!protocol.ok()) return protocol.status();
    if (!protocol->values.is(protocol->root, Kind::integer) || protocol->values.integer(protocol->root) != kProtocol)
      return {Code::unsupported, "a PyTorch file of another protocol than 1001"};
    const Result<Pickle> machine = next_pickle();
    if (!machine.ok()) return machine.status();
    return check_machine(machine->values, machine->root);
  }

  static bool is_magic(const Pickle& p) {
    return p.values.is(p.root, Kind::big_integer) && p.values.slice(p.root) == kMagic;
  }

  Status check_machine(const Values& values, Ref machine) const {
    if (!values.is(machine, Kind::dict)) return corrupt_at(at_, "no description of the machine that wrote the file");
    const std::vector<Ref>& pairs = values.items(machine);
    for (size_t i = 0; i + 1 < pairs.size(); i += 2) {
      if (!values.is(pairs[i], Kind::text) || values.slice(pairs[i]) != "little_endian") continue;
      if (!values.is(pairs[i + 1], Kind::boolean) || !values.truth(pairs[i + 1]))
        return {Code::unsupported, "written by a big-endian machine"};
    }
    return {};
  }

  // The keys in the order of the storages, then for each its number of elements and its bytes.
  Status read_storages(StorageTable* table) {
    const size_t keys_at = at_;
    const Result<Pickle> keys = next_pickle();
    if (!keys.ok()) return keys.status();
    if (!keys->values.is(keys->root, Kind::list)) return corrupt_at(keys_at, "the storages' keys are no list");
    for (Ref key : keys->values.items(keys->root)) {
      const bool word = keys->values.is(key, Kind::text) || keys->values.is(key, Kind::bytes);
      const auto entry = word ? table->find(keys->values.slice(key)) : table->end();
      if (entry == table->end()) return corrupt_at(keys_at, "a storage that the object does not have");
      MIEN_RETURN_IF_ERROR(read_storage(&entry->second));
    }
    return at_ == size_ ? Status() : check_rest();
  }

  Status read_storage(Storage* storage) {
    if (storage->data != nullptr) return corrupt_at(at_, "a storage that was there before");
    if (size_ - at_ < 8) return corrupt_at(at_, "the size of a storage is cut off");
    const int64_t elements = file::load<int64_t>(data_ + at_);
    if (elements != storage->elements) {
      return corrupt_at(at_, "a storage of " + std::to_string(elements) + " elements instead of " +
                                 std::to_string(storage->elements));
    }
    at_ += 8;
    const uint64_t bytes = static_cast<uint64_t>(storage->bytes());
    if (bytes > size_ - at_) {
      return corrupt_at(
          at_, "a storage of " + std::to_string(bytes) + " bytes where " + std::to_string(size_ - at_) + " are left");
    }
    storage->data = data_ + at_;
    at_ += bytes;
    return {};
  }

  // Several saves may follow each other in one file; anything else does not belong there.
  Status check_rest() const {
    const Result<Pickle> next = pickle::read_pickle(data_ + at_, size_ - at_, at_, use_of);
    return next.ok() && is_magic(*next) ? Status() : corrupt_at(at_, "bytes behind the last storage");
  }

  const uint8_t* data_;
  size_t size_;
  size_t at_ = 0;
};

}  // namespace

Result<Checkpoint> read_legacy_layout(const uint8_t* data, size_t size) {
  return Stream(data, size).read();
}

}  // namespace mien::pytorch
