// A Caffe network as its prototxt says it runs at test time: layers in order, who reads what, what comes out. Plain
// data and a reader; thread-safety: free function.
#pragma once

#include <string>
#include <vector>

#include "converters/caffe/model.h"
#include "converters/caffe/prototxt.h"

namespace mien::caffe {

// What is not computed has no row of its own in the graph: where data comes from, and what only training needs.
enum class Role { layer, source, sink };

// What one layer makes, until a later layer works on it in place and makes another blob of the same name.
struct NetBlob {
  std::string name;
  int32_t layer = 0, top = 0;
  bool is_read = false;  // by anything but a sink that leaves its input to the caller
};

struct NetLayer {
  std::string name, type;
  Role role = Role::layer;
  Message message;                     // of the layer; empty for an input of the old form
  std::vector<int32_t> bottoms, tops;  // blobs
  std::vector<Dims> shapes;            // of a source: of each top as far as the file says it; 0 channels: not said
  bool is_needed = false;              // an output depends on it
};

struct Net {
  std::string name;
  std::vector<NetLayer> layers;  // each reads what earlier ones make
  std::vector<NetBlob> blobs;
  std::vector<int32_t> outputs;  // blobs that nothing reads, in the order of the file
};

// The net of phase TEST, with the level and the stages that the file gives itself; both versions of layers, inputs of
// all three forms. `fields` must live as long as the net. Error: corrupt, with the line or the layer, for a layer that
// reads what no earlier one makes, a blob made twice, rules or shapes that are none; unsupported for layers of version
// 0 and for more than 256 outputs.
Result<Net> read_net(const Fields& fields);

}  // namespace mien::caffe
