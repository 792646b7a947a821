"""The engines of a comparison, one module each. To add one: a class like its neighbours, and its name here."""
from engines.engine import NotInstalled
from engines.mnn_engine import Mnn
from engines.native import FOLDER, OneDnn, Xnnpack
from engines.ncnn_engine import Ncnn
from engines.onnx_runtime import OnnxRuntime, OnnxRuntimeRewritten
from engines.open_vino import OpenVino
from engines.opencv_dnn import OpenCvDnn

PEERS = [OnnxRuntime, OnnxRuntimeRewritten, OpenVino, Ncnn, Mnn, OneDnn, Xnnpack, OpenCvDnn]
