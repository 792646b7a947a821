// The fields of every section in the order of the file, written once for both directions: Io is an Encoder and the
// structure const, or Io is a Decoder and the structure is filled. docs/FORMAT.md has the same lists in words.
#pragma once

#include "engine/file/bytes.h"
#include "engine/records.h"

namespace mien::file {

template <class Io, class W>
void window_fields(Io& io, W& window) {
  io.number(window.kernel_h);
  io.number(window.kernel_w);
  io.number(window.stride_h);
  io.number(window.stride_w);
  io.number(window.dilation_h);
  io.number(window.dilation_w);
  io.number(window.pad_top);
  io.number(window.pad_left);
  io.number(window.pad_bottom);
  io.number(window.pad_right);
  io.number(window.groups);
  io.flag(window.ceil_mode);
  io.flag(window.count_include_pad);
}

inline constexpr size_t kLeastNode = 2 + 4 + 4 + 4 + 11 * 4 + 2 + 4 + 4 + 4 + 4;
template <class Io, class N>
void node_fields(Io& io, N& node) {
  io.op(node.op);
  io.text(node.name);
  io.numbers(node.inputs);
  io.number(node.output);
  window_fields(io, node.window);
  io.number(node.axis);
  io.number(node.a);
  io.number(node.b);
  io.numbers(node.ints);
}

// constant(io, value) is called where it stands how the value is stored (Stored); the data lie in the weights section.
inline constexpr size_t kLeastValue = 4 + 1 + 1;
template <class Io, class G, class ConstantField>
void graph_fields(Io& io, G& graph, ConstantField constant) {
  io.text(graph.name);
  io.list(graph.values, kLeastValue, [&](Io& each, auto& value) {
    each.text(value.name);
    each.shape(value.shape);
    constant(each, value);
  });
  io.list(graph.nodes, kLeastNode, [](Io& each, auto& node) { node_fields(each, node); });
  io.numbers(graph.inputs);
  io.numbers(graph.outputs);
}

template <class Io, class R>
void input_fields(Io& io, R& record) {
  io.flag(record.known);
  io.flag(record.normalized_inside);
  io.choice(record.layout, InputLayout::nhwc);
  io.choice(record.color, ColorOrder::gray);
  io.number(record.height);
  io.number(record.width);
  io.number(record.channels);
  for (auto& mean : record.mean) io.number(mean);
  for (auto& scale : record.scale) io.number(scale);
  io.text(record.preset);
}

template <class Io, class R>
void output_fields(Io& io, R& record) {
  io.flag(record.embedding);
  io.flag(record.normalized);
  io.number(record.dims);
}

template <class Io, class C>
void card_fields(Io& io, C& card) {
  io.text(card.name);
  io.text(card.license);
  io.text(card.source_file);
  io.text(card.source_sha256);
  io.text(card.source_format);
  io.text(card.converter);
  io.list(card.repairs, 4, [](Io& each, auto& repair) { each.text(repair); });
}

inline constexpr size_t kLeastDigest = 4 + 8 + 8 + 8 + 4;
template <class Io, class D>
void digest_fields(Io& io, D& digest) {
  io.text(digest.value);
  io.number(digest.elements);
  io.number(digest.rms);
  io.number(digest.max_abs);
  io.numbers(digest.samples);
}

inline constexpr size_t kLeastCase = 8 + 4 + 4 + 4 + 4;
template <class Io, class G>
void golden_fields(Io& io, G& golden) {
  io.list(golden.cases, kLeastCase, [](Io& each, auto& one) {
    each.number(one.seed);
    each.number(one.low);
    each.number(one.high);
    each.list(one.outputs, kLeastDigest, [](Io& inner, auto& digest) { digest_fields(inner, digest); });
    each.list(one.layers, kLeastDigest, [](Io& inner, auto& digest) { digest_fields(inner, digest); });
  });
}

inline constexpr size_t kThreshold = 8 + 8;
template <class Io, class F>
void face_fields(Io& io, F& face) {
  io.choice(face.alignment, Alignment::box);
  io.choice(face.flip, Flip::concat);
  io.number(face.margin);
  io.text(face.measured_on);
  io.list(face.thresholds, kThreshold, [](Io& each, auto& threshold) {
    each.number(threshold.far);
    each.number(threshold.cosine);
  });
}

}  // namespace mien::file
