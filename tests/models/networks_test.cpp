// Every network that can be built by name: exact costs, and records that agree with the graph.
#include "models/networks.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace mien {
namespace {

// Multiply-adds are the sums of published layer tables. So are parameters, with both vectors of each BatchNorm counted:
// where gamma (or beta) is not trained the tables leave it out, as the last column says.
constexpr struct {
  const char* network;
  int64_t macs, params_of_table, not_trained;
} kCosts[] = {
    {"mobilefacenet", 220965376, 1003136, 0},
    {"mobilefacenet_relu6", 233810432, 999936, 0},
    {"mobilefacenet_0.45g", 437520896, 2059520, 0},
    {"arcface_r50", 6309330944, 43590336, 512},           // gamma of the last BatchNorm
    {"arcface_r100", 12089606144, 65155648, 512},         // the same
    {"facenet", 1417662304, 23467824, 14800 + 20},        // all gammas, and 20 factors of residual branches
    {"deepid", 8161760, 601483, 0},                       // with the classifier
    {"gluonface_mobilefacenet", 220965376, 995361, 256},  // gamma and beta of the last BatchNorm
    {"retinaface_mobilenet025", 981145600, 426608, 0},
    {"retinaface_resnet50", 44264652800, 27293600, 0},
};

TEST(Networks, ExactCosts) {
  for (const auto& row : kCosts) {
    const auto package = build_network(row.network, 0);
    ASSERT_TRUE(package.ok()) << package.status().message();
    const GraphCost cost = cost_of(package->graph);
    EXPECT_EQ(cost.total.macs, row.macs) << row.network;
    EXPECT_EQ(cost.total.params, row.params_of_table + row.not_trained) << row.network;
  }
  EXPECT_EQ(network_names().size(), std::size(kCosts));
}

// The card whose title names the network; "" if there is none.
std::string card_of(const std::string& network) {
  for (const auto& entry : std::filesystem::directory_iterator(MIEN_SOURCE_DIR "/models")) {
    if (entry.path().extension() != ".md") continue;
    std::ifstream in(entry.path());
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    std::string title = text.substr(0, text.find('\n')) + ",";
    if (title.find(" " + network + ",") != std::string::npos && title.rfind("# ", 0) == 0) return text;
  }
  return "";
}

// 12,089,606,144
std::string with_commas(int64_t n) {
  std::string digits = std::to_string(n);
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) digits.insert(static_cast<size_t>(at), ",");
  return digits;
}

// Its rows, the exact costs before folding and the size of the picture.
void expect_card(const std::string& name, const Package& package) {
  const std::string card = card_of(name);
  ASSERT_FALSE(card.empty()) << "no card of " << name;
  for (const char* row : {"input", "output", "cost", "activations", "trained weights", "published accuracy",
                          "licence of the weights", "weights here"})
    EXPECT_NE(card.find("\n| " + std::string(row) + " | "), std::string::npos) << row << " of " << name;
  const GraphCost cost = cost_of(package.graph);
  for (const int64_t figure : {cost.total.macs, cost.total.params})
    EXPECT_NE(card.find(with_commas(figure)), std::string::npos) << with_commas(figure) << " of " << name;
  const std::string size = std::to_string(package.input.height) + "x" + std::to_string(package.input.width);
  EXPECT_NE(card.find("\n| input | " + size), std::string::npos) << size << " of " << name;
}

TEST(Networks, RecordsAndCardsAgreeWithTheGraph) {
  for (const std::string& name : network_names()) {
    const auto package = build_network(name, 0);
    ASSERT_TRUE(package.ok()) << package.status().message();
    const Graph& graph = package->graph;
    const InputRecord& input = package->input;
    EXPECT_EQ(graph.name, name);
    EXPECT_EQ(package->card.name, name);
    ASSERT_EQ(graph.inputs.size(), 1u) << name;
    EXPECT_TRUE(input.known) << name;
    EXPECT_EQ(graph.value(graph.inputs[0]).shape, (Shape{1, input.channels, input.height, input.width})) << name;
    const Value& output = graph.value(graph.outputs[0]);
    EXPECT_EQ(package->output.embedding, output.name == "embedding") << name;
    if (package->output.embedding) {
      EXPECT_EQ(output.shape, (Shape{1, package->output.dims})) << name;
    }
    EXPECT_EQ(package->output.normalized, name == "facenet");
    expect_card(name, *package);
  }
}

TEST(Networks, DetectorsHaveBoxesScoresAndLandmarksInThisOrder) {
  for (const char* name : {"retinaface_mobilenet025", "retinaface_resnet50"}) {
    const auto package = build_network(name, 0);
    ASSERT_TRUE(package.ok()) << package.status().message();
    const Graph& graph = package->graph;
    ASSERT_EQ(graph.outputs.size(), 3u);
    EXPECT_EQ(graph.value(graph.outputs[0]).shape, (Shape{1, 16800, 4}));
    EXPECT_EQ(graph.value(graph.outputs[1]).shape, (Shape{1, 16800, 2}));
    EXPECT_EQ(graph.value(graph.outputs[2]).shape, (Shape{1, 16800, 10}));
    EXPECT_EQ(graph.value(graph.outputs[1]).name, "scores");
    EXPECT_EQ(package->input.color, ColorOrder::bgr);
  }
}

}  // namespace
}  // namespace mien
