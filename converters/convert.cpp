#include "converters/convert.h"

#include <algorithm>
#include <new>

#include "converters/face_options.h"
#include "converters/half_weights.h"
#include "converters/presets.h"
#include "converters/read_source.h"
#include "engine/file/flat_file.h"
#include "engine/make_golden.h"
#include "engine/model.h"
#include "engine/passes/passes.h"

namespace mien {
namespace {

// One value per channel from a list of one or as many as there are channels.
Status per_channel(const std::vector<float>& list, const char* what, int channels, std::array<float, 4>* out) {
  const size_t n = static_cast<size_t>(std::clamp(channels, 0, 4));
  if (list.size() != 1 && list.size() != n) {
    return {Code::bad_argument,
            std::string(what) + " has " + std::to_string(list.size()) + " values; expected 1 or " + std::to_string(n)};
  }
  for (size_t c = 0; c < n; ++c) (*out)[c] = list.size() == 1 ? list[0] : list[c];
  return {};
}

Status apply_color(const std::string& color, InputRecord* input) {
  if (color.empty()) return {};
  if (color != "rgb" && color != "bgr")
    return {Code::bad_argument, "colour order '" + color + "'; there are: rgb, bgr"};
  if (input->channels != 3)
    return {Code::bad_argument, "a colour order for an input of " + std::to_string(input->channels) + " channels"};
  input->color = color == "bgr" ? ColorOrder::bgr : ColorOrder::rgb;
  return {};
}

Status apply_options(const ConvertOptions& options, InputRecord* input, ConvertReport* report) {
  const bool asked = !options.preset.empty() || !options.mean.empty() || !options.scale.empty();
  if (asked && (input->channels < 1 || input->channels > 4))
    return {Code::bad_argument, "the graph's input is not a picture: a preset does not apply"};
  InputRecord wanted = *input;
  if (!options.preset.empty()) {
    MIEN_RETURN_IF_ERROR(apply_preset(options.preset, &wanted));
    if (input->channels == 1) wanted.color = ColorOrder::gray;
  }
  if (!options.mean.empty()) MIEN_RETURN_IF_ERROR(per_channel(options.mean, "mean", input->channels, &wanted.mean));
  if (!options.scale.empty()) MIEN_RETURN_IF_ERROR(per_channel(options.scale, "scale", input->channels, &wanted.scale));
  if (!options.mean.empty() || !options.scale.empty()) {
    wanted.known = true;
    wanted.preset = "custom";
  }
  if (asked && input->normalized_inside) {
    // Doing it twice would give plausible, wrong embeddings.
    report->warnings.push_back("the graph normalises its input itself: the pre-processing asked for is not applied");
  } else {
    *input = wanted;
  }
  MIEN_RETURN_IF_ERROR(apply_color(options.color, input));
  if (!input->known)
    report->warnings.push_back("the pre-processing of pictures is not known: pass a preset, or mean and scale");
  return {};
}

// What 0..255 becomes, over all channels; [-1, 1] when nobody knows.
void input_range(const InputRecord& input, float* low, float* high) {
  *low = -1, *high = 1;
  if (!input.known || input.channels < 1) return;
  for (int c = 0; c < std::min(input.channels, 4); ++c) {
    const size_t i = static_cast<size_t>(c);
    const float a = (0 - input.mean[i]) * input.scale[i], b = (255 - input.mean[i]) * input.scale[i];
    *low = c == 0 ? std::min(a, b) : std::min({*low, a, b});
    *high = c == 0 ? std::max(a, b) : std::max({*high, a, b});
  }
}

std::string in_words(const Agreement& a) {
  char text[96];
  std::snprintf(text, sizeof text, "cosine %.9f, relative error %.3g", a.cosine, a.relative_error);
  return text;
}

// After folding, which would make other numbers of the rounded ones.
Status round_weights(Graph& graph, ConvertReport* report) {
  MIEN_RETURN_IF_ERROR(simplify(graph));
  report->notes.push_back("weights rounded to float16; the proof is of the rounded network");
  return round_weights_to_half(graph);
}

// Runs the plan against the golden cases; fills the report.
Status prove(const Package& package, const ProofLimits& limits, ConvertReport* report) {
  Result<std::shared_ptr<const Model>> model = Model::create(package);
  if (!model.ok()) return model.status();
  report->arena_bytes = (*model)->arena_bytes(1);
  Result<ProofReport> proof = verify(*model, limits);
  if (!proof.ok()) return proof.status();
  report->proof = *proof;
  if (proof->ok) return {};
  std::string text = "the plan differs from the reference beyond cosine " + std::to_string(limits.min_cosine) +
                     " and relative error " + std::to_string(limits.max_relative_error);
  for (const Agreement& a : proof->outputs) text += "; output '" + a.value + "': " + in_words(a);
  if (!proof->first_divergent.empty())
    text += "; first divergent layer '" + proof->first_divergent + "': " + in_words(proof->divergent);
  return {Code::check_failed, text};
}

void fill_costs(const Graph& graph, ConvertReport* report) {
  const GraphCost cost = cost_of(graph);
  report->macs = cost.total.macs;
  report->params = cost.total.params;
  report->weight_bytes = cost.total.params * static_cast<int64_t>(sizeof(float));
}

// Shares of the whole, as arcface_r100 takes them: 1.8 s to read, 5.2 for two reference runs, then 2.1, 1.2 and 1.0.
constexpr double kRead = 0.16, kReference = 0.63, kSimplified = 0.81, kProven = 0.91;

void tell(const ConvertOptions& options, const char* what, double share) {
  if (options.progress) options.progress(what, share);
}

// What was said on the way in, and by the options, into report and card.
Status fill_report_and_card(const Imported& imported, const ConvertOptions& options, Package* package,
                            ConvertReport* report) {
  report->notes.insert(report->notes.end(), imported.notes.begin(), imported.notes.end());
  report->repairs.insert(report->repairs.end(), imported.repairs.begin(), imported.repairs.end());
  report->warnings.insert(report->warnings.end(), imported.warnings.begin(), imported.warnings.end());
  report->denormals_flushed = imported.denormals_flushed;
  report->limits = options.limits;
  if (options.golden_cases < 1 || options.golden_cases > 64)
    return Status(Code::bad_argument, "the number of golden cases is not in 1..64");
  MIEN_RETURN_IF_ERROR(apply_options(options, &package->input, report));
  MIEN_RETURN_IF_ERROR(fill_face_record(options, package, report));
  if (!options.name.empty()) package->card.name = options.name;
  if (!options.license.empty()) package->card.license = options.license;
  package->card.converter = "mien " MIEN_VERSION;
  package->card.repairs = imported.repairs;
  return {};
}

Result<Package> complete(Imported imported, const ConvertOptions& options, ConvertReport* report) {
  Package& package = imported.package;
  MIEN_RETURN_IF_ERROR(fill_report_and_card(imported, options, &package, report));
  MIEN_RETURN_IF_ERROR(infer_shapes(package.graph));
  if (options.half) MIEN_RETURN_IF_ERROR(round_weights(package.graph, report));
  float low = 0, high = 0;
  input_range(package.input, &low, &high);
  const auto progress = [&](double share) { tell(options, "reference run", kRead + (kReference - kRead) * share); };
  progress(0);
  Result<Golden> golden = make_golden(package.graph, options.golden_cases, low, high, progress);
  if (!golden.ok()) return golden.status();
  package.golden = std::move(*golden);
  tell(options, "simplifying", kReference);
  MIEN_RETURN_IF_ERROR(simplify(package.graph));
  fill_costs(package.graph, report);
  tell(options, "proving", kSimplified);
  MIEN_RETURN_IF_ERROR(prove(package, options.limits, report));
  tell(options, "writing", kProven);
  Result<std::vector<uint8_t>> file = serialize(package);
  if (!file.ok()) return file.status();
  report->file_bytes = static_cast<int64_t>(file->size());
  return std::move(package);
}

Status no_memory() {
  return {Code::out_of_memory, "not enough memory to convert the model"};
}

}  // namespace

Result<Package> convert_package(Imported imported, const ConvertOptions& options, ConvertReport* report) {
  try {
    return complete(std::move(imported), options, report);
  } catch (const std::bad_alloc&) {
    return no_memory();
  }
}

Result<Package> convert(const std::vector<std::string>& inputs, const ConvertOptions& options, ConvertReport* report) {
  try {
    tell(options, "reading", 0);
    Result<Imported> imported = read_source(inputs, options, report);
    if (!imported.ok()) return imported.status();
    return convert_package(std::move(*imported), options, report);
  } catch (const std::bad_alloc&) {
    return no_memory();
  }
}

}  // namespace mien
