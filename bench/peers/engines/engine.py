"""What every peer's adapter offers. An adapter imports its library only inside its methods, so that a missing one costs
nothing, and it runs in a process of its own (worker.py)."""
import importlib.metadata


class Engine:
    name = ""         # in tables
    packages = ()     # what pip has to have installed; the first one's version is the engine's
    reads_mien = False  # load() gets the .mien file instead

    def version(self):
        """Raises NotInstalled."""
        try:
            return [importlib.metadata.version(package) for package in self.packages][0]
        except importlib.metadata.PackageNotFoundError as missing:
            raise NotInstalled(f"pip install {missing.name}") from None

    def load(self, path, threads, folder):
        """Makes the ONNX file at `path` ready to run in float32 on `threads` threads. Files of its own go into
        `folder`, an empty directory. Raises an exception with a message for the table where it cannot."""
        raise NotImplementedError

    def run(self, x):
        """One inference. Returns the outputs in the order of the ONNX file."""
        raise NotImplementedError


class NotInstalled(Exception):
    """What is missing; the message says how to get it."""


class Refused(Exception):
    """The engine, or a converter of it, does not take this network; the message says why."""
