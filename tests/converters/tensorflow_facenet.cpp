#include "tests/converters/tensorflow_facenet.h"

#include "models/seeded_weights.h"

namespace mien::testing {
namespace {

const std::string kScope = "InceptionResnetV1/";

struct Map {
  std::string name;
  int channels;
};

class Writer {
 public:
  TfFacenet take() {
    source();
    Map x = body();
    tail(x);
    return std::move(out_);
  }

 private:
  TfNodeWriter node(const std::string& op, const std::string& name, const std::vector<std::string>& inputs) {
    return g().node(op, name, inputs);
  }
  TfGraph& g() { return out_.graph; }

  // A variable after freezing: a constant, and the node that reads it.
  std::string variable(const std::string& name, const std::vector<int64_t>& dims, const std::vector<float>& values) {
    g().constant(name, dims, values);
    out_.variables.push_back({name, dims, values});
    node("Identity", name + "/read", {name}).type("T", 1);
    return name + "/read";
  }

  void source() {
    node("Placeholder", "batch_size", {}).type("dtype", 3);
    node("Placeholder", "phase_train", {}).type("dtype", 10);
    tf_pb::AttributeList* shapes = node("FIFOQueueV2", "batch_join/fifo_queue", {}).attr("shapes")->mutable_list();
    *shapes->add_shape() = tf_shape({160, 160, 3});
    shapes->add_shape();
    node("QueueDequeueUpToV2", "batch_join", {"batch_join/fifo_queue", "batch_size"});
    node("Identity", "image_batch", {"batch_join"}).type("T", 1);
    node("Identity", "label_batch", {"batch_join:1"}).type("T", 9);
    node("Identity", "input", {"image_batch"}).type("T", 1);
  }

  std::string switched(const std::string& scope, const std::string& name, const std::string& data) {
    node("Switch", scope + name, {data, scope + "pred_id"}).type("T", 1);
    return scope + name;
  }
  void open_conditional(const std::string& scope) {
    node("Switch", scope + "Switch", {"phase_train", "phase_train"}).type("T", 10);
    node("Identity", scope + "switch_t", {scope + "Switch:1"});
    node("Identity", scope + "switch_f", {scope + "Switch"});
    node("Identity", scope + "pred_id", {"phase_train"});
  }

  // Normalises by the batch's statistics or by the stored ones, then updates these or leaves them.
  std::string batch_norm(const std::string& layer, const std::string& key, const std::string& x, int channels) {
    const std::string bn = kScope + layer + "/BatchNorm/", cond = bn + "cond/";
    const std::string gamma = g().constant(bn + "Const", {channels}, {1});
    const std::string beta = variable(bn + "beta", {channels}, weights_.draw(key, Role::bn_beta, channels));
    const std::string mean = variable(bn + "moving_mean", {channels}, weights_.draw(key, Role::bn_mean, channels));
    const std::string var = variable(bn + "moving_variance", {channels}, weights_.draw(key, Role::bn_var, channels));
    open_conditional(cond);
    const std::string inference = cond + "FusedBatchNorm_1", training = cond + "FusedBatchNorm";
    std::vector<std::string> stored, batch;
    int n = 0;
    for (const std::string& data : {x, gamma, beta, mean, var})
      stored.push_back(switched(cond, "FusedBatchNorm_1/Switch_" + std::to_string(n++), data));
    for (const std::string& data : {x, gamma, beta})
      batch.push_back(switched(cond, "FusedBatchNorm/Switch_" + std::to_string(n++), data) + ":1");
    for (const char* empty : {"Const", "Const_1"}) {
      g().constant(cond + empty, {0}, {});
      batch.push_back(cond + empty);
    }
    node("FusedBatchNorm", training, batch).fraction("epsilon", 0.001f).word("data_format", "NHWC");
    node("FusedBatchNorm", inference, stored).fraction("epsilon", 0.001f).flag("is_training", false);
    node("Merge", cond + "Merge", {inference, training});
    for (int i : {1, 2}) {
      const std::string output = ":" + std::to_string(i);
      node("Merge", cond + "Merge_" + std::to_string(i), {inference + output, training + output});
    }
    return update(bn + "cond_1/", cond, mean, var);
  }

