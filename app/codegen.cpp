#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "app/console.h"
#include "app/default_models.h"
#include "app/files.h"
#include "app/verbs.h"
#include "codegen/generate.h"
#include "codegen/object.h"
#include "engine/file/flat_file.h"
#include "engine/file/mapped_file.h"

namespace mien::app {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Any instruction set that exists: planning for it runs none of its instructions.
Result<kernels::Isa> target_isa(const std::string& name) {
  kernels::Isa isa{};
  if (!name.empty() && kernels::isa_from_name(name.c_str(), &isa)) return isa;
  const kernels::Kernels* best = kernels::best_kernels();
  if (name.empty() && best != nullptr) return best->isa;
  std::vector<std::string> names;
  for (kernels::Isa each : kernels::kAllIsas) names.emplace_back(kernels::name_of(each));
  return Status{Code::bad_argument, "--isa: one of " + joined(names, ", ")};
}

Status write_files(const std::string& directory, const std::vector<std::pair<std::string, std::string>>& files) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return {Code::io, directory + ": " + error.message()};
  Outputs outputs;
  for (const auto& [name, text] : files)
    MIEN_RETURN_IF_ERROR(outputs.add(directory + "/" + name, text.data(), text.size()));
  return outputs.commit();
}

// Runs a compiler in `directory`; what it says goes where our own messages go.
Status run_compiler(const std::vector<std::string>& command, const std::string& directory) {
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const pid_t child = fork();
  if (child < 0) return {Code::io, "no process for the compiler"};
  if (child == 0) {
    if (chdir(directory.c_str()) == 0) execvp(argv[0], argv.data());
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  const bool missing = WIFEXITED(status) && WEXITSTATUS(status) == 127;
  return {Code::check_failed, "the compiler " + command[0] + (missing ? " is not there" : " failed")};
}

int64_t size_of_file(const std::string& path) {
  std::error_code ignored;
  return static_cast<int64_t>(fs::file_size(path, ignored));
}

// What there is to say about the files that were written.
struct Report {
  std::vector<std::string> files;
  Json figures = Json::object();
};

void print_report(const CodegenVerb& verb, const Report& report) {
  Json json = report.figures;
  json["files"] = report.files;
  if (verb.json) return print_json(json);
  Table table("ll");
  for (const std::string& file : report.files)
    table.row({"wrote", printable(file) + ", " + bytes_text(size_of_file(file))});
  for (const auto& [key, value] : report.figures.items()) {
    const bool bytes = key.size() > 6 && key.compare(key.size() - 6, 6, "_bytes") == 0;
    const std::string name = bytes ? key.substr(0, key.size() - 6) : key;
    std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (bytes) text = bytes_text(value.get<int64_t>());
    if (value.is_number_float()) text = fixed(value.get<double>(), 2) + " s";
    if (value.is_array()) text = joined(value.get<std::vector<std::string>>(), ", ");
    table.row({name, printable(text)});
  }
  print(table.text());
}

// A model's file as it is: mapped, or in this program.
struct ModelBytes {
  std::shared_ptr<const file::MappedFile> mapping;
  const uint8_t* data;
  size_t size;
};

Result<ModelBytes> model_bytes(const std::string& path) {
  if (const Carried* carried = default_model(path)) return ModelBytes{nullptr, carried->begin, carried->size()};
  Result<std::shared_ptr<const file::MappedFile>> mapping = file::MappedFile::open(path);
  if (!mapping.ok()) return named(path, mapping.status());
  return ModelBytes{*mapping, (*mapping)->data(), (*mapping)->size()};
}

Status write_object(const CodegenVerb& verb, const std::string& name, kernels::Isa isa) {
  const auto start = Clock::now();
  if (isa == kernels::Isa::generic || isa == kernels::Isa::neon32)
    return {Code::bad_argument, "--object: --isa says for which processor, one of x86-64 (avx2) or AArch64 (neon)"};
  Result<ModelBytes> bytes = model_bytes(verb.model);
  if (!bytes.ok()) return bytes.status();
  // What is linked in must load: the bytes are checked here, not in somebody's program.
  Result<Package> package = read_memory(bytes->data, bytes->size);
  if (!package.ok()) return named(verb.model, package.status());
  const std::vector<uint8_t> object = codegen::model_object(name, bytes->data, bytes->size, isa);
  MIEN_RETURN_IF_ERROR(write_files(verb.output, {{name + "_model.h", codegen::model_object_header(name)},
                                                 {name + "_model.o", {object.begin(), object.end()}}}));
  Report report;
  report.files = {verb.output + "/" + name + "_model.h", verb.output + "/" + name + "_model.o"};
  report.figures["model_bytes"] = bytes->size;
  report.figures["symbols"] = {name + "_model", name + "_model_size"};
  report.figures["made_in"] = seconds_since(start);
  print_report(verb, report);
  return {};
}

Status compile(const CodegenVerb& verb, const std::string& name, const std::vector<std::string>& command,
               Report* report) {
  const auto start = Clock::now();
  {
    Progress progress;
    progress.show("compiling " + name + ".cpp");
    MIEN_RETURN_IF_ERROR(run_compiler(command, verb.output));
  }
  report->files.push_back(verb.output + "/" + name + ".o");
  report->figures["compiled_in"] = seconds_since(start);
  return {};
}

Status write_source(const CodegenVerb& verb, const std::string& name, kernels::Isa isa) {
  const auto start = Clock::now();
  Result<Package> package = open_package(verb.model);
  if (!package.ok()) return package.status();
  const Result<codegen::Generated> made = codegen::generate(std::move(*package), {name, isa, verb.low_memory});
  if (!made.ok()) return named(verb.model, made.status());
  MIEN_RETURN_IF_ERROR(write_files(verb.output, {{name + ".h", made->header}, {name + ".cpp", made->source}}));
  std::vector<std::string> command = {verb.compiler.empty() ? codegen::compiler_for(isa) : verb.compiler, "-O2"};
  for (const std::string& flag : codegen::compiler_flags(isa)) command.push_back(flag);
  command.insert(command.end(), {"-c", name + ".cpp"});
  Report report;
  report.files = {verb.output + "/" + name + ".h", verb.output + "/" + name + ".cpp"};
  report.figures["isa"] = kernels::name_of(isa);
  report.figures["weights_bytes"] = made->weight_bytes;
  report.figures["arena_bytes"] = made->arena_bytes;
  report.figures["kernels"] = made->kernels;
  report.figures["kernel_calls"] = made->calls;
  report.figures["made_in"] = seconds_since(start);
  report.figures["compile_with"] = joined(command, " ");
  if (verb.compile) MIEN_RETURN_IF_ERROR(compile(verb, name, command, &report));
  print_report(verb, report);
  return {};
}

}  // namespace

Status codegen_verb(const CodegenVerb& verb) {
  const Result<kernels::Isa> isa = target_isa(verb.isa);
  if (!isa.ok()) return isa.status();
  const Carried* carried = default_model(verb.model);
  const fs::path file = carried ? carried->name : verb.model;
  const std::string name = verb.name.empty() ? codegen::identifier_of(file.stem().string()) : verb.name;
  if (name != codegen::identifier_of(name))
    return {Code::bad_argument,
            "--name: a-z, 0-9 and _, beginning with a letter: such as " + codegen::identifier_of(name)};
  return verb.object ? write_object(verb, name, *isa) : write_source(verb, name, *isa);
}

}  // namespace mien::app
