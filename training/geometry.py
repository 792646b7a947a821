"""The crop that the engine cuts (face/align.h): five landmarks onto ArcFace's template by a similarity, bilinear; and
how far boxes overlap."""
import numpy as np

# Of a crop of 112 x 112; other sizes scale it.
TEMPLATE = np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655],
                     [70.7299, 92.2041]])


def fit_similarity(points, target):
    """2x3 matrix of the similarity of least squared distance from points to target, without mirroring."""
    p, q = points - points.mean(0), target - target.mean(0)
    spread = (p * p).sum()
    a = (p * q).sum() / spread
    b = (p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]).sum() / spread
    turn = np.array([[a, -b], [b, a]])
    return np.hstack([turn, (target.mean(0) - turn @ points.mean(0))[:, None]])


def warp(picture, matrix, width, height):
    """The picture (h, w, 3, uint8) moved by the 2x3 matrix, bilinear; black beyond its border."""
    inverse = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))
    ys, xs = np.mgrid[0:height, 0:width]
    x = inverse[0, 0] * xs + inverse[0, 1] * ys + inverse[0, 2]
    y = inverse[1, 0] * xs + inverse[1, 1] * ys + inverse[1, 2]
    padded = np.pad(picture, ((1, 2), (1, 2), (0, 0)))
    h, w = picture.shape[:2]
    x, y = np.clip(x, -1, w) + 1, np.clip(y, -1, h) + 1
    x0, y0 = x.astype(np.int32), y.astype(np.int32)
    fx, fy = (x - x0)[..., None], (y - y0)[..., None]
    top = padded[y0, x0] * (1 - fx) + padded[y0, x0 + 1] * fx
    bottom = padded[y0 + 1, x0] * (1 - fx) + padded[y0 + 1, x0 + 1] * fx
    return np.clip(np.rint(top * (1 - fy) + bottom * fy), 0, 255).astype(np.uint8)


def crop(picture, landmarks, margin):
    """The 112 x 112 crop with `margin` more pixels on every side."""
    side = 112 + 2 * margin
    return warp(picture, fit_similarity(np.asarray(landmarks, float), TEMPLATE + margin), side, side)


def box_overlap(a, b):
    """Intersection over union of boxes (left, top, right, bottom)."""
    w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0.0
    return w * h / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - w * h)


def partner(face, others):
    """Which of the other faces overlaps this one most, if any by half."""
    best = max(others, key=lambda other: box_overlap(face["box"], other["box"]), default=None)
    return best if best and box_overlap(face["box"], best["box"]) >= 0.5 else None
