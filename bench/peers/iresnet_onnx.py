"""ArcFace's iresnet-50 (arcface_r50) as an ONNX file with random weights."""
from onnx_builder import Builder

# Channels and blocks of each stage; the first block of a stage halves the side.
STAGES = [(64, 3), (128, 4), (256, 14), (512, 3)]
INTO_SUM = 0.1  # gain of a branch's last convolution, so that a chain of sums stays near 1


def block(b, name, x, cin, cout, stride):
    y = b.batch_norm(name + ".bn1", x, cin)
    y = b.conv_bn_prelu(name + ".conv1", y, cin, cout, kernel=3, pad=1, gain=1.8)
    y = b.conv_bn(name + ".conv2", y, cout, cout, kernel=3, stride=stride, pad=1, gain=INTO_SUM)
    if stride != 1:
        x = b.conv_bn(name + ".downsample", x, cin, cout, stride=stride)
    return b.node("Add", [y, x], name + ".add")


def build_iresnet50(path, seed=0):
    """Writes 1x3x112x112 -> 1x512, 6.3 G multiply-adds."""
    b = Builder(seed)
    x = b.conv_bn_prelu("conv1", "input", 3, 64, kernel=3, pad=1, gain=1.8)
    cin = 64
    for stage, (channels, count) in enumerate(STAGES, 1):
        for i in range(count):
            x = block(b, f"layer{stage}.{i}", x, cin, channels, 2 if i == 0 else 1)
            cin = channels
    x = b.node("Flatten", [b.batch_norm("bn2", x, 512)], "flatten", axis=1)
    weight, bias = b.uniform_weights("fc.weight", (512, 512 * 7 * 7), 1), b.constant("fc.bias", [0.01] * 512)
    x = b.node("Gemm", [x, weight, bias], "fc", transB=1)
    b.batch_norm("embedding", x, 512)
    b.save(path, "arcface_r50", 512)
