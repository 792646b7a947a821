#include "tests/codegen/generated_program.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace mien::test {
namespace {

namespace fs = std::filesystem;

struct Folder {
  std::string path;
  Folder() {
    std::string name = (fs::temp_directory_path() / "mien-codegen-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

void write_bytes(const std::string& path, const void* data, size_t size) {
  std::ofstream(path, std::ios::binary).write(static_cast<const char*>(data), static_cast<std::streamsize>(size));
}

int64_t floats_of(const Graph& graph, const std::vector<ValueId>& values) {
  int64_t floats = 0;
  for (ValueId id : values) floats += graph.value(id).shape.elements();
  return floats;
}

}  // namespace

Outcome shell(const std::string& command) {
  Outcome outcome;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return outcome;
  char some[4096];
  for (size_t n; (n = fread(some, 1, sizeof some, pipe)) > 0;) outcome.text.append(some, n);
  const int status = pclose(pipe);
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome;
}

bool has_program(const std::string& name) {
  return shell("command -v " + name).code == 0;
}

const std::string& folder() {
  static const Folder held;
  return held.path;
}

std::string text_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_text(const std::string& path, const std::string& text) {
  write_bytes(path, text.data(), text.size());
}

GeneratedProgram::GeneratedProgram(const Package& package, const codegen::GenerateOptions& options)
    : package_(package), options_(options) {
  static int made = 0;
  directory_ = folder() + "/" + std::to_string(made++);
  fs::create_directory(directory_);
  Result<codegen::Generated> generated = codegen::generate(package, options);
  if (!generated.ok()) {
    ADD_FAILURE() << generated.status().message();
    return;
  }
  generated_ = std::move(*generated);
  write_text(path(".h"), generated_.header);
  write_text(path(".cpp"), generated_.source);
  write_text(directory_ + "/main.c", main_text());
}

// C, so that the header is read by a C compiler as well. The control word of the floating-point unit is looked at by
// what it does: a denormal number must still be one after the call.
std::string GeneratedProgram::main_text() const {
  const Graph& graph = package_.graph;
  const std::string& n = options_.name;
  std::string text = "#include <stdio.h>\n#include <string.h>\n#include \"" + n + ".h\"\n";
  text += "static float x[" + std::to_string(floats_of(graph, graph.inputs)) + "];\n";
  text += "static float y[" + std::to_string(floats_of(graph, graph.outputs)) + "];\n";
  text += "int main(int argc, char** argv) {\n  volatile float small = 1e-40f;\n  FILE* in = fopen(argv[2], \"rb\");\n";
  text += "  FILE* out = fopen(argv[3], \"wb\");\n  if (argc != 4) return 1;\n";
  if (generated_.header.find("_embed(") != std::string::npos) {
    const std::string upper = generated_.header.substr(generated_.header.find("MIEN_GENERATED_") + 15, n.size());
    text += "  if (strcmp(argv[1], \"embed\") == 0) {\n    static uint8_t rgb[3 * " + upper + "_WIDTH * " + upper +
            "_HEIGHT];\n    if (fread(rgb, 1, sizeof rgb, in) != sizeof rgb) return 2;\n    " + n +
            "_embed(rgb, y);\n  }\n";
  }
  text += "  if (strcmp(argv[1], \"run\") == 0) {\n    if (fread(x, 1, sizeof x, in) != sizeof x) return 2;\n";
  text += "    const float* inputs[] = {";
  int64_t at = 0;
  for (ValueId id : graph.inputs) text += "x + " + std::to_string(at) + ", ", at += graph.value(id).shape.elements();
  text += "};\n    float* outputs[] = {";
  at = 0;
  for (ValueId id : graph.outputs) text += "y + " + std::to_string(at) + ", ", at += graph.value(id).shape.elements();
  text += "};\n    " + n + "_run(inputs, outputs);\n  }\n  if (small * 0.5f == 0) return 3;\n";
  return text + "  fwrite(y, 1, sizeof y, out);\n  return fclose(out);\n}\n";
}

bool GeneratedProgram::compile(const std::string& compiler, const std::string& more) {
  std::string command = "cd " + directory_ + " && " + compiler + " -O2";
  for (const std::string& flag : codegen::compiler_flags(options_.isa)) command += " " + flag;
  if (!more.empty()) command += " " + more;
  const Outcome made = shell(command + " -c " + options_.name + ".cpp");
  EXPECT_EQ(made.code, 0) << command << "\n" << made.text.substr(0, 4000);
  // Linked as C: nothing of the C++ library may be missing. What has no square root of vectors may ask libm for one.
  const std::string libm = options_.isa == kernels::Isa::generic ? " -lm" : "";
  const Outcome linked =
      shell("cd " + directory_ + " && " + compiler + " -static -nodefaultlibs -x c main.c -x none " + options_.name +
            ".o -o main -Wl,--start-group" + libm + " -lc -lgcc -lgcc_eh -Wl,--end-group");
  EXPECT_EQ(linked.code, 0) << linked.text;
  return made.code == 0 && linked.code == 0;
}

std::vector<float> GeneratedProgram::start(const std::string& mode, const std::string& runner, int64_t floats) {
  const Outcome done =
      shell(runner + " " + directory_ + "/main " + mode + " " + directory_ + "/in " + directory_ + "/out");
  EXPECT_EQ(done.code, 0) << done.text;
  const std::string bytes = text_of_file(directory_ + "/out");
  EXPECT_EQ(bytes.size(), static_cast<size_t>(floats) * sizeof(float));
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

std::vector<float> GeneratedProgram::embed(const std::vector<uint8_t>& rgb, const std::string& runner) {
  write_bytes(directory_ + "/in", rgb.data(), rgb.size());
  return start("embed", runner, floats_of(package_.graph, package_.graph.outputs));
}

std::vector<float> GeneratedProgram::run(const std::vector<std::vector<float>>& inputs, const std::string& runner) {
  std::vector<float> all;
  for (const auto& input : inputs) all.insert(all.end(), input.begin(), input.end());
  write_bytes(directory_ + "/in", all.data(), all.size() * sizeof(float));
  return start("run", runner, floats_of(package_.graph, package_.graph.outputs));
}

}  // namespace mien::test
