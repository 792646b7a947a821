#!/usr/bin/env python3
"""Raw heads of a trained RetinaFace mobilenet0.25 by PyTorch: golden files for tests/converters.

    /usr/bin/python3 tests/generate/retinaface_heads.py mobilenet0.25_Final.pth tests/converters/golden

Debian's python3-torch; nothing that is built or shipped needs this. The graph is written here once more, from the
published tables and not from models/retinaface.cpp; the state_dict must fit it name by name. It runs in double
precision on the seeded pictures of tests/models/golden_file.h. Of each output every stride-th value is kept.
"""
import hashlib
import json
import math
import sys

import torch
from torch import nn
from torch.nn import functional

SLOPE = 0.1
MASK = (1 << 64) - 1
FILES = (("retinaface_mobilenet025.trained", 640, 640, ("input0", "input1")),
         ("retinaface_mobilenet025.trained.203x250", 203, 250, ("input2",)))
SAMPLES = 200


def unit(inputs, outputs, kernel=3, stride=1, active=True):
    """Convolution without bias, BatchNorm and, if active, LeakyReLU."""
    layers = [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, *([nn.LeakyReLU(SLOPE)] if active else []))


def separable(inputs, outputs, stride):
    return nn.Sequential(
        nn.Conv2d(inputs, inputs, 3, stride, 1, groups=inputs, bias=False), nn.BatchNorm2d(inputs), nn.LeakyReLU(SLOPE),
        nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs), nn.LeakyReLU(SLOPE))


class Body(nn.Module):
    """MobileNet with a quarter of the channels: features at 1/8, 1/16 and 1/32."""

    def __init__(self):
        super().__init__()
        self.stage1 = nn.Sequential(unit(3, 8, 3, 2), separable(8, 16, 1), separable(16, 32, 2), separable(32, 32, 1),
                                    separable(32, 64, 2), separable(64, 64, 1))
        self.stage2 = nn.Sequential(separable(64, 128, 2), *[separable(128, 128, 1) for _ in range(5)])
        self.stage3 = nn.Sequential(separable(128, 256, 2), separable(256, 256, 1))

    def forward(self, x):
        c3 = self.stage1(x)
        c4 = self.stage2(c3)
        return c3, c4, self.stage3(c4)


class Pyramid(nn.Module):
    def __init__(self):
        super().__init__()
        self.output1, self.output2, self.output3 = unit(64, 64, 1), unit(128, 64, 1), unit(256, 64, 1)
        self.merge1, self.merge2 = unit(64, 64), unit(64, 64)

    def forward(self, c3, c4, c5):
        p3, p4, p5 = self.output1(c3), self.output2(c4), self.output3(c5)
        p4 = self.merge2(p4 + functional.interpolate(p5, size=p4.shape[2:], mode="nearest"))
        return self.merge1(p3 + functional.interpolate(p4, size=p3.shape[2:], mode="nearest")), p4, p5


class Context(nn.Module):
    """Windows of 3, 5 and 7; the last two share their first convolution."""

    def __init__(self):
        super().__init__()
        self.conv3X3 = unit(64, 32, active=False)
        self.conv5X5_1, self.conv5X5_2 = unit(64, 16), unit(16, 16, active=False)
        self.conv7X7_2, self.conv7x7_3 = unit(16, 16), unit(16, 16, active=False)

    def forward(self, x):
        shared = self.conv5X5_1(x)
        parts = [self.conv3X3(x), self.conv5X5_2(shared), self.conv7x7_3(self.conv7X7_2(shared))]
        return functional.relu(torch.cat(parts, dim=1))


class Head(nn.Module):
    def __init__(self, values):
        super().__init__()
        self.values = values
        self.conv1x1 = nn.Conv2d(64, 2 * values, 1)

    def forward(self, x):
        return self.conv1x1(x).permute(0, 2, 3, 1).reshape(1, -1, self.values)


class RetinaFace(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.fpn = Body(), Pyramid()
        self.ssh1, self.ssh2, self.ssh3 = Context(), Context(), Context()
        self.ClassHead = nn.ModuleList(Head(2) for _ in range(3))
        self.BboxHead = nn.ModuleList(Head(4) for _ in range(3))
        self.LandmarkHead = nn.ModuleList(Head(10) for _ in range(3))

    def forward(self, x):
        levels = [ssh(p) for ssh, p in zip((self.ssh1, self.ssh2, self.ssh3), self.fpn(*self.body(x)))]
        heads = {"bbox": self.BboxHead, "class_logits": self.ClassHead, "landmarks": self.LandmarkHead}
        return {name: torch.cat([h(p) for h, p in zip(head, levels)], dim=1) for name, head in heads.items()}


def mix(x):
    z = (x + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def picture(salt, height, width):
    """1 x 3 x height x width, B, G, R, minus the means; the pixels are drawn as height x width x RGB."""
    state = 0xCBF29CE484222325
    for byte in salt.encode():
        state = ((state ^ byte) * 0x100000001B3) & MASK
    pixels = [mix((state + i) & MASK) >> 56 for i in range(height * width * 3)]
    rgb = torch.tensor(pixels, dtype=torch.float64).reshape(height, width, 3)
    return (rgb.flip(2) - torch.tensor([104.0, 117.0, 123.0], dtype=torch.float64)).permute(2, 0, 1).unsqueeze(0)


def sampled(output):
    """The stride has no factor in common with the number of values of a prior, so that each of them is met."""
    flat = output.flatten()
    stride = flat.numel() // SAMPLES
    while math.gcd(stride, output.shape[2] * 2) != 1:
        stride -= 1
    return {"shape": list(output.shape), "rms": float(f"{flat.square().mean().sqrt().item():.9g}"),
            "sample_stride": stride, "sample": [float(f"{v:.9g}") for v in flat[::stride].tolist()]}


def main(weights, folder):
    net = RetinaFace()
    net.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True), strict=True)
    net = net.double().eval()
    with open(weights, "rb") as file:
        sha256 = hashlib.sha256(file.read()).hexdigest()
    for name, height, width, salts in FILES:
        inputs = []
        for salt in salts:
            with torch.no_grad():
                outputs = net(picture(salt, height, width))
            inputs.append({"salt": salt, "outputs": {output: sampled(values) for output, values in outputs.items()}})
        golden = {"weights_sha256": sha256, "input": {"height": height, "width": width}, "inputs": inputs}
        with open(f"{folder}/{name}.json", "w", encoding="ascii") as file:
            file.write(json.dumps(golden) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
