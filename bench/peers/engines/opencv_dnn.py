from engines.engine import Engine


class OpenCvDnn(Engine):
    """The engine that OpenCV picks by itself."""
    name = "OpenCV DNN"
    packages = ("opencv-python-headless",)

    def load(self, path, threads, folder):
        import cv2
        import onnx
        cv2.setNumThreads(threads)
        self.net = cv2.dnn.readNetFromONNX(str(path))
        self.outputs = [o.name for o in onnx.load(str(path), load_external_data=False).graph.output]

    def run(self, x):
        self.net.setInput(x)
        return self.net.forward(self.outputs)
