"""Portraits of people who do not exist, two views of each: averages of pictures of several people of LFW.

Every picture of an invented person is the mean of one picture of each of its ingredients, bent so that eyes, nose and
mouth meet; the other view is made of other pictures of the same ingredients, turned, smaller, in another light. Of many
random groups those are kept whose views the teacher takes for one person and whose cosine to every picture of LFW is
below RESEMBLES; and of these, those that look least alike among each other, to the teacher and to the trained models.
"""
import argparse
import itertools
import os

import numpy as np
from PIL import Image

import faces
import geometry
import lfw
from mien import Mien

RESEMBLES = 0.5
INGREDIENTS = 6
SIDE = 256
# The landmarks of the two views: ArcFace's template enlarged as far as LFW's pictures fill the frame, in its middle.
PLACES = [geometry.TEMPLATE * 1.36 + (52, 36), geometry.TEMPLATE * 1.28 + (60, 42)]
TURNS = [np.radians(-2), np.radians(7)]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", required=True, help="folder of LFW's pictures, one folder for each person")
    parser.add_argument("--faces", required=True, help="folder of prepare_faces.py")
    parser.add_argument("--mien", required=True, help="the command")
    parser.add_argument("--detector", required=True, help=".mien of a detector that is not the one in the demo")
    parser.add_argument("--teacher", required=True, help=".mien of the teacher, 112 x 112")
    parser.add_argument("--trained", nargs=2, required=True, metavar=("DETECTOR", "RECOGNISER"), help="of this recipe")
    parser.add_argument("--out", required=True, help="folder for person_NUMBER.jpg")
    parser.add_argument("--people", type=int, default=3)
    parser.add_argument("--candidates", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def turned(points, angle):
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return (points - points.mean(0)) @ turn.T + points.mean(0)


def frontal(landmarks):
    """Whether the nose is between the eyes and the mouth below them."""
    left, right, nose, mouth_left, mouth_right = landmarks
    eyes = np.linalg.norm(right - left)
    middle = (left + right + mouth_left + mouth_right) / 4
    return abs(np.dot(nose - middle, right - left)) / eyes < 0.08 * eyes and eyes > 32


def usable(names, detections):
    """{person: [(name, landmarks)]} of people with two frontal pictures or more, one face in each."""
    people = {}
    for name in names:
        found = [np.array(face["landmarks"]) for face in detections[name]]
        if len(found) == 1 and frontal(found[0]):
            people.setdefault(lfw.person_of(name), []).append((name, found[0]))
    return {person: rows for person, rows in people.items() if len(rows) >= 2}


def bend(points, target):
    """The thin-plate spline that takes target points to points, as a function of places (n, 2)."""
    def radial(a, b):
        square = ((a[:, None] - b[None]) ** 2).sum(-1)
        return square * np.log(square + 1e-9)
    n = len(target)
    system = np.zeros((n + 3, n + 3))
    system[:n, :n] = radial(target, target)
    system[:n, n:] = np.hstack([np.ones((n, 1)), target])
    system[n:, :n] = system[:n, n:].T
    weights = np.linalg.solve(system, np.vstack([points, np.zeros((3, 2))]))
    return lambda at: radial(at, target) @ weights[:n] + np.hstack([np.ones((len(at), 1)), at]) @ weights[n:]


def moved(picture, landmarks, target):
    """The picture with its landmarks at `target`, and where it has pixels: (SIDE, SIDE, 3) in 0..255, (SIDE, SIDE, 1).
    Far from the face it moves by the similarity alone."""
    back = geometry.fit_similarity(target, landmarks)
    frame = np.array([[x, y] for x in (0.0, SIDE / 2, SIDE) for y in (0.0, SIDE / 2, SIDE) if (x, y) != (SIDE / 2,) * 2])
    anchors = frame @ back[:, :2].T + back[:, 2]
    ys, xs = np.mgrid[0:SIDE, 0:SIDE]
    at = bend(np.vstack([landmarks, anchors]), np.vstack([target, frame]))(
        np.stack([xs, ys], -1).reshape(-1, 2).astype(float))
    h, w = picture.shape[:2]
    inside = ((at >= 0) & (at <= (w - 1, h - 1))).all(1)
    x, y = np.clip(at[:, 0], 0, w - 1.001), np.clip(at[:, 1], 0, h - 1.001)
    x0, y0 = x.astype(int), y.astype(int)
    fx, fy = (x - x0)[:, None], (y - y0)[:, None]
    top = picture[y0, x0] * (1 - fx) + picture[y0, x0 + 1] * fx
    bottom = picture[y0 + 1, x0] * (1 - fx) + picture[y0 + 1, x0 + 1] * fx
    colours = (top * (1 - fy) + bottom * fy).reshape(SIDE, SIDE, 3)
    return colours, inside.reshape(SIDE, SIDE, 1).astype(float)


def backdrop(view, random):
    """A plain wall, a little lighter on one side."""
    ramp = np.linspace(-1, 1, SIDE)[None, :, None] * (1 if view else -1)
    colour = random.uniform(130, 190) + random.uniform(-14, 14, 3)
    return np.broadcast_to(colour * (1 + 0.12 * ramp), (SIDE, SIDE, 3))


def head(target):
    """A soft mask of head and shoulders around the landmarks."""
    ys, xs = np.mgrid[0:SIDE, 0:SIDE].astype(float)
    middle, scale = target.mean(0), np.linalg.norm(target[1] - target[0]) / 37
    away = np.hypot((xs - middle[0]) / 66, (ys - middle[1] + 8 * scale) / 84) / scale
    shoulders = np.hypot((xs - middle[0]) / 110, (ys - middle[1] - 150 * scale) / 72) / scale
    return 1 / (1 + np.exp((np.minimum(away, shoulders) - 1) * 12))[..., None]


def portrait(rows, view, load, random):
    """The mean of pictures [(name, landmarks)], on a backdrop, uint8."""
    target = turned(PLACES[view], TURNS[view])
    total, weight = np.zeros((SIDE, SIDE, 3)), np.full((SIDE, SIDE, 1), 1e-6)
    for name, landmarks in rows:
        colours, inside = moved(load(name), landmarks, target)
        inside = inside * (colours.max(-1, keepdims=True) > 2)  # the borders of LFW's aligned pictures are black
        total, weight = total + colours * inside, weight + inside
    mask = head(target) * np.clip(weight / (0.7 * len(rows)), 0, 1)
    mixed = total / weight * mask + backdrop(view, random) * (1 - mask)
    light = (1.0, 0.88)[view]
    return np.clip(np.rint((mixed - 128) * (1.12, 1.0)[view] + 128 * light), 0, 255).astype(np.uint8)


def save(picture, path):
    Image.fromarray(picture).save(path, quality=88, optimize=True)


def embedded(mien, args, pictures):
    """Embeddings of pictures as they will be stored, the teacher's and the trained recogniser's, (n, 2, 128); zeros where
    there is not one face."""
    paths = [os.path.join(args.out, f"candidate_{i}.jpg") for i in range(len(pictures))]
    for picture, path in zip(pictures, paths):
        save(picture, path)
    found = mien.detect(args.detector, paths, size=256)
    trained = mien.embed(*args.trained, paths)
    rows = np.zeros((len(pictures), 2, 128), np.float32)
    whole = [i for i, path in enumerate(paths) if len(found[path]) == 1 and path in trained]
    crops = np.stack([geometry.crop(faces.load(paths[i]), found[paths[i]][0]["landmarks"], faces.MARGIN)
                      for i in whole])
    rows[whole, 0] = faces.embed(mien, args.teacher, crops)
    for i in whole:
        rows[i, 1] = trained[paths[i]] / np.linalg.norm(trained[paths[i]])
    for path in paths:
        os.remove(path)
    return rows


def embeddings_of_all(mien, args, crops):
    """Of every crop, held-out people too."""
    path = os.path.join(args.faces, "everyone.npy")
    if not os.path.exists(path):
        faces.save(path, faces.embed(mien, args.teacher, crops))
    return np.load(path)


def groups(people, centres, count, random):
    """Groups of people who look a little alike: around a random one, the nearest and some others."""
    order = sorted(people)
    at = np.stack([centres[person] for person in order])
    for _ in range(count):
        first = random.integers(len(order))
        near = np.argsort(-(at @ at[first]))[1:40]
        yield [order[i] for i in [first, *random.choice(near, INGREDIENTS - 1, replace=False)]]


def least_alike(rows, count):
    """The `count` candidates, rows (n, views, models, 128), with the least greatest cosine among each other."""
    cosines = np.einsum("avmd,bwmd->abvwm", rows, rows).max((2, 3, 4))
    return min(itertools.combinations(range(len(rows)), count),
               key=lambda chosen: max(cosines[a, b] for a, b in itertools.combinations(chosen, 2)))


def main():
    args = arguments()
    os.makedirs(args.out, exist_ok=True)
    random, mien = np.random.default_rng(args.seed), Mien(args.mien, 1)
    names = lfw.read_lines(os.path.join(args.faces, "names.txt"))
    crops = np.load(os.path.join(args.faces, "crops.npy"), mmap_mode="r")
    everyone = embeddings_of_all(mien, args, crops)
    paths = lfw.pictures(args.pictures)
    detections = faces.detect_all(mien.detect, args.detector, paths, os.path.join(args.faces, "detections.json"))
    people = usable(names, detections)
    place = {name: i for i, name in enumerate(names)}
    centres = {person: everyone[[place[name] for name, _ in rows]].mean(0) for person, rows in people.items()}
    made = []
    for group in groups(people, centres, args.candidates, random):
        chosen = [random.permutation(len(people[person]))[:2] for person in group]
        made.append([portrait([people[p][c[view]] for p, c in zip(group, chosen)], view,
                              lambda name: faces.load(paths[name]), random) for view in range(2)])
    rows = embedded(mien, args, [view for views in made for view in views]).reshape(-1, 2, 2, 128)
    between = (rows[:, 0] * rows[:, 1]).sum(-1)  # the views of each, (n, models)
    nearest = np.array([(views[:, 0] @ everyone.T).max() if views.any(-1).all() else 1.0 for views in rows])
    fine = np.flatnonzero((nearest < RESEMBLES) & (between[:, 0] > 0.6) & (between[:, 1] > 0.5))
    print(f"{len(fine)} of {len(made)} candidates are one person and resemble nobody", flush=True)
    chosen = fine[list(least_alike(rows[fine], args.people))]
    for person, i in enumerate(chosen):
        for view in range(2):
            save(made[i][view], os.path.join(args.out, f"{'abcdefgh'[person]}{view + 1}.jpg"))
        others = [k for k in chosen if k != i]
        print(f"{'abcdefgh'[person]}: cosine {between[i, 0]:.3f} between the views, at most {nearest[i]:.3f} to a picture "
              f"of LFW, at most {np.einsum('vmd,owmd->vowm', rows[i], rows[others]).max():.3f} to another")


if __name__ == "__main__":
    main()
