"""ONNX files rewritten as the same function in the form that an engine runs best."""
import onnx
from onnx import helper, numpy_helper


def slope_names(model):
    return {node.input[1] for node in model.graph.node if node.op_type == "PRelu"}


def without_prelu(node, slope):
    """The nodes that compute PRelu(x, slope): LeakyRelu where there is one slope for all, else Max(x, slope * x), which
    is the same where 0 <= slope <= 1; None where it is not."""
    x, y = node.input[0], node.output[0]
    if slope.size == 1:
        return [helper.make_node("LeakyRelu", [x], [y], alpha=float(slope.item()))]
    if slope.min() < 0 or slope.max() > 1:
        return None
    scaled = y + "_scaled"
    return [helper.make_node("Mul", [x, node.input[1]], [scaled]), helper.make_node("Max", [x, scaled], [y])]


def replace_prelu(model):
    """Every PRelu in the form above; False, and nothing done, if there is none or one that has no such form."""
    names = slope_names(model)
    slopes = {c.name: numpy_helper.to_array(c) for c in model.graph.initializer if c.name in names}
    if not slopes or slopes.keys() != names:
        return False
    nodes = []
    for node in model.graph.node:
        written = without_prelu(node, slopes[node.input[1]]) if node.op_type == "PRelu" else [node]
        if written is None:
            return False
        nodes += written
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return True


def constants_not_inputs(model):
    """Takes constants off the list of inputs, where old exporters put them too. Returns whether there were any."""
    constants = {c.name for c in model.graph.initializer}
    inputs = [i for i in model.graph.input if i.name not in constants]
    found = len(inputs) < len(model.graph.input)
    if found:
        del model.graph.input[:]
        model.graph.input.extend(inputs)
    return found


def rewrite_for_onnx_runtime(source, target):
    """Returns False, and writes nothing, if there is nothing to rewrite."""
    model = onnx.load(str(source))
    done = [replace_prelu(model), constants_not_inputs(model)]
    if any(done):
        onnx.save(model, str(target))
    return any(done)


def flatten_slopes(source, target):
    """Writes source with PReLU slopes of one axis, which MNN's converter keeps as one operator; with (C, 1, 1) it makes
    several of each. Returns the names of the outputs."""
    model = onnx.load(str(source))
    names = slope_names(model)
    for constant in model.graph.initializer:
        if constant.name in names:
            constant.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(constant).reshape(-1), constant.name))
    onnx.save(model, str(target))
    return [output.name for output in model.graph.output]
