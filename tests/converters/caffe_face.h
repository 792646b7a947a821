// A small face network as Caffe writes it, for the tests of whole files.
#pragma once

#include "tests/converters/caffe_model.h"

namespace mien::testing {

// Normalisation inside, convolution, BatchNorm, Scale, PReLU, sum, pool, fully connected layer.
inline CaffeNet caffe_face(const CaffeStyle& style = {}) {
  CaffeNet net;
  net.style = style;
  net.input("data", {1, 3, 8, 8});
  net.layer("Power", "norm", {"data"}, {"norm"}, "power_param { scale: 0.0078125 shift: -0.99609375 }");
  net.layer(
      "Convolution", "conv0", {"norm"}, {"conv0"},
      "# a comment\nparam { lr_mult: 1 decay_mult: 1 } convolution_param { num_output: 2 kernel_size: 3 stride: 2 "
      "pad: 1 bias_term: false weight_filler { type: \"xavier\" } }",
      {{{2, 3, 3, 3}, std::vector<float>(54, 0.125f)}});
  net.layer("BatchNorm", "bn0", {"conv0"}, {"conv0"}, "batch_norm_param { use_global_stats: true }",
            {{{2}, {1, 2}}, {{2}, {1, 2}}, {{1}, {2}}});
  net.layer("Scale", "scale0", {"conv0"}, {"conv0"}, "scale_param { bias_term: true }", {{{2}, {1, 2}}, {{2}, {3, 4}}});
  net.layer("PReLU", "relu0", {"conv0"}, {"relu0"}, "", {{{2}, {-0.5f, 1.5f}}});
  net.layer("Eltwise", "sum0", {"relu0", "conv0"}, {"sum0"}, "eltwise_param { operation: SUM }");
  net.layer("Pooling", "pool0", {"sum0"}, {"pool0"}, "pooling_param { pool: AVE kernel_size: 4 }");
  net.layer("Dropout", "dropout0", {"pool0"}, {"pool0"}, "dropout_param { dropout_ratio: 0.4 }");
  net.layer("InnerProduct", "fc", {"pool0"}, {"fc"}, "inner_product_param { num_output: 2 }",
            {{{2, 2}, {1, 2, 3, 4}}, {{2}, {0.5f, 1}}});
  return net;
}

}  // namespace mien::testing
