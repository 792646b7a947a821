"""ONNX files rewritten as the same function in the form that an engine runs best."""
import onnx
from onnx import helper, numpy_helper


def slope_names(model):
    return {node.input[1] for node in model.graph.node if node.op_type == "PRelu"}


def prelu_as_max(model):
    """Every PRelu(x, s) as Max(x, s * x), which is the same where 0 <= s <= 1; False, and nothing done, if there is no
    PRelu or a slope for which that does not hold."""
    slopes = {c.name: numpy_helper.to_array(c) for c in model.graph.initializer if c.name in slope_names(model)}
    if not slopes or slopes.keys() != slope_names(model):
        return False
    if any(s.min() < 0 or s.max() > 1 for s in slopes.values()):
        return False
    nodes = []
    for node in model.graph.node:
        if node.op_type != "PRelu":
            nodes.append(node)
            continue
        x, slope = node.input
        scaled = node.output[0] + "_scaled"
        nodes.append(helper.make_node("Mul", [x, slope], [scaled]))
        nodes.append(helper.make_node("Max", [x, scaled], [node.output[0]]))
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
    done = [prelu_as_max(model), constants_not_inputs(model)]
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
