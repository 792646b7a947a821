// Imports a Caffe network with its weights. Thread-safety: free functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "converters/caffe/model.h"
#include "converters/convert.h"
#include "converters/picture_size.h"

namespace mien {

// prototxt: the bytes of the network's description, which is built as Caffe builds it in phase TEST; model: what
// read_caffe_model gave for its weights, matched by the names of layers. Data layers become inputs, losses are left
// out; what no layer reads is an output, a single N x C x 1 x 1 as N x C.
// asked: of the first input, where the file says nothing (a data layer); 112 x 112 is assumed if nothing is asked for,
// which the report's warnings then name.
// Every layer that mien does not run, and every parameter of a layer that it does not know, goes to *unsupported, all
// at once, and the status is then unsupported too. Other errors: corrupt, with the line or the layer; corrupt with a
// list of all layers whose weights are missing or of another shape.
Result<Imported> import_caffe(const uint8_t* prototxt, size_t size, caffe::CaffeModel model, const PictureSize& asked,
                              std::vector<std::string>* unsupported);

// Layers that import_caffe reads, as a Markdown table for the documentation.
std::string caffe_operators_markdown();

}  // namespace mien
