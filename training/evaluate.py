"""The figures of the two flat files, all through the engine, on people that neither was trained on.

Recogniser: LFW's folds 9 and 10 with the teacher's alignment, with the crop three pixels off, and end to end with this
detector; the teacher's own figures beside them; optionally a folder of crops of 112 x 112 named PERSON_NUMBER.png.
Detector: the faces that both teachers see in the held-out pictures and in an optional folder of photographs, placed as
the first places them; and how well the first finds them again in a mirror.
"""
import argparse
import json
import os
import tempfile

import numpy as np
from PIL import Image

import faces
import geometry
import lfw
import pairs as figures
import scenes
from mien import Mien
from recogniser import SIDE


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", required=True, help="folder of LFW's pictures")
    parser.add_argument("--pairs", required=True, help="LFW's pairs.txt")
    parser.add_argument("--mien", required=True, help="the command")
    parser.add_argument("--recogniser", help=".mien of the recogniser")
    parser.add_argument("--detector", help=".mien of the detector")
    parser.add_argument("--teacher", required=True, help=".mien of the recogniser's teacher")
    parser.add_argument("--teacher-detector", required=True, help=".mien of the detector's first teacher")
    parser.add_argument("--second-detector", help=".mien of the detector's second teacher; with --detector")
    parser.add_argument("--crops", help="folder of aligned crops of 112 x 112, PERSON_NUMBER.png")
    parser.add_argument("--photos", help="folder of photographs for the detector")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", required=True, help="the figures as JSON")
    return parser.parse_args()


def held_out_paths(folder, pairs):
    paths = lfw.pictures(folder)
    return {name: paths[name] for name in sorted(lfw.held_out_pictures(pairs))}


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def central_faces(mien, detector, paths):
    found = mien.detect(detector, list(paths.values()), size=256)
    return {name: faces.central(found[path], 250, 250) for name, path in paths.items()}


def of_crops(mien, model, crops, flip):
    """Embeddings of norm 1; with `flip` those of the crop and its mirror image summed before."""
    rows = mien.run(model, crops)
    return unit(rows + mien.run(model, crops[:, :, ::-1]) if flip else rows)


def embedded(mien, model, side, paths, central, offset=(0, 0), flip=False):
    """{name: embedding} of the faces in `central`; the crop begins `offset` pixels of 112 beside its place."""
    names, crops = [name for name in paths if central[name]], []
    for name in names:
        target = (geometry.TEMPLATE - np.array(offset)) * side / 112
        matrix = geometry.fit_similarity(np.asarray(central[name]["landmarks"], float), target)
        crops.append(geometry.warp(faces.load(paths[name]), matrix, side, side))
    return dict(zip(names, of_crops(mien, model, np.stack(crops), flip)))


def recognition(args, mien, pairs, report):
    paths = held_out_paths(args.pictures, pairs)
    central = central_faces(mien, args.teacher_detector, paths)
    report["teacher"] = figures.verification(embedded(mien, args.teacher, 112, paths, central), pairs)
    if not args.recogniser:
        return
    def figures_of(**how):
        return figures.verification(embedded(mien, args.recogniser, SIDE, paths, central, **how), pairs)
    report["recogniser"], report["recogniser_without_flip"] = figures_of(flip=True), figures_of()
    report["three_pixels_off"] = [figures_of(offset=offset, flip=True) for offset in ((3, 0), (-3, 0), (0, 3), (0, -3))]
    if args.detector:
        own = mien.embed(args.detector, args.recogniser, list(paths.values()))
        rows = {name: row / np.linalg.norm(row) for name, path in paths.items() if (row := own.get(path)) is not None}
        report["end_to_end"] = figures.verification(rows, pairs)
        report["pictures_without_a_face"] = len(paths) - len(rows)


def crop_figures(mien, model, side, folder, flip=False):
    """Of all pairs of a folder of crops: the curve's area, mean cosines, the least and the most of them."""
    files = sorted(os.listdir(folder))
    shrink = np.array([[side / 112, 0, 0], [0, side / 112, 0]])
    crops = np.stack([geometry.warp(faces.load(os.path.join(folder, f)), shrink, side, side) for f in files])
    cosines = np.matmul(*(lambda e: (e, e.T))(of_crops(mien, model, crops, flip)))
    upper = np.triu_indices(len(files), 1)
    person = np.array([f.split("_")[0] for f in files])
    same, scores = (person[:, None] == person)[upper], cosines[upper]
    return {"crops": len(files), "same": int(same.sum()), "different": int((~same).sum()),
            "auc": float(figures.area(scores, same)), "mean_same": float(scores[same].mean()),
            "mean_different": float(scores[~same].mean()), "least_same": float(scores[same].min()),
            "most_different": float(scores[~same].max()), "tar_at_far_1e-2": figures.tar_at(scores, same, 0.01)[0]}


