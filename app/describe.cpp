#include "app/describe.h"

namespace mien::app {
namespace {

const char* name_of(ColorOrder color) {
  return color == ColorOrder::rgb ? "rgb" : color == ColorOrder::bgr ? "bgr" : "gray";
}

// One number if all channels have the same.
std::string numbers(const std::array<float, 4>& values, int channels) {
  bool same = true;
  std::vector<std::string> list;
  for (int c = 0; c < channels && c < 4; ++c) {
    same = same && values[static_cast<size_t>(c)] == values[0];
    list.push_back(significant(values[static_cast<size_t>(c)], 6));
  }
  return same ? significant(values[0], 6) : "(" + joined(list, ", ") + ")";
}

Json numbers_json(const std::array<float, 4>& values, int channels) {
  return std::vector<float>(values.begin(), values.begin() + std::min(channels, 4));
}

Json json_of(const Agreement& agreement) {
  return {{"value", agreement.value}, {"cosine", agreement.cosine}, {"relative_error", agreement.relative_error}};
}

void list_lines(std::string& text, const char* title, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  text += std::string(title) + "\n";
  for (const std::string& line : lines) text += "  " + printable(line) + "\n";
}

}  // namespace

Json json_of(const Shape& shape) {
  return std::vector<int64_t>(shape.dims, shape.dims + shape.rank);
}

Json json_of(const InputRecord& record) {
  return {{"known", record.known},
          {"preset", record.preset},
          {"height", record.height},
          {"width", record.width},
          {"channels", record.channels},
          {"layout", record.layout == InputLayout::nchw ? "nchw" : "nhwc"},
          {"color", name_of(record.color)},
          {"mean", numbers_json(record.mean, record.channels)},
          {"scale", numbers_json(record.scale, record.channels)},
          {"normalized_inside", record.normalized_inside}};
}

Json json_of(const OutputRecord& record) {
  return {{"embedding", record.embedding}, {"dims", record.dims}, {"normalized", record.normalized}};
}

Json json_of(const FaceRecord& record) {
  Json thresholds = Json::array();
  for (const Threshold& threshold : record.thresholds)
    thresholds.push_back({{"far", threshold.far}, {"cosine", threshold.cosine}});
  return {{"alignment", mien::name_of(record.alignment)},
          {"margin", record.margin},
          {"flip", mien::name_of(record.flip)},
          {"measured_on", record.measured_on},
          {"thresholds", thresholds}};
}

Json json_of(const Card& card) {
  return {{"name", card.name},
          {"license", card.license},
          {"source_file", card.source_file},
          {"source_sha256", card.source_sha256},
          {"source_format", card.source_format},
          {"converter", card.converter},
          {"repairs", card.repairs}};
}

Json json_of(const ProofReport& proof, const ProofLimits& limits) {
  Json outputs = Json::array();
  for (const Agreement& output : proof.outputs) outputs.push_back(json_of(output));
  Json json = {{"ok", proof.ok},
               {"cases", proof.cases},
               {"layers_checked", proof.layers_checked},
               {"min_cosine", limits.min_cosine},
               {"max_relative_error", limits.max_relative_error},
               {"outputs", outputs},
               {"first_divergent", nullptr}};
  if (!proof.first_divergent.empty()) {
    json["first_divergent"] = json_of(proof.divergent);
    json["first_divergent"]["layer"] = proof.first_divergent;
  }
  return json;
}

Json json_of(const ConvertReport& report) {
  return {{"format", report.format},
          {"macs", report.macs},
          {"params", report.params},
          {"weight_bytes", report.weight_bytes},
          {"arena_bytes", report.arena_bytes},
          {"file_bytes", report.file_bytes},
          {"denormals_flushed", report.denormals_flushed},
          {"notes", report.notes},
          {"repairs", report.repairs},
          {"warnings", report.warnings},
          {"unsupported", report.unsupported},
          {"proof", json_of(report.proof, report.limits)}};
}

Table cost_table(const Model& model) {
  const NodeCost cost = model.cost().total;
  Table table("lrl");
  table.row({"multiply-adds", count_text(cost.macs)});
  table.row({"parameters", count_text(cost.params)});
  table.row({"weights", bytes_text(cost.params * int64_t{sizeof(float)}),
             "packed " + bytes_text(model.packed_weight_bytes())});
  table.row({"working memory", bytes_text(model.arena_bytes(1)), "of one picture"});
  table.row({"peak memory", bytes_text(model.peak_bytes(1)), "that loading and running take"});
  table.row({"steps", std::to_string(model.steps().size()), std::string("on ") + model.kernels().name});
  return table;
}

std::string text_of(const InputRecord& record) {
  std::string text = std::to_string(record.width) + "x" + std::to_string(record.height) + " " + name_of(record.color);
  if (!record.known) return text + ", pre-processing not known: convert again with --preset or --mean and --scale";
  if (record.normalized_inside) return text + ", 0..255 as it is: the graph normalises";
  text += ", (v - " + numbers(record.mean, record.channels) + ") * " + numbers(record.scale, record.channels);
  return record.preset.empty() ? text : text + " (" + record.preset + ")";
}

std::string text_of(const FaceRecord& record) {
  std::string text = "alignment not known";
  if (record.alignment == Alignment::landmarks) text = "aligned by five landmarks";
  if (record.alignment == Alignment::box) text = "box with a margin of " + significant(record.margin, 6) + " pixels";
  return text + ", flip " + mien::name_of(record.flip);
}

std::string text_of(const ProofReport& proof, const ProofLimits& limits) {
  Table table("lrr");
  table.row({"output", "cosine", "relative error"});
  for (const Agreement& output : proof.outputs)
    table.row({output.value, fixed(output.cosine, 9), significant(output.relative_error, 3)});
  table.row({"limit", ">= " + significant(limits.min_cosine, 9), "<= " + significant(limits.max_relative_error, 3)});
  std::string text = "Proof against the double-precision reference: " + std::string(proof.ok ? "holds" : "FAILS") +
                     " (" + std::to_string(proof.cases) + " inputs, " + std::to_string(proof.layers_checked) +
                     " layers)\n" + table.text();
  if (!proof.first_divergent.empty())
    text += "first layer beyond the limits: " + printable(proof.first_divergent) + ", cosine " +
            fixed(proof.divergent.cosine, 9) + ", relative error " + significant(proof.divergent.relative_error, 3) +
            "\n";
  return text;
}

std::string text_of(const ConvertReport& report) {
  Table table("lrl");
  table.row({"multiply-adds", count_text(report.macs)});
  table.row({"parameters", count_text(report.params)});
  table.row({"weights", bytes_text(report.weight_bytes)});
  table.row({"working memory", bytes_text(report.arena_bytes), "of one picture"});
  if (report.file_bytes > 0) table.row({"file", bytes_text(report.file_bytes)});
  std::string text;
  list_lines(text, "Recognised", report.notes);
  list_lines(text, "Repairs", report.repairs);
  list_lines(text, "Warnings", report.warnings);
  list_lines(text, "Not supported", report.unsupported);
  if (report.denormals_flushed > 0)
    text += "Denormal weights set to 0: " + std::to_string(report.denormals_flushed) + "\n";
  if (report.macs > 0) text += table.text();
  if (report.proof.cases > 0) text += text_of(report.proof, report.limits);
  return text;
}

}  // namespace mien::app
