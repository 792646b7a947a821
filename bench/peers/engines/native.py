"""Libraries of primitives: no package runs an ONNX file on them, so an executor of ours does, from bench/peers/native/.
The build puts them beside the command, as far as their packages are there."""
import ctypes
import os
import pathlib

import numpy as np

from engines.engine import Engine, NotInstalled, Refused

# Set by compare.py for the processes that it starts: where the build put its libraries.
FOLDER = "MIEN_PEERS_FOLDER"


class Native(Engine):
    reads_mien = True
    library = package = ""  # file's stem, and where the library comes from

    def open(self):
        path = pathlib.Path(os.environ.get(FOLDER, ".")) / f"lib{self.library}.so"
        if not path.exists():
            raise NotInstalled(f"no {path}: build with -DMIEN_PEERS=ON and Debian's {self.package}")
        peer = ctypes.CDLL(str(path))
        peer.mien_peer_version.restype = ctypes.c_char_p
        peer.mien_peer_load.restype = ctypes.c_void_p
        peer.mien_peer_output_elements.restype = ctypes.c_int64
        return peer

    def version(self):
        return self.open().mien_peer_version().decode()

    def load(self, path, threads, folder):
        self.peer, self.error = self.open(), ctypes.create_string_buffer(500)
        self.handle = ctypes.c_void_p(self.peer.mien_peer_load(os.fsencode(path), threads, self.error, 500))
        if not self.handle:
            raise Refused(self.error.value.decode())
        count = self.peer.mien_peer_outputs(self.handle)
        self.outputs = [np.empty(self.peer.mien_peer_output_elements(self.handle, i), np.float32)
                        for i in range(count)]
        self.pointers = (ctypes.c_void_p * count)(*[output.ctypes.data for output in self.outputs])

    def run(self, x):
        inputs = (ctypes.c_void_p * 1)(x.ctypes.data)
        if self.peer.mien_peer_run(self.handle, inputs, self.pointers, self.error, 500):
            raise RuntimeError(self.error.value.decode())
        return self.outputs


class OneDnn(Native):
    """Sums and activations as post-ops of the convolutions wherever it has a kernel for that."""
    name = "oneDNN"
    library, package = "mien_peer_onednn", "libdnnl-dev"


class Xnnpack(Native):
    """Operators on NHWC tensors with ReLU as their limits; concatenations cost nothing."""
    name = "XNNPACK"
    library, package = "mien_peer_xnnpack", "libxnnpack-dev"
