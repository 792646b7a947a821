// A model file as an object: the linker takes it, and what it gives is the file.
#include "codegen/object.h"

#include <gtest/gtest.h>

#include "tests/codegen/generated_program.h"

namespace mien::test {
namespace {

using kernels::Isa;

std::string written(const std::string& name, const std::string& bytes, Isa isa) {
  const std::vector<uint8_t> object =
      codegen::model_object(name, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), isa);
  const std::string path = folder() + "/" + name + "_model.o";
  write_text(path, {object.begin(), object.end()});
  write_text(folder() + "/" + name + "_model.h", codegen::model_object_header(name));
  return path;
}

constexpr const char* kMain =
    "#include <stdio.h>\n#include \"some_model.h\"\n"
    "int main(void) {\n  if ((uintptr_t)some_model % 64 != 0) return 1;\n"
    "  return fwrite(some_model, 1, some_model_size, stdout) == some_model_size ? 0 : 2;\n}\n";

void expect_linked(const std::string& compiler, const std::string& runner, Isa isa) {
  for (size_t size : {size_t{1}, size_t{64}, size_t{1001}}) {
    std::string bytes;
    for (size_t i = 0; i < size; ++i) bytes += static_cast<char>('!' + i * 7 % 90);
    const std::string object = written("some", bytes, isa);
    write_text(folder() + "/main.c", kMain);
    const Outcome linked = shell("cd " + folder() + " && " + compiler +
                                 " -static -Wl,--fatal-warnings -x c main.c -x none " + object + " -o object_main");
    ASSERT_EQ(linked.code, 0) << linked.text;
    const Outcome run = shell(runner + " " + folder() + "/object_main");
    EXPECT_EQ(run.code, 0);
    EXPECT_EQ(run.text, bytes);
  }
}

TEST(Object, LinksAndHoldsTheFile) {
  const Isa isa = kernels::best_kernels()->isa;
  expect_linked(MIEN_CXX, "", isa);
}

TEST(Object, LinksForAarch64) {
  if (!has_program("aarch64-linux-gnu-g++") || !has_program("qemu-aarch64"))
    GTEST_SKIP() << "needs aarch64-linux-gnu-g++ and qemu-aarch64";
  expect_linked("aarch64-linux-gnu-g++", "qemu-aarch64", Isa::neon);
}

TEST(Object, IsReadOnlyDataWithTwoSymbols) {
  const std::string object = written("net", std::string(200, 'x'), Isa::avx2);
  const std::string symbols = shell("nm " + object).text;
  EXPECT_NE(symbols.find("R net_model\n"), std::string::npos) << symbols;
  EXPECT_NE(symbols.find("R net_model_size\n"), std::string::npos) << symbols;
  EXPECT_EQ(std::count(symbols.begin(), symbols.end(), '\n'), 2) << symbols;
}

}  // namespace
}  // namespace mien::test
