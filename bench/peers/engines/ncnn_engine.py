import importlib.util
import pathlib
import shutil
import subprocess

from engines.engine import Engine, Refused


class Ncnn(Engine):
    """Converted by pnnx. float32 throughout: ncnn's defaults would store half-precision weights and activations."""
    name = "ncnn"
    packages = ("ncnn", "pnnx")

    def load(self, path, threads, folder):
        import ncnn
        model = convert(path, pathlib.Path(folder))
        self.net = ncnn.Net()
        self.net.opt.num_threads = threads
        for option in dir(self.net.opt):
            if option.startswith("use_") and ("fp16" in option or "bf16" in option or "int8" in option):
                setattr(self.net.opt, option, False)
        if self.net.load_param(f"{model}.ncnn.param") or self.net.load_model(f"{model}.ncnn.bin"):
            raise Refused("ncnn does not load what pnnx wrote")
        self.input, = self.net.input_names()
        self.outputs = sorted(self.net.output_names(), key=lambda name: int(name.removeprefix("out")))
        self.make_mat = ncnn.Mat

    def run(self, x):
        extractor = self.net.create_extractor()
        extractor.input(self.input, self.make_mat(x[0]))
        return [extractor.extract(name)[1].numpy() for name in self.outputs]


def convert(path, folder):
    """Returns the stem of the files that pnnx wrote."""
    import onnx
    graph = onnx.load(str(path), load_external_data=False).graph
    constants = {c.name for c in graph.initializer}
    shapes = [[d.dim_value or 1 for d in i.type.tensor_type.shape.dim] for i in graph.input if i.name not in constants]
    shutil.copy(path, folder / "model.onnx")
    done = subprocess.run([pnnx_command(), "model.onnx", "fp16=0", "inputshape=" + str(shapes[0]).replace(" ", "")],
                          cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0 or not (folder / "model.ncnn.param").exists():
        raise Refused(f"pnnx: exit code {done.returncode}: {done.stderr.strip()[-200:]}")
    return folder / "model"


def pnnx_command():
    """The program in pnnx's wheel. The Python package around it is not imported: it would want PyTorch, the program,
    which brings all it needs, does not."""
    folder, = importlib.util.find_spec("pnnx").submodule_search_locations
    return pathlib.Path(folder) / "pnnx"
