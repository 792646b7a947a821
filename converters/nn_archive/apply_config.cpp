#include "converters/nn_archive/apply_config.h"

#include <algorithm>
#include <cmath>

#include "converters/text.h"

namespace mien::nn_archive {
namespace {

std::string quoted(const std::string& name) {
  return "'" + printable(name) + "'";
}

std::string text_of(const std::vector<int64_t>& dims) {
  std::string text;
  for (size_t i = 0; i < dims.size(); ++i) text += (i ? "x" : "") + std::to_string(dims[i]);
  return text;
}

bool starts_with(const std::string& text, const std::string& with) {
  return text.rfind(with, 0) == 0;
}

class Applier {
 public:
  Applier(const Config& config, Imported* imported)
      : config_(config), imported_(*imported), graph_(imported->package.graph), record_(imported->package.input) {}

  Status run() {
    check_outputs();
    const Input* input = find_input();
    if (!input) return {};
    check_shape(*input, graph_.value(graph_.inputs[0]));
    if (!input->image) {
      note("config.json: input " + quoted(input->name) +
           " takes raw numbers: pictures need a preset, or mean and scale");
      return {};
    }
    if (record_.channels != 1 && record_.channels != 3) {
      warn("config.json describes a picture, but the graph's input is none: no pre-processing is taken from it");
      return {};
    }
    check_order(*input);
    MIEN_RETURN_IF_ERROR(set_color(*input));
    return set_normalization(*input);
  }

 private:
  void warn(const std::string& text) { imported_.warnings.push_back(text); }
  void note(const std::string& text) { imported_.notes.push_back(text); }
  static Status bad(const Input& input, const std::string& what) {
    return {Code::corrupt, "config.json: input " + quoted(input.name) + ": " + what};
  }

  // The description of the graph's first input, which is the one with its name, or the only one.
  const Input* find_input() {
    const std::string& name = graph_.value(graph_.inputs[0]).name;
    for (const Input& input : config_.inputs)
      if (input.name == name) return &input;
    if (config_.inputs.size() == 1 && graph_.inputs.size() == 1) {
      warn("config.json calls the input " + quoted(config_.inputs[0].name) + ", the graph " + quoted(name) +
           ": taken for the same");
      return &config_.inputs[0];
    }
    warn("config.json does not describe the graph's input " + quoted(name) + ": no pre-processing is taken from it");
    return nullptr;
  }

  void check_outputs() {
    for (const Tensor& output : config_.outputs) {
      const auto same = [&](ValueId id) { return graph_.value(id).name == output.name; };
      const auto at = std::find_if(graph_.outputs.begin(), graph_.outputs.end(), same);
      if (at != graph_.outputs.end())
        check_shape(output, graph_.value(*at));
      else
        warn("config.json names an output " + quoted(output.name) + ", which the graph does not have");
    }
    if (config_.outputs.size() < graph_.outputs.size())
      note("the graph has " + std::to_string(graph_.outputs.size()) + " outputs, config.json names " +
           std::to_string(config_.outputs.size()));
  }

  // The batch, the first of several dimensions, may differ: a graph here is for one sample.
  void check_shape(const Tensor& said, const Value& value) {
    if (said.shape.empty()) return;
    bool same = static_cast<int>(said.shape.size()) == value.shape.rank;
    for (int i = 1; same && i < value.shape.rank; ++i) same = said.shape[static_cast<size_t>(i)] == value.shape[i];
    if (!same)
      warn("config.json gives " + quoted(said.name) + " the shape " + text_of(said.shape) + ", the graph " +
           value.shape.text() + ", which holds");
  }