  std::string update(const std::string& scope, const std::string& cond, const std::string& mean,
                     const std::string& var) {
    open_conditional(scope);
    const std::string kept = switched(scope, "Switch_1", cond + "Merge");
    const std::string trained = switched(scope, "Identity/Switch", cond + "Merge");
    moving_average(scope, "AssignMovingAvg", mean, cond + "Merge_1");
    moving_average(scope, "AssignMovingAvg_1", var, cond + "Merge_2");
    node("Identity", scope + "Identity", {trained + ":1", "^" + scope + "AssignMovingAvg"});
    node("Merge", scope + "Merge", {kept, scope + "Identity"});
    return scope + "Merge";
  }
  void moving_average(const std::string& scope, const std::string& name, const std::string& old,
                      const std::string& batch) {
    const std::string difference = scope + name + "/sub", decay = g().constant(scope + name + "/decay", {}, {0.005f});
    node("Sub", difference,
         {switched(scope, name + "/Switch", old) + ":1", switched(scope, name + "/Switch_1", batch) + ":1"});
    node("Mul", scope + name + "/mul", {difference, decay});
    node("Sub", scope + name, {switched(scope, name + "/Switch_2", old) + ":1", scope + name + "/mul"});
  }

  std::string filter(const std::string& layer, int in, int out, int h, int w, double gain) {
    const int64_t fan_in = int64_t{in} * h * w;
    const std::vector<float> oihw = weights_.draw_weight(layer, out * fan_in, fan_in, gain);
    std::vector<float> hwio(oihw.size());
    size_t at = 0;
    for (int o = 0; o < out; ++o)
      for (int i = 0; i < in; ++i)
        for (int y = 0; y < h; ++y)
          for (int x = 0; x < w; ++x) hwio[static_cast<size_t>(((y * w + x) * in + i) * out + o)] = oihw[at++];
    return variable(kScope + layer + "/weights", {h, w, in, out}, hwio);
  }

  Map conv(const std::string& layer, Map x, int channels, int h, int w, int stride = 1,
           const std::string& padding = "SAME") {
    const std::string name = kScope + layer;
    node("Conv2D", name + "/convolution", {x.name, filter(layer, x.channels, channels, h, w, 2)})
        .window(stride, padding);
    node("Relu", name + "/Relu", {batch_norm(layer, layer, name + "/convolution", channels)});
    return {name + "/Relu", channels};
  }
  Map conv(const std::string& layer, Map x, int channels, int size) { return conv(layer, x, channels, size, size); }
  Map pool(const std::string& layer, Map x) {
    node("MaxPool", kScope + layer, {x.name}).numbers("ksize", {1, 3, 3, 1}).window(2, "VALID");
    return {kScope + layer, x.channels};
  }
  Map concat(const std::string& layer, const std::vector<Map>& parts) {
    const std::string name = kScope + layer;
    std::vector<std::string> inputs;
    int channels = 0;
    for (const Map& part : parts) inputs.push_back(part.name), channels += part.channels;
    inputs.push_back(g().ints(name + "/axis", {}, {3}));
    node("ConcatV2", name, inputs).number("N", static_cast<int64_t>(parts.size()));
    return {name, channels};
  }

