#include "converters/onnx/wire_check.h"

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

namespace mien::onnx {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

enum Wire { kVarint = 0, kFixed64 = 1, kBytes = 2, kGroup = 3, kEndGroup = 4, kFixed32 = 5 };

bool read_varint(const uint8_t* data, size_t end, size_t* pos, uint64_t* value) {
  *value = 0;
  for (int shift = 0; shift < 70; shift += 7) {
    if (*pos >= end) return false;
    const uint8_t byte = data[(*pos)++];
    if (shift == 63 && byte > 1) return false;
    *value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

// The wire type of a field's unpacked form.
int natural_wire(const FieldDescriptor* field) {
  if (field->type() == FieldDescriptor::TYPE_FIXED32) return kFixed32;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_FLOAT:
      return kFixed32;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return kFixed64;
    case FieldDescriptor::CPPTYPE_STRING:
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return kBytes;
    default:
      return kVarint;
  }
}

class Walk {
 public:
  Walk(const uint8_t* data, const WireLimits& limits) : data_(data), limits_(limits) {}

  Status message(size_t pos, size_t end, const Descriptor* type, int depth) {
    if (depth > limits_.depth) return corrupt(pos, "messages are nested too deeply");
    std::vector<bool> seen(static_cast<size_t>(type->field_count()), false);
    while (pos < end) {
      const size_t at = pos;
      uint64_t key = 0;
      if (!read_varint(data_, end, &pos, &key)) return corrupt(at, "a field's key is cut off or malformed");
      if (++records_ > limits_.records) return corrupt(at, "more records than any model needs");
      const uint64_t number = key >> 3;
      if (number == 0 || number > 0x1fffffff) return corrupt(at, "field number " + std::to_string(number));
      const FieldDescriptor* field = type->FindFieldByNumber(static_cast<int>(number));
      if (!field) {
        MIEN_RETURN_IF_ERROR(skip(&pos, end, static_cast<int>(key & 7), at));
        continue;
      }
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field->is_repeated()) {
        if (seen[static_cast<size_t>(field->index())]) return corrupt(at, name(field) + " appears twice");
        seen[static_cast<size_t>(field->index())] = true;
      }
      MIEN_RETURN_IF_ERROR(known(field, &pos, end, static_cast<int>(key & 7), at, depth));
    }
    return {};
  }

 private:
  static Status corrupt(size_t at, const std::string& what) {
    return {Code::corrupt, "byte " + std::to_string(at) + ": " + what};
  }
  static std::string name(const FieldDescriptor* field) {
    return field->containing_type()->name() + "." + field->name();
  }

  Status payload(size_t* pos, size_t end, size_t at, uint64_t* length) const {
    if (!read_varint(data_, end, pos, length)) return corrupt(at, "a length is cut off or malformed");
    if (*length > end - *pos) {
      return corrupt(
          at, "a field of " + std::to_string(*length) + " bytes where " + std::to_string(end - *pos) + " are left");
    }
    return {};
  }

  Status known(const FieldDescriptor* field, size_t* pos, size_t end, int wire, size_t at, int depth) {
    const int natural = natural_wire(field);
    if (wire != natural && !(wire == kBytes && field->is_repeated()))
      return corrupt(at, name(field) + " has a wrong wire type");
    if (wire != kBytes) return skip(pos, end, wire, at);
    uint64_t length = 0;
    MIEN_RETURN_IF_ERROR(payload(pos, end, at, &length));
    const size_t begin = *pos;
    *pos += length;
    if (natural != kBytes) return packed(field, begin, *pos, natural);
    if (++objects_ > limits_.objects) return corrupt(at, "more objects than any model needs");
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE)
      return message(begin, *pos, field->message_type(), depth + 1);
    return {};
  }

  Status packed(const FieldDescriptor* field, size_t begin, size_t end, int natural) const {
    if (natural == kVarint) {
      for (uint64_t unused = 0; begin < end;) {
        if (!read_varint(data_, end, &begin, &unused)) return corrupt(begin, name(field) + " holds a malformed number");
      }
      return {};
    }
    if ((end - begin) % (natural == kFixed32 ? 4 : 8) != 0)
      return corrupt(begin, name(field) + " ends inside a number");
    return {};
  }

  Status skip(size_t* pos, size_t end, int wire, size_t at) {
    uint64_t unused = 0;
    switch (wire) {
      case kVarint:
        return read_varint(data_, end, pos, &unused) ? Status() : corrupt(at, "a number is cut off or malformed");
      case kFixed64:
      case kFixed32: {
        const size_t width = wire == kFixed64 ? 8 : 4;
        if (width > end - *pos) return corrupt(at, "a number is cut off");
        *pos += width;
        return {};
      }
      case kBytes:
        MIEN_RETURN_IF_ERROR(payload(pos, end, at, &unused));
        *pos += unused;
        return {};
      case kGroup:
        return group(pos, end, at);
      default:
        return corrupt(at, "wire type " + std::to_string(wire));
    }
  }

  // Groups are obsolete; they are skipped with a counter instead of recursion.
  Status group(size_t* pos, size_t end, size_t at) {
    for (int open = 1; open > 0;) {
      const size_t here = *pos;
      uint64_t key = 0;
      if (!read_varint(data_, end, pos, &key)) return corrupt(at, "a group is not closed");
      if (++records_ > limits_.records) return corrupt(here, "more records than any model needs");
      const int wire = static_cast<int>(key & 7);
      if (wire == kEndGroup) {
        --open;
      } else if (wire == kGroup) {
        if (++open > limits_.depth) return corrupt(here, "groups are nested too deeply");
      } else {
        MIEN_RETURN_IF_ERROR(skip(pos, end, wire, here));
      }
    }
    return {};
  }

  const uint8_t* data_;
  const WireLimits limits_;
  int64_t records_ = 0, objects_ = 0;
};

}  // namespace

Status check_wire(const uint8_t* data, size_t size, const Descriptor* type, const WireLimits& limits) {
  return Walk(data, limits).message(0, size, type, 0);
}

bool next_record(const uint8_t* data, size_t size, size_t* pos, WireRecord* record) {
  uint64_t key = 0;
  if (*pos >= size || !read_varint(data, size, pos, &key)) return false;
  record->field = key >> 3;
  record->wire = static_cast<int>(key & 7);
  if (record->field == 0 || record->field > 0x1fffffff) return false;
  uint64_t length = 0;
  switch (record->wire) {
    case kVarint:
      return read_varint(data, size, pos, &record->varint);
    case kBytes:
      if (!read_varint(data, size, pos, &length) || length > size - *pos) return false;
      record->begin = *pos;
      record->length = static_cast<size_t>(length);
      break;
    case kFixed64:
      length = 8;
      break;
    case kFixed32:
      length = 4;
      break;
    default:
      return false;
  }
  if (length > size - *pos) return false;
  *pos += static_cast<size_t>(length);
  return true;
}

}  // namespace mien::onnx
