"""Writes ONNX files of the few operators that the recipe's networks need; the same bytes every time."""
import struct

import numpy as np

OPSET, IR_VERSION = 13, 7
_FLOAT, _INT64 = 1, 7


def _varint(n):
    n &= (1 << 64) - 1
    out = bytearray()
    while n > 0x7F:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    return bytes(out) + bytes([n])


def _number(field, n):
    return _varint(field << 3) + _varint(n)


def _bytes(field, data):
    data = data.encode() if isinstance(data, str) else data
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _attribute(name, value):
    body = _bytes(1, name)
    if isinstance(value, float):
        return body + _varint(2 << 3 | 5) + struct.pack("<f", value) + _number(20, 1)
    if isinstance(value, int):
        return body + _number(3, value) + _number(20, 2)
    if isinstance(value, str):
        return body + _bytes(4, value) + _number(20, 3)
    return body + b"".join(_number(8, v) for v in value) + _number(20, 7)


def _value(name, shape):
    dims = b"".join(_bytes(1, _number(1, d)) for d in shape)
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, _FLOAT) + _bytes(2, dims)))


class Graph:
    def __init__(self, name, input_shape):
        self.name, self.nodes, self.constants, self.outputs = name, [], [], []
        self.input = ("input", input_shape)

    def constant(self, name, array):
        kind = _INT64 if array.dtype.kind == "i" else _FLOAT
        array = np.ascontiguousarray(array, np.int64 if kind == _INT64 else np.float32)
        self.constants.append(b"".join(_number(1, d) for d in array.shape) + _number(2, kind) + _bytes(8, name) +
                              _bytes(9, array.tobytes()))
        return name

    def node(self, operator, inputs, output=None, **attributes):
        output = output or f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(b"".join(_bytes(1, i) for i in inputs) + _bytes(2, output) + _bytes(3, output) +
                          _bytes(4, operator) + b"".join(_bytes(5, _attribute(*a)) for a in attributes.items()))
        return output

    def conv(self, x, conv, norm=None):
        """A torch.nn.Conv2d, and the BatchNorm2d behind it folded into its weights in double precision."""
        weight = conv.weight.detach().double().numpy()
        bias = conv.bias.detach().double().numpy() if conv.bias is not None else np.zeros(len(weight))
        if norm is not None:
            gain = (norm.weight.detach().double() / (norm.running_var.double() + norm.eps).sqrt()).numpy()
            bias = (bias - norm.running_mean.double().numpy()) * gain + norm.bias.detach().double().numpy()
            weight = weight * gain[:, None, None, None]
        at = len(self.nodes)
        pads = list(conv.padding) * 2
        return self.node("Conv", [x, self.constant(f"weight_{at}", weight), self.constant(f"bias_{at}", bias)],
                         kernel_shape=list(conv.kernel_size), strides=list(conv.stride), pads=pads,
                         group=conv.groups)

    def reshape(self, x, shape):
        return self.node("Reshape", [x, self.constant(f"shape_{len(self.nodes)}", np.array(shape))])

    def double_size(self, x):
        """Each pixel as two by two."""
        scales = self.constant(f"scales_{len(self.nodes)}", np.array([1, 1, 2, 2], np.float32))
        return self.node("Resize", [x, "", scales], mode="nearest", coordinate_transformation_mode="asymmetric",
                         nearest_mode="floor")

    def save(self, path):
        graph = (b"".join(_bytes(1, n) for n in self.nodes) + _bytes(2, self.name) +
                 b"".join(_bytes(5, c) for c in self.constants) + _bytes(11, _value(*self.input)) +
                 b"".join(_bytes(12, _value(*o)) for o in self.outputs))
        with open(path, "wb") as file:
            file.write(_number(1, IR_VERSION) + _bytes(2, "mien training") + _bytes(7, graph) +
                       _bytes(8, _bytes(1, "") + _number(2, OPSET)))
