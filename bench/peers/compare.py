#!/usr/bin/env python3
"""Times mien and other inference engines on the same ONNX files, in turns, on the same cores.

    compare.py --mien build/release/mien [--html report.html] [NETWORK ...]

NETWORK is an ONNX file with one input, or the name of a network of models/, which is written with random weights:
mobilefacenet (the default), arcface_r50 and so on; `build/release/mien_bench_export --list` has all of them. An engine
that is not installed, does not take the network or answers otherwise is left out and named with the reason. README.md
here says how to read the table.
"""
import argparse
import json
import os
import pathlib
import sys
import tempfile
import time

import numpy as np
import onnx

import engines
from agree import disagreement, least_cosine
from built_here import BuiltHere
from engines.mien import Mien, MienFailed
from report.page import write_page
from rounds import summarise, take_turns
from worker import Worker, WorkerFailed


class Network:
    """An ONNX file with one input, and one random input for it."""

    def __init__(self, path):
        self.name, self.path = path.stem, path
        graph = onnx.load(str(self.path), load_external_data=False).graph
        constants = {c.name for c in graph.initializer}
        inputs = [i for i in graph.input if i.name not in constants]
        if len(inputs) != 1:
            sys.exit(f"{path}: {len(inputs)} inputs; networks with one are compared here")
        shape = [d.dim_value or 1 for d in inputs[0].type.tensor_type.shape.dim]
        self.outputs = [o.name for o in graph.output]
        self.input = np.random.default_rng(1).uniform(-1, 1, shape).astype(np.float32)


def installed_peers(names):
    """Engine classes by name with their versions, and {name: why it is not there}."""
    peers, versions, left_out = {}, {}, {}
    for engine in engines.PEERS:
        if names and not any(name.lower() in engine.name.lower() for name in names):
            continue
        try:
            versions[engine.name] = engine().version()
            peers[engine.name] = engine
        except engines.NotInstalled as missing:
            left_out[engine.name] = f"not installed: {missing}"
    return peers, versions, left_out


def start_workers(peers, network, ours, threads, folder):
    workers, left_out = {}, {}
    for number, (name, engine) in enumerate(peers.items()):
        own = folder / f"engine{number}"
        own.mkdir()
        try:
            workers[name] = Worker(engine, ours.path if engine.reads_mien else network.path, threads, own)
        except WorkerFailed as error:
            left_out[name] = str(error)
    return workers, left_out


def drop_those_who_differ(ours, workers, network):
    """Compares all answers with ONNX Runtime's, where it is there. Ends the comparison if ours is the one that differs,
    for then nothing is worth timing. Returns {name: why}."""
    left_out, answers = {}, {}
    mine = ours.answer(network.input, network.outputs)
    for name in list(workers):
        try:
            answers[name] = workers[name].answer(network.input)
        except WorkerFailed as error:
            left_out[name] = str(error)
    expected = answers.get(engines.OnnxRuntime.name, mine)
    wrong = disagreement(mine, expected)
    if wrong:
        sys.exit(f"mien and {engines.OnnxRuntime.name} do not compute the same: {wrong}")
    for name, answer in answers.items():
        wrong = disagreement(answer, expected)
        if wrong:
            left_out[name] = f"another answer: {wrong}"
    agreeing = [least_cosine(mine, answer) for name, answer in answers.items() if name not in left_out]
    if agreeing:
        print(f"  answers agree: least cosine of any output to mien's {min(agreeing):.9f}")
    for name in left_out:
        workers.pop(name).close()
    return left_out


def compare(network, threads, peers, ours, folder, args):
    """One table: all engines on one network with so many threads."""
    os.sched_setaffinity(0, args.cores[:threads])
    own = folder / f"{network.name}_{threads}"
    own.mkdir()
    ours.load(network.path, threads, folder / network.name)
    workers, left_out = start_workers(peers, network, ours, threads, own)
    try:
        left_out.update(drop_those_who_differ(ours, workers, network))
        load = os.getloadavg()[0]
        slices, failed = take_turns(ours, workers, network.input, args.rounds, args.seconds)
    finally:
        for worker in workers.values():
            worker.close()
    left_out.update(failed)
    rows, peak = summarise(slices, ours.name)
    return {"threads": threads, "rows": rows, "peak_gflops": peak, "left_out": left_out,
            "load": [load, os.getloadavg()[0]]}


