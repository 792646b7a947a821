// Reads TensorFlow's files: checkpoints into weights by name, frozen graphs into a graph. Strict: what cannot be
// represented exactly is refused, all of it at once. Thread-safety: free functions without state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "converters/checkpoint/checkpoint.h"
#include "converters/convert.h"
#include "converters/picture_size.h"

namespace mien {

// A table file (SourceFormat::tensorflow_table): the index of a bundle, or a checkpoint of the first version, told
// apart by the first record.
Result<Checkpoint> read_tensorflow_table(const uint8_t* data, size_t size, const std::string& path);

// PREFIX.index with its shards PREFIX.data-NNNNN-of-NNNNN, which are read from the folder of index_path and nowhere
// else. The checksums of blocks and tensors are verified. Strings and resources are skipped; variables saved in parts
// are refused.
Result<Checkpoint> read_tensorflow_bundle(const uint8_t* index, size_t size, const std::string& index_path);

// The single file of the first version.
Result<Checkpoint> read_tensorflow_v1(const uint8_t* data, size_t size);

// True if the first entry is a node of a GraphDef, or the file a MetaGraphDef (a probe; no parse).
bool looks_like_graphdef(const uint8_t* data, size_t size);

// A frozen GraphDef, also inside of a MetaGraphDef or a SavedModel. The part that makes `embeddings` (or, without such
// a node, all ends of the graph) is imported as it runs with phase_train = false; input queues are cut. Pictures are
// N x C x H x W in the result, as everywhere in the engine.
// asked: of the picture, where the graph leaves its height or width free; a queue that says no size gives 160 x 160.
// unsupported is filled with every operator or form refused.
Result<Imported> import_graphdef(const uint8_t* data, size_t size, std::vector<std::string>* unsupported,
                                 const PictureSize& asked = {});

// Operators that import_graphdef reads, as a Markdown table for the documentation.
std::string tensorflow_operators_markdown();

}  // namespace mien
