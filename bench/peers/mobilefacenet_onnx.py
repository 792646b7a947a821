"""The paper's MobileFaceNet as an ONNX file with random weights; rewriting of PRelu. Needs onnx and numpy."""
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

    def conv_bn(self, name, x, cin, cout, kernel=1, stride=1, pad=0, groups=1, gain=1.0):
        fan_in = cin // groups * kernel * kernel
        limit = np.sqrt(3 * gain / fan_in)
        w = self.constant(name + ".weight", self.rng.uniform(-limit, limit, (cout, cin // groups, kernel, kernel)))
        y = self.node("Conv", [x, w], name, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[pad] * 4,
                      group=groups)
        parts = [self.constant(name + ".gamma", self.rng.uniform(0.75, 1.25, cout)),
                 self.constant(name + ".beta", self.rng.uniform(-0.1, 0.1, cout)),
                 self.constant(name + ".mean", self.rng.uniform(-0.1, 0.1, cout)),
                 self.constant(name + ".var", self.rng.uniform(0.75, 1.25, cout))]
        return self.node("BatchNormalization", [y, *parts], name + ".bn", epsilon=1e-5)

    def prelu(self, name, x, channels):
        slope = self.constant(name + ".slope", self.rng.uniform(0.05, 0.45, (channels, 1, 1)))
        return self.node("PRelu", [x, slope], name + ".prelu")

    def conv_bn_prelu(self, name, x, cin, cout, **geometry):
        return self.prelu(name, self.conv_bn(name, x, cin, cout, **geometry), cout)

    def bottleneck(self, name, x, cin, t, cout, stride):
        wide = t * cin
        residual = stride == 1 and cin == cout
        y = self.conv_bn_prelu(name + ".expand", x, cin, wide)
        y = self.conv_bn_prelu(name + ".depthwise", y, wide, wide, kernel=3, stride=stride, pad=1, groups=wide,
                               gain=1.8)
        y = self.conv_bn(name + ".project", y, wide, cout, gain=0.3 if residual else 1.8)
        return self.node("Add", [x, y], name + ".sum") if residual else y


# (t, c, n, s) of the paper's table 1.
STAGES = [(2, 64, 5, 2), (4, 128, 1, 2), (2, 128, 6, 1), (4, 128, 1, 2), (2, 128, 2, 1)]


def build_mobilefacenet(path, seed=0):
    """Writes the network in the paper's order: 1x3x112x112 -> 1x128."""
    b = Builder(seed)
    x = b.conv_bn_prelu("conv1", "input", 3, 64, kernel=3, stride=2, pad=1, gain=1.8)
    x = b.conv_bn_prelu("conv2", x, 64, 64, kernel=3, pad=1, groups=64, gain=1.8)
    channels = 64
    for stage, (t, c, n, s) in enumerate(STAGES, 1):
        for i in range(n):
            x = b.bottleneck(f"stage{stage}.{i}", x, channels, t, c, s if i == 0 else 1)
            channels = c
    x = b.conv_bn_prelu("conv3", x, 128, 512)
    x = b.conv_bn("gdconv", x, 512, 512, kernel=7, groups=512, gain=1.8)
    x = b.conv_bn("conv4", x, 512, 128)
    b.node("Flatten", [x], "embedding", axis=1)
    graph = helper.make_graph(
        b.nodes, "mobilefacenet", [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, 112, 112])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, 128])], b.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def rewrite_prelu(source, target):
    """Writes source with every PRelu(x, s) as Max(x, s * x), which is the same where 0 <= s <= 1. Returns False, and
    writes nothing, if there is no PRelu or a slope for which that does not hold."""
    model = onnx.load(str(source))
    slopes = {c.name: numpy_helper.to_array(c) for c in model.graph.initializer}
    nodes, found = [], 0
    for node in model.graph.node:
        if node.op_type != "PRelu":
            nodes.append(node)
            continue
        x, slope = node.input
        if slope not in slopes or slopes[slope].min() < 0 or slopes[slope].max() > 1:
            return False
        scaled = node.output[0] + "_scaled"
        nodes.append(helper.make_node("Mul", [x, slope], [scaled]))
        nodes.append(helper.make_node("Max", [x, scaled], [node.output[0]]))
        found += 1
    if found == 0:
        return False
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.save(model, str(target))
    return True
