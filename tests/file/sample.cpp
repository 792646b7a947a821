#include "tests/file/sample.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "engine/file/bytes.h"
#include "engine/file/container.h"
#include "engine/file/hash.h"

namespace mien::testing {
namespace {

std::vector<float> ramp(size_t n) {
  std::vector<float> values(n);
  for (size_t i = 0; i < n; ++i) values[i] = 0.25f + 0.5f * static_cast<float>(i % 7);
  return values;
}

// Appends nodes one behind the other.
class Chain {
 public:
  Chain(Graph& graph, ValueId at) : graph_(graph), at_(at) {}
  ValueId at() const { return at_; }
  void move_to(ValueId at) { at_ = at; }

  // The chain's end and these constants as inputs.
  Node& add(Op op, const std::vector<Shape>& constants = {}) {
    node_ = Node();
    node_.op = op;
    node_.name = name_of(op);
    node_.inputs = {at_};
    for (const Shape& shape : constants) {
      const auto n = static_cast<size_t>(shape.elements());
      node_.inputs.push_back(graph_.add_constant("c" + std::to_string(constants_++), shape, ramp(n)));
    }
    return node_;
  }
  void done() { at_ = graph_.add_node(node_); }

 private:
  Graph& graph_;
  ValueId at_;
  Node node_;
  int constants_ = 0;
};

// [1,2,4,4] stays [1,2,4,4] through all of these.
void add_same_shape(Chain& chain) {
  Node& conv = chain.add(Op::conv, {{2, 1, 3, 3}, {2}});
  conv.window.kernel_h = conv.window.kernel_w = 3;
  conv.window.pad_top = conv.window.pad_left = conv.window.pad_bottom = conv.window.pad_right = 1;
  conv.window.groups = 2;
  chain.done();
  chain.add(Op::batch_norm, {{2}, {2}}), chain.done();
  chain.add(Op::prelu, {{2}}), chain.done();
  for (Op op : {Op::relu, Op::leaky_relu, Op::sigmoid, Op::tanh, Op::exp, Op::sqrt, Op::abs, Op::neg, Op::reciprocal,
                Op::elu, Op::hard_sigmoid, Op::hard_swish}) {
    Node& node = chain.add(op);
    node.a = 0.125f;
    node.b = 0.5f;
    chain.done();
  }
  Node& clip = chain.add(Op::clip);
  clip.a = -1;
  clip.b = 6;
  chain.done();
  for (Op op : {Op::add, Op::sub, Op::mul, Op::div, Op::max, Op::min}) chain.add(op, {{1, 2, 1, 1}}), chain.done();
}

// [1,2,4,4] -> [1,6].
void add_shape_changes(Chain& chain) {
  chain.add(Op::pad).ints = {0, 0, 1, 1, 0, 0, 1, 1}, chain.done();                        // [1,2,6,6]
  chain.add(Op::slice).ints = {0, 0, 0, 0, 1, 2, 6, 6, 1, 1, 2, 2}, chain.done();          // [1,2,3,3]
  Node& resize = chain.add(Op::resize_nearest);                                            // [1,2,4,5]
  resize.axis = 4;
  resize.ints = {0, 1, 1, 2, 0, 0, 1, 2, 2};
  chain.done();
  for (Op op : {Op::max_pool, Op::average_pool}) {                                         // [1,2,3,4], [1,2,2,3]
    Node& pool = chain.add(op);
    pool.window.kernel_h = pool.window.kernel_w = 2;
    pool.window.ceil_mode = op == Op::max_pool;
    pool.window.count_include_pad = op == Op::average_pool;
    chain.done();
  }
  chain.add(Op::transpose).ints = {0, 2, 3, 1}, chain.done();                              // [1,2,3,2]
  chain.add(Op::reshape).ints = {1, 6, 2}, chain.done();
  chain.add(Op::softmax).axis = 1, chain.done();
  chain.add(Op::fully_connected, {{1, 2}, {1}}), chain.done();                             // [1,6,1]
  chain.add(Op::reshape).ints = {1, 6, 1, 1}, chain.done();
  chain.add(Op::global_average_pool), chain.done();
  chain.add(Op::global_max_pool), chain.done();
  chain.add(Op::reshape).ints = {1, 6}, chain.done();
}

Digest digest(const std::string& value, int64_t elements, size_t samples) {
  return {value, elements, 0.5, 2.25, ramp(samples)};
}

void fill_records(Package& package) {
  InputRecord& input = package.input;
  input.known = true;
  input.preset = "custom";
  input.height = 4;
  input.width = 5;
  input.channels = 3;
  input.layout = InputLayout::nhwc;
  input.color = ColorOrder::bgr;
  input.mean = {1, 2, 3, 4};
  input.scale = {0.5f, 0.25f, 0.125f, 2};
  package.output = {true, 6, true};
  package.face = {Alignment::box, 32.5f, Flip::concat, "caf\xC3\xA9, 6000 pairs", {{0.5, -0.25}, {0.001, 0.375}}};
  package.card = {"every op", "Apache-2.0", "every_op.onnx", std::string(60, 'a') + "0129", "onnx", "mien 0.1.0",
                  {"first repair", "second \xC3\xBC"}};
}

}  // namespace

Package every_op() {
  Package package;
  Graph& graph = package.graph;
  graph.name = "all operators";
  const ValueId picture = graph.add_input("picture", {1, 4, 5, 3});
  const ValueId second = graph.add_input("second", {1, 2, 4, 4});
  graph.add_constant("unread", {3}, ramp(3));
  Chain chain(graph, second);
  add_same_shape(chain);
  Node concat;
  concat.op = Op::concat;
  concat.inputs = {chain.at(), second};
  concat.axis = 2;
  chain.move_to(graph.add_node(concat, "joined"));                                         // [1,2,8,4]
  chain.add(Op::slice).ints = {0, 0, 4, 0, 1, 2, 8, 4, 1, 1, 1, 1}, chain.done();
  add_shape_changes(chain);
  Node normalize = chain.add(Op::l2_normalize);
  normalize.axis = 1;
  normalize.a = 1e-12f;
  graph.outputs = {graph.add_node(normalize, "embedding"), picture};
  EXPECT_TRUE(infer_shapes(graph).ok()) << infer_shapes(graph).message();
  fill_records(package);
  GoldenCase one;
  one.seed = 0x0123456789ABCDEF;
  one.low = -2;
  one.high = 3;
  one.outputs = {digest("embedding", 6, 6), digest("picture", 60, 16)};
  one.layers = {digest("relu", 32, 16), digest("gone", 5, 0)};
  package.golden.cases = {one, GoldenCase{7, 0, 1, one.outputs, {}}};
  return package;
}

Package tiny() {
  Package package;
  Graph& graph = package.graph;
  const ValueId x = graph.add_input("x", {1, 1, 1, 1});
  Node conv;
  conv.op = Op::conv;
  conv.inputs = {x, graph.add_constant("w", {1, 1, 1, 1}, std::vector<float>{2})};
  graph.outputs = {graph.add_node(conv, "y")};
  EXPECT_TRUE(infer_shapes(graph).ok());
  return package;
}

std::vector<uint8_t> bytes_of(const Package& package) {
  Result<std::vector<uint8_t>> bytes = serialize(package);
  EXPECT_TRUE(bytes.ok()) << bytes.status().message();
  return bytes.ok() ? *bytes : std::vector<uint8_t>();
}

AlignedBytes::AlignedBytes(const std::vector<uint8_t>& bytes, size_t shift)
    : memory_(bytes.size() + 64 + shift), size_(bytes.size()) {
  begin_ = (64 - reinterpret_cast<uintptr_t>(memory_.data()) % 64) % 64 + shift;
  std::copy(bytes.begin(), bytes.end(), memory_.begin() + static_cast<ptrdiff_t>(begin_));
}

std::vector<file::Entry> table_of(const uint8_t* data) {
  std::vector<file::Entry> entries(file::load<uint32_t>(data + 20));
  const uint8_t* at = data + file::kHeaderSize;
  for (file::Entry& entry : entries) {
    entry = {file::load<uint32_t>(at), file::load<uint32_t>(at + 4), file::load<uint64_t>(at + 8),
             file::load<uint64_t>(at + 16), file::load<uint64_t>(at + 24)};
    at += file::kEntrySize;
  }
  return entries;
}

file::Entry entry_of(const uint8_t* data, file::Section section) {
  for (const file::Entry& entry : table_of(data)) {
    if (entry.type == section) return entry;
  }
  ADD_FAILURE() << "no section " << section;
  return {};
}

void rehash(uint8_t* data, size_t size) {
  const uint64_t sections = file::load<uint32_t>(data + 20);
  if (sections <= (size - file::kHeaderSize) / file::kEntrySize) {
    for (uint64_t i = 0; i < sections; ++i) {
      uint8_t* at = data + file::kHeaderSize + i * file::kEntrySize;
      const auto offset = file::load<uint64_t>(at + 8), length = file::load<uint64_t>(at + 16);
      if (offset <= size && length <= size - offset) file::store(at + 24, file::hash_of(data + offset, length));
    }
    file::store(data + 32, file::hash_of(data + file::kHeaderSize, sections * file::kEntrySize));
  }
  file::store(data + file::kHeaderHashOffset, file::hash_of(data, file::kHeaderHashOffset));
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "mien-test-XXXXXX").string();
  EXPECT_NE(::mkdtemp(name.data()), nullptr);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::vector<std::string> TemporaryFolder::names() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path_)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

void write_bytes(const std::string& path, const std::vector<uint8_t>& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  EXPECT_TRUE(file.good()) << path;
}

std::vector<uint8_t> read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace mien::testing