def print_table(table):
    threads = f"{table['threads']} thread{'s' if table['threads'] > 1 else ''}"
    print(f"  | {threads:26} | median ms |  min ms | times mien | at min | slower in | % of peak | at min | cores |")
    print("  |" + 28 * "-" + "|----------:|--------:|-----------:|-------:|----------:|----------:|-------:|------:|")
    rounds = len(table["rows"][0]["rounds_ms"])
    for r in table["rows"]:
        print(f"  | {r['engine']:26} | {r['median_ms']:9.3f} | {r['min_ms']:7.3f} | {r['ratio']:10.2f} | "
              f"{r['min_ratio']:6.2f} | {r['slower']:5}/{rounds:<3} | {100 * r['of_peak']:9.1f} | "
              f"{100 * r['best_of_peak']:6.1f} | {r['cores']:5.2f} |")
    print(f"  peak {table['peak_gflops']:.1f} GFLOP/s, load average {table['load'][0]:.1f} to {table['load'][1]:.1f}")
    for name, reason in table["left_out"].items():
        print(f"  left out: {name}: {reason}")
    print(flush=True)


def compare_network(path, peers, ours, folder, args):
    network = Network(path)
    print(f"\n{network.name}", flush=True)
    (folder / network.name).mkdir()
    tables = []
    for threads in args.threads:
        tables.append(compare(network, threads, peers, ours, folder, args))
        print_table(tables[-1])
    os.sched_setaffinity(0, args.cores[:1])
    ours.load(network.path, 1, folder / network.name)
    return {"network": network.name, "tables": tables, "ours": ours.layers(max(1, args.seconds))}


def number_list(text):
    return [int(word) for word in text.split(",")]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", default=["mobilefacenet"], metavar="NETWORK")
    parser.add_argument("--mien", default="build/release/mien", help="the command")
    parser.add_argument("--preset", default="arcface", help="given to `mien convert`; the time does not depend on it")
    parser.add_argument("--peers", nargs="*", help="only engines whose name contains one of these")
    parser.add_argument("--threads", type=number_list, default=[1, 2], help="for one table each (default: 1,2)")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=0.3, help="of each slice")
    parser.add_argument("--cores", type=number_list, help="to run on, first ones first (default: the last of all)")
    parser.add_argument("--json", type=pathlib.Path, help="also write the figures here")
    parser.add_argument("--html", type=pathlib.Path, help="also write a page with plots here")
    args = parser.parse_args()
    args.cores = args.cores or sorted(os.sched_getaffinity(0), reverse=True)
    if max(args.threads) > len(args.cores) or min(args.threads) < 1 or args.rounds < 1:
        parser.error(f"--threads: 1 to {len(args.cores)}, the cores there are; --rounds: at least 1")
    return args


def describe(ours, versions, left_out, args):
    return {"when": time.strftime("%Y-%m-%d %H:%M"), "cpu": cpu_name(), "isa": ours.isa,
            "versions": {"mien": ours.version, **versions}, "left_out": left_out,
            "rounds": args.rounds, "seconds": args.seconds, "cores": args.cores}


def cpu_name():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown CPU"


def main():
    args = parse_arguments()
    ours = Mien(args.mien, args.preset)
    os.environ[engines.FOLDER] = str(pathlib.Path(args.mien).resolve().parent)
    peers, versions, left_out = installed_peers(args.peers)
    result = describe(ours, versions, left_out, args)
    print(f"mien {ours.version}, {ours.isa}, on {result['cpu']}; float32, batch 1, {args.rounds} rounds of "
          f"{args.seconds} s")
    print(", ".join(f"{name} {version}" for name, version in versions.items()))
    for name, reason in left_out.items():
        print(f"left out: {name}: {reason}")
    with tempfile.TemporaryDirectory() as folder:
        built = BuiltHere(args.mien)
        paths = [built.find(word, folder) for word in args.networks]  # all first: a name may be mistyped
        result["networks"] = [compare_network(path, peers, ours, pathlib.Path(folder), args) for path in paths]
    if args.json:
        args.json.write_text(json.dumps(result, indent=1) + "\n")
    if args.html:
        write_page(args.html, result)


if __name__ == "__main__":
    try:
        main()
    except MienFailed as error:
        sys.exit(str(error))
