"""The recogniser: a residual network of bottlenecks for crops of 80 x 80, ending in an embedding of 128."""
import torch.nn as nn

from layers import Bottleneck, Layer, write_all
from onnx_file import Graph

SIDE, DIMS = 80, 128


class Recogniser(nn.Module):
    """(n, 3, 80, 80), RGB in 0..255, to (n, 128), of any length."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            Layer(3, 16, 3, 2),                                   # 40 x 40
            Layer(16, 48, 3, 2),                                  # 20 x 20
            *[Bottleneck(48, 32, 48) for _ in range(2)],
            Layer(48, 96, 3, 2),                                  # 10 x 10
            *[Bottleneck(96, 48, 96) for _ in range(3)],
            Bottleneck(96, 64, 160, 2),                           # 5 x 5
            Bottleneck(160, 40, 160),
            Layer(160, 256))
        self.places = nn.Conv2d(256, 256, 5, groups=256, bias=False)  # each place of the face has weights of its own
        self.norm = nn.BatchNorm2d(256)
        self.embedding = nn.Conv2d(256, DIMS, 1, bias=False)
        self.last = nn.BatchNorm2d(DIMS)

    def forward(self, x):
        x = self.norm(self.places(self.features((x - 127.5) / 127.5)))
        return self.last(self.embedding(x)).flatten(1)

    def write_onnx(self, path):
        """For inputs that are normalised already: (v - 127.5) / 127.5, the preset arcface."""
        graph = Graph("mien_default_recogniser", (1, 3, SIDE, SIDE))
        x = graph.conv(write_all(graph, "input", self.features), self.places, self.norm)
        x = graph.conv(x, self.embedding, self.last)
        graph.outputs = [(graph.node("Flatten", [x], "embedding", axis=1), (1, DIMS))]
        graph.save(path)
