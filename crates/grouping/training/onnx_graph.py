"""Writes all-MiniLM-L6-v2, with mean pooling and length one, as an ONNX network with weights of eight bits.

Inputs input_ids, attention_mask (int64, [batch, tokens]); output embedding (float32, [batch, 384]). The graph is written node by
node, so that nothing stands in it that Heard's runtime does not need. Each column of a weight matrix has a scale of its own,
which costs a hundred kilobytes and keeps the vectors nearer to those of the full weights.
"""

import pathlib
import tempfile

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

WIDTH, LAYERS, HEADS = 384, 6, 12


class Graph:
    """A graph that grows by one operation at a time."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, name, value):
        if name not in {known.name for known in self.constants}:
            self.constants.append(numpy_helper.from_array(numpy.ascontiguousarray(value), name))
        return name

    def op(self, kind, *inputs, **attributes):
        output = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output


def number(graph, name, value):
    return graph.constant(name, numpy.array(value, numpy.float32))


def places(graph, name, *values):
    return graph.constant(name, numpy.array(values, numpy.int64))


class Network:
    """The network over the weights of its state."""

    def __init__(self, state):
        self.state, self.graph = state, Graph()

    def weight(self, name, transposed=False):
        value = self.state[name]
        return self.graph.constant(name, value.T if transposed else value)

    def linear(self, x, name):
        product = self.graph.op("MatMul", x, self.weight(name + ".weight", transposed=True))
        return self.graph.op("Add", product, self.weight(name + ".bias"))

    def normalised(self, x, name):
        weights = self.weight(name + ".weight"), self.weight(name + ".bias")
        return self.graph.op("LayerNormalization", x, *weights, axis=-1, epsilon=1e-12)

    def embedded(self):
        op = self.graph.op
        words = op("Gather", self.weight("embeddings.word_embeddings.weight"), "input_ids")
        kind = self.graph.constant("first_type", self.state["embeddings.token_type_embeddings.weight"][0])
        length = op("Gather", op("Shape", "input_ids"), places(self.graph, "one", 1))
        zero = places(self.graph, "zero", 0)
        positions = op("Slice", self.weight("embeddings.position_embeddings.weight"), zero, length, zero)
        return self.normalised(op("Add", op("Add", words, kind), positions), "embeddings.LayerNorm")

    def layer(self, x, bias, name):
        op = self.graph.op
        split, joined = places(self.graph, "split", 0, 0, HEADS, WIDTH // HEADS), places(self.graph, "joined", 0, 0, WIDTH)

        def heads(part, order):
            return op("Transpose", op("Reshape", self.linear(x, f"{name}attention.self.{part}"), split), perm=order)

        query, value = heads("query", [0, 2, 1, 3]), heads("value", [0, 2, 1, 3])
        product = op("MatMul", query, heads("key", [0, 2, 3, 1]))
        scaled = op("Mul", product, number(self.graph, "scale", (WIDTH // HEADS) ** -0.5))
        seen = op("MatMul", op("Softmax", op("Add", scaled, bias), axis=-1), value)
        seen = op("Reshape", op("Transpose", seen, perm=[0, 2, 1, 3]), joined)
        seen = op("Add", self.linear(seen, name + "attention.output.dense"), x)
        x = self.normalised(seen, name + "attention.output.LayerNorm")
        y = self.linear(x, name + "intermediate.dense")
        erf = op("Erf", op("Mul", y, number(self.graph, "root_half", 0.5**0.5)))
        y = op("Mul", op("Mul", y, number(self.graph, "half", 0.5)), op("Add", erf, number(self.graph, "unit", 1)))
        y = op("Add", self.linear(y, name + "output.dense"), x)
        return self.normalised(y, name + "output.LayerNorm")

    def model(self):
        op = self.graph.op
        x = self.embedded()
        mask = op("Cast", "attention_mask", to=TensorProto.FLOAT)
        hidden = op("Sub", number(self.graph, "unit", 1), op("Unsqueeze", mask, places(self.graph, "heads_axes", 1, 2)))
        bias = op("Mul", hidden, number(self.graph, "never", -1e9))
        for layer in range(LAYERS):
            x = self.layer(x, bias, f"encoder.layer.{layer}.")
        axis = places(self.graph, "one", 1)
        weight = op("Unsqueeze", mask, places(self.graph, "width_axis", 2))
        total = op("ReduceSum", op("Mul", x, weight), axis, keepdims=0)
        mean = op("Div", total, op("ReduceSum", weight, axis, keepdims=0))
        length = op("Sqrt", op("ReduceSum", op("Mul", mean, mean), axis, keepdims=1))
        self.graph.nodes.append(helper.make_node("Div", [mean, length], ["embedding"]))
        ids = [helper.make_tensor_value_info(name, TensorProto.INT64, ["b", "s"]) for name in ("input_ids", "attention_mask")]
        out = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["b", WIDTH])
        graph = helper.make_graph(self.graph.nodes, "minilm", ids, [out], self.graph.constants)
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        made.ir_version = 8
        return made


def write_network(path, state):
    """Writes the network with these weights (numpy arrays by their names in the original) to `path`."""
    state = {name.removeprefix("bert."): value for name, value in state.items()}
    with tempfile.TemporaryDirectory() as folder:
        whole = str(pathlib.Path(folder) / "whole.onnx")
        onnx.save(Network(state).model(), whole)
        quantize_dynamic(whole, str(path), weight_type=QuantType.QInt8, per_channel=True)
