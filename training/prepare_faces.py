"""From LFW's pictures to what the recogniser is trained on: crops, the teacher's embeddings, composites in parts.

Everything that is there already stays; a run that was stopped goes on.
"""
import argparse
import os
import shutil

import numpy as np

import faces
import lfw
from mien import Mien


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", required=True, help="folder of LFW's pictures, one folder for each person")
    parser.add_argument("--pairs", required=True, help="LFW's pairs.txt")
    parser.add_argument("--mien", required=True, help="the command")
    parser.add_argument("--detector", required=True, help=".mien of the detector that aligns")
    parser.add_argument("--teacher", required=True, help=".mien of the teacher, 112 x 112")
    parser.add_argument("--out", required=True)
    parser.add_argument("--parts", type=int, default=10, help="of composites")
    parser.add_argument("--part-size", type=int, default=3000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def prepare_crops(args, mien, at):
    if os.path.exists(at("held_out.txt")):
        return
    paths = lfw.pictures(args.pictures)
    detections = faces.detect_all(mien.detect, args.detector, paths, at("detections.json"))
    names, crops = faces.aligned_crops(paths, detections)
    print(f"{len(names)} of {len(paths)} pictures have a face", flush=True)
    faces.save(at("crops.npy"), crops)
    with open(at("names.txt"), "w", encoding="utf-8") as file:
        file.writelines(name + "\n" for name in names)
    shutil.copy(args.pairs, at("pairs.txt"))
    with open(at("held_out.txt"), "w", encoding="utf-8") as file:
        file.writelines(person + "\n" for person in sorted(lfw.held_out_people(lfw.read_pairs(args.pairs))))


def trained(at):
    """Names of all crops, and which of them show people who are trained on."""
    names, held_out = lfw.read_lines(at("names.txt")), set(lfw.read_lines(at("held_out.txt")))
    return names, [i for i, name in enumerate(names) if lfw.person_of(name) not in held_out]


def prepare_targets(args, mien, at, batch=1000):
    """Rows of zeros where the teacher was not asked: for held-out people, and for those whose turn is yet to come."""
    names, keep = trained(at)
    keep = np.random.default_rng(args.seed).permutation(keep)
    crops = np.load(at("crops.npy"), mmap_mode="r")
    targets = np.zeros((len(names), 128), np.float32)
    if os.path.exists(at("targets.npy")):
        targets = np.load(at("targets.npy"))
    for i in range(0, len(keep), batch):
        rows = np.sort(keep[i:i + batch])
        if targets[rows].any(1).all():
            continue
        targets[rows] = faces.embed(mien, args.teacher, crops[rows])
        faces.save(at("targets.npy"), targets)
        print(f"{min(i + batch, len(keep))} of {len(keep)} embeddings", flush=True)


def prepare_composites(args, mien, at):
    names, keep = trained(at)
    crops, kept = np.load(at("crops.npy"), mmap_mode="r")[keep], [names[i] for i in keep]
    for part in range(args.parts):
        if os.path.exists(at(f"composite_targets_{part}.npy")):
            continue
        made = faces.composites(crops, kept, args.part_size, args.seed * 1000 + part)
        faces.save(at(f"composites_{part}.npy"), made)
        faces.save(at(f"composite_targets_{part}.npy"), faces.embed(mien, args.teacher, made))
        print(f"part {part} of the composites", flush=True)


def main():
    args = arguments()
    os.makedirs(args.out, exist_ok=True)
    mien = Mien(args.mien, args.threads)

    def at(name):
        return os.path.join(args.out, name)

    prepare_crops(args, mien, at)
    prepare_targets(args, mien, at)
    prepare_composites(args, mien, at)


if __name__ == "__main__":
    main()
