// mien_bench_guard: is a network slower than recorded? What is measured is told in efficiency.h, how it is judged in
// compare.h. Exit code 0: no, or recorded now; 1: slower; 2: usage; 3: nothing could be measured.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "bench/guard/baseline.h"
#include "bench/guard/compare.h"
#include "bench/guard/efficiency.h"

namespace mien::guard {
namespace {

constexpr int kRecordedBlocks = 8;
constexpr int kMostBlocks = 8;
constexpr int kPauseSeconds = 2;  // between blocks, for the neighbours to move on

const char* const kUsage =
    "usage: mien_bench_guard [--network NAME]... [--isa NAME] [--record] [--slowdown PERCENT]\n"
    "                        [--seconds CPU_SECONDS_OF_A_LAP] [--baseline FILE]\n";

struct Options {
  std::vector<std::string> networks;
  LapOptions lap;
  std::string baseline = MIEN_GUARD_BASELINE;
  bool record = false;
};

bool positive(const char* text, double most, double* value) {
  char* end = nullptr;
  *value = std::strtod(text, &end);
  return end != text && *end == '\0' && *value > 0 && *value <= most;
}

bool parse(int argc, char** argv, Options* options) {
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--record") {
      options->record = true;
      continue;
    }
    if (++i == argc) return false;
    double number = 0;
    kernels::Isa isa{};
    if (name == "--network") {
      options->networks.emplace_back(argv[i]);
    } else if (name == "--baseline") {
      options->baseline = argv[i];
    } else if (name == "--isa" && kernels::isa_from_name(argv[i], &isa)) {
      options->lap.model.isa = isa;
    } else if (name == "--slowdown" && positive(argv[i], 1000, &number)) {
      options->lap.slowdown = number / 100;
    } else if (name == "--seconds" && positive(argv[i], 60, &number)) {
      options->lap.seconds = number;
    } else {
      return false;
    }
  }
  if (options->networks.empty()) options->networks = {"mobilefacenet"};
  return true;
}

Status add_block(Meter& meter, std::vector<double>* laps) {
  if (!laps->empty()) std::this_thread::sleep_for(std::chrono::seconds(kPauseSeconds));
  for (int i = 0; i < kBlock; ++i) {
    const Result<double> lap = meter.lap();
    if (!lap.ok()) return lap.status();
    laps->push_back(*lap);
  }
  return {};
}

Status record(const Options& options, const std::string& cpu, const std::string& network, Meter& meter) {
  std::vector<double> laps;
  for (int block = 0; block < kRecordedBlocks; ++block) MIEN_RETURN_IF_ERROR(add_block(meter, &laps));
  MIEN_RETURN_IF_ERROR(write_baseline(options.baseline, cpu, network, laps));
  std::printf("%s on %s: %.2f %% of the FMA peak, recorded in %s\n", network.c_str(), cpu.c_str(),
              100 * upper_quartile(quietest_block(laps)), options.baseline.c_str());
  return {};
}

void print(const std::string& network, const std::string& cpu, size_t blocks, const Comparison& c) {
  std::printf("%s on %s, quietest of %zu blocks\n", network.c_str(), cpu.c_str(), blocks);
  std::printf("  %-28s %6.2f %% of the FMA peak\n", "recorded", 100 * c.recorded);
  std::printf("  %-28s %6.2f %%\n", "now", 100 * c.now);
  std::printf("  %-28s %6.2f %%, of which %.1f %% are let pass\n", "slower by", 100 * c.slowdown, 100 * kLimit);
  std::printf("  %-28s %6.2f %%, now against now\n", "noise floor", 100 * c.noise_floor);
  std::printf("  %-28s %6.4f, significant below %.2f\n", "chance of such ranks", c.chance, kChance);
  if (c.slower()) {
    std::printf("  SLOWER than recorded\n");
  } else if (c.noise_floor > kLimit) {
    std::printf("  passes, but the machine is too busy to see a slowdown below %.0f %%\n", 100 * c.noise_floor);
  } else if (c.slowdown < -kLimit) {
    std::printf("  passes: faster than recorded; --record makes that the new baseline\n");
  } else {
    std::printf("  passes\n");
  }
}

// slower: set if it is, else left alone.
Status guard(const Options& options, const std::string& network, bool* slower) {
  LapOptions lap = options.lap;
  lap.network = network;
  Result<std::unique_ptr<Meter>> meter = Meter::create(lap);
  if (!meter.ok()) return meter.status();
  const std::string cpu = cpu_key((*meter)->isa());
  if (options.record) return record(options, cpu, network, **meter);
  const Result<std::vector<double>> recorded = read_baseline(options.baseline, cpu, network);
  if (!recorded.ok()) return recorded.status();
  if (recorded->size() < kBlock) {
    std::printf("Nothing is recorded for %s on %s: recording\n", network.c_str(), cpu.c_str());
    return record(options, cpu, network, **meter);
  }
  std::vector<double> laps;
  Comparison comparison;
  do {
    MIEN_RETURN_IF_ERROR(add_block(**meter, &laps));
    comparison = compare(*recorded, laps);
  } while (comparison.slowdown > kLimit && laps.size() < kBlock * kMostBlocks);
  print(network, cpu, laps.size() / kBlock, comparison);
  *slower |= comparison.slower();
  return {};
}

}  // namespace
}  // namespace mien::guard

int main(int argc, char** argv) {
  mien::guard::Options options;
  if (!mien::guard::parse(argc, argv, &options) || (options.record && options.lap.slowdown > 0)) {
    std::fputs(mien::guard::kUsage, stderr);
    return 2;
  }
  bool slower = false;
  for (const std::string& network : options.networks) {
    const mien::Status status = mien::guard::guard(options, network, &slower);
    if (status.ok()) continue;
    std::fprintf(stderr, "mien_bench_guard: %s\n", status.message().c_str());
    return 3;
  }
  return slower ? 1 : 0;
}
