#include "tests/converters/formats_document.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "converters/caffe/caffe.h"
#include "converters/checkpoint/match.h"
#include "converters/mxnet/mxnet.h"
#include "converters/ncnn/ncnn.h"
#include "converters/onnx/operators.h"
#include "converters/picture_size.h"
#include "converters/read_source.h"
#include "converters/refusals.h"
#include "converters/tensorflow/tensorflow.h"
#include "models/networks.h"

namespace mien::testing {
namespace {

// Formats that bring a graph, each with the text of its own table: a line for each.
constexpr struct {
  const char* name;
  std::string (*operators)();
} kGraphFormats[] = {
    {"ONNX", onnx::operators_markdown},  {"TensorFlow", tensorflow_operators_markdown},
    {"MXNet", mxnet_operators_markdown}, {"ncnn", ncnn_operators_markdown},
    {"Caffe", caffe_operators_markdown},
};

const char kIntroduction[] =
    "# What mien reads\n\n"
    "Written by `scripts/record-formats.sh` from the tables that the converters work with; a test compares. A file is\n"
    "known by its content, never by its name.\n";

std::string code(const std::string& text) {
  return text.empty() ? "" : "`" + text + "`";
}

std::string row(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += " " + cell + (cell.empty() ? "|" : " |");
  return line + "\n";
}
std::string head(const std::vector<std::string>& cells) {
  std::string line = row(cells) + "|";
  for (size_t i = 0; i < cells.size(); ++i) line += "---|";
  return line + "\n";
}

std::string formats() {
  std::string read, refused;
  std::set<std::string> seen;
  for (const SourceFormat format : all_formats()) {
    const std::string name = name_of(format), how = reading_of(format);
    if (format == SourceFormat::unknown || !seen.insert(name).second) continue;
    const Status refusal = refusal_of(format);
    if (how.empty())
      refused += row({name, refusal.ok() ? "not converted" : refusal.message()});
    else
      read += row({name, how});
  }
  return "\n## Files\n\n" + head({"file", "what is read from it"}) + read +
         "\nRecognised, and refused with these words:\n\n" + head({"file", "why"}) + refused;
}

// Without duplicates, in the order of the table.
std::vector<const Framework*> frameworks() {
  std::vector<const Framework*> list;
  for (const Naming& naming : namings())
    if (std::find(list.begin(), list.end(), &naming.framework) == list.end()) list.push_back(&naming.framework);
  return list;
}

// How many tensors there are, and the names of the first and the last, for each way that the framework's files name
// the network.
std::string names_in(const std::string& network, const Framework& framework) {
  const Checkpoint nothing;
  const TensorIndex index(nothing);
  std::string text;
  for (const Naming& naming : namings()) {
    if (naming.network != network || &naming.framework != &framework) continue;
    const Fit fit = fit_of(index, naming);
    const Wanted &first = fit.wanted.front(), &last = fit.wanted.back();
    text += (text.empty() ? "" : "; ") + std::to_string(fit.wanted.size()) + ", " + code(first.names[0]) + " to " +
            code(last.names[0]);
    if (*naming.preset) text += ", preset " + std::string(naming.preset);
  }
  return text;
}

std::string networks() {
  std::vector<std::string> titles{"network"};
  for (const Framework* framework : frameworks()) titles.push_back(framework->name);
  std::string text =
      "\n## Networks from weights by name\n\n"
      "The network is found by its tensors, behind any prefix; `--network` names it where several fit. A cell says\n"
      "how many tensors a file of the framework has for the network, and the first and the last of them. Any of the\n"
      "files above that holds weights by name will do.\n\n" +
      head(titles);
  for (const std::string& network : network_names()) {
    std::vector<std::string> cells{network};
    for (const Framework* framework : frameworks()) cells.push_back(names_in(network, *framework));
    text += row(cells);
  }
  return text;
}

std::string leaf(const Framework& framework, Role role) {
  std::string text;
  for (const char c : std::string(framework.leaves[static_cast<size_t>(role)]))
    text += c == '|' ? "` or `" : std::string(1, c);
  return code(text);
}

std::string conventions() {
  std::string text = "\n" + head({"framework", "weight", "BatchNorm", "PReLU", "layout", "slope below 0", "eps"});
  for (const Framework* f : frameworks()) {
    std::string norm;
    for (const Role role : {Role::bn_gamma, Role::bn_beta, Role::bn_mean, Role::bn_var})
      norm += (norm.empty() ? "" : ", ") + leaf(*f, role);
    char eps[32] = "the network's";
    if (f->eps != 0) std::snprintf(eps, sizeof eps, "%g", f->eps);
    text += row({f->name, leaf(*f, Role::conv_weight), norm, leaf(*f, Role::prelu_slope),
                 f->transposed ? "height, width, in, out" : "out, in, height, width",
                 f->clamps_slopes ? "counts as 0" : "as it is", eps});
  }
  return text;
}

// Numbers of no meaning, and few of them: only the graph is looked at.
class NoWeights : public WeightSource {
 public:
  Constant tensor(const TensorRequest& request) override {
    static const float kNothing = 0;
    return request.shape.rank == 1 ? default_of(request) : Constant{&kNothing, nullptr};
  }
  int64_t outputs_of(const std::string&, Role, int64_t usual) const override { return usual; }
};

std::string operators_of_networks() {
  const std::vector<std::string> names = network_names();
  std::map<Op, std::vector<int>> uses;
  for (size_t i = 0; i < names.size(); ++i) {
    NoWeights weights;
    const Result<Package> package = build_network(names[i], weights);
    if (!package.ok()) return package.status().message();
    for (const Node& node : package->graph.nodes) {
      uses[node.op].resize(names.size());
      ++uses[node.op][i];
    }
  }
  std::vector<std::string> titles{"layer"};
  titles.insert(titles.end(), names.begin(), names.end());
  std::string text = "\n## Layers of the networks\n\nBefore anything is folded.\n\n" + head(titles);
  for (const auto& [op, counts] : uses) {
    std::vector<std::string> cells{name_of(op)};
    for (const int count : counts) cells.push_back(count == 0 ? "" : std::to_string(count));
    text += row(cells);
  }
  return text;
}

// The rule of converters/picture_size.h.
std::string picture_sizes() {
  return "\n## Size of the picture\n\n"
         "A size that the file gives holds, and `--size` for another one is refused. Where the file leaves the size "
         "free,\n"
         "it is that of `--size`; without the option it is as follows.\n\n" +
         head({"file", "size without `--size`"}) + row({"weights by name of a detector", "640x640"}) +
         row({"weights by name of another network", "the network's, which is fixed"}) +
         row({"archive", "that of config.json"}) +
         row({"MXNet, ncnn, Caffe",
              std::to_string(kUsualSide) + "x" + std::to_string(kUsualSide) + ", with a warning"}) +
         row({"TensorFlow, behind a queue", "160x160, with a warning"}) +
         row({"ONNX, TensorFlow, archive without it", "refused"});
}

std::string operators() {
  std::string text =
      "\n## Operators of graphs\n\n"
      "A graph with another operator, or beyond these limits, is refused, and all that is unsupported in it is named\n"
      "at once.\n";
  for (const auto& format : kGraphFormats) text += "\n### " + std::string(format.name) + "\n\n" + format.operators();
  return text;
}

}  // namespace

std::string formats_document() {
  return kIntroduction + formats() + networks() + conventions() + picture_sizes() + operators_of_networks() +
         operators();
}

std::string formats_document_path() {
  return MIEN_SOURCE_DIR "/docs/WEIGHT_FORMATS.md";
}

}  // namespace mien::testing
