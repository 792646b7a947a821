"""Pictures with faces of every size and place, composed from LFW's pictures of the people who are trained on.

A scene is a background without faces and pictures pasted onto it at random scales, a picture as it is, or a face that
fills it. Every face that both teachers are sure of is labelled; one of which they are not, or that is tiny or cut by
more than half, is marked to be ignored.
"""
import numpy as np
from PIL import Image

import faces
import geometry
import lfw

SIDE = 256
MOST_FACES = 24
# A row of the labels: box 4, landmarks 10, weight (1 face, 0 to be ignored, -1 nothing).
WIDTH = 15
SMALLEST = 9.0
MIRRORED = [1, 0, 2, 4, 3]  # which landmark each is in a mirror


def agreed(first, second):
    """Faces of two teachers as rows (k, WIDTH): what both see, with the first's box and landmarks. What only one sees
    is to be ignored: between two faces that touch, RetinaFace is sure of a third."""
    rows, left = [], list(second)
    for face in sorted(first, key=lambda face: -face["score"]):
        match = geometry.partner(face, left)
        if match:
            left.remove(match)
        rows.append([*face["box"], *np.ravel(face["landmarks"]), float(bool(match) and face["score"] >= 0.6)])
    rows += [[*face["box"], *np.ravel(face["landmarks"]), 0.0] for face in left]
    return np.array(rows, np.float32).reshape(-1, WIDTH)


def scaled(picture, rows, factor, mirror):
    """Picture and labels resized, and mirrored."""
    h, w = picture.shape[:2]
    size = max(8, round(w * factor)), max(8, round(h * factor))
    image = Image.fromarray(picture).resize(size, Image.BILINEAR)
    rows = rows.copy()
    rows[:, 0:14:2] *= size[0] / w
    rows[:, 1:14:2] *= size[1] / h
    if not mirror:
        return np.asarray(image), rows
    rows[:, 0:14:2] = size[0] - rows[:, 0:14:2]
    rows[:, [0, 2]] = rows[:, [2, 0]]
    points = rows[:, 4:14].reshape(-1, 5, 2)
    rows[:, 4:14] = points[:, MIRRORED].reshape(-1, 10)
    return np.asarray(image)[:, ::-1], rows


def moved(rows, x, y):
    rows = rows.copy()
    rows[:, 0:14:2] += x
    rows[:, 1:14:2] += y
    return rows


def visible(rows, window):
    """Without the faces outside of the window; those that are cut or tiny are to be ignored."""
    kept = []
    for row in rows.copy():
        x0, y0, x1, y1 = row[:4]
        area = (x1 - x0) * (y1 - y0)
        inside = (max(0, min(window[2], x1) - max(window[0], x0)) * max(0, min(window[3], y1) - max(window[1], y0)))
        if inside < 0.1 * area:
            continue
        if inside < 0.5 * area or min(x1 - x0, y1 - y0) < SMALLEST:
            row[14] = 0
        kept.append(row)
    return np.array(kept, np.float32).reshape(-1, WIDTH)


def soft_edges(height, width, share):
    """1 inside, falling to 0 over this share of each side; (height, width, 1)."""
    if share == 0:
        return np.ones((height, width, 1), np.float32)
    from_edge = [np.minimum(np.arange(n) + 0.5, n - 0.5 - np.arange(n)) for n in (height, width)]
    down, across = (np.minimum(1, edge / (share * len(edge))) for edge in from_edge)
    return (down[:, None] * across)[..., None].astype(np.float32)


