#include <algorithm>

#include "app/console.h"
#include "app/measure.h"
#include "app/verbs.h"
#include "face/picture.h"

namespace mien::app {
namespace {

struct IsaState {
  const char* name;
  bool built, usable, chosen;
  double peak_gflops;  // one thread
};

double peak_of(const kernels::Kernels& kernels) {
  PeakMeter meter(kernels, {});
  for (int i = 0; i < 20; ++i) meter.burst();
  return meter.gflops();
}

std::vector<IsaState> isa_states(const kernels::CpuFeatures& cpu) {
  const kernels::Kernels* best = kernels::best_kernels();
  std::vector<IsaState> states;
  for (kernels::Isa isa : kernels::kAllIsas) {
    const kernels::Kernels* table = kernels::kernels_of(isa);
    const bool runs = table != nullptr && kernels::usable(isa, cpu);
    states.push_back(
        {kernels::name_of(isa), table != nullptr, runs, table != nullptr && table == best, runs ? peak_of(*table) : 0});
  }
  return states;
}

bool has_tbb() {
#ifdef MIEN_TBB
  return true;
#else
  return false;
#endif
}

void print_as_json(const kernels::CpuFeatures& cpu, const std::vector<IsaState>& states) {
  Json features = Json::object();
  for (const kernels::CpuFlag& flag : kernels::kCpuFlags) features[flag.name] = cpu.*flag.is_on;
  Json isas = Json::array();
  for (const IsaState& isa : states)
    isas.push_back({{"name", isa.name},
                    {"built", isa.built},
                    {"usable", isa.usable},
                    {"chosen", isa.chosen},
                    {"peak_gflops", isa.peak_gflops}});
  print_json({{"version", MIEN_VERSION},
              {"cpu", std::string(cpu.brand)},
              {"features", features},
              {"isas", isas},
              {"threads_allowed", allowed_threads()},
              {"thread_backends", has_tbb() ? Json{"none", "tbb"} : Json::array({"none"})},
              {"decoders", {{"jpeg", jpeg_decoder()}, {"png", png_decoder()}}}});
}

void print_as_text(const kernels::CpuFeatures& cpu, const std::vector<IsaState>& states) {
  std::string features;
  for (const kernels::CpuFlag& flag : kernels::kCpuFlags)
    if (cpu.*flag.is_on) features += std::string(flag.name) + " ";
  Table table("ll");
  table.row({"mien", MIEN_VERSION});
  table.row({"CPU", cpu.brand});
  table.row({"features", features});
  table.row({"registers", std::string("the system saves ymm: ") + (cpu.os_ymm ? "yes" : "no") +
                              ", zmm: " + (cpu.os_zmm ? "yes" : "no")});
  table.row(
      {"threads", std::to_string(allowed_threads()) + " allowed, back ends: none" + (has_tbb() ? ", oneTBB" : "")});
  table.row({"JPEG", jpeg_decoder()});
  table.row({"PNG", png_decoder()});
  Table isas("lllr");
  isas.row({"kernels", "built", "usable", "FMA peak of one core"});
  for (const IsaState& isa : states)
    isas.row({isa.name, isa.built ? "yes" : "no",
              isa.chosen   ? "chosen"
              : isa.usable ? "yes"
                           : "no",
              isa.usable ? fixed(isa.peak_gflops, 1) + " GFLOP/s" : ""});
  print(table.text() + "\n" + isas.text());
}

}  // namespace

Status doctor_verb(const DoctorVerb& verb) {
  const kernels::CpuFeatures cpu = kernels::detect_cpu();
  const std::vector<IsaState> states = isa_states(cpu);
  verb.json ? print_as_json(cpu, states) : print_as_text(cpu, states);
  return {};
}

}  // namespace mien::app