  Map residual(const std::string& block, Map x, const std::vector<Map>& branches, float factor, bool clips = true) {
    const Map up = concat(block + "/concat", branches);
    const std::string layer = block + "/Conv2d_1x1", name = kScope + block;
    node("Conv2D", kScope + layer + "/convolution", {up.name, filter(layer, up.channels, x.channels, 1, 1, 2)})
        .window(1, "SAME");
    const std::string bias =
        variable(kScope + layer + "/biases", {x.channels}, weights_.draw(layer, Role::conv_bias, x.channels));
    node("BiasAdd", kScope + layer + "/BiasAdd", {kScope + layer + "/convolution", bias});
    node("Mul", name + "/mul", {g().constant(name + "/mul/x", {}, {factor}), kScope + layer + "/BiasAdd"});
    node("Add", name + "/add", {x.name, name + "/mul"});
    if (clips) node("Relu", name + "/Relu", {name + "/add"});
    return {name + (clips ? "/Relu" : "/add"), x.channels};
  }
  Map block35(const std::string& block, Map x) {
    const Map a = conv(block + "/Branch_0/Conv2d_1x1", x, 32, 1);
    Map b = conv(block + "/Branch_1/Conv2d_0a_1x1", x, 32, 1);
    b = conv(block + "/Branch_1/Conv2d_0b_3x3", b, 32, 3);
    Map c = conv(block + "/Branch_2/Conv2d_0a_1x1", x, 32, 1);
    c = conv(block + "/Branch_2/Conv2d_0b_3x3", c, 32, 3);
    c = conv(block + "/Branch_2/Conv2d_0c_3x3", c, 32, 3);
    return residual(block, x, {a, b, c}, 0.17f);
  }
  std::vector<Map> cross(const std::string& block, Map x, int channels, int n) {
    const std::string size = std::to_string(n);
    const Map a = conv(block + "/Branch_0/Conv2d_1x1", x, channels, 1);
    Map b = conv(block + "/Branch_1/Conv2d_0a_1x1", x, channels, 1);
    b = conv(block + "/Branch_1/Conv2d_0b_1x" + size, b, channels, 1, n);
    b = conv(block + "/Branch_1/Conv2d_0c_" + size + "x1", b, channels, n, 1);
    return {a, b};
  }

  Map body() {
    Map x = conv("Conv2d_1a_3x3", {"input", 3}, 32, 3, 3, 2, "VALID");
    x = conv("Conv2d_2a_3x3", x, 32, 3, 3, 1, "VALID");
    x = pool("MaxPool_3a_3x3", conv("Conv2d_2b_3x3", x, 64, 3));
    x = conv("Conv2d_3b_1x1", x, 80, 1, 1, 1, "VALID");
    x = conv("Conv2d_4a_3x3", x, 192, 3, 3, 1, "VALID");
    x = conv("Conv2d_4b_3x3", x, 256, 3, 3, 2, "VALID");
    for (int i = 1; i <= 5; ++i) x = block35("Repeat/block35_" + std::to_string(i), x);
    x = reduction_a("Mixed_6a", x);
    for (int i = 1; i <= 10; ++i) {
      const std::string block = "Repeat_1/block17_" + std::to_string(i);
      x = residual(block, x, cross(block, x, 128, 7), 0.10f);
    }
    x = reduction_b("Mixed_7a", x);
    for (int i = 1; i <= 5; ++i) {
      const std::string block = "Repeat_2/block8_" + std::to_string(i);
      x = residual(block, x, cross(block, x, 192, 3), 0.20f);
    }
    return residual("Block8", x, cross("Block8", x, 192, 3), 1, false);
  }
  Map reduction_a(const std::string& block, Map x) {
    const Map a = conv(block + "/Branch_0/Conv2d_1a_3x3", x, 384, 3, 3, 2, "VALID");
    Map b = conv(block + "/Branch_1/Conv2d_0a_1x1", x, 192, 1);
    b = conv(block + "/Branch_1/Conv2d_0b_3x3", b, 192, 3);
    b = conv(block + "/Branch_1/Conv2d_1a_3x3", b, 256, 3, 3, 2, "VALID");
    return concat(block + "/concat", {a, b, pool(block + "/Branch_2/MaxPool_1a_3x3", x)});
  }
  Map reduction_b(const std::string& block, Map x) {
    Map a = conv(block + "/Branch_0/Conv2d_0a_1x1", x, 256, 1);
    a = conv(block + "/Branch_0/Conv2d_1a_3x3", a, 384, 3, 3, 2, "VALID");
    Map b = conv(block + "/Branch_1/Conv2d_0a_1x1", x, 256, 1);
    b = conv(block + "/Branch_1/Conv2d_1a_3x3", b, 256, 3, 3, 2, "VALID");
    Map c = conv(block + "/Branch_2/Conv2d_0a_1x1", x, 256, 1);
    c = conv(block + "/Branch_2/Conv2d_0b_3x3", c, 256, 3);
    c = conv(block + "/Branch_2/Conv2d_1a_3x3", c, 256, 3, 3, 2, "VALID");
    return concat(block + "/concat", {a, b, c, pool(block + "/Branch_3/MaxPool_1a_3x3", x)});
  }

