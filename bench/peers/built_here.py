"""The networks of models/ as ONNX files, written by mien_bench_export, which the build puts beside the command."""
import pathlib
import subprocess
import sys


class BuiltHere:
    def __init__(self, command):
        self.program = pathlib.Path(command).resolve().parent / "mien_bench_export"
        self.names = self.output_of("--list").split() if self.program.exists() else []

    def output_of(self, *words):
        done = subprocess.run([str(self.program), *map(str, words)], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            sys.exit(done.stderr.strip() or f"{self.program}: exit code {done.returncode}")
        return done.stdout

    def find(self, word, folder):
        """The ONNX file that the user means: a network's name, whose file is written into `folder`, or a path. Ends
        the program where it is neither."""
        if word in self.names:
            path = pathlib.Path(folder) / f"{word}.onnx"
            self.output_of(word, path)
            return path
        if pathlib.Path(word).is_file():
            return pathlib.Path(word)
        known = ", ".join(self.names) or f"none: {self.program} is not there; build the target mien_bench_export"
        return sys.exit(f"{word}: no such file, and no network's name; there are: {known}")
