"""From LFW's pictures to the scenes that the detector is trained on, in parts. What is there already stays."""
import argparse
import os

import numpy as np

import faces
import lfw
import scenes
from mien import Mien


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", required=True, help="folder of LFW's pictures, one folder for each person")
    parser.add_argument("--faces", required=True, help="folder of prepare_faces.py: held_out.txt")
    parser.add_argument("--mien", required=True, help="the command")
    parser.add_argument("--detector", required=True, help=".mien of the first teacher")
    parser.add_argument("--second", required=True, help=".mien of the second teacher")
    parser.add_argument("--out", required=True)
    parser.add_argument("--parts", type=int, default=40)
    parser.add_argument("--part-size", type=int, default=1200)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def main():
    args = arguments()
    os.makedirs(args.out, exist_ok=True)
    mien = Mien(args.mien, args.threads)
    held_out = set(lfw.read_lines(os.path.join(args.faces, "held_out.txt")))
    paths = scenes.trained_paths(args.pictures, held_out)
    # Landmarks close up: at one look the teacher's own mirror image is 4 % of the eyes' distance away.
    first = faces.detect_all(mien.detect_close, args.detector, paths, os.path.join(args.out, "first.json"),
                             ["--min-score", "0.2"])
    second = faces.detect_all(mien.detect, args.second, paths, os.path.join(args.out, "second.json"))
    labels = {name: scenes.agreed(first[name], second[name]) for name in paths}
    for part in range(args.parts):
        path = os.path.join(args.out, f"labels_{part}.npy")
        if os.path.exists(path):
            continue
        composer = scenes.Composer(paths, labels, args.seed * 1000 + part)
        made = [composer.scene() for _ in range(args.part_size)]
        faces.save(os.path.join(args.out, f"scenes_{part}.npy"), np.stack([picture for picture, _ in made]))
        faces.save(path, np.stack([rows for _, rows in made]))
        print(f"part {part} of the scenes", flush=True)


if __name__ == "__main__":
    main()