class Composer:
    def __init__(self, paths, labels, seed):
        """paths and labels (rows) by name, of people who are trained on."""
        self.paths, self.labels, self.names = paths, labels, sorted(paths)
        self.random = np.random.default_rng(seed)
        self.crowded = [name for name in self.names if (labels[name][:, 14] == 1).sum() > 1]

    def _any(self):
        """One of the pictures; of those with people in the background more than there are: their faces are the hard
        ones, turned away, hidden and blurred."""
        names = self.crowded if self.random.random() < 0.5 else self.names
        name = names[self.random.integers(len(names))]
        return faces.load(self.paths[name]), self.labels[name]

    def _background(self):
        """A corner of a picture that no label touches, enlarged, and mirrored on until it fills the scene; or plain
        noise."""
        random = self.random
        if random.random() < 0.85:
            for _ in range(4):
                picture, rows = self._any()
                side = int(random.integers(40, 110))
                top, left = (int(random.choice([0, n - side])) for n in picture.shape[:2])
                if not any(geometry.box_overlap((left, top, left + side, top + side), row[:4]) > 0 for row in rows):
                    more = max(0, int(SIDE / np.exp(random.uniform(0, np.log(6)))) - side)
                    patch = np.pad(picture[top:top + side, left:left + side], ((0, more), (0, more), (0, 0)), "reflect")
                    return np.array(Image.fromarray(patch).resize((SIDE, SIDE), Image.BILINEAR))
        coarse = random.integers(0, 256, (int(random.integers(1, 24)),) * 2 + (3,), dtype=np.uint8)
        return np.array(Image.fromarray(coarse).resize((SIDE, SIDE), Image.BILINEAR))

    def _cut(self, picture, rows, whole):
        """A part of the picture around one of its faces, so that the picture's frame tells nothing; or, with this
        chance, the whole picture."""
        if len(rows) == 0 or self.random.random() < whole:
            return picture, rows
        x0, y0, x1, y1 = rows[self.random.integers(len(rows)), :4]
        more = self.random.uniform(0.1, 0.9, 4) * max(x1 - x0, y1 - y0)
        left, top = int(max(0, x0 - more[0])), int(max(0, y0 - more[1]))
        right, bottom = int(min(picture.shape[1], x1 + more[2])), int(min(picture.shape[0], y1 + more[3]))
        if right - left < 16 or bottom - top < 16:
            return picture, rows
        rows = moved(rows, -left, -top)
        return picture[top:bottom, left:right], visible(rows, (0, 0, right - left, bottom - top))

    def _place(self, w, h, rows, taken):
        """The place of the picture's corner: a large one has its first face near the scene's middle, or anywhere, so
        that the frame cuts it; others lie free."""
        random = self.random
        if max(w, h) > 0.7 * SIDE and len(rows):
            middle = (rows[0, :2] + rows[0, 2:4]) / 2
            border = 0.3 if random.random() < 0.7 else 0.05
            return tuple(int(v) for v in random.uniform(border, 1 - border, 2) * SIDE - middle)
        for _ in range(12):
            left, top = (int(random.integers(min(0, SIDE - n) - n // 5, max(0, SIDE - n) + n // 5 + 1))
                         for n in (w, h))
            if all(geometry.box_overlap((left, top, left + w, top + h), other) == 0 for other in taken):
                return left, top
        return None

    def _paste(self, scene, taken, factor, placed, whole=0.3):
        """One more picture; `taken` are the rectangles that are occupied."""
        picture, rows = scaled(*self._cut(*self._any(), whole), factor, self.random.random() < 0.5)
        h, w = picture.shape[:2]
        place = self._place(w, h, rows, taken)
        if place is None:
            return
        left, top = place
        x0, y0, x1, y1 = max(0, left), max(0, top), min(SIDE, left + w), min(SIDE, top + h)
        if x1 <= x0 or y1 <= y0:
            return
        taken.append((left, top, left + w, top + h))
        alpha = soft_edges(h, w, self.random.choice([0.0, 0.08, 0.2]))[y0 - top:y1 - top, x0 - left:x1 - left]
        part = picture[y0 - top:y1 - top, x0 - left:x1 - left]
        scene[y0:y1, x0:x1] = part * alpha + scene[y0:y1, x0:x1] * (1 - alpha)
        placed.extend(visible(moved(rows, left, top), (0, 0, SIDE, SIDE)))

    def _fill(self, scene, placed):
        """A whole picture, with what the teachers say of the faces that its frame cuts."""
        picture, rows = self._any()
        picture, rows = scaled(picture, rows, SIDE / max(picture.shape[:2]), self.random.random() < 0.5)
        scene[:picture.shape[0], :picture.shape[1]] = picture
        placed.extend(rows)

    def _close(self, scene, placed):
        """A face that the frame is cut around, and into, as in pictures that another detector cut out."""
        picture, rows = self._any()
        sides = (rows[:, 2:4] - rows[:, :2]).max(1)
        large = np.flatnonzero((rows[:, 14] == 1) & (sides > 40))
        if len(large) == 0:
            return
        face = self.random.choice(large)
        side = min(*picture.shape[:2], int(sides[face] / self.random.uniform(0.75, 1.15)))
        corner = (rows[face, :2] + rows[face, 2:4] - side) / 2 + self.random.normal(0, 0.08, 2) * side
        left, top = (int(np.clip(c, 0, n - side)) for c, n in zip(corner, picture.shape[1::-1]))
        part = picture[top:top + side, left:left + side]
        scene[:], rows = scaled(part, moved(rows, -left, -top), SIDE / side, self.random.random() < 0.5)
        placed.extend(visible(rows, (0, 0, SIDE, SIDE)))

    def scene(self):
        """Picture (SIDE, SIDE, 3) and labels (MOST_FACES, WIDTH)."""
        random = self.random
        scene, taken, placed = self._background(), [], []
        kind = random.random()
        if kind < 0.05:
            pass  # nobody
        elif kind < 0.3:  # a picture as it is
            self._fill(scene, placed)
        elif kind < 0.4:  # one that fills it
            self._close(scene, placed)
        elif kind < 0.6:  # one, large
            self._paste(scene, taken, np.exp(random.uniform(np.log(0.7), np.log(1.9))), placed, 0.75)
        elif kind < 0.8:  # a few
            for _ in range(int(random.integers(2, 7))):
                self._paste(scene, taken, np.exp(random.uniform(np.log(0.2), np.log(0.8))), placed)
        else:  # many, small
            for _ in range(int(random.integers(6, 20))):
                self._paste(scene, taken, np.exp(random.uniform(np.log(0.1), np.log(0.35))), placed)
        labels = np.full((MOST_FACES, WIDTH), -1, np.float32)
        placed = placed[:MOST_FACES]
        labels[:len(placed)] = np.array(placed, np.float32).reshape(-1, WIDTH)
        return scene, labels


def trained_paths(folder, held_out):
    return {name: path for name, path in lfw.pictures(folder).items() if lfw.person_of(name) not in held_out}
