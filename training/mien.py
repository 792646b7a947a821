"""The command `mien`, as the recipe uses it."""
import json
import os
import subprocess
import tempfile

import numpy as np


class Mien:
    def __init__(self, command, threads=2):
        self.command, self.threads = command, str(threads)

    def _call(self, arguments, fine=(0,)):
        done = subprocess.run([self.command] + arguments, capture_output=True, check=False)
        if done.returncode not in fine:
            raise RuntimeError(f"mien {arguments[0]}: {done.stderr.decode()[-2000:]}")
        return done.stdout

    def convert(self, source, output, options):
        return json.loads(self._call(["convert", source, "-o", output, "--json"] + options))

    def evaluate(self, model, folder, pairs):
        """What `eval` says of pairs of aligned crops; the thresholds go into the model's file."""
        return self._call(["eval", model, "--lfw", folder, "--pairs", pairs, "--flip", "sum", "--store",
                           "--threads", self.threads]).decode()

    def detect(self, model, paths, size=640, options=()):
        """{path: faces} of the command's JSON; a picture that is not read stops the run."""
        found = {}
        for i in range(0, len(paths), 1000):
            answer = self._call(["detect", model] + paths[i:i + 1000] +
                                ["--size", str(size), "--threads", self.threads, "--json", *options])
            found.update({row["file"]: row["faces"] for row in json.loads(answer)})
        return found

    def detect_close(self, model, paths, size, options=()):
        """As detect, with landmarks from four more looks at each face, close up."""
        return self.detect(model, paths, size, ["--close-up", *options])

    def embed(self, detector, recogniser, paths):
        """{path: embedding} of the main face of each photograph, as `embed` cuts it out; none where no face is found."""
        found = {}
        for i in range(0, len(paths), 500):
            answer = self._call(["embed", detector, recogniser] + paths[i:i + 500] +
                                ["--size", "320", "--threads", self.threads, "--json"], fine=(0, 1))
            found.update({row["file"]: np.array(row["embedding"]) for row in json.loads(answer)})
        return found

    def run(self, model, pictures, batch=2000):
        """The first output for pictures (n, h, w, 3), uint8 RGB, at the model's size."""
        answers = []
        with tempfile.TemporaryDirectory() as folder:
            x, y = os.path.join(folder, "x.npy"), os.path.join(folder, "y.npy")
            for i in range(0, len(pictures), batch):
                np.save(x, np.ascontiguousarray(pictures[i:i + batch]))
                self._call(["run", model, "--input", x, "--output", y, "--threads", self.threads])
                answers.append(np.load(y))
        return np.concatenate(answers)
