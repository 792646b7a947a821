import json
import pathlib
import resource
import subprocess
import time

import numpy as np


class MienFailed(Exception):
    pass


class Mien:
    """Ours, through the command: every slice is a process of its own, which loads the file, warms up with three runs
    and then measures; what that costs is outside its figures."""
    name = "mien"

    def __init__(self, command, preset):
        self.command, self.preset = str(command), preset
        self.version = self.output_of("--version").split()[-1]
        self.isa = self.best_isa()

    def output_of(self, *words):
        done = subprocess.run([self.command, *map(str, words)], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise MienFailed(f"mien {' '.join(map(str, words))}: exit code {done.returncode}\n{done.stderr.strip()}")
        return done.stdout

    def best_isa(self):
        """What this build can do at best on this CPU."""
        return next(isa["name"] for isa in json.loads(self.output_of("doctor", "--json"))["isas"] if isa["chosen"])

    def load(self, path, threads, folder):
        self.threads, self.folder = threads, pathlib.Path(folder)
        self.path = self.folder / "model.mien"
        if not self.path.exists():
            self.output_of("convert", path, "-o", self.path, "--preset", self.preset)

    def answer(self, x, names):
        """The outputs in the order of `names`."""
        np.save(self.folder / "x.npy", x)
        self.output_of("run", self.path, "--input", self.folder / "x.npy", "--output", self.folder / "y.npy",
                       "--threads", self.threads)
        if len(names) == 1:
            return [np.load(self.folder / "y.npy")]
        return [np.load(self.folder / f"y_{file_part(name)}.npy") for name in names]

    def slice(self, seconds):
        """The report of `mien bench --json`, and how many cores it kept busy."""
        wall, cpu = time.perf_counter(), cpu_seconds_of_children()
        report = self.bench(seconds)
        report["cores"] = (cpu_seconds_of_children() - cpu) / (time.perf_counter() - wall)
        if report["threads"] != self.threads:
            raise MienFailed(f"mien ran {report['threads']} thread(s) where {self.threads} were asked for")
        if report["isa"] != self.isa:
            raise MienFailed(f"mien ran its {report['isa']} kernels where {self.isa} is the best it has here")
        return report

    def layers(self, seconds):
        """The report with the time of every step."""
        return self.bench(seconds, "--layers")

    def bench(self, seconds, *words):
        return json.loads(self.output_of("bench", self.path, "--threads", self.threads, "--seconds", seconds, "--json",
                                         *words))


def file_part(name):
    """As `mien run` names the files of several outputs."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "-.") else "_" for c in name)


def cpu_seconds_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
