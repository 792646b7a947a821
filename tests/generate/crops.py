#!/usr/bin/env python3
"""Hashes of crops by OpenCV and Pillow of a synthetic picture: golden numbers for tests/face/warp_test.cpp.

    python3 tests/generate/crops.py > tests/face/golden_crops.inc

opencv-python-headless 4.9.0.80 (before 4.11, which samples warps in single precision) and Pillow 9.5.0 (later ones
begin with the columns where only the width grows). Nothing that is built or shipped needs this.
"""
import cv2
import numpy
from PIL import Image

PRIME, START, MASK = 0x100000001B3, 0xCBF29CE484222325, (1 << 64) - 1
WARPS = [  # source width, height, target width, height, a, b, tx, ty
    (200, 150, 112, 112, 1.0, 0.0, 0.0, 0.0),
    (200, 150, 112, 112, 0.71, 0.13, 3.3, -7.9),
    (200, 150, 112, 112, 0.31, -0.22, 20.25, 41.5),
    (640, 480, 112, 112, 0.183, 0.041, -12.7, 5.1),
    (90, 70, 112, 112, 1.9, -0.4, -20.0, 10.0),
    (90, 70, 96, 112, -1.1, 0.6, 80.0, 90.0),
    (31, 17, 112, 112, 3.7, 2.9, 11.0, -13.0),
    (1, 1, 8, 8, 2.5, 0.5, 3.0, 3.0),
    (640, 480, 160, 160, 0.25, 0.25, -30.0, -30.0),
]
RESIZES = [  # source width, height, target width, height
    (640, 480, 640, 480), (640, 480, 320, 240), (640, 480, 213, 160), (640, 480, 112, 112), (200, 150, 640, 480),
    (201, 151, 100, 75), (31, 17, 97, 5), (1, 1, 9, 7), (9, 1, 4, 1), (1000, 3, 640, 2), (33, 47, 32, 46),
]
SMOOTH = [  # source width, height, box, target width, height
    (640, 480, (0, 0, 640, 480), 160, 160), (640, 480, (100, 50, 333, 411), 160, 160),
    (200, 150, (20, 30, 100, 110), 160, 160), (200, 150, (0, 0, 200, 150), 200, 150), (31, 17, (3, 2, 4, 3), 5, 6),
    (200, 150, (11, 7, 199, 149), 31, 203), (200, 150, (11, 7, 40, 149), 61, 33),
]


def picture(width, height):
    """The same formula as in the test."""
    y, x, c = numpy.mgrid[0:height, 0:width, 0:3].astype(numpy.int64)
    return ((x * 7 + y * 13 + c * 50 + (x * y >> 3) + ((x ^ y) & 31) * 3) & 255).astype(numpy.uint8)


def fnv(pixels):
    """FNV-1a of the bytes."""
    value = START
    for byte in pixels.tobytes():
        value = (value ^ byte) * PRIME & MASK
    return f"0x{value:016X}"


def row(*numbers):
    print("{" + ", ".join(str(number) for number in numbers) + "},")


def main():
    if hasattr(cv2, "ipp"):
        cv2.ipp.setUseIPP(False)
    print(f"// Made by tests/generate/crops.py with OpenCV {cv2.__version__} and Pillow {Image.__version__}.")
    print("#ifdef WARPS")
    for width, height, to_width, to_height, a, b, tx, ty in WARPS:
        matrix = numpy.array([[a, -b, tx], [b, a, ty]])
        out = cv2.warpAffine(picture(width, height), matrix, (to_width, to_height))
        row(width, height, to_width, to_height, f"{{{a}, {b}, {tx}, {ty}}}", fnv(out))
    print("#endif\n#ifdef RESIZES")
    for width, height, to_width, to_height in RESIZES:
        row(width, height, to_width, to_height, fnv(cv2.resize(picture(width, height), (to_width, to_height))))
    print("#endif\n#ifdef SMOOTH")
    for width, height, box, to_width, to_height in SMOOTH:
        left, top, right, bottom = box
        cut = Image.fromarray(numpy.ascontiguousarray(picture(width, height)[top:bottom, left:right]))
        out = numpy.array(cut.resize((to_width, to_height), Image.BILINEAR))
        row(width, height, f"{{{left}, {top}, {right}, {bottom}}}", to_width, to_height, fnv(out))
    print("#endif")


if __name__ == "__main__":
    main()
