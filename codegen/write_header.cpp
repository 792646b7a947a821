#include <cstdio>

#include "codegen/write.h"

namespace mien::codegen {
namespace {

std::string exact(float v) {
  char text[40];
  std::snprintf(text, sizeof text, "%af", static_cast<double>(v));
  return text;
}

std::string define(const Surface& s, const std::string& what, int64_t value, const std::string& comment) {
  return "#define " + s.upper + "_" + what + " " + std::to_string(value) + "  /* " + comment + " */\n";
}

// What may stand in a comment of C.
std::string comment(const std::string& text) {
  std::string clean;
  for (char c : text) clean += c >= ' ' && c < 127 && c != '*' && c != '\\' ? c : '?';
  return clean;
}

std::string list(const Surface& s, bool inputs) {
  std::string text;
  const size_t n = inputs ? s.package.graph.inputs.size() : s.package.graph.outputs.size();
  for (size_t i = 0; i < n; ++i) {
    const Value& value = inputs ? s.input(i) : s.output(i);
    text += std::string(" *   ") + (inputs ? "in" : "out") + "[" + std::to_string(i) + "]  " + comment(value.name) +
            ", " + value.shape.text() + ", " + std::to_string(value.shape.elements()) + " floats\n";
  }
  return text;
}

std::string flags_text(kernels::Isa isa) {
  std::string text = compiler_for(isa) + " -O2";
  for (const std::string& flag : compiler_flags(isa)) text += " " + flag;
  return text;
}

std::string embed_comment(const Surface& s) {
  const InputRecord& in = s.package.input;
  const OutputRecord& out = s.package.output;
  return "/* The " + std::string(out.embedding ? "embedding" : "output") +
         " of one picture.\n"
         " * rgb: " +
         s.upper + "_HEIGHT rows of " + s.upper +
         "_WIDTH pixels of 3 bytes, R first, no gaps: " + std::to_string(in.height) + " x " + std::to_string(in.width) +
         ".\n"
         " *      What the network wants besides (order of colours, mean, scale) is done here.\n"
         " * out: " +
         s.upper + "_OUTPUT floats" +
         (!out.embedding   ? ""
          : out.normalized ? ", of norm 1"
                           : ", not normalised") +
         ". No alignment is needed. */\n";
}

}  // namespace

bool Surface::embeds() const {
  const InputRecord& in = package.input;
  return package.graph.inputs.size() == 1 && package.graph.outputs.size() == 1 && in.known && in.height > 0 &&
         in.width > 0 && in.channels == (in.color == ColorOrder::gray ? 1 : 3) &&
         input(0).shape.elements() == int64_t{in.channels} * in.height * in.width;
}

std::string header_text(const Surface& s) {
  const InputRecord& in = s.package.input;
  std::string text = "/* " + comment(s.package.card.name) + " as code, for " + kernels::name_of(s.isa) +
                     ". Made by mien " MIEN_VERSION "; do not edit.\n *\n * Licence of the weights: " +
                     (s.package.card.license.empty() ? "not stated" : comment(s.package.card.license)) +
                     "\n * Compile with: " + flags_text(s.isa) + " -c " + s.name +
                     ".cpp\n *\n * Needs no library but memcpy, memmove and memset" +
                     (s.isa == kernels::Isa::generic ? ", and sqrtf of libm" : "") +
                     ". Allocates nothing, reads no file, "
                     "throws nothing. All of its\n * memory is static: one call at a time, from any thread. The "
                     "caller's floating-point control state is as before\n * when a function returns. The bits are "
                     "those of mien on this instruction set. */\n";
  text +=
      "#ifndef MIEN_GENERATED_" + s.upper + "_H\n#define MIEN_GENERATED_" + s.upper + "_H\n\n#include <stdint.h>\n\n";
  if (s.embeds()) {
    text += define(s, "WIDTH", in.width, "pixels");
    text += define(s, "HEIGHT", in.height, "pixels");
    text += define(s, "OUTPUT", s.output(0).shape.elements(), "floats");
  }
  text += define(s, "INPUTS", static_cast<int64_t>(s.package.graph.inputs.size()), "of " + s.name + "_run");
  text += define(s, "OUTPUTS", static_cast<int64_t>(s.package.graph.outputs.size()), "of " + s.name + "_run");
  text += define(s, "WEIGHT_BYTES", s.weight_bytes, "constants");
  text += define(s, "ARENA_BYTES", s.arena_bytes, "zero-initialised memory");
  text += "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";
  if (s.embeds()) text += embed_comment(s) + "void " + s.name + "_embed(const uint8_t* rgb, float* out);\n\n";
  text +=
      "/* The network by itself, on one sample of row-major floats, which are not checked: NaN goes where it goes.\n" +
      list(s, true) + list(s, false) +
      " * No buffer overlaps another; none needs more than the alignment of a float. */\nvoid " + s.name +
      "_run(const float* const* in, float* const* out);\n\n";
  return text + "#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
}

std::string picture_text(const Surface& s) {
  if (!s.embeds()) return "";
  const InputRecord& in = s.package.input;
  const int64_t pixels = int64_t{in.height} * in.width;
  const bool planes = in.layout == InputLayout::nchw;
  std::string text = "alignas(64) float picture[" + std::to_string(pixels * in.channels) + "];\n\n";
  text += "// (value - mean) * scale of each channel, in the network's order of colours.\n";
  text += "void normalize(const uint8_t* rgb) {\n";
  text += "  for (int64_t p = 0; p < " + std::to_string(pixels) + "; ++p, rgb += 3) {\n";
  for (int32_t c = 0; c < in.channels; ++c) {
    const size_t i = static_cast<size_t>(c);
    const std::string at =
        planes ? "p + " + std::to_string(c * pixels) : std::to_string(in.channels) + " * p + " + std::to_string(c);
    const std::string value = in.color == ColorOrder::gray
                                  ? "(19595 * rgb[0] + 38470 * rgb[1] + 7471 * rgb[2] + 32768) >> 16"
                                  : "rgb[" + std::to_string(in.color == ColorOrder::bgr ? 2 - c : c) + "]";
    text += "    picture[" + at + "] = (static_cast<float>(" + value + ") - " + exact(in.mean[i]) + ") * " +
            exact(in.scale[i]) + ";\n";
  }
  return text + "  }\n}\n\n";
}

std::string functions_text(const Surface& s) {
  std::string text = "extern \"C\" {\n\nvoid " + s.name +
                     "_run(const float* const* in, float* const* out) {\n"
                     "  // Not FlushDenormals: a destructor here would ask for the C++ library's exceptions.\n"
                     "  const uint64_t control = mien::flush_denormals();\n  run_steps(in, out);\n"
                     "  mien::restore_float_control(control);\n}\n";
  if (s.embeds())
    text += "\nvoid " + s.name +
            "_embed(const uint8_t* rgb, float* out) {\n"
            "  normalize(rgb);\n  const float* const in = picture;\n  " +
            s.name + "_run(&in, &out);\n}\n";
  return text + "\n}  // extern \"C\"\n\n#endif\n";
}

}  // namespace mien::codegen
