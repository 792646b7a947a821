#include "codegen/generate.h"

#include <algorithm>
#include <set>

#include "codegen/sources.h"
#include "codegen/write.h"

namespace mien::codegen {
namespace {

using kernels::Isa;

// The macros by which a compiler says that it was told the right flags.
std::vector<std::string> compiler_macros(Isa isa) {
  switch (isa) {
    case Isa::generic:
    case Isa::neon32:
      break;
    case Isa::sse41:
      return {"__SSE4_1__"};
    case Isa::avx2:
      return {"__AVX2__", "__FMA__"};
    case Isa::avx512:
      return {"__AVX512F__", "__AVX512DQ__", "__AVX512BW__", "__AVX512VL__"};
    case Isa::neon:
      return {"__aarch64__"};
  }
  return {};
}

bool is_identifier(const std::string& name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  return !name.empty() && letter(name[0]) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

// What must stand before everything else.
std::string opening(const Surface& s) {
  std::string text = "// Made by mien " MIEN_VERSION "; do not edit. " + s.name +
                     ".h says how it is used.\n"
                     "// C++17, not C: the kernels are templates over the size of their tiles.\n\n"
                     "// A multiply-add is fused where the source says fma and nowhere else, whatever the compiler's "
                     "flags.\n"
                     "#if defined(__clang__)\n#pragma STDC FP_CONTRACT OFF\n#else\n"
                     "#pragma GCC optimize(\"fp-contract=off\")\n"
                     "// gcc 12's own AVX-512 headers pass a register that is undefined on purpose.\n"
                     "#pragma GCC diagnostic ignored \"-Wuninitialized\"\n"
                     "#pragma GCC diagnostic ignored \"-Wmaybe-uninitialized\"\n"
                     "#pragma GCC diagnostic ignored \"-Waggressive-loop-optimizations\"\n#endif\n"
                     "#pragma GCC diagnostic ignored \"-Wunused-function\"\n\n#if ";
  std::string flags;
  for (const std::string& flag : compiler_flags(s.isa)) flags += " " + flag;
  const std::vector<std::string> macros = compiler_macros(s.isa);
  for (size_t i = 0; i < macros.size(); ++i) text += std::string(i > 0 ? " || " : "") + "!defined(" + macros[i] + ")";
  if (macros.empty()) text += "0";
  return text + "\n#error \"this file is for " + kernels::name_of(s.isa) + ": compile it with -O2" + flags +
         "\"\n#else\n\n#include \"" + s.name + ".h\"\n\n";
}

// The used kernels and what they stand on, without a symbol that another file could see.
std::string kernels_text(Isa isa, const std::set<std::string>& headers, std::vector<std::string>* system) {
  const std::string file = std::string("kernels/isa/") + kernels::name_of(isa) + ".cpp";
  Flattener flattener;
  flattener.skip("kernels/generic/table.h");
  flattener.add("kernels/kernels.h");
  flattener.add(file);
  for (const std::string& header : headers) flattener.add(header);
  flattener.add("engine/float_control.h");
  *system = flattener.system();
  return flattener.text();
}

void find_functions(const Term& term, std::set<std::string>* names, std::set<std::string>* headers) {
  for (const Term& inner : term.body) find_functions(inner, names, headers);
  if (term.count > 0) return;
  names->insert(term.call.function->name);
  headers->insert(term.call.function->header);
}

std::string source_text(const Surface& surface, const Trace& trace, const std::set<std::string>& headers,
                        int64_t* call_sites) {
  std::vector<std::string> system;
  const std::string kernels = kernels_text(surface.isa, headers, &system);
  std::string text = opening(surface);
  system.push_back(surface.isa == Isa::neon      ? "#include <arm_neon.h>"
                   : surface.isa == Isa::generic ? "#if defined(__x86_64__)\n#include <xmmintrin.h>\n#endif"
                                                 : "#include <immintrin.h>");
  for (const std::string& include : system) text += include + "\n";
  text += "\nnamespace {\n\n" + kernels +
          "\nusing namespace mien::kernels;\nusing namespace mien::kernels::" + kernels::name_of(surface.isa) +
          ";\n\n" + data_text(trace.memory);
  if (trace.arena_floats > 0)
    text +=
        "// All activations; places are used again when what they held is no longer needed.\nalignas(64) float arena[" +
        std::to_string(trace.arena_floats) + "];\n\n";
  // The compiler must not know that the floats were bytes: it could reorder accesses by their types.
  text +=
      "inline const float* floats_of(const unsigned char* bytes) {\n"
      "  const float* floats = reinterpret_cast<const float*>(bytes);\n  asm(\"\" : \"+r\"(floats));\n"
      "  return floats;\n}\n\n";
  return text + steps_text(trace, call_sites) + picture_text(surface) + "}  // namespace\n\n" + functions_text(surface);
}

}  // namespace

Result<Generated> generate(Package package, const GenerateOptions& options) {
  if (!is_identifier(options.name))
    return Status{Code::bad_argument, "'" + options.name + "' is no name for a function: a-z, 0-9 and _ only"};
  if (options.isa == Isa::neon32)
    return Status{Code::unsupported, "no code is generated for neon32; generic runs on 32-bit ARM too"};
  Result<Trace> trace = trace_plan(package.graph, options.isa, options.low_memory);
  if (!trace.ok()) return trace.status();
  Generated made;
  std::set<std::string> names, headers;
  for (const TracedStep& step : trace->steps)
    for (const Term& term : step.terms) find_functions(term, &names, &headers);
  made.kernels.assign(names.begin(), names.end());
  made.calls = trace->calls;

  std::string upper = options.name;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  Surface surface{options.name, upper, package, options.isa, trace->memory.weight_floats() * 4, 0};
  surface.arena_bytes = trace->arena_floats * 4;
  if (surface.embeds()) surface.arena_bytes += surface.input(0).shape.elements() * 4;
  made.weight_bytes = surface.weight_bytes;
  made.arena_bytes = surface.arena_bytes;
  made.header = header_text(surface);
  made.source = source_text(surface, *trace, headers, &made.call_sites);
  return made;
}

std::vector<std::string> compiler_flags(Isa isa) {
  switch (isa) {
    case Isa::generic:
    case Isa::neon32:
      break;
    case Isa::sse41:
      return {"-msse4.1"};
    case Isa::avx2:
      return {"-mavx2", "-mfma"};
    case Isa::avx512:
      return {"-mavx512f", "-mavx512dq", "-mavx512bw", "-mavx512vl", "-mavx2", "-mfma"};
    case Isa::neon:
      break;
  }
  return {};
}

std::string compiler_for(Isa isa) {
  if (isa == Isa::generic) return "g++";
#if defined(__aarch64__)
  return isa == Isa::neon ? "g++" : "x86_64-linux-gnu-g++";
#else
  return isa == Isa::neon ? "aarch64-linux-gnu-g++" : "g++";
#endif
}

std::string identifier_of(const std::string& text) {
  std::string name;
  for (char c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (good || (!name.empty() && name.back() != '_')) name += good ? c : '_';
  }
  while (!name.empty() && name.back() == '_') name.pop_back();
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) name = "net" + (name.empty() ? name : "_" + name);
  return name;
}

}  // namespace mien::codegen