  // Whether the channels come first or last.
  void check_order(const Input& input) {
    const size_t letter = input.layout.find('C');
    std::optional<bool> last;
    if (letter != std::string::npos) last = letter + 1 == input.layout.size();
    warn_of_order("layout " + input.layout, last);
    if (!input.dai_type.empty()) {
      const char end = input.dai_type.back();
      warn_of_order("dai_type " + printable(input.dai_type),
                    end == 'p' || end == 'i' ? std::optional<bool>(end == 'i') : std::nullopt);
    } else {
      warn_of_order("interleaved_to_planar", input.interleaved_to_planar);
    }
  }
  void warn_of_order(const std::string& what, std::optional<bool> last) {
    if (last && *last != (record_.layout == InputLayout::nhwc))
      warn("config.json: " + what + " contradicts the shape " + graph_.value(graph_.inputs[0]).shape.text() +
           " of the graph's input, which holds");
  }

  // dai_type says it, in older files reverse_channels (true: RGB), and without either it is RGB.
  Status set_color(const Input& input) {
    ColorOrder color = ColorOrder::rgb;
    if (starts_with(input.dai_type, "BGR")) {
      color = ColorOrder::bgr;
    } else if (starts_with(input.dai_type, "GRAY")) {
      color = ColorOrder::gray;
    } else if (!input.dai_type.empty() && !starts_with(input.dai_type, "RGB")) {
      return {Code::unsupported, "config.json: input " + quoted(input.name) + " takes " + quoted(input.dai_type) +
                                     " pictures; RGB, BGR and gray ones are what there is here"};
    } else if (input.dai_type.empty() && input.reverse_channels) {
      color = *input.reverse_channels ? ColorOrder::rgb : ColorOrder::bgr;
    } else if (input.dai_type.empty() && record_.channels == 3) {
      note("config.json does not say the order of colours: RGB");
    }
    if (!input.dai_type.empty() && input.reverse_channels && color != ColorOrder::gray &&
        *input.reverse_channels != (color == ColorOrder::rgb))
      warn("config.json: dai_type " + printable(input.dai_type) + " contradicts reverse_channels, and holds");
    if (record_.channels == 1) return {};  // gray, whatever it was made from
    if (color == ColorOrder::gray) return bad(input, "gray pictures for a graph that takes three channels");
    record_.color = color;
    return {};
  }

  Status set_normalization(const Input& input) {
    std::array<float, 4> mean{0, 0, 0, 0}, scale{1, 1, 1, 1};
    const auto channels = static_cast<size_t>(record_.channels);
    MIEN_RETURN_IF_ERROR(fill(
        input, "mean", input.mean, channels, [](double v) { return v; }, &mean));
    MIEN_RETURN_IF_ERROR(fill(
        input, "scale", input.scale, channels, [](double v) { return 1 / v; }, &scale));
    const bool nothing = mean == InputRecord{}.mean && scale == InputRecord{}.scale;
    if (record_.normalized_inside) {
      // Doing it twice would give plausible, wrong embeddings.
      if (!nothing) warn("the graph normalises its input itself: mean and scale of config.json are not applied");
      return {};
    }
    record_.known = true;
    record_.preset = "custom";
    record_.mean = mean;
    record_.scale = scale;
    return {};
  }

  // One value for all channels or one for each.
  template <class Change>
  static Status fill(const Input& input, const char* what, const std::vector<double>& list, size_t channels,
                     Change change, std::array<float, 4>* out) {
    if (list.empty()) return {};
    if (list.size() != 1 && list.size() != channels)
      return bad(input, std::string(what) + " has " + std::to_string(list.size()) + " values for " +
                            std::to_string(channels) + " channels");
    for (size_t c = 0; c < channels; ++c) {
      const auto value = static_cast<float>(change(list.size() == 1 ? list[0] : list[c]));
      if (!std::isfinite(value)) return bad(input, std::string(what) + " has a value that cannot be used");
      (*out)[c] = value;
    }
    return {};
  }

  const Config& config_;
  Imported& imported_;
  const Graph& graph_;
  InputRecord& record_;
};

}  // namespace

Status apply_config(const Config& config, Imported* imported) {
  return Applier(config, imported).run();
}

}  // namespace mien::nn_archive
