"""The figures of pairs of pictures: accuracy with the other fold's threshold, the curve's area, TAR at a FAR."""
import numpy as np

import lfw


def _best_threshold(scores, same):
    """The cosine that tells most pairs right; the middle between two scores."""
    order = np.argsort(-scores)
    right = np.cumsum(same[order]) + (~same).sum() - np.cumsum(~same[order])
    i = int(np.argmax(right))
    following = scores[order[i + 1]] if i + 1 < len(scores) else scores[order[i]] - 1e-6
    return (scores[order[i]] + following) / 2


def area(scores, same):
    """Share of (same, different) couples in the right order; ties count half."""
    ranks = np.empty(len(scores))
    values, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    positive, negative = same.sum(), (~same).sum()
    return (ranks[same].sum() - positive * (positive + 1) / 2) / (positive * negative)


def tar_at(scores, same, far):
    """Share of same pairs above the cosine that lets `far` of the others through, and that cosine."""
    others = np.sort(scores[~same])[::-1]
    threshold = others[int(far * len(others))]
    return float((scores[same] > threshold).mean()), float(threshold)


def verification(embeddings, pairs):
    """Of the held-out folds, from {name: embedding of norm 1}. Pairs with a picture that has none are wrong answers:
    they count as the opposite of what they are."""
    folds = []
    for rows in lfw.held_out_folds(pairs):
        same = np.array([row[2] for row in rows])
        scores = np.array([float(embeddings[a] @ embeddings[b]) if a in embeddings and b in embeddings
                           else (-1.0 if s else 1.0) for a, b, s in rows])
        folds.append((scores, same))
    (first, first_same), (second, second_same) = folds
    crossed = [np.mean((second > _best_threshold(first, first_same)) == second_same),
               np.mean((first > _best_threshold(second, second_same)) == first_same)]
    scores, same = np.concatenate([first, second]), np.concatenate([first_same, second_same])
    tar, threshold = tar_at(scores, same, 0.01)
    return {"accuracy": float(np.mean(crossed)), "crossed": [float(c) for c in crossed],
            "auc": float(area(scores, same)), "tar_at_far_1e-2": tar, "threshold_at_far_1e-2": threshold,
            "pairs": len(scores)}
