"""Turns of all engines, and what is said of them."""
import statistics
import sys

from worker import WorkerFailed


def take_turns(ours, peers, x, rounds, seconds):
    """`rounds` times one slice each: ours, then every peer. Returns {name: [slice, ...]} and {name: why it is not
    there} of those that failed on the way."""
    slices, left_out = {name: [] for name in [ours.name, *peers]}, {}
    for i in range(rounds):
        slices[ours.name].append(ours.slice(seconds))
        for name, peer in peers.items():
            if name not in left_out:
                try:
                    slices[name].append(peer.slice(x, seconds))
                except WorkerFailed as error:
                    left_out[name] = f"round {i + 1}: {error}"
                    del slices[name]
        tell_progress(f"  round {i + 1} of {rounds}")
    tell_progress("")
    return slices, left_out


def tell_progress(text):
    if sys.stderr.isatty():
        print(f"\r{text:30}\r", end="", file=sys.stderr, flush=True)


def summarise(slices, ours):
    """One row per engine. Ratios are taken within rounds, where the machine was the same for both."""
    reference = slices[ours]
    peak = max(s["peak_gflops"] for s in reference)
    gflop = 2e-9 * reference[0]["macs"]
    rows = []
    for name, turns in slices.items():
        median, least = statistics.median(s["median_ms"] for s in turns), min(s["min_ms"] for s in turns)
        rows.append({"engine": name, "median_ms": median, "min_ms": least,
                     "ratio": statistics.median(s["median_ms"] / r["median_ms"] for s, r in zip(turns, reference)),
                     "min_ratio": least / min(r["min_ms"] for r in reference),
                     "slower": sum(s["median_ms"] > r["median_ms"] for s, r in zip(turns, reference)),
                     "of_peak": 1e3 * gflop / median / peak if peak else 0,
                     "best_of_peak": 1e3 * gflop / least / peak if peak else 0,
                     "cores": statistics.median(s["cores"] for s in turns),
                     "rounds_ms": [s["median_ms"] for s in turns]})
    return rows, peak
