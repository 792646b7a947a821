#include "tests/face/toy_detector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace mien::test {
namespace {

std::vector<ToyKind> kinds_of(const ToyForm& form) {
  std::vector<ToyKind> kinds;
  if (form.family == "YuNet") kinds = {{"cls", 1}, {"obj", 1}};
  if (form.family == "SCRFD") kinds = {{"score", 1}};
  if (form.family == "RetinaFace") kinds = {{"scores", 2}};
  kinds.push_back({"bbox", 4});
  if (form.landmarks) kinds.push_back({"kps", 10});
  return kinds;
}

Node node_of(Op op, const std::string& name, std::vector<ValueId> inputs) {
  Node node;
  node.op = op;
  node.name = name;
  node.inputs = std::move(inputs);
  return node;
}

double sigmoid(double v) {
  return 1 / (1 + std::exp(-v));
}

// Whether two boxes are one face, by the family's way of counting pixels.
bool same_face(const Box& a, const Box& b, double max_iou, double extra) {
  const double w = std::min<double>(a.right, b.right) - std::max<double>(a.left, b.left) + extra;
  const double h = std::min<double>(a.bottom, b.bottom) - std::max<double>(a.top, b.top) + extra;
  const double both = std::max(w, 0.0) * std::max(h, 0.0);
  const double first = (double{a.right} - double{a.left} + extra) * (double{a.bottom} - double{a.top} + extra);
  const double second = (double{b.right} - double{b.left} + extra) * (double{b.bottom} - double{b.top} + extra);
  return both / (first + second - both) > max_iou;
}

}  // namespace

Picture blocks(int width, int height, uint32_t seed, int side) {
  Picture picture;
  picture.width = width;
  picture.height = height;
  picture.rgb.resize(size_t{3} * static_cast<size_t>(width) * static_cast<size_t>(height));
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      std::minstd_rand random(seed + static_cast<uint32_t>(y / side * 1000 + x / side) * 977 + 1);
      random.discard(3);
      for (int c = 0; c < 3; ++c)
        picture.rgb[static_cast<size_t>(3 * (y * width + x) + c)] = static_cast<uint8_t>(random() >> 13);
    }
  }
  return picture;
}

ToyDetector::ToyDetector(const ToyForm& form, int height, int width, uint32_t seed)
    : form_(form), kinds_(kinds_of(form)) {
  Graph& graph = package.graph;
  const ValueId x = graph.add_input("x", {1, 3, height, width});
  std::vector<std::vector<ValueId>> parts(kinds_.size());
  for (size_t level = 0; level < form.strides.size(); ++level) {
    Node pool = node_of(Op::average_pool, "pool" + std::to_string(level), {x});
    pool.window.kernel_h = pool.window.kernel_w = pool.window.stride_h = pool.window.stride_w = form.strides[level];
    const ValueId pooled = graph.add_node(std::move(pool));
    heads_.emplace_back();
    for (size_t kind = 0; kind < kinds_.size(); ++kind) {
      heads_.back().push_back(draw_head(kind, seed++));
      parts[kind].push_back(rows(pooled, level, kind));
    }
  }
  add_outputs(parts);
  const Status status = infer_shapes(graph);
  EXPECT_TRUE(status.ok()) << status.message();
  package.input.height = height;
  package.input.width = width;
  package.input.known = true;
  package.input.mean = {127.5f, 127.5f, 127.5f, 0};
  package.input.scale = {1 / 128.0f, 1 / 128.0f, 1 / 128.0f, 1};
}

// Scores that reach far on both sides, boxes and landmarks near the place.
ToyDetector::Head ToyDetector::draw_head(size_t kind, uint32_t seed) const {
  std::mt19937 random(seed);
  const int width = kinds_[kind].width;
  const float range = width <= 2 ? 4.0f : 0.5f;
  std::uniform_real_distribution<float> draw(-range, range);
  Head head;
  for (int i = 0; i < form_.anchors * width; ++i) {
    for (int c = 0; c < 3; ++c) head.weights.push_back(draw(random));
    const bool score = width <= 2, distance = form_.family == "SCRFD" && width == 4;
    const bool of_no_face = width == 2 && i % 2 == 0;
    head.bias.push_back(of_no_face ? 0 : score ? form_.score_bias : distance ? 2 : draw(random));
  }
  return head;
}

// RetinaFace joins the levels, the others have an output for each.
void ToyDetector::add_outputs(const std::vector<std::vector<ValueId>>& parts) {
  Graph& graph = package.graph;
  for (size_t kind = 0; kind < kinds_.size(); ++kind) {
    if (form_.family != "RetinaFace") {
      graph.outputs.insert(graph.outputs.end(), parts[kind].begin(), parts[kind].end());
      continue;
    }
    Node all = node_of(Op::concat, kinds_[kind].name, parts[kind]);
    all.axis = 1;
    ValueId joined = graph.add_node(std::move(all));
    if (kinds_[kind].width == 2) {
      Node softmax = node_of(Op::softmax, "softmax", {joined});
      softmax.axis = 2;
      joined = graph.add_node(std::move(softmax));
    }
    graph.outputs.push_back(joined);
  }
}

