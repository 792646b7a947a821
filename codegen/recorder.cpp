#include "codegen/recorder.h"

#include <map>
#include <type_traits>
#include <utility>

namespace mien::codegen {
namespace {
thread_local Recording* current = nullptr;
}  // namespace

Recording::Recording(Memory& memory, std::function<void(Call)> sink) : memory_(memory), sink_(std::move(sink)) {
  current = this;
}
Recording::~Recording() {
  current = nullptr;
}

// Writes one call down, argument by argument in the order of the kernel's contract.
class Writer {
 public:
  Writer(const std::string& function, const char* args, const char* header) {
    static thread_local std::map<std::string, Function> functions;  // nodes stay where they are
    call_.function = &functions.emplace(function, Function{function, args, header}).first->second;
  }
  ~Writer() { current->sink_(std::move(call_)); }

  template <class T>
  void integer(const char* name, T value) {
    const char* type = std::is_same_v<T, bool> ? "bool" : sizeof(T) == 4 ? "int32_t" : "int64_t";
    add(Argument::Kind::integer, name, type, -1, value);
  }
  void address(const char* name, const float* p) { near(name, p, p); }
  // p may point behind the array in which `inside` is.
  void near(const char* name, const float* p, const float* inside) {
    const Place place = p != nullptr ? current->memory_.place_near(p, inside) : Place();
    if (p != nullptr && place.space < 0) current->complete_ = false;
    add(Argument::Kind::address, name, nullptr, place.space, place.offset);
  }
  // A number somewhere in the step.
  void one_number(const char* name, const float* p) {
    const Place place = current->memory_.number(*p);
    add(Argument::Kind::address, name, nullptr, place.space, place.offset);
  }
  void table(const char* name, const int32_t* values, int64_t n) {
    add(Argument::Kind::table, name, nullptr, -1, current->memory_.integers(values, n));
  }
  void number(const char* name, float value) {
    add(Argument::Kind::exact, name, nullptr, -1, 0);
    call_.arguments.back().number = value;
  }
  void word(const char* name, const char* text) { add(Argument::Kind::exact, name, text, -1, 0); }
  bool known(const float* p) const { return current->memory_.place(p).space >= 0; }

