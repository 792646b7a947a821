"""Puts thresholds into the recogniser's file: cosines at false accept rates among the held-out pairs (`mien eval`)."""
import argparse
import os
import tempfile

import numpy as np
from PIL import Image

import evaluate
import faces
import geometry
import lfw
from mien import Mien
from recogniser import SIDE

SET = "lfw_folds_9_and_10"  # the file says so


def write_crops(folder, paths, central):
    for name, path in paths.items():
        if not central[name]:
            continue
        matrix = geometry.fit_similarity(np.asarray(central[name]["landmarks"], float), geometry.TEMPLATE * SIDE / 112)
        crop = geometry.warp(faces.load(path), matrix, SIDE, SIDE)
        Image.fromarray(crop).save(os.path.join(folder, name + ".png"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", required=True, help="folder of LFW's pictures")
    parser.add_argument("--pairs", required=True, help="LFW's pairs.txt")
    parser.add_argument("--mien", required=True, help="the command")
    parser.add_argument("--detector", required=True, help=".mien of the detector that aligns")
    parser.add_argument("recogniser", help="its .mien file, which is changed")
    args = parser.parse_args()
    mien, pairs = Mien(args.mien), lfw.read_pairs(args.pairs)
    paths = evaluate.held_out_paths(args.pictures, pairs)
    central = evaluate.central_faces(mien, args.detector, paths)
    with tempfile.TemporaryDirectory() as place:
        folder = os.path.join(place, SET)
        os.mkdir(folder)
        write_crops(folder, paths, central)
        chosen = [pair for rows in lfw.held_out_folds(pairs) for pair in rows]
        listed = os.path.join(place, "pairs.txt")
        with open(listed, "w", encoding="utf-8") as file:
            file.writelines(f"{a}.png {b}.png {int(same)}\n" for a, b, same in chosen)
        print(mien.evaluate(args.recogniser, folder, listed))


if __name__ == "__main__":
    main()
