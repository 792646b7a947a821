import pathlib

from engines.engine import Engine, Refused
from rewrite import flatten_slopes


class Mnn(Engine):
    """Converted by the extension module of MNN's wheel, and never by its `mnnconvert` command: that one runs
    `pip install` for a package that reports every conversion over the network."""
    name = "MNN"
    packages = ("mnn",)

    def load(self, path, threads, folder):
        import MNN
        import _tools
        self.mnn = MNN
        source, model = pathlib.Path(folder) / "flat.onnx", str(pathlib.Path(folder) / "model.mnn")
        self.outputs = flatten_slopes(path, source)
        _tools.mnnconvert(["mnnconvert", "-f", "ONNX", "--modelFile", str(source), "--MNNModel", model,
                           "--bizCode", "x"])
        if not pathlib.Path(model).exists():
            raise Refused("MNN's converter wrote no file")
        self.net = MNN.Interpreter(model)
        self.session = self.net.createSession({"backend": "CPU", "precision": "high", "numThread": threads})
        self.input = self.net.getSessionInput(self.session)

    def run(self, x):
        # The input is copied every time: MNN uses its memory for other tensors during a run.
        mine = self.mnn.Tensor(x.shape, self.mnn.Halide_Type_Float, x, self.mnn.Tensor_DimensionType_Caffe)
        self.input.copyFrom(mine)
        self.net.runSession(self.session)
        return [self.host_copy(self.net.getSessionOutput(self.session, name)) for name in self.outputs]

    def host_copy(self, tensor):
        import numpy as np
        shape = tensor.getShape()
        copy = self.mnn.Tensor(shape, self.mnn.Halide_Type_Float, np.zeros(shape, np.float32),
                               self.mnn.Tensor_DimensionType_Caffe)
        tensor.copyToHostTensor(copy)
        return np.array(copy.getNumpyData())
