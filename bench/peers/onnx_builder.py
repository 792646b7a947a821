"""Builds ONNX files layer by layer, with random weights that keep values near 1. Needs onnx and numpy."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Builder:
    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.nodes, self.constants = [], []

    def constant(self, name, values):
        self.constants.append(numpy_helper.from_array(np.asarray(values, np.float32), name))
        return name

    def node(self, op, inputs, output, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))
        return output

    def uniform_weights(self, name, shape, gain):
        limit = np.sqrt(3 * gain / np.prod(shape[1:]))
        return self.constant(name, self.rng.uniform(-limit, limit, shape))

    def conv_bn(self, name, x, cin, cout, kernel=1, stride=1, pad=0, groups=1, gain=1.0):
        w = self.uniform_weights(name + ".weight", (cout, cin // groups, kernel, kernel), gain)
        y = self.node("Conv", [x, w], name, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[pad] * 4,
                      group=groups)
        return self.batch_norm(name + ".bn", y, cout)

    def batch_norm(self, name, x, channels):
        parts = [self.constant(name + ".gamma", self.rng.uniform(0.75, 1.25, channels)),
                 self.constant(name + ".beta", self.rng.uniform(-0.1, 0.1, channels)),
                 self.constant(name + ".mean", self.rng.uniform(-0.1, 0.1, channels)),
                 self.constant(name + ".var", self.rng.uniform(0.75, 1.25, channels))]
        return self.node("BatchNormalization", [x, *parts], name, epsilon=1e-5)

    def prelu(self, name, x, channels):
        slope = self.constant(name + ".slope", self.rng.uniform(0.05, 0.45, (channels, 1, 1)))
        return self.node("PRelu", [x, slope], name + ".prelu")

    def conv_bn_prelu(self, name, x, cin, cout, **geometry):
        return self.prelu(name, self.conv_bn(name, x, cin, cout, **geometry), cout)

    def save(self, path, name, dims):
        """Writes the network input 1x3x112x112 -> embedding 1 x dims; a node called "embedding" has made it."""
        graph = helper.make_graph(
            self.nodes, name, [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, 112, 112])],
            [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, dims])], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        onnx.checker.check_model(model)
        onnx.save(model, str(path))
