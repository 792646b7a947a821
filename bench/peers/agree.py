"""Whether two engines computed the same network: nothing is timed before that."""
import numpy as np

MIN_COSINE = 0.9999
# Outputs that are this close are the same whatever their cosine: a detector on noise returns probabilities near 1e-9,
# and ONNX Runtime's sigmoid is exact to about 1e-7 only.
ROUNDING = 1e-6


def cosine(a, b):
    a, b = a.astype(np.float64).ravel(), b.astype(np.float64).ravel()
    norms = np.linalg.norm(a) * np.linalg.norm(b)
    return float(a @ b / norms) if norms > 0 else float(np.array_equal(a, b))


def disagreement(answer, expected):
    """None where both are the same, else what differs."""
    if len(answer) != len(expected):
        return f"{len(answer)} outputs instead of {len(expected)}"
    for i, (a, b) in enumerate(zip(answer, expected)):
        if a.size != b.size:
            return f"output {i}: {a.size} values instead of {b.size}"
        c, error = cosine(a, b), float(np.max(np.abs(a.ravel() - b.ravel())))
        if not (c >= MIN_COSINE or error <= ROUNDING):  # NaN disagrees
            return f"output {i}: cosine {c:.6f}"
    return None


def least_cosine(answer, expected):
    return min(cosine(a, b) for a, b in zip(answer, expected))
