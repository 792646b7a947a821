// Draws the include graph of the repository and fails on an arrow that the tree does not have: data flows
// kernels -> engine -> models, converters, face -> app, and third-party headers stay in the folders named below.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "sources.h"

namespace mien {
namespace {

// Files under `from` may include files under any of `to`. The longest `from` that matches decides.
struct Arrow {
  std::string from;
  std::vector<std::string> to;
};

const std::vector<Arrow>& arrows() {
  static const std::vector<Arrow> kArrows = {
      {"kernels/", {"kernels/kernels.", "kernels/cpu.h"}},
      {"kernels/generic/", {"kernels/kernels.", "kernels/cpu.h", "kernels/generic/"}},
      {"kernels/isa/", {"kernels/kernels.", "kernels/cpu.h", "kernels/generic/", "kernels/isa/"}},
      {"kernels/reference/", {"kernels/kernels.", "kernels/cpu.h", "kernels/reference/"}},
      {"engine/", {"engine/", "kernels/kernels.h", "kernels/cpu.h"}},
      {"engine/include/", {"engine/include/"}},
      {"engine/reference.cpp", {"engine/", "kernels/kernels.h", "kernels/reference/reference.h"}},
      {"models/", {"models/", "engine/"}},
      {"converters/", {"converters/", "models/", "engine/"}},
      {"codegen/", {"codegen/", "engine/", "kernels/kernels.", "kernels/cpu.h"}},
      {"face/", {"face/", "engine/", "kernels/kernels.h"}},
      {"face/include/", {"face/include/", "engine/include/"}},
      {"app/",
       {"app/", "codegen/", "face/", "converters/", "models/", "engine/", "kernels/kernels.h", "kernels/cpu.h"}},
      // A benchmark writes its photograph as the tests write theirs.
      {"bench/",
       {"bench/", "app/", "face/", "converters/", "models/", "engine/", "kernels/", "tests/face/written_pictures.h"}},
      {"examples/", {"examples/", "engine/include/", "face/include/"}},
      {"tests/", {""}},
  };
  return kArrows;
}

// Third-party headers (by prefix) and where they may stand. "" is everywhere.
const std::vector<Arrow>& third_party() {
  static const std::vector<Arrow> kHeaders = {
      {"xsimd/", {"kernels/generic/", "kernels/isa/"}},
      {"immintrin.h", {"kernels/generic/", "kernels/isa/", "engine/", "codegen/vector.h"}},
      {"xmmintrin.h", {"kernels/generic/", "kernels/isa/", "engine/", "tests/"}},
      {"pmmintrin.h", {"kernels/generic/", "kernels/isa/", "engine/", "tests/"}},
      {"arm_neon.h", {"kernels/generic/", "kernels/isa/", "codegen/vector.h"}},
      {"cpuid.h", {"kernels/cpu"}},
      {"Eigen/", {"kernels/reference/", "face/", "tests/"}},
      {"xxhash.h", {"engine/file/", "tests/"}},
      {"tbb/", {"engine/threads_tbb", "tests/"}},
      {"oneapi/", {"engine/threads_tbb", "tests/"}},
      {"google/protobuf/", {"converters/", "app/", "tests/"}},
      {"snappy.h", {"converters/tensorflow/", "tests/"}},                    // blocks of TensorFlow's tables
      {"archive.h", {"converters/nn_archive/", "tests/converters/"}},        // tar files, plain or packed
      {"archive_entry.h", {"converters/nn_archive/", "tests/converters/"}},  // their members
      {"nlohmann/", {"converters/", "app/", "bench/guard/", "tests/"}},
      {"CLI/", {"app/"}},
      {"jpeglib.h", {"face/", "app/", "tests/"}},
      {"jerror.h", {"face/"}},
      {"png.h", {"face/", "app/", "tests/"}},
      {"stb", {"face/", "app/"}},
      {"benchmark/", {"bench/"}},
      {"dnnl.hpp", {"bench/peers/native/onednn/"}},  // peers that no package runs a network on
      {"omp.h", {"bench/peers/native/onednn/"}},     // oneDNN takes its number of threads from OpenMP
      {"xnnpack.h", {"bench/peers/native/xnnpack/"}},
      {"pthreadpool.h", {"bench/peers/native/xnnpack/"}},
      {"dlfcn.h", {"tests/bench/"}},  // loads the peers as their adapters do
      {"gtest/", {"tests/"}},
      {"gmock/", {"tests/"}},
  };
  return kHeaders;
}

// Headers of the C library and of POSIX; those of the C++ library have no dot in their name.
bool is_system_header(const std::string& header) {
  static const std::vector<std::string> kHeaders = {
      "assert.h", "dirent.h", "errno.h",  "fcntl.h",  "fenv.h",    "float.h",   "limits.h", "math.h",
      "sched.h",  "setjmp.h", "signal.h", "stdarg.h", "stdbool.h", "stddef.h",  "stdint.h", "stdio.h",
      "stdlib.h", "string.h", "time.h",   "unistd.h", "malloc.h",  "pthread.h", "elf.h",    "asm/hwcap.h"};
  return header.find('.') == std::string::npos || starts_with(header, "sys/") || starts_with(header, "linux/") ||
         std::find(kHeaders.begin(), kHeaders.end(), header) != kHeaders.end();
}

bool stands_in(const std::string& path, const std::vector<std::string>& places) {
  return std::any_of(places.begin(), places.end(), [&](const std::string& p) { return starts_with(path, p); });
}

// The arrow with the longest `from` that is a prefix of path; null if there is none.
const Arrow* find_arrow(const std::vector<Arrow>& list, const std::string& path) {
  const Arrow* best = nullptr;
  for (const Arrow& arrow : list)
    if (starts_with(path, arrow.from) && (best == nullptr || arrow.from.size() > best->from.size())) best = &arrow;
  return best;
}

// The repository path of a quoted include: from the root, the public folder, or beside the file; "" if there is no
// such file (generated code).
std::string resolve(const SourceFile& file, const std::string& target) {
  namespace fs = std::filesystem;
  const std::string beside = (fs::path(file.path).parent_path() / target).lexically_normal().generic_string();
  for (const std::string& path : {target, "engine/include/" + target, "face/include/" + target, beside})
    if (fs::is_regular_file(fs::path(MIEN_SOURCE_DIR) / path)) return path;
  return "";
}

std::string at(const SourceFile& file, const Include& include) {
  return file.path + ":" + std::to_string(include.line) + ": #include " + include.target;
}

void check_own(const SourceFile& file, const Include& include) {
  const std::string path = resolve(file, include.target);
  if (path.empty()) {
    EXPECT_TRUE(ends_with(include.target, ".pb.h")) << at(file, include) << ": no such file in the repository";
    EXPECT_TRUE(stands_in(file.path, {"converters/", "bench/peers/export/", "tests/"})) << at(file, include);
    return;
  }
  const Arrow* arrow = find_arrow(arrows(), file.path);
  ASSERT_NE(arrow, nullptr) << file.path << ": a folder that the tree does not have";
  EXPECT_TRUE(stands_in(path, arrow->to)) << at(file, include) << ": " << arrow->from << " may not include it";
}

void check_foreign(const SourceFile& file, const Include& include) {
  if (starts_with(include.target, "mien/")) return;  // the installed public header, as a user writes it
  const Arrow* arrow = find_arrow(third_party(), include.target);
  if (arrow == nullptr) {
    EXPECT_TRUE(is_system_header(include.target)) << at(file, include) << ": a library that is not on the list";
    return;
  }
  EXPECT_TRUE(stands_in(file.path, arrow->to)) << at(file, include) << ": this header may not stand here";
  EXPECT_FALSE(stands_in(file.path, {"engine/include/", "face/include/"}))
      << at(file, include) << ": the public headers include none";
}

TEST(IncludeDirection, EveryArrowIsOneOfTheTree) {
  int arrows_seen = 0;
  for (const SourceFile& file : read_sources()) {
    if (!is_code(file)) continue;
    for (const Include& include : includes_of(file)) {
      if (include.angled) {
        check_foreign(file, include);
      } else {
        check_own(file, include), ++arrows_seen;
      }
    }
  }
  EXPECT_GT(arrows_seen, 50) << "the walk found too little: is MIEN_SOURCE_DIR right?";
}

// What is compiled once per instruction set must not instantiate anything that the linker would merge between sets.
TEST(IncludeDirection, KernelsUseNoContainers) {
  static const std::vector<std::string> kForbidden = {"vector",  "string",     "map",       "unordered_map", "set",
                                                      "memory",  "functional", "algorithm", "iostream",      "sstream",
                                                      "numeric", "optional",   "variant",   "thread",        "mutex",
                                                      "atomic",  "deque",      "list",      "stdexcept"};
  for (const SourceFile& file : read_sources()) {
    if (!starts_with(file.path, "kernels/generic/") && !starts_with(file.path, "kernels/isa/")) continue;
    for (const Include& include : includes_of(file))
      EXPECT_EQ(std::count(kForbidden.begin(), kForbidden.end(), include.target), 0) << at(file, include);
  }
}

// The test above must be able to fail: arrows that go up, sideways or out of a folder are seen.
TEST(IncludeDirection, WrongArrowsAreSeen) {
  const auto allowed = [](const std::string& from, const std::string& to) {
    return stands_in(to, find_arrow(arrows(), from)->to);
  };
  EXPECT_FALSE(allowed("kernels/dispatch.cpp", "engine/graph.h"));
  EXPECT_FALSE(allowed("kernels/generic/pool.h", "kernels/reference/reference.h"));
  EXPECT_FALSE(allowed("engine/plan.cpp", "kernels/reference/reference.h"));
  EXPECT_FALSE(allowed("engine/plan.cpp", "models/networks.h"));
  EXPECT_FALSE(allowed("face/picture.cpp", "converters/convert.h"));
  EXPECT_TRUE(allowed("engine/reference.cpp", "kernels/reference/reference.h"));
  EXPECT_FALSE(stands_in("kernels/isa/avx2.cpp", find_arrow(third_party(), "Eigen/Core")->to));
  EXPECT_FALSE(is_system_header("boost/any.hpp"));
}

}  // namespace
}  // namespace mien