 private:
  void add(Argument::Kind kind, const char* name, const char* text, int space, int64_t value) {
    Argument argument;
    argument.kind = kind;
    argument.name = name;
    argument.text = text;
    argument.space = space;
    call_.arguments.push_back(argument);
    call_.values.push_back(value);
  }
  Call call_;
};

namespace {

using namespace kernels;

const char* word_of(Act act) {
  switch (act) {
    case Act::none:
      return "Act::none";
    case Act::relu:
      return "Act::relu";
    case Act::prelu:
      return "Act::prelu";
    case Act::clip:
      return "Act::clip";
  }
  return nullptr;
}
const char* word_of(Unary f) {
#define MIEN_UNARY(name) \
  if (f == Unary::name) return "Unary::" #name;
#include "kernels/kernels.inc"
  return nullptr;
}
const char* word_of(Binary f) {
#define MIEN_BINARY(name) \
  if (f == Binary::name) return "Binary::" #name;
#include "kernels/kernels.inc"
  return nullptr;
}

void write(Writer& w, const Epilogue& e) {
  w.address("epilogue.bias", e.bias);
  w.address("epilogue.slope", e.slope);
  w.address("epilogue.residual", e.residual);
  w.number("epilogue.lo", e.lo);
  w.number("epilogue.hi", e.hi);
  w.word("epilogue.act", word_of(e.act));
  w.integer("epilogue.residual_last", e.residual_last);
}

// conv_tile() only chooses between two functions by numbers that are known here.
void write_tile(int pixels, int width, const ConvTileArgs& a) {
  const bool dense = a.k_per_tap == kBlock && a.x_pixel == kBlock;
  Writer w("conv_tile_of<" + std::to_string(pixels) + ", " + std::to_string(width) + (dense ? ", true>" : ", false>"),
           "ConvTileArgs", "kernels/generic/conv_tile.h");
  w.address("x", a.x);
  w.integer("x_pixel", a.x_pixel);
  w.integer("x_block", a.x_block);
  w.integer("first_tap", a.first_tap);
  w.integer("steps", a.steps);
  w.integer("n_taps", a.n_taps);
  w.integer("k_per_tap", a.k_per_tap);
  w.table("taps", a.taps, a.n_taps);
  w.address("w", a.w);
  w.address("y", a.y);
  w.integer("y_block", a.y_block);
  w.integer("resumed", a.resumed);
  w.integer("unfinished", a.unfinished);
  w.near("prefetch", a.prefetch_lines > 0 ? a.prefetch : nullptr, a.w);
  w.integer("prefetch_lines", a.prefetch_lines);
  write(w, a.epilogue);
}

template <class Args>
void write_window(Writer& w, const Args& a) {
  w.address("x", a.x);
  w.address("y", a.y);
  w.integer("in_h", a.in_h);
  w.integer("in_w", a.in_w);
  w.integer("out_h", a.out_h);
  w.integer("out_w", a.out_w);
  w.integer("kernel_h", a.kernel_h);
  w.integer("kernel_w", a.kernel_w);
  w.integer("stride_h", a.stride_h);
  w.integer("stride_w", a.stride_w);
  w.integer("dilation_h", a.dilation_h);
  w.integer("dilation_w", a.dilation_w);
  w.integer("pad_top", a.pad_top);
  w.integer("pad_left", a.pad_left);
  w.integer("row_begin", a.row_begin);
  w.integer("row_end", a.row_end);
}

void write_depthwise(const char* function, const DepthwiseArgs& a) {
  Writer w(function, "DepthwiseArgs", "kernels/generic/depthwise.h");
  write_window(w, a);
  w.address("w", a.w);
  write(w, a.epilogue);
}

void write_pool(const char* function, const PoolArgs& a) {
  Writer w(function, "PoolArgs", "kernels/generic/pool.h");
  write_window(w, a);
  w.integer("pad_bottom", a.pad_bottom);
  w.integer("pad_right", a.pad_right);
  w.integer("count_include_pad", a.count_include_pad);
}

void write_winograd_input(const char* function, const WinogradInputArgs& a) {
  Writer w(function, "WinogradInputArgs", "kernels/generic/winograd.h");
  w.address("x", a.x);
  w.address("v", a.v);
  w.integer("v_plane", a.v_plane);
  w.integer("in_h", a.in_h);
  w.integer("in_w", a.in_w);
  w.integer("pad_top", a.pad_top);
  w.integer("pad_left", a.pad_left);
  w.integer("tile_row", a.tile_row);
  w.integer("tile_col", a.tile_col);
  w.integer("tiles", a.tiles);
  w.address("scale", a.scale);
  w.address("shift", a.shift);
}

void write_winograd_output(const char* function, const WinogradOutputArgs& a) {
  Writer w(function, "WinogradOutputArgs", "kernels/generic/winograd.h");
  w.address("m", a.m);
  w.integer("m_plane", a.m_plane);
  w.address("y", a.y);
  w.integer("out_h", a.out_h);
  w.integer("out_w", a.out_w);
  w.integer("tile_row", a.tile_row);
  w.integer("tile_col", a.tile_col);
  w.integer("tiles", a.tiles);
  write(w, a.epilogue);
}

void write_border(const char* function, const BorderArgs& a) {
  Writer w(function, "BorderArgs", "kernels/generic/layout.h");
  w.address("x", a.x);
  w.address("y", a.y);
  w.integer("channels", a.channels);
  w.integer("x_plane", a.x_plane);
  w.integer("h", a.h);
  w.integer("w", a.w);
  w.integer("top", a.top);
  w.integer("left", a.left);
  w.integer("bottom", a.bottom);
  w.integer("right", a.right);
}

// Between layouts, and rows: functions of plain arguments.
void write_relayout(const char* function, const float* x, float* y, int32_t channels, int64_t pixels) {
  Writer w(function, "", "kernels/generic/layout.h");
  w.address("x", x);
  w.address("y", y);
  w.integer("channels", channels);
  w.integer("pixels", pixels);
}

void record_depthwise3x3_s1(const DepthwiseArgs& a) {
  write_depthwise("depthwise3x3_s1", a);
}
void record_depthwise3x3_s2(const DepthwiseArgs& a) {
  write_depthwise("depthwise3x3_s2", a);
}
void record_depthwise(const DepthwiseArgs& a) {
  write_depthwise("depthwise", a);
}
void record_grouped_pairs(const DepthwiseArgs& a) {
  write_depthwise("grouped_pairs", a);
}
void record_winograd2_input(const WinogradInputArgs& a) {
  write_winograd_input("winograd2_input", a);
}
void record_winograd4_input(const WinogradInputArgs& a) {
  write_winograd_input("winograd4_input", a);
}
void record_winograd2_output(const WinogradOutputArgs& a) {
  write_winograd_output("winograd2_output", a);
}
void record_winograd4_output(const WinogradOutputArgs& a) {
  write_winograd_output("winograd4_output", a);
}
void record_max_pool(const PoolArgs& a) {
  write_pool("max_pool", a);
}
void record_average_pool(const PoolArgs& a) {
  write_pool("average_pool", a);
}

void record_channel_affine(const ChannelAffineArgs& a) {
  Writer w("channel_affine", "ChannelAffineArgs", "kernels/generic/channel_affine.h");
  w.address("x", a.x);
  w.address("y", a.y);
  w.integer("pixels", a.pixels);
  w.address("scale", a.scale);
  w.address("shift", a.shift);
  w.address("slope", a.slope);
  w.number("lo", a.lo);
  w.number("hi", a.hi);
  w.word("act", word_of(a.act));
}

void record_unary(Unary f, const float* x, float* y, int64_t n, float a, float b) {
  Writer w("unary", "", "kernels/generic/elementwise.h");
  w.word("f", word_of(f));
  w.address("x", x);
  w.address("y", y);
  w.integer("n", n);
  w.number("a", a);
  w.number("b", b);
}

void record_binary(Binary f, const float* a, int32_t a_step, const float* b, int32_t b_step, float* y, int64_t n) {
  Writer w("binary", "", "kernels/generic/elementwise.h");
  w.word("f", word_of(f));
  w.address("a", a);
  w.integer("a_step", a_step);
  w.address("b", b);
  w.integer("b_step", b_step);
  w.address("y", y);
  w.integer("n", n);
}

void record_softmax(const float* x, float* y, int64_t rows, int64_t cols) {
  Writer w("softmax", "", "kernels/generic/rows.h");
  w.address("x", x);
  w.address("y", y);
  w.integer("rows", rows);
  w.integer("cols", cols);
}

void record_l2_normalize(const float* x, float* y, int64_t rows, int64_t cols, float eps) {
  Writer w("l2_normalize", "", "kernels/generic/rows.h");
  w.address("x", x);
  w.address("y", y);
  w.integer("rows", rows);
  w.integer("cols", cols);
  w.number("eps", eps);
}

// The planner itself packs constants with this one.
void pack_now(const float* x, float* y, int32_t channels, int64_t pixels) {
  for (int64_t c = 0; c < (channels + kBlock - 1) / kBlock * kBlock; ++c)
    for (int64_t p = 0; p < pixels; ++p)
      y[(c / kBlock * pixels + p) * kBlock + c % kBlock] = c < channels ? x[c * pixels + p] : 0;
}
void record_pack(const float* x, float* y, int32_t channels, int64_t pixels) {
  if (current == nullptr) return pack_now(x, y, channels, pixels);
  write_relayout("pack", x, y, channels, pixels);
}
void record_unpack(const float* x, float* y, int32_t channels, int64_t pixels) {
  write_relayout("unpack", x, y, channels, pixels);
}
void record_pack_narrow(const BorderArgs& a) {
  write_border("pack_narrow", a);
}
void record_pad_block(const BorderArgs& a) {
  write_border("pad_block", a);
}

void record_resize_nearest(const float* x, int32_t in_w, float* y, int32_t out_h, int32_t out_w, const int32_t* row_of,
                           const int32_t* col_of) {
  Writer w("resize_nearest", "", "kernels/generic/layout.h");
  w.address("x", x);
  w.integer("in_w", in_w);
  w.address("y", y);
  w.integer("out_h", out_h);
  w.integer("out_w", out_w);
  w.table("row_of", row_of, out_h);
  w.table("col_of", col_of, out_w);
}

void record_strided_copy(const CopyArgs& a) {
  static const char* const kDims[] = {"dims[0]", "dims[1]", "dims[2]", "dims[3]", "dims[4]", "dims[5]"};
  static const char* const kX[] = {"x_stride[0]", "x_stride[1]", "x_stride[2]",
                                   "x_stride[3]", "x_stride[4]", "x_stride[5]"};
  static const char* const kY[] = {"y_stride[0]", "y_stride[1]", "y_stride[2]",
                                   "y_stride[3]", "y_stride[4]", "y_stride[5]"};
  Writer w("strided_copy", "CopyArgs", "kernels/generic/strided_copy.h");
  // A fill: one number, which lies in the step.
  if (a.rank == 1 && a.x_stride[0] == 0 && !w.known(a.x)) {
    w.one_number("x", a.x);
  } else {
    w.address("x", a.x);
  }
  w.address("y", a.y);
  w.integer("rank", a.rank);
  for (int i = 0; i < kMaxRank; ++i) {
    w.integer(kDims[i], i < a.rank ? a.dims[i] : 0);
    w.integer(kX[i], i < a.rank ? a.x_stride[i] : 0);
    w.integer(kY[i], i < a.rank ? a.y_stride[i] : 0);
  }
}

// No step calls these.
bool record_all_finite(const float*, int64_t) {
  return true;
}
void record_dot_rows_f32(const DotRowsArgs&) {}
void record_dot_rows_f16(const DotRowsArgs&) {}
double record_peak(int64_t) {
  return 0;
}

// The functions of one tile width, by pixels.
template <int kWide, int kPixels>
void record_tile(const ConvTileArgs& a) {
  write_tile(kPixels, kWide, a);
}
template <int kWide, int... kPixels>
const ConvTileFn* tile_functions(std::integer_sequence<int, kPixels...>) {
  static constexpr ConvTileFn kFunctions[] = {record_tile<kWide, kPixels + 1>...};
  return kFunctions;
}

enum class Role { conv, fc };

void add_tile(Kernels& table, Role role, const ConvTile& tile) {
  (role == Role::fc ? table.fc : table.conv[table.n_conv++]) = tile;
}

// A new row of the list needs its recorder above.
Kernels make_table(Isa isa) {
  Kernels table{};
  table.isa = isa;
  table.name = name_of(isa);
#define MIEN_CONV_TILE(isa_, role, mr, nt) \
  if (isa == Isa::isa_)                    \
    add_tile(                              \
        table, Role::role,                 \
        {nt, mr, tile_functions<nt>(std::make_integer_sequence<int, mr>()), "f32_" #role "_" #mr "x" #nt "_" #isa_});
#define MIEN_KERNEL(field) table.field = record_##field;
#include "kernels/kernels.inc"
  return table;
}

}  // namespace

const Kernels& recording_kernels(Isa isa) {
  static const std::map<Isa, Kernels> kTables = [] {
    std::map<Isa, Kernels> tables;
    for (Isa each : kAllIsas) tables.emplace(each, make_table(each));
    return tables;
  }();
  return kTables.at(isa);
}

}  // namespace mien::codegen