ValueId ToyDetector::rows(ValueId pooled, size_t level, size_t kind) {
  Graph& graph = package.graph;
  const std::string name = kinds_[kind].name + "_" + std::to_string(form_.strides[level]);
  const int64_t width = kinds_[kind].width, channels = form_.anchors * width;
  const Head& head = heads_[level][kind];
  const ValueId weights = graph.add_constant(name + ".w", {channels, 3, 1, 1}, head.weights);
  const ValueId bias = graph.add_constant(name + ".b", {channels}, head.bias);
  ValueId y = graph.add_node(node_of(Op::conv, name + ".conv", {pooled, weights, bias}));
  Node turned = node_of(Op::transpose, name + ".nhwc", {y});
  turned.ints = {0, 2, 3, 1};
  y = graph.add_node(std::move(turned));
  const Shape& input = graph.value(graph.inputs[0]).shape;
  Node reshape = node_of(Op::reshape, name + ".rows", {y});
  const int64_t places = (input[2] / form_.strides[level]) * (input[3] / form_.strides[level]);
  reshape.ints = {places * form_.anchors, width};
  if (form_.batch_axis) reshape.ints.insert(reshape.ints.begin(), 1);
  y = graph.add_node(std::move(reshape));
  return width == 1 ? graph.add_node(node_of(Op::sigmoid, name, {y})) : y;
}

double ToyDetector::value(size_t level, size_t kind, int place_x, int place_y, int anchor, int i,
                          const Picture& padded) const {
  const int stride = form_.strides[level];
  const Head& head = heads_[level][kind];
  const auto row = static_cast<size_t>(anchor * kinds_[kind].width + i);
  double sum = double{head.bias[row]};
  for (int c = 0; c < 3; ++c) {
    double mean = 0;
    for (int y = 0; y < stride; ++y) {
      for (int x = 0; x < stride; ++x) {
        const int at = 3 * ((place_y * stride + y) * padded.width + place_x * stride + x) + c;
        mean += (double{1} * padded.rgb[static_cast<size_t>(at)] - 127.5) / 128;
      }
    }
    sum += double{head.weights[row * 3 + static_cast<size_t>(c)]} * mean / (stride * stride);
  }
  return sum;
}

Face ToyDetector::face_at(size_t level, int x, int y, int anchor, const Picture& padded) const {
  const auto at = [&](size_t kind, int i) { return value(level, kind, x, y, anchor, i, padded); };
  const size_t box = form_.family == "YuNet" ? 2 : 1;
  const double stride = form_.strides[level];
  double b[4], px = x * stride, py = y * stride, unit = stride;  // of the landmarks
  for (int i = 0; i < 4; ++i) b[i] = at(box, i);
  double left = px - b[0] * stride, top = py - b[1] * stride, right = px + b[2] * stride, bottom = py + b[3] * stride;
  double score = sigmoid(at(0, 0));
  if (form_.family != "SCRFD") {
    double cx = px + b[0] * stride, cy = py + b[1] * stride, w = std::exp(b[2]) * stride, h = std::exp(b[3]) * stride;
    score = std::sqrt(score * sigmoid(at(1, 0)));
    if (form_.family == "RetinaFace") {
      score = sigmoid(at(0, 1) - at(0, 0));
      const double side = 16 << (2 * level + static_cast<size_t>(anchor));
      px += stride / 2, py += stride / 2, unit = 0.1 * side;
      cx = px + b[0] * unit, cy = py + b[1] * unit, w = side * std::exp(0.2 * b[2]), h = side * std::exp(0.2 * b[3]);
    }
    left = cx - w / 2, top = cy - h / 2, right = cx + w / 2, bottom = cy + h / 2;
  }
  Face face;
  face.score = static_cast<float>(score);
  face.box = {static_cast<float>(left), static_cast<float>(top), static_cast<float>(right), static_cast<float>(bottom)};
  for (int k = 0; k < 5; ++k) {
    const double lx = form_.landmarks ? px + at(box + 1, 2 * k) * unit : (left + right) / 2;
    const double ly = form_.landmarks ? py + at(box + 1, 2 * k + 1) * unit : (top + bottom) / 2;
    face.landmarks[static_cast<size_t>(k)] = {static_cast<float>(lx), static_cast<float>(ly)};
  }
  return face;
}

std::vector<Face> ToyDetector::plain(const Picture& padded, double threshold, double max_iou) const {
  std::vector<Face> all, kept;
  for (size_t level = 0; level < form_.strides.size(); ++level) {
    for (int y = 0; y < padded.height / form_.strides[level]; ++y) {
      for (int x = 0; x < padded.width / form_.strides[level]; ++x) {
        for (int anchor = 0; anchor < form_.anchors; ++anchor) {
          const Face face = face_at(level, x, y, anchor, padded);
          if (double{face.score} >= threshold) all.push_back(face);
        }
      }
    }
  }
  const double extra = form_.family == "YuNet" ? 0 : 1;
  while (!all.empty()) {
    const auto best = std::max_element(all.begin(), all.end(), [](auto& a, auto& b) { return a.score < b.score; });
    const Face face = *best;
    kept.push_back(face);
    all.erase(best);
    const auto gone = [&](const Face& other) { return same_face(face.box, other.box, max_iou, extra); };
    all.erase(std::remove_if(all.begin(), all.end(), gone), all.end());
  }
  return kept;
}

}  // namespace mien::test
