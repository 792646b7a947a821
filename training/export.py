"""From a training's averaged weights to a flat file: ONNX, then `mien convert` with weights stored as float16."""
import argparse
import os

import torch

import wccn
from detector import Detector
from mien import Mien
from recogniser import Recogniser

_OPTIONS = {
    "recogniser": (Recogniser, ["--preset", "arcface", "--align", "landmarks", "--flip", "sum"]),
    "detector": (Detector, ["--preset", "arcface"]),
}
LICENSE = "Apache-2.0, as the project; see the card on the pictures it was trained with"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", choices=sorted(_OPTIONS))
    parser.add_argument("--state", required=True, help="state.pt of a training")
    parser.add_argument("--data", help="recogniser: folder of prepare_faces.py, for the last layer's normalisation")
    parser.add_argument("--mien", required=True, help="the command")
    parser.add_argument("--out", required=True, help="the .mien file; the ONNX file is written beside it")
    args = parser.parse_args()
    make, options = _OPTIONS[args.network]
    network = make()
    network.load_state_dict(torch.load(args.state, map_location="cpu")["average"])
    network.eval()
    if args.network == "recogniser":
        wccn.fold(network, args.data)
    onnx = os.path.splitext(args.out)[0] + ".onnx"
    network.write_onnx(onnx)
    report = Mien(args.mien).convert(onnx, args.out, options + ["--store", "f16", "--license", LICENSE,
                                                                "--name", f"mien default {args.network}"])
    print(f"{args.out}: {report['macs'] / 1e6:.1f} M multiply-adds, {report['params']} parameters, "
          f"{os.path.getsize(args.out)} bytes")


if __name__ == "__main__":
    main()
