"""The detector: a pyramid of strides 8, 16 and 32 whose outputs are those of SCRFD with one anchor
(face/head_scrfd.cpp): for each place a probability, the distances from the place's corner to the box's sides, and five
points, in strides."""
import copy
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

from layers import Bottleneck, Layer, write_all
from onnx_file import Graph

STRIDES = (8, 16, 32)
# The trained score that the file gives as 0.5, where the engine draws the line: here as many faces are missed as are
# false, 1.1 %, in pictures of people who are trained on.
THRESHOLD = 0.56
_NECK = 48


class Head(nn.Module):
    def __init__(self, *tower):
        super().__init__()
        self.tower = nn.Sequential(*tower)
        self.score, self.box, self.points = (nn.Conv2d(_NECK, outputs, 1) for outputs in (1, 4, 10))
        nn.init.constant_(self.score.bias, -4.0)
        nn.init.constant_(self.box.bias, 2.0)

    def forward(self, x):
        """Rows of (logit, box, points) for every place, row by row."""
        x = self.tower(x)
        rows = torch.cat([self.score(x), self.box(x), self.points(x)], 1)
        return rows.flatten(2).transpose(1, 2)


class Detector(nn.Module):
    """(n, 3, h, w), RGB in 0..255, sides multiples of 32, to (n, places, 15), finest stride first."""

    def __init__(self):
        super().__init__()
        self.fine = nn.Sequential(Layer(3, 16, 3, 2), Layer(16, 16, 3, 2), Layer(16, 48, 3, 2), Bottleneck(48, 32, 48))
        self.middle = nn.Sequential(Layer(48, 96, 3, 2), *[Bottleneck(96, 32, 96) for _ in range(4)])
        self.coarse = nn.Sequential(Bottleneck(96, 64, 128, 2), Bottleneck(128, 48, 128))
        self.laterals = nn.ModuleList([Layer(width, _NECK) for width in (48, 96, 128)])
        # Small faces are of few pixels, and a dense convolution at every eighth would add a quarter to the whole cost.
        small = Head(Layer(_NECK, _NECK, 3, groups=_NECK), Layer(_NECK, _NECK))
        self.heads = nn.ModuleList([small, Head(Layer(_NECK, _NECK, 3)), Head(Layer(_NECK, _NECK, 3))])

    def forward(self, x):
        fine = self.fine((x - 127.5) / 127.5)
        middle = self.middle(fine)
        levels = [lateral(f) for lateral, f in zip(self.laterals, (fine, middle, self.coarse(middle)))]
        for i in (1, 0):
            levels[i] = levels[i] + F.interpolate(levels[i + 1], scale_factor=2, mode="nearest")
        return torch.cat([head(level) for head, level in zip(self.heads, levels)], 1)

    def write_onnx(self, path, height=64, width=64):
        """For inputs that are normalised already. The size is nominal, the engine plans any; the file keeps
        this one's outputs to prove itself with, so it is small."""
        graph = Graph("mien_default_detector", (1, 3, height, width))
        fine = write_all(graph, "input", self.fine)
        middle = write_all(graph, fine, self.middle)
        features = (fine, middle, write_all(graph, middle, self.coarse))
        levels = [lateral.write(graph, f) for lateral, f in zip(self.laterals, features)]
        for i in (1, 0):
            levels[i] = graph.node("Add", [levels[i], graph.double_size(levels[i + 1])])
        for head, level, stride in zip(self.heads, levels, STRIDES):
            x = write_all(graph, level, head.tower)
            places = (height // stride) * (width // stride)
            score = copy.deepcopy(head.score)
            score.bias.data -= math.log(THRESHOLD / (1 - THRESHOLD))
            for name, conv in (("score", score), ("box", head.box), ("points", head.points)):
                y = graph.conv(x, conv)
                y = graph.node("Sigmoid", [y]) if name == "score" else y
                y = graph.node("Transpose", [y], perm=[0, 2, 3, 1])
                y = graph.node("Reshape", [y, graph.constant(f"{name}_{stride}_shape", _rows(places, conv))],
                               f"{name}_{stride}")
                graph.outputs.append((y, (places, conv.out_channels)))
        graph.save(path)


def _rows(places, conv):
    return torch.tensor([places, conv.out_channels]).numpy()
