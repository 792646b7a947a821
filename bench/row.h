// One row of a benchmark: what it runs, the work in it, and how that compares with the peak of this core, measured in
// the same process right before. Not thread-safe.
#pragma once

#include <functional>
#include <string>

#include "kernels/kernels.h"

namespace mien::bench {

// Of one run of the body.
struct Work {
  double flops = 0;
  double bytes = 0;  // read and written
};

using Body = std::function<void()>;

// Registers "<isa>/<kernel>/<shape>". make is called when the row is run, so that only one row's buffers exist at once.
void add_row(const kernels::Kernels& kernels, const std::string& kernel, const std::string& shape, const Work& work,
             std::function<Body()> make);

// The rows of one ISA, made from kernels/kernels.inc; a kernel without a row does not compile.
void add_convolution_rows(const kernels::Kernels& kernels);
void add_window_rows(const kernels::Kernels& kernels);       // depthwise, Winograd, pools
void add_elementwise_rows(const kernels::Kernels& kernels);  // and rows, layout, peak

}  // namespace mien::bench
