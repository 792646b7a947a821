#!/usr/bin/env python3
"""Times mien against ONNX Runtime on the same files, one thread each, in turns, on one core.

    compare_onnxruntime.py --mien build/release/mien [MODEL.onnx ...]

Without a model: the paper's MobileFaceNet with PReLU and random weights. Every model with PRelu nodes is also given to
ONNX Runtime in a second form, PRelu rewritten as Max(x, slope * x), which it runs far faster: the fair peer.
Both must return the same numbers before anything is timed. README.md here says how to read the table.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx
import onnxruntime

from mobilefacenet_onnx import build_mobilefacenet, rewrite_prelu

MIN_COSINE = 0.999999


def mien(args, *words):
    """Runs the command and returns its standard output; a failure ends the comparison with its message."""
    done = subprocess.run([args.mien, *words], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        sys.exit(f"mien {' '.join(words)}: exit code {done.returncode}\n{done.stderr.strip()}")
    return done.stdout


class OnnxRuntime:
    def __init__(self, path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0]
        self.output = self.session.get_outputs()[0].name

    def shape(self):
        """The input's shape, with every dimension that the file leaves open set to 1."""
        return [d if isinstance(d, int) and d > 0 else 1 for d in self.input.shape]

    def run(self, x):
        return self.session.run([self.output], {self.input.name: x})[0]

    def bench(self, x, seconds):
        """Milliseconds of each run, for about so many seconds after a short warm-up."""
        for _ in range(3):
            self.run(x)
        times, end = [], time.perf_counter() + seconds
        while time.perf_counter() < end or not times:
            start = time.perf_counter()
            self.run(x)
            times.append(1e3 * (time.perf_counter() - start))
        return statistics.median(times), min(times)


class Mien:
    def __init__(self, args, onnx_path, folder):
        self.args = args
        self.path = str(folder / (onnx_path.stem + ".mien"))
        mien(args, "convert", str(onnx_path), "-o", self.path, "--preset", args.preset)

    def run(self, x, folder):
        np.save(folder / "x.npy", x)
        mien(self.args, "run", self.path, "--input", str(folder / "x.npy"), "--output", str(folder / "y.npy"))
        return np.load(folder / "y.npy")

    def bench(self, seconds):
        text = mien(self.args, "bench", self.path, "--threads", "1", "--seconds", str(seconds), "--json")
        result = json.loads(text)
        return result["median_ms"], result["min_ms"], result


def cosine(a, b):
    a, b = a.astype(np.float64).ravel(), b.astype(np.float64).ravel()
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def same_answer(name, a, b):
    """Exits unless both are the same up to rounding."""
    if a.size != b.size:
        sys.exit(f"{name}: {a.size} and {b.size} output values: not the same network")
    c = cosine(a, b)
    error = float(np.max(np.abs(a.ravel() - b.ravel())) / np.max(np.abs(b)))
    print(f"  {name}: cosine {c:.9f}, largest error {error:.1e} of the largest value")
    if not c >= MIN_COSINE:
        sys.exit(f"{name}: the answers differ, so there is nothing to time")


def take_turns(ours, peers, x, args):
    """Rounds of one slice each: ours, then every peer. Returns {name: [(median, min), ...]} and our last report."""
    rounds = {name: [] for name in ["mien", *peers]}
    report = {}
    for i in range(args.rounds):
        median, least, report = ours.bench(args.seconds)
        rounds["mien"].append((median, least))
        for name, peer in peers.items():
            rounds[name].append(peer.bench(x, args.seconds))
        print(f"\r  round {i + 1} of {args.rounds}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return rounds, report


def summarise(rounds):
    rows = []
    for name, values in rounds.items():
        ratio = statistics.median(v[0] / m[0] for v, m in zip(values, rounds["mien"]))
        rows.append({"runtime": name, "median_ms": statistics.median(v[0] for v in values),
                     "min_ms": min(v[1] for v in values), "times_mien": ratio})
    return rows


def compare(onnx_path, args, folder):
    print(f"{onnx_path.name}")
    ours = Mien(args, onnx_path, folder)
    peers = {"ONNX Runtime": OnnxRuntime(onnx_path)}
    rewritten = folder / (onnx_path.stem + "_max.onnx")
    if rewrite_prelu(onnx_path, rewritten):
        peers["ONNX Runtime, PReLU as Max"] = OnnxRuntime(rewritten)
    x = np.random.default_rng(1).uniform(-1, 1, peers["ONNX Runtime"].shape()).astype(np.float32)
    answer = ours.run(x, folder)
    for name, peer in peers.items():
        same_answer(name, answer, peer.run(x))
    rounds, report = take_turns(ours, peers, x, args)
    rows = summarise(rounds)
    print(f"  {'':28} {'median ms':>10} {'min ms':>8} {'times mien':>11}")
    for row in rows:
        print(f"  {row['runtime']:28} {row['median_ms']:10.3f} {row['min_ms']:8.3f} {row['times_mien']:11.2f}")
    if "efficiency" in report:
        print(f"  mien in the last round: isa {report['isa']}, {report['gflops']:.1f} GFLOP/s of a measured peak of "
              f"{report['peak_gflops']:.1f}")
    return {"model": onnx_path.name, "rows": rows, "rounds": args.rounds}


def pin(core):
    """One core for this process and what it starts, where the system can do that."""
    if core >= 0 and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})
        return f"pinned to core {core}"
    return "not pinned"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", type=pathlib.Path, help="ONNX files with one input")
    parser.add_argument("--mien", default="build/release/mien", help="the command")
    parser.add_argument("--preset", default="arcface", help="given to `mien convert`; the time does not depend on it")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=0.3, help="of each slice")
    last_core = max(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else -1
    parser.add_argument("--core", type=int, default=last_core, help="-1: do not pin")
    parser.add_argument("--json", type=pathlib.Path, help="also write the figures here")
    return parser.parse_args()


def main():
    args = parse_arguments()
    where = pin(args.core)
    print(f"ONNX Runtime {onnxruntime.__version__}, onnx {onnx.__version__}, one thread, {where}, "
          f"{args.rounds} rounds of {args.seconds} s")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        models = args.models
        if not models:
            models = [folder / "mobilefacenet_prelu.onnx"]
            build_mobilefacenet(models[0])
        results = [compare(model, args, folder) for model in models]
    if args.json:
        args.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
