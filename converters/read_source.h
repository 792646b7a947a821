// The files that a user gives, in any order, to one imported network: formats by content, then the reader of each.
// Thread-safety: free functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "converters/convert.h"
#include "converters/detect.h"

namespace mien {

// The card gets name, source file and sha256 of the file that holds the weights. Error: bad_argument for files that do
// not go together; unreadable for what no reader is for; the reader's own, in front of it the file's name.
Result<Imported> read_source(const std::vector<std::string>& inputs, const ConvertOptions& options,
                             ConvertReport* report);

// What is read from a file of this format, for the documentation: "weights by name"; "" if nothing is.
std::string reading_of(SourceFormat format);

// The same of files that were read already. Their paths are for messages, for the card, and to find what a file names
// (external data of an ONNX file, shards of a TensorFlow index): nothing else is read from disk.
struct SourceFile {
  std::string path;
  std::vector<uint8_t> bytes;
};
Result<Imported> import_files(std::vector<SourceFile> files, const ConvertOptions& options, ConvertReport* report);

}  // namespace mien
