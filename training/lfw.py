"""Labeled Faces in the Wild: its pictures, its people, its official pairs, and who is held out.

People who appear in the last two folds of pairs.txt are never trained on: not by the recogniser, not by the detector.
"""
import os

FOLDS, PAIRS_PER_FOLD = 10, 600
HELD_OUT_FOLDS = (8, 9)  # the ninth and the tenth


def picture_name(person, number):
    return f"{person}_{int(number):04d}"


def read_pairs(path):
    """[(name, name, same person?)] in the official order, names as of picture_name."""
    with open(path, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file][1:]
    pairs = []
    for row in rows:
        if len(row) == 3:
            pairs.append((picture_name(row[0], row[1]), picture_name(row[0], row[2]), True))
        else:
            pairs.append((picture_name(row[0], row[1]), picture_name(row[2], row[3]), False))
    if len(pairs) != FOLDS * PAIRS_PER_FOLD:
        raise ValueError(f"{path}: {len(pairs)} pairs instead of {FOLDS * PAIRS_PER_FOLD}")
    return pairs


def person_of(name):
    return name.rsplit("_", 1)[0]


def held_out_folds(pairs):
    """The rows of each of HELD_OUT_FOLDS."""
    return [pairs[fold * PAIRS_PER_FOLD:(fold + 1) * PAIRS_PER_FOLD] for fold in HELD_OUT_FOLDS]


def held_out_pictures(pairs):
    """The names of all pictures in those folds."""
    return {name for rows in held_out_folds(pairs) for a, b, _ in rows for name in (a, b)}


def held_out_people(pairs):
    return {person_of(name) for name in held_out_pictures(pairs)}


def read_lines(path):
    """Names of pictures or people, one to a line."""
    with open(path, encoding="utf-8") as file:
        return [line.strip() for line in file]


def pictures(folder):
    """{name: path} of every JPEG below the folder, by name."""
    found = {}
    for parent, _, files in os.walk(folder):
        for file in files:
            if file.endswith(".jpg"):
                found[file[:-4]] = os.path.join(parent, file)
    if not found:
        raise ValueError(f"{folder}: no .jpg below it")
    return dict(sorted(found.items()))
