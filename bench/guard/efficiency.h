// How fast a network runs against the FMA peak of the same core, in rounds short enough that a change of the clock or
// of the machine's load meets both. One thread, by its own CPU time: time on the wall counts the turns of other
// processes, which on a shared machine is most of the noise. Not thread-safe.
#pragma once

#include <string>
#include <vector>

#include "engine/model.h"

namespace mien::guard {

// A lap is a model and a session of its own, so that they lie elsewhere in memory each time, and many rounds of: burst
// of multiply-adds, one run, burst. Its efficiency is 2 * multiply-adds / time / peak, of the lower quartiles of both
// times: a quarter of the rounds were disturbed less than that, and unlike a minimum it does not hang on one lucky
// round.
struct LapOptions {
  std::string network = "mobilefacenet";
  ModelOptions model;
  double seconds = 0.2;  // CPU time of a lap
  double slowdown = 0;   // plants one: multiply-adds worth this share of a run, inside the time of each run
};

class Meter {
 public:
  // Error: no such network, or an instruction set that this CPU has not.
  static Result<std::unique_ptr<Meter>> create(const LapOptions& options);
  ~Meter();
  Result<double> lap();
  const char* isa() const;

 private:
  Meter();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mien::guard
