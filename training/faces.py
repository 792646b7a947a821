"""From the pictures to aligned crops, composites of them, and what the teacher says of both.

Every crop has MARGIN more pixels on each side than the template's 112, so that training can move and turn it without
meeting a border. Composites are two training faces mixed: evenly, or one above, below or beside the other with a soft
seam. They show nobody, and the teacher's embedding of them is one more point of the function that the student learns.
"""
import json
import os

import numpy as np
from PIL import Image

import geometry
import lfw

MARGIN = 12
SIDE = 112 + 2 * MARGIN


def save(path, array):
    np.save(path + ".part.npy", array)
    os.replace(path + ".part.npy", path)


def load(path):
    return np.asarray(Image.open(path).convert("RGB"))


def central(faces, width, height):
    """The face of a picture of one person: the one nearest to its middle, larger ones forgiven more."""
    def distance(face):
        left, top, right, bottom = face["box"]
        away = np.hypot((left + right) / 2 - width / 2, (top + bottom) / 2 - height / 2)
        return away / max(1.0, np.hypot(right - left, bottom - top))
    return min(faces, key=distance) if faces else None


def detect_all(detect, detector, paths, cache, options=()):
    """{name: faces} that `detect` of Mien finds in every picture, kept in the file `cache`."""
    if not os.path.exists(cache):
        found = detect(detector, list(paths.values()), 256, options)
        with open(cache + ".part", "w", encoding="utf-8") as file:
            json.dump({os.path.basename(p)[:-4]: faces for p, faces in found.items()}, file)
        os.replace(cache + ".part", cache)
    with open(cache, encoding="utf-8") as file:
        return json.load(file)


def aligned_crops(paths, detections):
    """names, crops (n, SIDE, SIDE, 3) of every picture in which the detector finds a face."""
    names, crops = [], []
    for name, path in paths.items():
        picture = load(path)
        face = central(detections.get(name, []), picture.shape[1], picture.shape[0])
        if face:
            names.append(name)
            crops.append(geometry.crop(picture, face["landmarks"], MARGIN))
    return names, np.stack(crops)


def inner(crops):
    """The template's 112 x 112 of crops with a margin."""
    return crops[:, MARGIN:MARGIN + 112, MARGIN:MARGIN + 112]


def embed(mien, teacher, crops):
    """The teacher's embeddings, of norm 1: those of a crop and of its mirror image, summed. A face looks the same in a
    mirror, so this is the better answer, and the student sees either side."""
    rows = sum(mien.run(teacher, np.ascontiguousarray(inner(side))) for side in (crops, crops[:, :, ::-1]))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def _seam(random):
    """A mask (SIDE, SIDE, 1) in 0..1: a constant, or a soft edge at a random place and angle."""
    if random.random() < 0.4:
        return np.full((SIDE, SIDE, 1), random.uniform(0.3, 0.7), np.float32)
    ys, xs = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    angle = random.choice([0.0, np.pi / 2]) + random.normal(0, 0.25)
    along = (xs - SIDE / 2) * np.cos(angle) + (ys - SIDE / 2) * np.sin(angle)
    place, width = random.normal(0, 12), random.uniform(4, 14)
    return (1 / (1 + np.exp(-(along - place) / width)))[..., None].astype(np.float32)


def _stretched(crop, random):
    """The face a little wider or narrower, longer or shorter, with the crop's middle where it was."""
    sx, sy = np.exp(random.normal(0, 0.05, 2))
    matrix = np.array([[sx, 0, (1 - sx) * SIDE / 2], [0, sy, (1 - sy) * SIDE / 2]])
    return geometry.warp(crop, matrix, SIDE, SIDE)


def composites(crops, names, count, seed):
    """`count` mixtures of faces of two people."""
    random = np.random.default_rng(seed)
    people = np.array([lfw.person_of(name) for name in names])
    made = np.empty((count, SIDE, SIDE, 3), np.uint8)
    for i in range(count):
        a, b = random.integers(len(crops), size=2)
        while people[a] == people[b]:
            b = random.integers(len(crops))
        first, second = crops[a], crops[b][:, ::-1] if random.random() < 0.5 else crops[b]
        mask = _seam(random)
        mixed = np.rint(first * mask + second * (1 - mask)).astype(np.uint8)
        made[i] = _stretched(mixed, random) if random.random() < 0.5 else mixed
    return made
