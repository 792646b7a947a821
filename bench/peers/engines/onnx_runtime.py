import pathlib

from engines.engine import Engine, Refused
from rewrite import rewrite_for_onnx_runtime


class OnnxRuntime(Engine):
    """The file as it was exported, all graph optimisations on."""
    name = "ONNX Runtime"
    packages = ("onnxruntime",)

    def load(self, path, threads, folder):
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name

    def run(self, x):
        return self.session.run(None, {self.input: x})


class OnnxRuntimeRewritten(OnnxRuntime):
    """The same function, written so that ONNX Runtime is fast: it spends most of a network with PReLU in PRelu and the
    layout changes around it, and folds no constant that is also a graph input."""
    name = "ONNX Runtime, rewritten"

    def load(self, path, threads, folder):
        rewritten = pathlib.Path(folder) / "rewritten.onnx"
        if not rewrite_for_onnx_runtime(path, rewritten):
            raise Refused("nothing to rewrite in this file")
        super().load(rewritten, threads, folder)
