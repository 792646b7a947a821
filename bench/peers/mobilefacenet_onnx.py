"""The paper's MobileFaceNet as an ONNX file with random weights."""
from onnx_builder import Builder


def bottleneck(b, name, x, cin, t, cout, stride):
    wide = t * cin
    residual = stride == 1 and cin == cout
    y = b.conv_bn_prelu(name + ".expand", x, cin, wide)
    y = b.conv_bn_prelu(name + ".depthwise", y, wide, wide, kernel=3, stride=stride, pad=1, groups=wide,
                        gain=1.8)
    y = b.conv_bn(name + ".project", y, wide, cout, gain=0.3 if residual else 1.8)
    return b.node("Add", [x, y], name + ".sum") if residual else y


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
            x = bottleneck(b, f"stage{stage}.{i}", x, channels, t, c, s if i == 0 else 1)
            channels = c
    x = b.conv_bn_prelu("conv3", x, 128, 512)
    x = b.conv_bn("gdconv", x, 512, 512, kernel=7, groups=512, gain=1.8)
    x = b.conv_bn("conv4", x, 512, 128)
    b.node("Flatten", [x], "embedding", axis=1)
    b.save(path, "mobilefacenet", 128)
