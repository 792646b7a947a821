from engines.engine import Engine


class OpenVino(Engine):
    """One stream in float32. Its CPU plugin runs on a oneDNN of its own."""
    name = "OpenVINO"
    packages = ("openvino",)

    def load(self, path, threads, folder):
        import openvino
        core = openvino.Core()
        settings = {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY",
                    "INFERENCE_PRECISION_HINT": "f32", "ENABLE_CPU_PINNING": False}
        model = core.read_model(str(path))
        if model.is_dynamic():
            model.reshape({i: [d.get_length() if d.is_static else 1 for d in i.partial_shape] for i in model.inputs})
        self.request = core.compile_model(model, "CPU", settings).create_infer_request()

    def run(self, x):
        self.request.infer([x], share_inputs=True)
        return [tensor.data for tensor in self.request.output_tensors]
