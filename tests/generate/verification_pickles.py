#!/usr/bin/env python3
"""Small verification sets as Python and NumPy pickle them: writes tests/converters/verification_pickles.inc.

    python3 tests/generate/verification_pickles.py > tests/converters/verification_pickles.inc

Two pairs of "pictures" of a few bytes, the first of one person. What Python 2 writes is written by hand in the test.
"""
import pickle

import numpy as np

PICTURES = [b"\xff\xd8\x00\x01", b"\xff\xd8\x80\x7f", b"\xff\xd8\xe9\x0a", b"\xff\xd8\x00\x01"]
SAME = [True, False]
WIDTH = 28


def arrays(shape):
    return [np.frombuffer(p, np.uint8).copy().reshape(shape) for p in PICTURES]


def cases():
    for protocol in (1, 2, 3, 4, 5):
        yield "bytes_%d" % protocol, (PICTURES, SAME), protocol
        yield "arrays_%d" % protocol, (arrays(-1), SAME), protocol
    yield "columns", (arrays((-1, 1)), SAME), 2
    yield "read_only_arrays", ([np.frombuffer(p, np.uint8) for p in PICTURES], SAME), 5
    yield "latin1_text", ([p.decode("latin1") for p in PICTURES], SAME), 2
    yield "byte_arrays_2", ([bytearray(p) for p in PICTURES], SAME), 2
    yield "byte_arrays_5", ([bytearray(p) for p in PICTURES], SAME), 5
    yield "list_of_lists", [PICTURES, SAME], 4
    yield "tuples", (tuple(PICTURES), tuple(SAME)), 4
    yield "integers", (PICTURES, [1, 0]), 2
    for protocol in (2, 4, 5):
        yield "numpy_bools_%d" % protocol, (PICTURES, [np.bool_(s) for s in SAME]), protocol
        yield "bool_array_%d" % protocol, (PICTURES, np.array(SAME)), protocol
    yield "integer_array", (PICTURES, np.array([1, 0], np.int64)), 4
    yield "big_endian_array", (PICTURES, np.array([1, 0], ">i4")), 3
    yield "numpy_integers", (PICTURES, [np.int32(1), np.int32(0)]), 4


def main():
    print("// Written by tests/generate/verification_pickles.py with NumPy %s.\n// clang-format off" % np.__version__)
    for name, value, protocol in cases():
        hexed = pickle.dumps(value, protocol).hex()
        lines = [hexed[i:i + 4 * WIDTH] for i in range(0, len(hexed), 4 * WIDTH)]
        print('{"%s",\n %s},' % (name, "\n ".join('"%s"' % line for line in lines)))
    print("// clang-format on")


if __name__ == "__main__":
    main()
