// A model's generated code, compiled and run as its users do. Thread-safety: one test at a time.
#pragma once

#include <string>
#include <vector>

#include "codegen/generate.h"

namespace mien::test {

// What a shell command did.
struct Outcome {
  int code = -1;
  std::string text;  // standard output and standard error
};
Outcome shell(const std::string& command);

// Whether a program is installed.
bool has_program(const std::string& name);

// A folder for the test program's files, removed at its end.
const std::string& folder();
std::string text_of_file(const std::string& path);
void write_text(const std::string& path, const std::string& text);

class GeneratedProgram {
 public:
  // Generates NAME.cpp and NAME.h in a folder of their own.
  GeneratedProgram(const Package& package, const codegen::GenerateOptions& options);

  // NAME.cpp to NAME.o by `compiler`, told -O2, the flags of the instruction set and `more`; then a main program.
  // False with the reason recorded as a failure.
  bool compile(const std::string& compiler, const std::string& more = "");
  // The program, by way of `runner` ("qemu-aarch64"): all outputs, one after the other. bytes: what it is given, a
  // picture for NAME_embed or the floats of all inputs for NAME_run.
  std::vector<float> embed(const std::vector<uint8_t>& rgb, const std::string& runner = "");
  std::vector<float> run(const std::vector<std::vector<float>>& inputs, const std::string& runner = "");

  const codegen::Generated& generated() const { return generated_; }
  std::string path(const std::string& extension) const { return directory_ + "/" + options_.name + extension; }

 private:
  std::string main_text() const;
  std::vector<float> start(const std::string& mode, const std::string& runner, int64_t floats);

  Package package_;
  codegen::GenerateOptions options_;
  codegen::Generated generated_;
  std::string directory_;
};

}  // namespace mien::test