def compare(mine, sure, unsure):
    """Of one picture: how many faces of the teachers are found, and how many that they do not know of. What only a
    hesitant teacher sees is neither demanded nor counted as false."""
    found, left = 0, list(mine)
    for face in sure:
        match = geometry.partner(face, left)
        if match:
            left.remove(match)
            found += 1
    return found, sum(all(geometry.box_overlap(m["box"], other["box"]) < 0.3 for other in unsure + sure) for m in left)


def summary(mine, sure, unsure):
    """Of all pictures, by path."""
    rows = [compare(mine[path], sure[path], unsure[path]) for path in mine]
    total = sum(len(sure[path]) for path in mine)
    return {"faces": total, "found": sum(r[0] for r in rows) / total, "false": sum(r[1] for r in rows) / total}


def landmarks_off(mine, wanted):
    """Mean distances of the landmarks of faces that are found, in eye distances; of all, and of each picture's main
    face."""
    away = {"all": [], "main": []}
    for path, there in wanted.items():
        height, width = faces.load(path).shape[:2]
        main = faces.central(there, width, height)
        for face in there:
            match = geometry.partner(face, mine[path])
            if match:
                a, b = np.array(match["landmarks"]), np.array(face["landmarks"])
                far = float(np.linalg.norm(a - b, axis=1).mean() / max(1.0, np.linalg.norm(b[0] - b[1])))
                away["all"].append(far)
                away["main"] += [far] * (face is main)
    return {which: {"faces": len(far), "mean": float(np.mean(far)), "median": float(np.median(far))}
            for which, far in away.items()}


def detect_in_mirror(mien, detector, paths, size, options):
    """As mien.detect, of the pictures' mirror images, turned back."""
    with tempfile.TemporaryDirectory() as folder:
        images = {os.path.join(folder, f"{i}.png"): path for i, path in enumerate(paths)}
        for image, path in images.items():
            Image.fromarray(faces.load(path)[:, ::-1]).save(image)
        found = mien.detect(detector, list(images), size, options)
    return {path: [turned(face, faces.load(path).shape[1]) for face in found[image]] for image, path in images.items()}


def turned(face, width):
    left, top, right, bottom = face["box"]
    points = np.array(face["landmarks"])[scenes.MIRRORED] * (-1, 1) + (width, 0)
    return {"box": [width - right, top, width - left, bottom], "score": face["score"], "landmarks": points.tolist()}


def detection(args, mien, paths, size, own_sizes):
    """For each size at which this detector looks, once and then close up: figures for the faces that both teachers see,
    and for all of which the first alone is as sure; landmarks against the first's at one look and close up. And the
    same of the first in a mirror, which says what there is to reach."""
    second = mien.detect(args.second_detector, paths, size)
    def seen_by_second(found):
        return {path: [face for face in found[path] if geometry.partner(face, second[path])] for path in paths}
    first = mien.detect(args.teacher_detector, paths, size, ["--min-score", "0.2"])
    sure = {path: [face for face in first[path] if face["score"] >= 0.8] for path in paths}
    both = seen_by_second(sure)
    close = seen_by_second(mien.detect_close(args.teacher_detector, paths, size, ["--min-score", "0.8"]))
    unsure = {path: first[path] + second[path] for path in paths}
    def figures_of(found):
        return {"of_both_teachers": summary(found, both, unsure), "of_the_first_alone": summary(found, sure, unsure),
                "landmarks_off": {"one_look": landmarks_off(found, both), "close_up": landmarks_off(found, close)}}
    figures = {}
    for own in own_sizes:
        figures[f"at_{own}"] = figures_of(mien.detect(args.detector, paths, own))
        figures[f"at_{own}_and_close_up"] = figures_of(mien.detect_close(args.detector, paths, own))
    mirror = detect_in_mirror(mien, args.teacher_detector, paths, size, ["--min-score", "0.5"])
    return {"pictures": len(paths), **figures, "first_in_mirror": figures_of(mirror)}


def main():
    args = arguments()
    mien, pairs, report = Mien(args.mien, args.threads), lfw.read_pairs(args.pairs), {}
    recognition(args, mien, pairs, report)
    if args.crops:
        report["crops_of_teacher"] = crop_figures(mien, args.teacher, 112, args.crops)
        if args.recogniser:
            report["crops"] = crop_figures(mien, args.recogniser, SIDE, args.crops, flip=True)
    if args.detector:
        held_out = list(held_out_paths(args.pictures, pairs).values())
        report["detector_held_out"] = detection(args, mien, held_out, 256, (256, 128))
        if args.photos:
            photos = sorted(os.path.join(args.photos, f) for f in os.listdir(args.photos))
            report["detector_photos"] = detection(args, mien, photos, 640, (320,))
    with open(args.out, "w", encoding="utf-8") as file:
        json.dump(report, file, indent=1)
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
