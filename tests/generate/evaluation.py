#!/usr/bin/env python3
"""Figures of every verification protocol by plain numpy: writes tests/face/evaluation_golden.inc.

    python3 tests/generate/evaluation.py > tests/face/evaluation_golden.inc

Written from the protocols' descriptions, one comparison per threshold and fold, and not from face/evaluate; nothing
that is built or shipped needs this. The embeddings are those of tests/face/evaluation_case.h.
"""
import numpy as np

MASK = (1 << 64) - 1
PICTURES, DIMS, PAIRS = 120, 6, 203


def splitmix64(x):
    x = (x + 0x9E3779B97F4A7C15) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def uniform(seed, count):
    return np.array([-1 + (2.0 / (1 << 24)) * (splitmix64(seed + i) >> 40) for i in range(count)], np.float32)


def case():
    people = uniform(1000, PICTURES // 3 * DIMS).reshape(-1, DIMS).astype(np.float64)
    noise = uniform(2000000, PICTURES * DIMS).reshape(-1, DIMS).astype(np.float64)
    noise2 = uniform(3000000, PICTURES * DIMS).reshape(-1, DIMS).astype(np.float64)
    originals = np.repeat(people, 3, axis=0) + 0.75 * noise
    mirrored = originals + 0.5 * noise2
    a, b, same = [], [], []
    for k in range(PAIRS):
        first = (k * 17 + 3) % PICTURES
        same.append((k * 7 + k // 10) % 2 == 0)
        a.append(first)
        b.append(3 * (first // 3) + (first % 3 + 1) % 3 if same[-1] else (first + 3 + (k * 11) % 114) % PICTURES)
    to_floats = lambda x: x.astype(np.float32).astype(np.float64)
    return to_floats(originals), to_floats(mirrored), np.array(a), np.array(b), np.array(same)


def unit(x, epsilon=0.0):
    return x / np.sqrt((x * x).sum(axis=1, keepdims=True) + epsilon)


def kfold(n):
    return np.array_split(np.arange(n), 10)


def tenths(n):
    return [np.arange(i * n // 10, (i + 1) * n // 10) for i in range(10)]


def accuracy(accepted, same):
    return np.mean(accepted == same)


def val_at_far(distances_for, same, folds, thresholds):
    vals, fars = [], []
    for test in folds:
        distances = distances_for(test)
        train = np.setdiff1d(np.arange(len(same)), test)
        d, s = distances[train], same[train]
        far = np.array([np.mean(d[~s] < t) for t in thresholds])
        threshold = 0.0
        if far.max() >= 1e-3:  # on a curve with steps, from the last of a run to the first of the next
            left = np.nonzero(far <= 1e-3)[0][-1]
            threshold = thresholds[left] if left + 1 == len(far) else np.interp(1e-3, far[left:left + 2],
                                                                               thresholds[left:left + 2])
        d, s = distances[test], same[test]
        vals.append(np.mean(d[s] < threshold))
        fars.append(np.mean(d[~s] < threshold))
    return np.mean(vals), np.std(vals), np.mean(fars)


def auc_eer(fpr, tpr):
    order = np.argsort(fpr, kind="mergesort")
    fpr, tpr = fpr[order], tpr[order]
    xs = np.linspace(0, 1, 2000001)
    eer = xs[np.argmin(np.abs(1 - xs - np.interp(xs, fpr, tpr)))]
    return np.sum(np.diff(fpr) * (tpr[1:] + tpr[:-1]) / 2), eer


def by_grid(measure, a, b, same, folds, thresholds, fine=None, subtract=False):
    """measure(x, y) of rows; a, b: features of the sides."""
    accuracies, chosen, tprs, fprs = [], [], [], []

    def distances_for(test):
        train = np.setdiff1d(np.arange(len(same)), test)
        mean = np.mean(np.concatenate([a[train], b[train]]), axis=0) if subtract else 0.0
        return measure(a - mean, b - mean)

    for test in folds:
        train = np.setdiff1d(np.arange(len(same)), test)
        distances = distances_for(test)
        scores = [accuracy(distances[train] < t, same[train]) for t in thresholds]
        best = thresholds[int(np.argmax(scores))]
        chosen.append(best)
        accuracies.append(accuracy(distances[test] < best, same[test]))
        d, s = distances[test], same[test]
        tprs.append([np.mean(d[s] < t) for t in thresholds])
        fprs.append([np.mean(d[~s] < t) for t in thresholds])
    val = val_at_far(distances_for, same, folds, fine) if fine is not None else None
    return accuracies, chosen, val, auc_eer(np.mean(fprs, axis=0), np.mean(tprs, axis=0))


def squared(x, y):
    return ((x - y) ** 2).sum(axis=1)


def angle(x, y):
    cosine = (x * y).sum(axis=1) / np.linalg.norm(x, axis=1) / np.linalg.norm(y, axis=1)
    return np.arccos(cosine) / np.pi


def omz_pairs(a, b, same):
    """Folds and kept pairs of the accuracy checker's LFW: annotations by picture, positives first."""
    positive, negative, images = {}, {}, []
    for wanted, partners in ((True, positive), (False, negative)):
        for x, y, s in zip(a, b, same):
            if s == wanted:
                partners.setdefault(x, [])
                if y not in partners[x]:
                    partners[x].append(y)
                for picture in (x, y):
                    if picture not in images:
                        images.append(picture)
    firsts = [x for x in images if x in positive or x in negative]
    kept, folds = [], []
    for block in tenths(len(firsts)):
        start = len(kept)
        for x in (firsts[i] for i in block):
            kept += [(x, y, True) for y in positive.get(x, [])] + [(x, y, False) for y in negative.get(x, [])]
        folds.append(np.arange(start, len(kept)))
    x, y, s = zip(*kept)
    return np.array(x), np.array(y), np.array(s), folds


def omz_arcface(a, b, same):
    distances = 0.5 * (1 - (a * b).sum(axis=1))
    accuracies, chosen = [], []
    for test in tenths(len(same)):
        chosen.append(np.median(np.delete(distances, test)))
        accuracies.append(accuracy(distances[test] < chosen[-1], same[test]))
    return accuracies, chosen


def deepid(a, b, same):
    cosines = (a * b).sum(axis=1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1) + 1e-5)
    accuracies, chosen = [], []
    for test in tenths(len(same)):
        best, best_threshold = -1.0, 0.0
        for threshold in np.arange(-1.0, 1.0, 0.005):
            score = accuracy(np.delete(cosines, test) > threshold, np.delete(same, test))
            if score >= best:
                best, best_threshold = score, threshold
        chosen.append(best_threshold)
        accuracies.append(accuracy(cosines[test] > best_threshold, same[test]))
    return accuracies, chosen


def emit(name, flip, accuracies, chosen, val=None, roc=None):
    numbers = lambda xs: ", ".join(repr(float(x)) for x in xs)
    print('{"%s", Flip::%s, %s, %s,\n {%s},\n {%s},' % (name, flip, repr(float(np.mean(accuracies))),
                                                    repr(float(np.std(accuracies))), numbers(chosen[:5]),
                                                    numbers(chosen[5:])))
    print(" {%s}, {%s}}," % (numbers(val or ()), numbers(roc or ())))


def main():
    e, m, ia, ib, same = case()
    folds = kfold(len(same))
    grid, fine = np.arange(0, 4, 0.01), np.arange(0, 4, 0.001)
    raw = {"none": e, "sum": e + m, "concat": np.concatenate([e, m], axis=1)}
    halves = {"none": unit(e), "concat": np.concatenate([unit(e), unit(m)], axis=1)}
    print("// clang-format off\n// Written by tests/generate/evaluation.py.")
    for flip, name in (("none", "mindface"), ("sum", "insightface"), ("concat", "insightface")):
        x = unit(raw[flip])
        emit(name, flip, *by_grid(squared, x[ia], x[ib], same, folds, grid, fine))
    for flip in ("none", "concat"):
        x = unit(raw[flip])
        emit("gluon", flip, *by_grid(lambda p, q: np.sqrt(squared(p, q)), x[ia], x[ib], same, folds,
                                     np.arange(0, 2, 0.01), np.arange(0, 2, 0.001)))
    for flip in ("none", "concat"):
        x = halves[flip]
        emit("facenet-plain", flip, *by_grid(squared, x[ia], x[ib], same, folds, grid, fine))
    x = halves["concat"]
    emit("facenet", "concat", *by_grid(angle, x[ia], x[ib], same, folds, grid, fine, True))
    x = unit(raw["concat"], 1e-6)
    oa, ob, osame, ofolds = omz_pairs(ia, ib, same)
    accuracies, chosen, _, _ = by_grid(angle, x[oa], x[ob], osame, ofolds, grid, None, True)
    emit("openvino-omz", "concat", accuracies, chosen)
    x = unit(raw["none"], 1e-6)
    emit("openvino-omz-arcface", "none", *omz_arcface(x[ia], x[ib], same))
    emit("deepid", "none", *deepid(e[ia], e[ib], same))
    print("// clang-format on")


if __name__ == "__main__":
    main()
