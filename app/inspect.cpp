#include "app/describe.h"
#include "app/verbs.h"

namespace mien::app {
namespace {

Json values_json(const Model& model, bool inputs) {
  Json list = Json::array();
  for (int i = 0; i < (inputs ? model.inputs() : model.outputs()); ++i) {
    const Value& value = inputs ? model.input(i) : model.output(i);
    list.push_back({{"name", value.name}, {"shape", json_of(value.shape)}});
  }
  return list;
}

Json layers_json(const Model& model) {
  Json layers = Json::array();
  for (const StepInfo& step : model.steps())
    layers.push_back({{"name", step.name},
                      {"op", step.op},
                      {"kernel", step.kernel},
                      {"shape", json_of(step.shape)},
                      {"macs", step.macs},
                      {"bytes", step.bytes}});
  return layers;
}

Json model_json(const Model& model) {
  const GraphCost cost = model.cost();
  const Package& package = model.package();
  return {{"name", package.card.name},
          {"inputs", values_json(model, true)},
          {"outputs", values_json(model, false)},
          {"params", cost.total.params},
          {"macs", cost.total.macs},
          {"weight_bytes", cost.total.params * static_cast<int64_t>(sizeof(float))},
          {"packed_weight_bytes", model.packed_weight_bytes()},
          {"arena_bytes", model.arena_bytes(1)},
          {"peak_bytes", model.peak_bytes(1)},
          {"isa", model.kernels().name},
          {"preprocessing", json_of(package.input)},
          {"output", json_of(package.output)},
          {"face", json_of(package.face)},
          {"card", json_of(package.card)},
          {"golden_cases", package.golden.cases.size()},
          {"layers", layers_json(model)}};
}

std::string shapes_text(const Model& model, bool inputs) {
  std::vector<std::string> list;
  for (int i = 0; i < (inputs ? model.inputs() : model.outputs()); ++i) {
    const Value& value = inputs ? model.input(i) : model.output(i);
    list.push_back(value.name + " " + value.shape.text());
  }
  return joined(list, ", ");
}

std::string output_text(const OutputRecord& output) {
  if (!output.embedding) return "tensors";
  return "embedding of " + std::to_string(output.dims) + (output.normalized ? ", norm 1" : ", not normalised");
}

std::string model_text(const Model& model) {
  const Package& package = model.package();
  const Card& card = package.card;
  Table table("ll");
  table.row({"name", card.name});
  table.row({"inputs", shapes_text(model, true)});
  table.row({"outputs", shapes_text(model, false)});
  table.row({"picture", text_of(package.input)});
  table.row({"result", output_text(package.output)});
  if (package.output.embedding) table.row({"face", text_of(package.face)});
  for (const Threshold& threshold : package.face.thresholds)
    table.row({"same person", "cosine " + fixed(threshold.cosine, 4) + " or more, false accept rate " +
                                  significant(threshold.far, 3)});
  if (!package.face.measured_on.empty()) table.row({"measured on", package.face.measured_on});
  table.row({"golden cases", std::to_string(package.golden.cases.size())});
  table.row({"licence", card.license.empty() ? "not stated" : card.license});
  table.row({"source", card.source_file + (card.source_format.empty() ? "" : " (" + card.source_format + ")")});
  if (!card.source_sha256.empty()) table.row({"sha256", card.source_sha256});
  table.row({"converter", card.converter});
  for (const std::string& repair : card.repairs) table.row({"repair", repair});
  return table.text() + "\n" + cost_table(model).text();
}

std::string layers_text(const Model& model) {
  Table table("rlllrrl");
  table.row({"", "step", "name", "output", "MMAC", "KiB", "kernel"});
  int i = 0;
  for (const StepInfo& step : model.steps())
    table.row({std::to_string(i++), step.op, step.name, step.shape.text(),
               fixed(static_cast<double>(step.macs) * 1e-6, 3), fixed(static_cast<double>(step.bytes) / 1024, 0),
               step.kernel});
  return table.text();
}

}  // namespace

Status inspect_verb(const InspectVerb& verb) {
  Result<std::shared_ptr<const Model>> model = load_model(verb.model, verb.run);
  if (!model.ok()) return model.status();
  if (verb.json) {
    print_json(model_json(**model));
    return {};
  }
  print(model_text(**model));
  if (verb.layers) print("\n" + layers_text(**model));
  return {};
}

}  // namespace mien::app
