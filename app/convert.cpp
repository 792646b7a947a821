#include <cstdio>

#include "app/describe.h"
#include "app/files.h"
#include "app/verbs.h"
#include "engine/file/flat_file.h"
#include "models/networks.h"

namespace mien::app {
namespace {

Status check_usage(const ConvertVerb& verb) {
  if (verb.inputs.empty() && verb.options.network.empty())
    return {Code::bad_argument, "convert takes a weight file, or --network NAME --seeded-weights N"};
  if (verb.inputs.empty() && !verb.seeded)
    return {Code::bad_argument, "--network without a weight file needs --seeded-weights N: weights that are untrained"};
  if (!verb.inputs.empty() && verb.seeded)
    return {Code::bad_argument, "--seeded-weights goes with --network, without a weight file"};
  return {};
}

// "480x640", height first.
Status parse_size(const std::string& text, BuildOptions* build) {
  if (text.empty()) return {};
  int used = 0;
  if (std::sscanf(text.c_str(), "%5dx%5d%n", &build->height, &build->width, &used) != 2 ||
      static_cast<size_t>(used) != text.size() || build->height <= 0 || build->width <= 0)
    return {Code::bad_argument, "--size is HEIGHTxWIDTH, such as 480x640"};
  return {};
}

Result<Package> make_package(const ConvertVerb& verb, ConvertReport* report) {
  if (!verb.inputs.empty()) return convert(verb.inputs, verb.options, report);
  Result<Package> built = build_network(verb.options.network, verb.seed, verb.options.build);
  if (!built.ok()) return built.status();
  Imported imported;
  imported.package = std::move(*built);
  return convert_package(std::move(imported), verb.options, report);
}

void print_report(const ConvertVerb& verb, const ConvertReport& report, const Status& status) {
  if (!verb.json) return print(text_of(report));
  Json json = json_of(report);
  json["output"] = status.ok() ? Json(verb.output) : Json();
  json["error"] = status.ok() ? Json() : Json(status.message());
  print_json(json);
}

// The model file last: a report that cannot be written must not leave a model behind.
Status write(const ConvertVerb& verb, const Package& package, ConvertReport* report) {
  Result<std::vector<uint8_t>> bytes = serialize(package);
  if (!bytes.ok()) return bytes.status();
  report->file_bytes = static_cast<int64_t>(bytes->size());
  Outputs outputs;
  if (!verb.report.empty()) {
    const std::string text = text_of(json_of(*report));
    MIEN_RETURN_IF_ERROR(outputs.add(verb.report, text.data(), text.size()));
  }
  MIEN_RETURN_IF_ERROR(outputs.add(verb.output, bytes->data(), bytes->size()));
  return outputs.commit();
}

}  // namespace

Status convert_verb(const ConvertVerb& told) {
  ConvertVerb verb = told;
  MIEN_RETURN_IF_ERROR(check_usage(verb));
  MIEN_RETURN_IF_ERROR(parse_size(verb.size, &verb.options.build));
  verb.options.half = verb.store == "f16";
  ConvertReport report;
  Status status;
  {
    Progress progress;
    const std::string name = verb.inputs.empty() ? verb.options.network : verb.inputs[0];
    verb.options.progress = [&](const char* what, double share) { progress.show(name + ": " + what, share); };
    Result<Package> package = make_package(verb, &report);
    status = package.ok() ? write(verb, *package, &report) : package.status();
  }
  if (verb.inputs.size() == 1 && status.code() != Code::io) status = named(verb.inputs[0], status);
  print_report(verb, report, status);
  if (status.ok() && !verb.json) print("Wrote " + printable(verb.output) + "\n");
  return status;
}

}  // namespace mien::app
