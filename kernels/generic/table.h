// Makes the table of one ISA from kernels.inc. Included last, once, by kernels/isa/<isa>.cpp.
#pragma once

#include <utility>

#include "kernels/generic/channel_affine.h"
#include "kernels/generic/conv_tile.h"
#include "kernels/generic/depthwise.h"
#include "kernels/generic/dot_rows.h"
#include "kernels/generic/elementwise.h"
#include "kernels/generic/layout.h"
#include "kernels/generic/peak.h"
#include "kernels/generic/pool.h"
#include "kernels/generic/rows.h"
#include "kernels/generic/winograd.h"

#define MIEN_STRING_(x) #x
#define MIEN_STRING(x) MIEN_STRING_(x)

namespace mien::kernels::MIEN_ISA_NAMESPACE {
namespace {

template <int NT, int... I>
struct TileFns {
  static constexpr ConvTileFn fn[] = {conv_tile<I + 1, NT>...};
};
template <int NT, int... I>
constexpr const ConvTileFn* tile_fns(std::integer_sequence<int, I...>) {
  return TileFns<NT, I...>::fn;
}

enum class Role { conv, fc };

constexpr void add_tile(Kernels* table, Role role, ConvTile tile) {
  if (role == Role::fc) {
    table->fc = tile;
  } else {
    table->conv[table->n_conv++] = tile;
  }
}

// A template, so that the tiles of the other ISAs are discarded and not compiled.
template <Isa kIsa>
constexpr Kernels make_table() {
  Kernels table{};
  table.isa = kIsa;
  table.name = MIEN_STRING(MIEN_ISA_NAMESPACE);
#define MIEN_CONV_TILE(isa_, role, mr, nt)                                                                          \
  if constexpr (Isa::isa_ == kIsa)                                                                                  \
    add_tile(&table, Role::role,                                                                                    \
             {nt, mr, tile_fns<kIsa == Isa::isa_ ? nt : 0>(std::make_integer_sequence<int, mr>()),                  \
              "f32_" #role "_" #mr "x" #nt "_" #isa_});
#define MIEN_KERNEL(field) table.field = MIEN_ISA_NAMESPACE::field;
#include "kernels/kernels.inc"
  return table;
}

}  // namespace

extern const Kernels table;
constexpr Kernels table = make_table<Isa::MIEN_ISA_NAMESPACE>();

}  // namespace mien::kernels::MIEN_ISA_NAMESPACE
