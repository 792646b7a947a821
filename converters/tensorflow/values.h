// Element types and constants of TensorFlow's messages. Thread-safety: free functions without state.
#pragma once

#include <cstdint>
#include <vector>

#include "converters/checkpoint/elements.h"
#include "engine/graph.h"
#include "engine/status.h"

namespace mien::tf_pb {
class Shape;
class Tensor;
}  // namespace mien::tf_pb

namespace mien::tensorflow {

// The type with this number in the files; false for strings, resources, complex and quantized numbers.
bool element_type(int32_t number, ElementType* type);

// The dimensions; -1 stays where one is unknown. Error: corrupt (below -1), unsupported (unknown rank, rank above 8).
Result<std::vector<int64_t>> dims_of(const tf_pb::Shape& shape);

// Turns the list of values that a small tensor is stored as into `content`: afterwards the message holds nothing else,
// exactly `count` elements, little-endian. The last value of a shorter list repeats, none at all is zeros; the bytes of
// what repeats are taken from *repeat_bytes. Error: corrupt for more values than elements or content of another size;
// unsupported when *repeat_bytes is spent.
Status fill_content(tf_pb::Tensor* tensor, ElementType type, int64_t count, int64_t* repeat_bytes);

}  // namespace mien::tensorflow