  // The number of pictures out of the shape of a tensor, and the rest as it says.
  std::string flattened(const std::string& scope, const std::string& x) {
    node("Shape", scope + "Shape", {x});
    node("StridedSlice", scope + "strided_slice",
         {scope + "Shape", g().list(scope + "begin", {0}), g().list(scope + "end", {1}), g().list(scope + "step", {1})})
        .number("shrink_axis_mask", 1);
    node("Pack", scope + "Reshape/shape", {scope + "strided_slice", g().ints(scope + "rest", {}, {-1})});
    node("Reshape", scope + "Reshape", {x, scope + "Reshape/shape"});
    return scope + "Reshape";
  }
  std::string dropout(const std::string& scope, const std::string& x) {
    open_conditional(scope + "cond/");
    const std::string in = scope + "cond/dropout/";
    const std::string on = switched(scope + "cond/", "dropout/Switch", x) + ":1";
    const std::string off = switched(scope + "cond/", "Identity/Switch", x);
    node("Shape", in + "Shape", {on});
    node("RandomUniform", in + "random_uniform", {in + "Shape"});
    node("Floor", in + "Floor", {in + "random_uniform"});
    node("RealDiv", in + "div", {on, g().constant(in + "keep_prob", {}, {0.8f})});
    node("Mul", in + "mul", {in + "div", in + "Floor"});
    node("Identity", scope + "cond/Identity", {off});
    node("Merge", scope + "cond/Merge", {scope + "cond/Identity", in + "mul"});
    return scope + "cond/Merge";
  }

  void tail(Map x) {
    const std::string logits = kScope + "Logits/", fc = kScope + "Bottleneck/", bn = fc + "BatchNorm/";
    node("AvgPool", logits + "AvgPool_1a_8x8", {x.name}).numbers("ksize", {1, 3, 3, 1}).window(1, "VALID");
    const std::string flat = flattened(logits + "Flatten/", logits + "AvgPool_1a_8x8");
    const std::vector<float> oi = weights_.draw_weight("Bottleneck", 512 * 1792, 1792, 1, Role::fc_weight);
    std::vector<float> io(oi.size());
    for (size_t i = 0; i < oi.size(); ++i) io[i % 1792 * 512 + i / 1792] = oi[i];
    node("MatMul", fc + "MatMul", {dropout(logits + "Dropout/", flat), variable(fc + "weights", {1792, 512}, io)});
    node("Reshape", bn + "Reshape", {fc + "MatMul", g().list(bn + "Reshape/shape", {-1, 1, 1, 512})});
    const std::string normed = batch_norm("Bottleneck", "Bottleneck/BatchNorm", bn + "Reshape", 512);
    node("Shape", bn + "Shape", {fc + "MatMul"});
    node("Reshape", bn + "Reshape_1", {normed, bn + "Shape"});
    node("Square", "embeddings/Square", {bn + "Reshape_1"});
    node("Sum", "embeddings/Sum", {"embeddings/Square", g().ints("embeddings/axis", {}, {1})}).flag("keep_dims", true);
    node("Maximum", "embeddings/Maximum", {"embeddings/Sum", g().constant("embeddings/eps", {}, {1e-10f})});
    node("Rsqrt", "embeddings/Rsqrt", {"embeddings/Maximum"});
    node("Mul", "embeddings", {bn + "Reshape_1", "embeddings/Rsqrt"});
  }

  const SeededWeights weights_{0};
  TfFacenet out_;
};

}  // namespace

TfFacenet write_facenet() {
  return Writer().take();
}

}  // namespace mien::testing
